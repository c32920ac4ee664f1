//! Errors of the parts, as a session's end or as a reason to try again.

use drydock_contract::Stage;
use drydock_contract::input::InvalidInput;
use drydock_contract::session::Failure;
use drydock_mask::mask;
use drydock_runtime::WorkError;

/// The end of a session, without secrets in its words.
pub(crate) fn failed(code: &str, message: &str, remedy: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        message: mask(message).into_owned(),
        remedy: (!remedy.is_empty()).then(|| remedy.to_owned()),
        location: None,
        stage: Stage::SanityTest,
        replayable: false,
    }
}

pub(crate) fn of_input(error: &InvalidInput) -> WorkError {
    let code = format!("invalid-{}", error.field);
    failed(&code, &error.to_string(), "Send the request again with another value.").into()
}

//! Errors of the parts, as a session's end or as a reason to try again.
//!
//! What may pass is that the model's service or the Git host is not there. Both have been in use for the session before,
//! so they are waited for: a repair that is given up ends a whole workflow.

use drydock_contract::Stage;
use drydock_contract::input::InvalidInput;
use drydock_contract::session::Failure;
use drydock_fix::{FixError, mask};
use drydock_model::ModelError;
use drydock_runtime::WorkError;
use drydock_source::{CommitError, PushError, SourceError};

/// The end of a session, without secrets in its words.
pub(crate) fn failure(code: &str, message: &str, remedy: &str) -> WorkError {
    WorkError::from(Failure {
        code: code.to_owned(),
        message: mask(message).into_owned(),
        remedy: (!remedy.is_empty()).then(|| remedy.to_owned()),
        location: None,
        stage: Stage::Fix,
        replayable: false,
    })
}

pub(crate) fn of_fix(error: &FixError) -> WorkError {
    if error.is_retryable() {
        return WorkError::Later(error.to_string());
    }
    failure(error.code(), &error.to_string(), error.remedy())
}

pub(crate) fn of_model(error: &ModelError) -> WorkError {
    if error.is_retryable() {
        return WorkError::Later(error.to_string());
    }
    failure(error.code(), &error.to_string(), error.remedy())
}

pub(crate) fn of_source(error: &SourceError) -> WorkError {
    if error.is_retryable() {
        return WorkError::Later(error.to_string());
    }
    failure(error.code(), &error.to_string(), &error.remedy())
}

pub(crate) fn of_push(error: &PushError) -> WorkError {
    if error.is_retryable() {
        return WorkError::Later(error.to_string());
    }
    failure(error.code(), &error.to_string(), &error.remedy())
}

pub(crate) fn of_commit(error: &CommitError) -> WorkError {
    failure("fix-not-committed", &error.to_string(), "Repair it by hand with what was found.")
}

pub(crate) fn of_input(error: &InvalidInput) -> WorkError {
    failure(&format!("invalid-{}", error.field), &error.to_string(), "Send the request again with another value.")
}

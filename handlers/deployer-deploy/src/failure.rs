//! Reasons to fail a session or to try again, from whatever went wrong.

use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use drydock_aws::explain;
use drydock_contract::Stage;
use drydock_contract::session::Failure;
use drydock_package::PackageError;
use drydock_runtime::WorkError;
use drydock_stack::StackError;

/// A failure of this stage. `remedy` and `location` may be empty.
pub(crate) fn failed(code: &str, message: impl Into<String>, remedy: &str, location: &str) -> WorkError {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    WorkError::from(Failure {
        code: code.to_owned(),
        message: message.into(),
        remedy: text(remedy),
        location: text(location),
        stage: Stage::Deploy,
        replayable: false,
    })
}

/// A template that cannot be packaged.
pub(crate) fn unpackable(error: &PackageError) -> WorkError {
    failed(error.code(), error.to_string(), &error.remedy(), &error.location())
}

/// What CloudFormation answered while `doing`.
pub(crate) fn refused_stack(doing: &str, error: &StackError, location: &str) -> WorkError {
    let fatal = |code: &str, remedy: &str| failed(code, format!("{doing}: {error}"), remedy, location);
    match error {
        StackError::Validation(reason) | StackError::Capabilities(reason) => {
            fatal("template-invalid", &drydock_stack::Reason::parse(reason).remedy())
        }
        StackError::AccessDenied { .. } => fatal(
            "not-allowed",
            "Drydock's deploy function lacks this permission: the operator must update the installation.",
        ),
        StackError::Limit(_) => {
            fatal("quota-exceeded", "Delete stacks that are not needed, or ask AWS to raise the account's quota.")
        }
        StackError::NotFound(_)
        | StackError::Conflict(_)
        | StackError::ExpiredCredentials(_)
        | StackError::InvalidCredentials(_)
        | StackError::Throttled(_)
        | StackError::Network(_)
        | StackError::TimedOut(_)
        | StackError::Unexpected(_) => WorkError::Retry(format!("{doing}: {error}")),
    }
}

/// What another service answered while `doing`: what the service itself refuses is final, everything else may pass.
pub(crate) fn refused<E>(doing: &str, error: &SdkError<E>) -> WorkError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().unwrap_or_default();
    let said = format!("{doing}: {}", explain(error));
    match error {
        SdkError::ServiceError(service) if service.raw().status().as_u16() < 500 && !is_passing(code) => {
            let remedy = match code.strip_suffix("Exception").unwrap_or(code) {
                "AccessDenied" => {
                    "Drydock's deploy function lacks this permission: the operator must update the installation."
                }
                "CodeStorageExceeded" | "LimitExceeded" => {
                    "Delete what is not needed, or ask AWS to raise the account's quota."
                }
                _ => "",
            };
            failed("refused-by-aws", said, remedy, "")
        }
        _ => WorkError::Retry(said),
    }
}

/// Codes of refusals that may not come again. IAM tells of a new role everywhere only after some seconds, so what it
/// does not find may be there on the next try.
fn is_passing(code: &str) -> bool {
    const PASSING: [&str; 9] = [
        "ConcurrentModification",
        "ConcurrentModificationException",
        "NoSuchEntity",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ResourceConflictException",
        "SlowDown",
        "Throttling",
        "TooManyRequestsException",
    ];
    code.starts_with("Throttl") || code.starts_with("ExpiredToken") || PASSING.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_succeed_is_told_from_what_may() {
        let check = |error: StackError, expected: &str| {
            let found = match refused_stack("making the change set", &error, "t.yaml") {
                WorkError::Fatal(failure) => failure.code.clone(),
                WorkError::Retry(_) | WorkError::Later(_) => "retry".to_owned(),
                WorkError::Over => "over".to_owned(),
            };
            assert_eq!(found, expected, "{error:?}");
        };
        let text = || "why".to_owned();
        check(StackError::Validation(text()), "template-invalid");
        check(StackError::Capabilities(text()), "template-invalid");
        check(StackError::AccessDenied { action: None, message: text() }, "not-allowed");
        check(StackError::Limit(text()), "quota-exceeded");
        check(StackError::Conflict(text()), "retry");
        check(StackError::Throttled(text()), "retry");
        check(StackError::Network(text()), "retry");
        check(StackError::TimedOut(text()), "retry");
        check(StackError::ExpiredCredentials(text()), "retry");
    }
}

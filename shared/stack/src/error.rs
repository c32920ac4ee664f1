//! What can go wrong when speaking to CloudFormation, sorted by who can do something about it.

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

/// A request to CloudFormation that did not do what it was sent for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// The template, a parameter or the stack's state does not allow it; the same request fails again.
    #[error("{0}")]
    Validation(String),
    /// The template needs capabilities that the request does not grant.
    #[error("{0}")]
    Capabilities(String),
    /// The caller may not do it.
    #[error("not allowed to {}: {message}", action.as_deref().unwrap_or("do this"))]
    AccessDenied {
        /// Such as `cloudformation:CreateChangeSet`, when the service says it.
        action: Option<String>,
        /// The service's words.
        message: String,
    },
    /// The account's stacks or change sets are at their limit.
    #[error("{0}")]
    Limit(String),
    /// No such stack or change set.
    #[error("{0}")]
    NotFound(String),
    /// Another operation is running, or the change set was made for an older state of the stack.
    #[error("{0}")]
    Conflict(String),
    /// The credentials have expired; new ones make the same request succeed.
    #[error("the AWS credentials have expired: {0}")]
    ExpiredCredentials(String),
    /// There are no credentials, or the service does not know them.
    #[error("no valid AWS credentials: {0}")]
    InvalidCredentials(String),
    /// Too many requests.
    #[error("CloudFormation asks to slow down: {0}")]
    Throttled(String),
    /// The request or its answer was lost on the way, or the service is unwell.
    #[error("CloudFormation could not be reached: {0}")]
    Network(String),
    /// It took longer than the caller was ready to wait.
    #[error("{0}")]
    TimedOut(String),
    /// An answer that this version does not understand.
    #[error("CloudFormation gave an unexpected answer: {0}")]
    Unexpected(String),
}

impl StackError {
    /// True if the same request may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Throttled(_) | Self::Network(_) | Self::TimedOut(_) | Self::Conflict(_))
    }

    /// Sorts the service's error code and message.
    pub fn from_service(code: &str, message: &str) -> Self {
        let said = || if message.is_empty() { code.to_owned() } else { message.to_owned() };
        match code.strip_suffix("Exception").unwrap_or(code) {
            "ExpiredToken" => Self::ExpiredCredentials(said()),
            "InvalidClientTokenId"
            | "UnrecognizedClient"
            | "SignatureDoesNotMatch"
            | "InvalidSignature"
            | "IncompleteSignature"
            | "MissingAuthenticationToken" => Self::InvalidCredentials(said()),
            "AccessDenied" | "AuthorizationError" | "UnauthorizedOperation" | "NotAuthorized" => {
                Self::AccessDenied { action: denied_action(message), message: said() }
            }
            "Throttling" | "Throttled" | "TooManyRequests" | "RequestLimitExceeded" | "SlowDown" => {
                Self::Throttled(said())
            }
            "InsufficientCapabilities" => Self::Capabilities(said()),
            "LimitExceeded" => Self::Limit(said()),
            "ChangeSetNotFound" | "StackNotFound" => Self::NotFound(said()),
            "OperationInProgress" | "InvalidChangeSetStatus" | "TokenAlreadyExists" => Self::Conflict(said()),
            "InternalFailure" | "InternalError" | "ServiceUnavailable" | "RequestTimeout" => Self::Network(said()),
            "ValidationError" if message.contains("does not exist") && is_about_a_stack(message) => {
                Self::NotFound(said())
            }
            "ValidationError" if message.contains("not authorized to perform") => {
                Self::AccessDenied { action: denied_action(message), message: said() }
            }
            "ValidationError" if message.contains("Rate exceeded") => Self::Throttled(said()),
            "ValidationError" if message.contains("_IN_PROGRESS state and can not be") => Self::Conflict(said()),
            "ValidationError" | "AlreadyExists" => Self::Validation(said()),
            "" => Self::Unexpected(said()),
            other => Self::Unexpected(format!("{other}: {message}")),
        }
    }

    /// Sorts whatever an SDK call failed with.
    #[expect(clippy::needless_pass_by_value, reason = "so that it fits into map_err")]
    pub(crate) fn from_sdk<E>(error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        if let SdkError::ServiceError(service) = &error {
            let status = service.raw().status().as_u16();
            let (code, message) = (service.err().code().unwrap_or(""), service.err().message().unwrap_or(""));
            return match Self::from_service(code, message) {
                Self::Unexpected(_) if status == 429 => Self::Throttled(format!("HTTP 429 {message}")),
                Self::Unexpected(said) if status >= 500 => Self::Network(format!("HTTP {status} {said}")),
                sorted => sorted,
            };
        }
        let chain = chain(&error);
        match &error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Self::Network(in_words(&chain)),
            SdkError::DispatchFailure(_) if is_credentials(&chain) => Self::InvalidCredentials(in_words(&chain)),
            SdkError::DispatchFailure(_) => Self::Network(in_words(&chain)),
            _ => Self::Unexpected(chain),
        }
    }
}

/// The action in "… is not authorized to perform: iam:CreateRole on resource: …".
fn denied_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("to perform: ")?;
    rest.split_whitespace().next().map(|action| action.trim_end_matches(['.', ',']).to_owned())
}

/// "Stack [x] does not exist", "Stack with id x does not exist" – but not "Parameters: [x] do not exist".
fn is_about_a_stack(message: &str) -> bool {
    message.starts_with("Stack ") || message.starts_with("ChangeSet ")
}

/// True if a request was not sent for want of credentials: the SDK reports that as a failure to dispatch.
pub fn is_credentials(chain: &str) -> bool {
    chain.contains("credential") || chain.contains("token has expired") || chain.contains("the SSO session")
}

/// Why a request could not be sent, from an SDK error and its sources in one line, without the SDK's own layers.
pub fn in_words(chain: &str) -> String {
    if chain.contains("no credentials found in chain") {
        return "none were found in the environment, a profile, a container or an instance".to_owned();
    }
    let layers = ["dispatch failure: ", "io error: ", "other: ", "client error (Connect): "];
    let inner = layers.iter().fold(chain, |text, layer| text.strip_prefix(layer).unwrap_or(text));
    inner.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error and its sources in one line, each only once.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let next = inner.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_sent_is_told_without_layers() {
        let check = |chain: &str, expected: &str| assert_eq!(in_words(chain), expected);
        check(
            "dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111)",
            "tcp connect error: Connection refused (os error 111)",
        );
        check(
            "dispatch failure: other: the credential provider was not enabled: no credentials found in chain. Attempted:\n  \
             Environment: the credential provider was not enabled",
            "none were found in the environment, a profile, a container or an instance",
        );
        check("dispatch failure: other: the SSO session has\n expired", "the SSO session has expired");
        check("request has timed out", "request has timed out");
    }

    #[test]
    fn the_services_errors_are_sorted() {
        let check = |code: &str, message: &str, expected: fn(&StackError) -> bool, retryable: bool| {
            let error = StackError::from_service(code, message);
            assert!(expected(&error), "{code} {message}: {error:?}");
            assert_eq!(error.is_retryable(), retryable, "{error:?}");
        };
        use StackError as E;
        check("ValidationError", "Stack with id demo does not exist", |e| matches!(e, E::NotFound(_)), false);
        check("ValidationError", "Stack [demo] does not exist", |e| matches!(e, E::NotFound(_)), false);
        check("ChangeSetNotFound", "ChangeSet [c] does not exist", |e| matches!(e, E::NotFound(_)), false);
        check(
            "ValidationError",
            "Parameters: [A] do not exist in the template",
            |e| matches!(e, E::Validation(_)),
            false,
        );
        check("ValidationError", "Template error: resource A does not exist", |e| matches!(e, E::Validation(_)), false);
        check(
            "ValidationError",
            "Stack:arn:aws:cloudformation:us-east-1:1:stack/demo/x is in UPDATE_IN_PROGRESS state and can not be updated.",
            |e| matches!(e, E::Conflict(_)),
            true,
        );
        check("Throttling", "Rate exceeded", |e| matches!(e, E::Throttled(_)), true);
        check("ThrottlingException", "Rate exceeded", |e| matches!(e, E::Throttled(_)), true);
        check(
            "ExpiredToken",
            "The security token included in the request is expired",
            |e| matches!(e, E::ExpiredCredentials(_)),
            false,
        );
        check(
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            |e| matches!(e, E::InvalidCredentials(_)),
            false,
        );
        check(
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
            |e| matches!(e, E::Capabilities(_)),
            false,
        );
        check("InternalFailure", "", |e| matches!(e, E::Network(_)), true);
        check("Surprise", "what", |e| matches!(e, E::Unexpected(_)), false);
        check(
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: cloudformation:CreateChangeSet on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/demo/*",
            |e| matches!(e, E::AccessDenied { action: Some(action), .. } if action == "cloudformation:CreateChangeSet"),
            false,
        );
    }
}

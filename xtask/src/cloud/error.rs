//! Errors of the SDK in words: AWS's own code and message, or why nothing came back.

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use drydock_stack::error::{in_words, is_credentials};
use std::error::Error;

/// Turns an SDK error into one that a person can act on.
pub trait Explain {
    /// `doing` says what was tried.
    fn explain(&self, doing: &str) -> anyhow::Error;
    /// AWS's own word for what is wrong, such as `NoSuchBucket`.
    fn error_code(&self) -> Option<&str>;
    /// The HTTP status of the answer, if there was one.
    fn http_status(&self) -> Option<u16>;
    /// True if no answer came because of what lies between here and AWS.
    fn is_network(&self) -> bool;
}

impl<E> Explain for SdkError<E>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn explain(&self, doing: &str) -> anyhow::Error {
        match self.as_service_error().and_then(|error| error.message().map(|message| (error.code(), message))) {
            Some((Some(code), message)) => anyhow::anyhow!("{doing}: {message} ({code})"),
            Some((None, message)) => anyhow::anyhow!("{doing}: {message}"),
            None => match self.http_status() {
                Some(status) => anyhow::anyhow!("{doing}: {} (HTTP {status})", self.error_code().unwrap_or("refused")),
                None => anyhow::anyhow!("{doing}: {}", in_words(&chain(self))),
            },
        }
    }

    fn error_code(&self) -> Option<&str> {
        self.as_service_error().and_then(ProvideErrorMetadata::code)
    }

    fn http_status(&self) -> Option<u16> {
        self.raw_response().map(|response| response.status().as_u16())
    }

    fn is_network(&self) -> bool {
        match self {
            Self::TimeoutError(_) | Self::ResponseError(_) => true,
            Self::DispatchFailure(_) => !is_credentials(&chain(self)),
            _ => false,
        }
    }
}

/// The message and those of its causes, each once.
fn chain(error: &dyn Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

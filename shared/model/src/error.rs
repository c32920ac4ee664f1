//! Why there is no answer, and what to do about it.

use std::time::Duration;

/// No answer. No variant ever holds the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No key is stored.
    #[error("no model key is stored")]
    MissingKey,
    /// The key is wrong, revoked or may not use the model.
    #[error("the model's service refuses the key: {message}")]
    RefusedKey {
        /// What the service says.
        message: String,
    },
    /// There is no such model at this address.
    #[error("the service has no model `{model}`: {message}")]
    UnknownModel {
        /// As configured.
        model: String,
        /// What the service says.
        message: String,
    },
    /// The request itself was refused: it would be again.
    #[error("the model's service refuses the request (HTTP {status}): {message}{}", id(.request_id))]
    Refused {
        /// Of the answer.
        status: u16,
        /// What the service says.
        message: String,
        /// For the service's support.
        request_id: Option<String>,
    },
    /// Overloaded, limited or broken for longer than we could wait. Worth another try.
    #[error("the model's service is not available: {message}{}", id(.request_id))]
    Unavailable {
        /// What the service or the network says.
        message: String,
        /// For the service's support.
        request_id: Option<String>,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The caller's time is over.
    #[error("the model did not answer in time")]
    TimedOut,
    /// The answer breaks the API's rules.
    #[error("the model's answer cannot be understood: {0}")]
    Protocol(String),
}

fn id(request_id: &Option<String>) -> String {
    request_id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"))
}

impl ModelError {
    /// True if the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingKey => "model-key-missing",
            Self::RefusedKey { .. } => "model-key-refused",
            Self::UnknownModel { .. } => "model-unknown",
            Self::Refused { .. } => "model-refused",
            Self::Unavailable { .. } => "model-unavailable",
            Self::TimedOut => "model-timed-out",
            Self::Protocol(_) => "model-protocol",
        }
    }

    /// What a person can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::MissingKey => "Let the operator store a key with `cargo xtask secrets`, then request it again.",
            Self::RefusedKey { .. } => "Let the operator store a valid key with `cargo xtask secrets`.",
            Self::UnknownModel { .. } => "Deploy with the name of a model that the key may use (parameter ModelName).",
            Self::Refused { .. } => {
                "Check the account's limits and credit with the model's provider, then request it again."
            }
            Self::Unavailable { .. } | Self::TimedOut => "Try again in a few minutes.",
            Self::Protocol(_) => "Check the address of the model's service (parameter ModelBaseUrl).",
        }
    }
}

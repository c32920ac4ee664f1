//! What happens when a state fails: try again, or go elsewhere.

use crate::Dynamic;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The name of an error, as retriers and catchers match it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorName {
    /// `States.ALL`: everything but `States.DataLimitExceeded` and runtime errors.
    All,
    /// `States.TaskFailed`: everything that a task reports but its time-out.
    TaskFailed,
    /// `States.Timeout`: `TimeoutSeconds` or a missed heartbeat.
    Timeout,
    /// `States.Permissions`: the machine's role may not do it.
    Permissions,
    /// What a service or a function reports, such as `Sqs.SqsException`.
    Named(String),
}

impl ErrorName {
    /// As it stands in the definition.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => "States.ALL",
            Self::TaskFailed => "States.TaskFailed",
            Self::Timeout => "States.Timeout",
            Self::Permissions => "States.Permissions",
            Self::Named(name) => name,
        }
    }
}

impl Serialize for ErrorName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Tries a state again. Waits `interval`, then that times `backoff_rate`, and so on, up to `max_delay`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Retry {
    /// Which errors.
    pub error_equals: Vec<ErrorName>,
    /// Seconds before the second try, at least 1.
    pub interval_seconds: u32,
    /// Tries after the first.
    pub max_attempts: u32,
    /// At least 1.0. Always written with a fraction: some validators refuse an integer here.
    pub backoff_rate: f64,
    /// The longest wait in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay_seconds: Option<u32>,
    /// Whether waits are spread at random, so that many executions do not try again at the same moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_strategy: Option<Jitter>,
}

impl Retry {
    /// The usual: 1 s, 2 s, 4 s …, spread at random, at most 30 s apart, `max_attempts` times.
    pub fn with_backoff(error_equals: Vec<ErrorName>, max_attempts: u32) -> Self {
        Self {
            error_equals,
            interval_seconds: 1,
            max_attempts,
            backoff_rate: 2.0,
            max_delay_seconds: Some(30),
            jitter_strategy: Some(Jitter::Full),
        }
    }
}

/// How waits are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Jitter {
    /// Anything between zero and the computed wait.
    Full,
    /// Exactly the computed wait.
    None,
}

/// Goes to another state on an error that no retry cured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Catch {
    /// Which errors.
    pub error_equals: Vec<ErrorName>,
    /// Where to go.
    pub next: String,
    /// The next state's input; without it, `{Error, Cause}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic<Value>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_rate_is_written_as_a_float() {
        let json = serde_json::to_string(&Retry::with_backoff(vec![ErrorName::All], 5)).unwrap();
        assert_eq!(
            json,
            r#"{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":5,"BackoffRate":2.0,"MaxDelaySeconds":30,"JitterStrategy":"FULL"}"#
        );
    }
}

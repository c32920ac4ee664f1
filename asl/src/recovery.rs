//! What happens when a state fails: try again, or go elsewhere.

use crate::data::{Assign, present};
use crate::{Dynamic, Selection};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares the errors that the language itself names.
macro_rules! error_names {
    ($($(#[$doc:meta])* $name:ident = $word:literal),* $(,)?) => {
        /// The name of an error, as retriers and catchers match it.
        /// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum ErrorName {
            $($(#[$doc])* $name,)*
            /// What a service or a function reports, such as `Sqs.SqsException`.
            Named(String),
        }

        impl ErrorName {
            /// As it stands in the definition.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $word,)*
                    Self::Named(name) => name,
                }
            }

            /// Reads what stands in a definition.
            pub fn parse(name: &str) -> Self {
                match name {
                    $($word => Self::$name,)*
                    other => Self::Named(other.to_owned()),
                }
            }
        }
    };
}

error_names! {
    /// Everything but `States.DataLimitExceeded` and `States.Runtime`.
    All = "States.ALL",
    /// A branch of a Parallel failed.
    BranchFailed = "States.BranchFailed",
    /// An input, output or variable is larger than 256 KiB.
    DataLimitExceeded = "States.DataLimitExceeded",
    /// More items of a Map failed than it tolerates.
    ExceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold",
    /// A task did not send a heartbeat in time.
    HeartbeatTimeout = "States.HeartbeatTimeout",
    /// A call to a service over HTTPS failed without an answer.
    HttpSocket = "States.Http.Socket",
    /// An intrinsic function of JSONPath failed.
    IntrinsicFailure = "States.IntrinsicFailure",
    /// A Map could not read its items.
    ItemReaderFailed = "States.ItemReaderFailed",
    /// No rule of a Choice held, and it has no default.
    NoChoiceMatched = "States.NoChoiceMatched",
    /// A path in `Parameters` leads nowhere.
    ParameterPathFailure = "States.ParameterPathFailure",
    /// The machine's role may not do it.
    Permissions = "States.Permissions",
    /// A JSONata expression failed or gave nothing.
    QueryEvaluationError = "States.QueryEvaluationError",
    /// A result cannot be put where `ResultPath` says.
    ResultPathMatchFailure = "States.ResultPathMatchFailure",
    /// A Map could not write its results.
    ResultWriterFailed = "States.ResultWriterFailed",
    /// A defect of the machine. Cannot be caught.
    Runtime = "States.Runtime",
    /// Everything that a task reports but its time-out.
    TaskFailed = "States.TaskFailed",
    /// `TimeoutSeconds` or a missed heartbeat.
    Timeout = "States.Timeout",
}

impl Serialize for ErrorName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::parse(&name))
    }
}

/// Tries a state again. Waits the interval, then that times the backoff rate, and so on, up to the longest delay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Retry {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Which errors.
    pub error_equals: Vec<ErrorName>,
    /// Seconds before the second try, at least 1; without it, 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<u32>,
    /// Tries after the first; 0 is none; without it, 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// At least 1.0; without it, 2.0. Always written with a fraction: some validators refuse an integer here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff_rate: Option<f64>,
    /// The longest wait in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_delay_seconds: Option<u32>,
    /// Whether waits are spread at random, so that many executions do not try again at the same moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_strategy: Option<Jitter>,
}

impl Retry {
    /// The usual: 1 s, 2 s, 4 s …, spread at random, at most 30 s apart, `max_attempts` times.
    pub fn with_backoff(error_equals: Vec<ErrorName>, max_attempts: u32) -> Self {
        Self {
            comment: None,
            error_equals,
            interval_seconds: Some(1),
            max_attempts: Some(max_attempts),
            backoff_rate: Some(2.0),
            max_delay_seconds: Some(30),
            jitter_strategy: Some(Jitter::Full),
        }
    }
}

/// How waits are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Jitter {
    /// Anything between zero and the computed wait.
    Full,
    /// Exactly the computed wait.
    None,
}

/// Goes to another state on an error that no retry cured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Catch {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Which errors.
    pub error_equals: Vec<ErrorName>,
    /// Where to go.
    pub next: String,
    /// JSONPath: where in the input `{Error, Cause}` is put; without it, they replace the input.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_path: Option<Selection>,
    /// JSONata: the next state's input; without it, `{Error, Cause}`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way; in JSONata the error is `$states.errorOutput`.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
}

impl Catch {
    /// Whatever it is, goes to `next`.
    pub fn all(next: impl Into<String>) -> Self {
        Self { error_equals: vec![ErrorName::All], next: next.into(), ..Self::default() }
    }
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
        let whole: Retry = serde_json::from_str(r#"{"ErrorEquals":["States.ALL"],"BackoffRate":2}"#).unwrap();
        assert_eq!(serde_json::to_string(&whole).unwrap(), r#"{"ErrorEquals":["States.ALL"],"BackoffRate":2.0}"#);
    }

    #[test]
    fn an_error_of_the_language_is_told_from_a_services_own() {
        assert_eq!(ErrorName::parse("States.HeartbeatTimeout"), ErrorName::HeartbeatTimeout);
        assert_eq!(ErrorName::parse("Sqs.SqsException").as_str(), "Sqs.SqsException");
    }
}

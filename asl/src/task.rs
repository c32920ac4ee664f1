//! Work that a machine has others do.

use crate::{Catch, Dynamic, Retry, Transition};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Calls a service and waits for its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Task {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What is called, and with what.
    #[serde(flatten)]
    pub integration: Integration,
    /// Fails the task with `States.Timeout` after that many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// The next state's input; without it, the service's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic<Value>>,
    /// Tried in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retry>,
    /// Tried in order, once no retrier is left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catch>,
    /// Where to go.
    #[serde(flatten)]
    pub transition: Transition,
}

/// What a [`Task`] can call. Each has its own arguments, so a wrong field does not compile.
#[derive(Clone, Debug, PartialEq)]
pub enum Integration {
    /// `sqs:sendMessage`
    SendMessage(SendMessage),
}

impl Integration {
    /// The `Resource` of the task, in the partition `aws`.
    pub const fn resource(&self) -> &'static str {
        match self {
            Self::SendMessage(_) => "arn:aws:states:::sqs:sendMessage",
        }
    }
}

/// Puts a message into a queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessage {
    /// Which queue.
    pub queue_url: Dynamic<String>,
    /// The message. What is no string is sent as its JSON.
    pub message_body: Dynamic<Value>,
    /// How long the queue holds it back, at most 900.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<Dynamic<u32>>,
}

/// Flattened into its task: `Resource` and `Arguments`.
impl Serialize for Integration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Call<'a, A> {
            resource: &'a str,
            arguments: &'a A,
        }
        match self {
            Self::SendMessage(arguments) => Call { resource: self.resource(), arguments }.serialize(serializer),
        }
    }
}

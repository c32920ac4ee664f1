//! Queues. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use super::Integration;
use crate::Dynamic;
use crate::data::Template;
use serde::{Deserialize, Serialize};

/// Puts a message into a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SendMessage {
    /// Which queue.
    pub queue_url: Dynamic<String>,
    /// The message. What is no string is sent as its JSON.
    pub message_body: Template,
    /// How many seconds the queue holds it back, at most 900.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<Dynamic<u32>>,
    /// What goes with it beside its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_attributes: Option<Template>,
    /// FIFO queues: what is kept in order among itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<Dynamic<String>>,
    /// FIFO queues: what is the same message within five minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_deduplication_id: Option<Dynamic<String>>,
}

impl Default for SendMessage {
    fn default() -> Self {
        Self {
            queue_url: "".into(),
            message_body: Template::Null,
            delay_seconds: None,
            message_attributes: None,
            message_group_id: None,
            message_deduplication_id: None,
        }
    }
}

impl Integration for SendMessage {
    const CALL: &'static str = "sqs:sendMessage";
}

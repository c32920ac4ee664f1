//! Topics. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html>

use super::Integration;
use crate::Dynamic;
use crate::data::Template;
use serde::{Deserialize, Serialize};

/// Publishes to a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Publish {
    /// Which topic.
    pub topic_arn: Dynamic<String>,
    /// The message. What is no string is sent as its JSON.
    pub message: Template,
    /// For e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Dynamic<String>>,
    /// `json` if the message has a text for each protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_structure: Option<String>,
    /// What goes with it beside its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_attributes: Option<Template>,
}

impl Integration for Publish {
    const CALL: &'static str = "sns:publish";
}

//! Event buses. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>

use super::Integration;
use crate::Dynamic;
use crate::data::Template;
use serde::{Deserialize, Serialize};

/// Sends events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutEvents {
    /// At most ten.
    pub entries: Vec<Entry>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Entry {
    /// What it says.
    pub detail: Template,
    /// What kind of event it is.
    pub detail_type: Dynamic<String>,
    /// Who sends it.
    pub source: Dynamic<String>,
    /// To which bus; without it, the account's default bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<Dynamic<String>>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Template>,
}

impl Integration for PutEvents {
    const CALL: &'static str = "events:putEvents";
}

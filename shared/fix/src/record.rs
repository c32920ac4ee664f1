//! What is kept of a repair, successful or not.

use crate::diff::DiffSummary;
use crate::plan::{Plan, clean};
use drydock_gate::Finding;
use drydock_model::Usage;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// Who was asked.
    pub model: String,
    /// What was going to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Every call of a tool, in order, clipped and masked.
    pub calls: Vec<Call>,
    /// What the gate found in the project before anything was changed.
    pub found_before: Vec<Finding>,
    /// What the change adds.
    pub found_new: Vec<Finding>,
    /// What the change takes away.
    pub found_solved: Vec<Finding>,
    /// The change, even if it was not enough.
    pub diff: DiffSummary,
    /// Answers of the model.
    pub turns: u32,
    /// Tokens.
    pub usage: Usage,
    /// USD by the configured prices.
    pub cost_usd: f64,
    /// Seconds from begin to end.
    pub seconds: f64,
    /// Why it ended without a repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The turn it belongs to, from 1.
    pub turn: u32,
    /// The tool's name.
    pub tool: String,
    /// Its input as JSON.
    pub input: String,
    /// What it answered.
    pub answer: String,
    /// True if it refused or failed.
    pub failed: bool,
}

/// Longest input and answer that are kept, in characters.
const MAX_TEXT: usize = 1000;

impl Call {
    pub(crate) fn new(turn: u32, tool: &str, input: &Value, answer: &Result<String, String>) -> Self {
        let (text, failed) = match answer {
            Ok(text) => (text, false),
            Err(text) => (text, true),
        };
        Self {
            turn,
            tool: clean(tool, 100),
            input: clean(&input.to_string(), MAX_TEXT),
            answer: clean(text, MAX_TEXT),
            failed,
        }
    }
}

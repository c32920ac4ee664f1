//! What the model answers.

use crate::Usage;
use serde::Deserialize;
use serde_json::Value;

/// One answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Message {
    /// Its blocks, exactly as they came.
    pub content: Vec<Value>,
    /// Why it ends here.
    #[serde(default)]
    pub stop_reason: Option<String>,
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
    /// Who answered.
    #[serde(default)]
    pub model: String,
}

/// Why an answer ends, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The model has said what it wanted to say.
    EndTurn,
    /// It waits for the results of tools.
    ToolUse,
    /// The answer is cut off.
    MaxTokens,
    /// The model declines.
    Refusal,
    /// The server paused a long turn; the same conversation goes on.
    PauseTurn,
    /// Anything else, or nothing.
    Other(String),
}

/// One wish of the model to have a tool called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToolUse<'message> {
    /// The answer must name it.
    pub id: &'message str,
    /// The tool's name.
    pub name: &'message str,
    /// An object, if the model keeps to the rules.
    pub input: &'message Value,
}

impl Message {
    /// Why it ends.
    pub fn stop(&self) -> StopReason {
        match self.stop_reason.as_deref().unwrap_or_default() {
            "end_turn" | "stop_sequence" => StopReason::EndTurn,
            "tool_use" => StopReason::ToolUse,
            "max_tokens" | "model_context_window_exceeded" => StopReason::MaxTokens,
            "refusal" => StopReason::Refusal,
            "pause_turn" => StopReason::PauseTurn,
            other => StopReason::Other(other.to_owned()),
        }
    }

    /// The tools it wants called, in order.
    pub fn tool_uses(&self) -> impl Iterator<Item = ToolUse<'_>> {
        self.content.iter().filter(|block| block["type"] == "tool_use").map(|block| ToolUse {
            id: block["id"].as_str().unwrap_or_default(),
            name: block["name"].as_str().unwrap_or_default(),
            input: &block["input"],
        })
    }

    /// Its text blocks, joined.
    pub fn text(&self) -> String {
        self.content.iter().filter(|block| block["type"] == "text").filter_map(|block| block["text"].as_str()).collect()
    }
}

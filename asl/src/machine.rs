//! A whole machine.

use crate::State;
use indexmap::IndexMap;
use serde::Serialize;

/// A state machine. States are written in the order they were put in, so a definition reads as it was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachine {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what the expressions are written.
    pub query_language: QueryLanguage,
    /// The first state.
    pub start_at: String,
    /// Fails the execution with `States.Timeout` after that many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// All states by name.
    pub states: IndexMap<String, State>,
}

/// In what expressions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum QueryLanguage {
    /// <https://jsonata.org>
    #[default]
    #[serde(rename = "JSONata")]
    Jsonata,
}

impl StateMachine {
    /// The definition as JSON, minified. The same machine always gives the same bytes.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names, texts and numbers serialize")
    }
}

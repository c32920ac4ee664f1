//! A whole machine.

use crate::State;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// States by name, in the order they were put in, so a definition reads as it was written.
pub type States = IndexMap<String, State>;

/// A state machine.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StateMachine {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what its states are written that do not say it themselves; without it, JSONPath.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// The version of the language; `1.0` is the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The first state.
    pub start_at: String,
    /// Ends the execution with `TIMED_OUT` after that many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// All states by name.
    pub states: States,
}

/// In what expressions are written.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueryLanguage {
    /// <https://jsonata.org>
    #[serde(rename = "JSONata")]
    Jsonata,
    /// <https://datatracker.ietf.org/doc/rfc9535/>, and the five path fields.
    #[serde(rename = "JSONPath")]
    JsonPath,
}

impl StateMachine {
    /// The definition as JSON, minified. The same machine always gives the same bytes.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names, texts and numbers serialize")
    }

    /// Reads a definition. Every field of the language is known; any other is an error.
    ///
    /// # Errors
    /// If it is no definition; says what is wrong where.
    pub fn from_json(definition: &str) -> serde_json::Result<Self> {
        serde_json::from_str(definition)
    }

    /// Calls `visit` with every state, those of branches and item processors included, and its name.
    pub fn each_state<'a>(&'a self, visit: &mut impl FnMut(&'a str, &'a State)) {
        each(&self.states, visit);
    }
}

fn each<'a>(states: &'a States, visit: &mut impl FnMut(&'a str, &'a State)) {
    for (name, state) in states {
        visit(name, state);
        for inner in state.inner() {
            each(inner.states, visit);
        }
    }
}

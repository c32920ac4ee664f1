//! Going one of several ways.

use crate::Dynamic;
use serde::Serialize;
use serde_json::Value;

/// Takes the first rule that holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Choice {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In order; at least one.
    pub choices: Vec<Rule>,
    /// Where to go when none holds; without it the execution fails with `States.NoChoiceMatched`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// One way out of a [`Choice`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    /// A JSONata expression that is true or false.
    pub condition: Dynamic<bool>,
    /// Where to go if it is true.
    pub next: String,
    /// The next state's input; without it, the choice's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic<Value>>,
}

impl Rule {
    /// Goes to `next` if the JSONata expression `condition` is true.
    pub fn when(condition: impl Into<String>, next: impl Into<String>) -> Self {
        Self { condition: Dynamic::expression(condition), next: next.into(), output: None }
    }
}

impl Choice {
    pub(crate) fn targets(&self) -> Vec<(&'static str, &str)> {
        let rules = self.choices.iter().map(|rule| ("Choices", rule.next.as_str()));
        rules.chain(self.default.iter().map(|name| ("Default", name.as_str()))).collect()
    }
}

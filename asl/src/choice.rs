//! Going one of several ways.

use crate::data::{Assign, present};
use crate::{Comparison, Dynamic, QueryLanguage, Selection};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Takes the first rule that holds.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Choice {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONPath: what of that goes on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// In order; at least one.
    pub choices: Vec<Rule>,
    /// Where to go when none holds; without it the execution fails with `States.NoChoiceMatched`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// JSONata: the next state's input when none holds; without it, this one's.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set when none holds.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
}

/// One way out of a [`Choice`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When to go this way.
    #[serde(flatten)]
    pub test: Test,
    /// Where to go.
    pub next: String,
    /// JSONata: the next state's input; without it, the choice's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way.
    #[serde(skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
}

/// When a [`Rule`] holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Test {
    /// JSONata: an expression that is true or false.
    Condition(Dynamic<bool>),
    /// JSONPath: a comparison of something in the input.
    #[serde(untagged)]
    Comparison(Comparison),
}

impl Rule {
    /// JSONata: goes to `next` if the expression is true.
    pub fn when(condition: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Test::Condition(Dynamic::expression(condition)), next)
    }

    /// JSONPath: goes to `next` if the comparison holds.
    pub fn if_so(comparison: Comparison, next: impl Into<String>) -> Self {
        Self::new(Test::Comparison(comparison), next)
    }

    fn new(test: Test, next: impl Into<String>) -> Self {
        Self { comment: None, test, next: next.into(), output: None, assign: Assign::new() }
    }
}

/// All but the test is read strictly; what is left is the test.
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let comment = take(&mut fields, "Comment").map_err(D::Error::custom)?;
        let next = take(&mut fields, "Next").map_err(D::Error::custom)?;
        let output = take(&mut fields, "Output").map_err(D::Error::custom)?;
        let assign = take(&mut fields, "Assign").map_err(D::Error::custom)?.unwrap_or_default();
        let next = next.ok_or_else(|| D::Error::custom("a rule without `Next`"))?;
        let test = match take(&mut fields, "Condition").map_err(D::Error::custom)? {
            None => Test::Comparison(Comparison::read(fields).map_err(D::Error::custom)?),
            Some(condition) if fields.is_empty() => Test::Condition(condition),
            Some(_) => return Err(D::Error::custom("a rule with `Condition` and something else")),
        };
        Ok(Self { comment, test, next, output, assign })
    }
}

fn take<T: serde::de::DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Result<Option<T>, String> {
    let Some(value) = fields.remove(name) else { return Ok(None) };
    serde_json::from_value(value).map(Some).map_err(|error| format!("{name}: {error}"))
}

impl Choice {
    pub(crate) fn targets(&self) -> Vec<(&'static str, &str)> {
        let rules = self.choices.iter().map(|rule| ("Choices", rule.next.as_str()));
        rules.chain(self.default.iter().map(|name| ("Default", name.as_str()))).collect()
    }
}

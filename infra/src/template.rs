//! The finished template.

use serde_json::Value;

/// A template that is complete: every reference in it has its target.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    body: Value,
}

impl Template {
    pub(crate) fn new(body: Value) -> Self {
        Self { body }
    }

    /// As data.
    pub fn as_value(&self) -> &Value {
        &self.body
    }

    /// Minified JSON. The same program always gives the same bytes.
    pub fn to_json(&self) -> String {
        self.body.to_string()
    }

    /// Indented JSON, for people.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(&self.body).expect("JSON serializes")
    }

    /// YAML, for people and for CloudFormation alike.
    pub fn to_yaml(&self) -> String {
        // By way of text: serde_json's numbers keep their digits in a form that only serde_json reads back.
        let json: serde_yaml::Value = serde_yaml::from_str(&self.body.to_string()).expect("JSON is YAML");
        serde_yaml::to_string(&json).expect("YAML serializes")
    }
}

//! What a step expects of its answer.

use super::Template;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What must come back. What is not said is not checked, but an answer of 500 and above always fails a step that
/// does not expect it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expect {
    /// Any of these: `200`, or `"2XX"` for a class. Empty for any below 500.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<StatusMatch>,
    /// A further demand on the status, under a name of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand: Option<Demand>,
    /// A name in [`TestPlan::promises`]: the answer must keep what is promised for its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise: Option<String>,
    /// Media types, any of them, without parameters: `application/json`. Empty for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content_type: Vec<String>,
    /// Headers that must be there, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Matcher>,
    /// What the body must hold, by JSONPath (RFC 9535).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub body: BTreeMap<String, Matcher>,
    /// True if the answer must be the deployment's own: not the gateway's for a request that has no route.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reached: bool,
    /// True if what the request names may not be there: then a 404 is the deployment's own, whatever it says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub may_be_absent: bool,
    /// True if the gateway must let the request in: it shows what the endpoint asks for, or the endpoint is known to ask
    /// for nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub admitted: bool,
    /// A JSON Schema that the body must conform to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// Milliseconds; a cold start is part of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_response_time_ms: Option<u64>,
}

impl Expect {
    /// How many placeholders are in what headers and body are compared with.
    pub(crate) fn placeholder_count(&self) -> usize {
        let wanted = self.headers.values().chain(self.body.values()).filter_map(|matcher| match matcher {
            Matcher::Equals(value) | Matcher::Contains(value) => Some(value.to_string()),
            _ => None,
        });
        wanted.map(|text| Template(&text).count()).sum()
    }
}

/// What an answer's status must show, beyond being one of the documented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Demand {
    /// The name of the check.
    pub check: DemandCheck,
    /// Any of these.
    pub status: Vec<StatusMatch>,
}

/// Checks on a status that have a name of their own, as in Schemathesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandCheck {
    /// A request that the document forbids is refused.
    NegativeDataRejection,
    /// A request that the document allows is not refused.
    PositiveDataAcceptance,
    /// A request without a header that it must have is refused.
    MissingRequiredHeader,
    /// A method that a path does not have does nothing.
    UnsupportedMethod,
    /// A request without credentials is refused.
    IgnoredAuth,
}

/// A status or a class of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Value")]
pub enum StatusMatch {
    /// Exactly this.
    Code(u16),
    /// `2XX`, `4XX` …
    Class(String),
}

impl TryFrom<Value> for StatusMatch {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match &value {
            Value::Number(number) => number.as_u64().and_then(|code| u16::try_from(code).ok()).map(Self::Code),
            Value::String(class) => Some(Self::Class(class.clone())),
            _ => None,
        }
        .ok_or_else(|| format!("{value} is no status: write a number, or a class such as \"2XX\""))
    }
}

impl StatusMatch {
    /// True if `status` is meant.
    pub fn matches(&self, status: u16) -> bool {
        match self {
            Self::Code(code) => *code == status,
            Self::Class(class) => class.bytes().next() == u8::try_from(status / 100).ok().map(|digit| b'0' + digit),
        }
    }
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Matcher {
    /// There, whatever it is.
    Exists(bool),
    /// Exactly this; numbers compare by value. Texts may hold `{{name}}`.
    Equals(Value),
    /// A text with this in it, or a list with this as an element.
    Contains(Value),
    /// Of this JSON type: `string`, `number`, `integer`, `boolean`, `object`, `array`, `null`.
    Type(String),
    /// A list or text of at least so many elements or characters.
    MinLength(u64),
}

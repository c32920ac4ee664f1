//! A test plan: what is sent, in which order, and what is expected. It may come from a model or from a file, so it is
//! checked ([`check`]) before a single request is sent, and it is stored, so that a repair is judged by the very
//! tests that failed.

mod check;
mod own;
mod schema;
mod template;

pub(crate) use check::inspect;
pub use check::{Bounds, CheckedPlan, InvalidPlan, Problem, check};
pub use schema::json_schema;
pub(crate) use schema::steps_schema;
pub(crate) use template::fill_value;
pub use template::{Template, UNIQUE, Unfilled};

use crate::endpoint::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The only version written and read today.
pub const VERSION: u32 = 1;

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestPlan {
    /// Always [`VERSION`].
    pub version: u32,
    /// The deployed APIs by a short name that steps use.
    pub targets: BTreeMap<String, Target>,
    /// What documents promise of answers, by a name that steps use, then by status: `200`, `4XX` or `default`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promises: BTreeMap<String, BTreeMap<String, Response>>,
    /// In the order in which they run: all set-up, all tests, all clean-up.
    pub steps: Vec<Step>,
}

/// The plan's name: a hash of all that it says. The same plan has the same id, wherever it comes from, so that one
/// that is stored under it can be run again as it is.
pub fn id(plan: &TestPlan) -> String {
    // Maps are ordered by name, and so are the fields: one plan has one text.
    let text = serde_json::to_string(plan).unwrap_or_default();
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    format!("plan-{}", &hash[..24])
}

/// One deployed API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Such as `https://abc.execute-api.us-east-1.amazonaws.com/Prod`.
    pub base_url: String,
    /// What its callers must show.
    #[serde(default)]
    pub auth: Auth,
}

/// What an API asks of its callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// Nothing.
    #[default]
    None,
    /// A SigV4 signature (`AWS_IAM`).
    Iam,
    /// A header `x-api-key`.
    ApiKey,
    /// A header `authorization: Bearer …`.
    Bearer,
}

/// When a step runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before the tests; if it fails, what needs its captures is skipped.
    SetUp,
    /// What the verdict rests on.
    #[default]
    Test,
    /// After the tests, whatever became of them.
    CleanUp,
}

/// One request and what its answer must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Unique in the plan: letters, digits and hyphens.
    pub id: String,
    /// What it shows, for people.
    pub name: String,
    /// When it runs.
    #[serde(default)]
    pub phase: Phase,
    /// What is sent.
    pub request: Request,
    /// What must come back.
    #[serde(default)]
    pub expect: Expect,
    /// Values to keep for later steps, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, Capture>,
    /// When to try again; without it a step is tried once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Milliseconds that an answer may take; 10,000 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// A request. Every text in it may hold `{{name}}`: a value captured by an earlier step, or `{{unique}}`, a text
/// that no other run has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// A name in [`TestPlan::targets`].
    pub target: String,
    /// In capitals.
    pub method: Method,
    /// Behind the target's base URL; begins with `/`.
    pub path: String,
    /// The query string.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// Further headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Sent as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What it shows, where that is not what the target asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// True to send it without any credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anonymous: bool,
}

impl Request {
    /// What it shows of who is asking.
    pub fn shows(&self, target: &Target) -> Auth {
        if self.anonymous { Auth::None } else { self.auth.unwrap_or(target.auth) }
    }
}

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the headers.
    Head,
    /// Asks what is possible.
    Options,
    /// Creates, or does something.
    Post,
    /// Puts something in its place.
    Put,
    /// Changes something.
    Patch,
    /// Removes something.
    Delete,
}

impl Method {
    /// The word in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// True if it changes nothing, so that it may be repeated unchanged.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }

    /// True if it changes or removes something that is there.
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Put | Self::Patch | Self::Delete)
    }
}

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
    /// A JSON Schema that the body must conform to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// Milliseconds; a cold start is part of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_response_time_ms: Option<u64>,
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

/// Where a value to keep stands in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Capture {
    /// The first that a JSONPath finds in the body.
    Body(String),
    /// A header.
    Header(String),
    /// As [`Self::Body`], where it may well be missing: then what needs it is skipped, and nothing has failed.
    Optional(String),
}

/// When to send a request again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retry {
    /// Tries in all, 2 to 5.
    pub attempts: u32,
    /// Milliseconds between two, at most 5,000.
    pub delay_ms: u64,
    /// Why: a function that starts, or data that takes a while to be seen.
    pub reason: RetryReason,
}

/// What makes a retry right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryReason {
    /// The first request to a function may time out at the gateway: tried again on 502, 503, 504 and time-outs.
    ColdStart,
    /// What was written is seen a little later: tried again on every failed check.
    EventualConsistency,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_says_what_a_plan_says() {
        let plan = |path: &str| -> TestPlan {
            serde_json::from_value(json!({"version": 1, "targets": {}, "steps": [
                {"id": "a", "name": "n", "request": {"target": "api", "method": "GET", "path": path}}]}))
            .unwrap()
        };
        let stored: TestPlan = serde_json::from_str(&serde_json::to_string(&plan("/a")).unwrap()).unwrap();
        assert_eq!(id(&plan("/a")), id(&stored));
        assert_ne!(id(&plan("/a")), id(&plan("/b")));
        assert_eq!(id(&stored).len(), 29);
    }
}

//! A test plan: what is sent, in which order, and what is expected. It may come from a model or from a file, so it is
//! checked ([`check`]) before a single request is sent, and it is stored, so that a repair is judged by the very
//! tests that failed.

mod body;
mod check;
mod expect;
mod json_path;
mod own;
mod path;
mod request;
mod schema;
mod template;

pub(crate) use body::{Form, Part};
pub use check::{Bounds, CheckedPlan, InvalidPlan, Problem, check};
pub(crate) use check::{check_size, check_sizes, inspect, is_token_header, path_bytes, query_bytes};
pub use expect::{Demand, DemandCheck, Expect, Matcher, StatusMatch};
pub(crate) use own::{Known, is_id_of, is_id_word, is_name_of, says_which, says_whose, singulars};
pub(crate) use path::{
    Unsendable, encode as encode_segment, fill as fill_path, hold as hold_path, parts as path_parts,
};
pub use request::{BodyType, FilePart, Method, Request, Texts};
pub use schema::json_schema;
pub(crate) use schema::steps_schema;
pub(crate) use template::fill_value;
pub use template::{Template, UNIQUE, Unfilled};

use crate::endpoint::Response;
use serde::{Deserialize, Serialize};
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
    /// Something that nobody here can show: a password, a cookie, several headers. No plan has it.
    Other,
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
    /// The first request to a function may time out at the gateway: tried again on 502, 503, 504 and time-outs, and a
    /// POST, which may have made something by then, on 503 only.
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

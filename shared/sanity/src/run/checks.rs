//! The checks on an answer, with names in the manner of Schemathesis.

mod body;
mod front;
mod matching;

pub(super) use body::{conforms, content_type, is_media};
pub(super) use matching::find;

use super::message::Json;
use super::{Answer, Secrets, promised};
use crate::endpoint::{Response, response};
use crate::plan::{Auth, DemandCheck, Expect, StatusMatch};
use matching::matches;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The answer is no 5xx, unless one is expected.
    NotAServerError,
    /// The status is one of the expected.
    StatusCodeConformance,
    /// The media type is one of the expected.
    ContentTypeConformance,
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
    /// The answer is the deployment's own, not the gateway's for a request that has no route.
    RouteReached,
    /// The gateway lets in who shows what the endpoint asks for, and everybody where it asks for nothing.
    AccessGranted,
    /// The expected headers are there.
    ResponseHeadersConformance,
    /// The body conforms to the schema.
    ResponseSchemaConformance,
    /// The body holds the expected values.
    ResponseBodyConformance,
    /// The answer came in time.
    MaxResponseTime,
    /// The values that later steps need are there.
    CaptureAvailable,
    /// There was an answer at all.
    Reachable,
    /// A redirect leads to no forbidden place. It is only followed to hosts of the stack.
    RedirectAllowed,
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at.
    pub name: CheckName,
    /// Whether it is as it should be.
    pub passed: bool,
    /// What was expected, in words.
    pub expected: String,
    /// What there was, in words.
    pub actual: String,
}

impl Check {
    pub(super) fn new(name: CheckName, passed: bool, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { name, passed, expected: expected.into(), actual: actual.into() }
    }
}

/// Longest value that is shown in a check, in characters.
const SHOWN_CHARS: usize = 300;

/// What an answer is looked at with.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    /// What the request showed of who is asking.
    pub shown: Auth,
    /// They fill placeholders in expected texts.
    pub values: &'a BTreeMap<String, Value>,
    /// They are taken out of what is said of the answer.
    pub secrets: &'a Secrets,
    /// The answer's body.
    pub json: &'a Json<'a>,
}

/// Compares an answer with what was expected; `promises` are the documented answers that the step refers to.
pub(super) fn checks(
    expect: &Expect,
    promises: Option<&BTreeMap<String, Response>>,
    answer: &Answer,
    seen: &Seen<'_>,
) -> Vec<Check> {
    let mut checks = status(expect, answer);
    if let Some(promise) = promises.and_then(|promises| response(promises, answer.status)) {
        checks.extend(promised::checks(promise, answer, seen));
    }
    if expect.reached {
        let promised =
            promises.is_some_and(|promises| ["404", "4XX"].iter().any(|status| promises.contains_key(*status)));
        let wanted = expect.status.iter().any(|wanted| wanted.matches(answer.status));
        checks.push(front::reached(answer, expect.may_be_absent || promised || wanted));
    }
    if expect.admitted {
        let promised = promises.is_some_and(|promises| ["401", "4XX"].iter().any(|key| promises.contains_key(*key)));
        checks.push(front::admitted(answer, seen.shown, promised));
    }
    if !expect.content_type.is_empty() {
        checks.push(content_type(&expect.content_type, answer));
    }
    for (name, matcher) in &expect.headers {
        let found = answer.header(name).map(|value| Value::from(value.to_owned()));
        checks.push(matches(CheckName::ResponseHeadersConformance, name, matcher, found.as_ref(), seen));
    }
    for (path, matcher) in &expect.body {
        let found = seen.json.get().and_then(|json| find(json, path));
        checks.push(matches(CheckName::ResponseBodyConformance, path, matcher, found, seen));
    }
    if let Some(schema) = &expect.schema {
        checks.extend(conforms(schema, answer, seen));
    }
    checks.extend(answer.redirect.clone());
    if let Some(limit) = expect.max_response_time_ms {
        let millis = answer.millis;
        let name = CheckName::MaxResponseTime;
        checks.push(Check::new(name, millis <= limit, format!("at most {limit} ms"), format!("{millis} ms")));
    }
    checks
}

fn status(expect: &Expect, answer: &Answer) -> Vec<Check> {
    let status = answer.status;
    let wanted = expect.status.iter().any(|wanted| wanted.matches(status));
    let mut checks =
        vec![Check::new(CheckName::NotAServerError, status < 500 || wanted, "a status below 500", status.to_string())];
    if !expect.status.is_empty() {
        let name = CheckName::StatusCodeConformance;
        checks.push(Check::new(name, wanted, any_of(&expect.status), status.to_string()));
    }
    if let Some(demand) = &expect.demand {
        let kept = demand.status.iter().any(|wanted| wanted.matches(status));
        checks.push(Check::new(demand.check.into(), kept, any_of(&demand.status), status.to_string()));
    }
    checks
}

fn any_of(statuses: &[StatusMatch]) -> String {
    let words = statuses.iter().map(|wanted| match wanted {
        StatusMatch::Code(code) => code.to_string(),
        StatusMatch::Class(class) => class.to_ascii_uppercase(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

impl From<DemandCheck> for CheckName {
    fn from(check: DemandCheck) -> Self {
        match check {
            DemandCheck::NegativeDataRejection => Self::NegativeDataRejection,
            DemandCheck::PositiveDataAcceptance => Self::PositiveDataAcceptance,
            DemandCheck::MissingRequiredHeader => Self::MissingRequiredHeader,
            DemandCheck::UnsupportedMethod => Self::UnsupportedMethod,
            DemandCheck::IgnoredAuth => Self::IgnoredAuth,
        }
    }
}

/// Without what lets its reader in, and short enough to be read.
pub(super) fn clip(text: &str, secrets: &Secrets) -> String {
    let text = &secrets.clean_said(text);
    let mut kept: String = text.chars().take(SHOWN_CHARS).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, content_type: &str, body: &str) -> Answer {
        Answer {
            status,
            headers: vec![("content-type".into(), content_type.into()), ("x-count".into(), "3".into())],
            body: body.as_bytes().to_vec(),
            truncated: false,
            bodyless: false,
            millis: 120,
            redirect: None,
        }
    }

    /// The names of the checks that fail.
    fn failed(expect: Value, answer: &Answer) -> Vec<String> {
        let expect: Expect = serde_json::from_value(expect).unwrap();
        let values = BTreeMap::from([("id".to_owned(), json!(7))]);
        let seen = Seen { shown: Auth::None, values: &values, secrets: &Secrets::default(), json: &Json::of(answer) };
        checks(&expect, None, answer, &seen)
            .iter()
            .filter(|check| !check.passed)
            .map(|check| check.name.to_string())
            .collect()
    }

    #[test]
    fn each_fault_fails_the_check_that_is_named_for_it() {
        let check = |expect: Value, status, content_type: &str, body: &str, expected: &[&str]| {
            assert_eq!(failed(expect.clone(), &answer(status, content_type, body)), expected, "{expect}");
        };
        let json = "application/json; charset=utf-8";
        let body = r#"{"id": 7.0, "name": "x", "tags": ["a", "b"]}"#;
        check(json!({}), 404, json, body, &[]);
        check(json!({}), 500, json, body, &["not_a_server_error"]);
        check(json!({"status": [500]}), 500, json, body, &[]);
        check(json!({"status": [201, "3XX"]}), 302, json, body, &[]);
        check(json!({"status": [201]}), 200, json, body, &["status_code_conformance"]);
        check(json!({"status": [200]}), 503, json, body, &["not_a_server_error", "status_code_conformance"]);
        check(json!({"contentType": ["application/JSON"]}), 200, json, body, &[]);
        check(json!({"contentType": ["application/json"]}), 200, "text/html", body, &["content_type_conformance"]);
        check(json!({"maxResponseTimeMs": 119}), 200, json, body, &["max_response_time"]);
        check(json!({"headers": {"X-Count": {"equals": 3}}}), 200, json, body, &[]);
        check(json!({"headers": {"x-other": {"exists": true}}}), 200, json, body, &["response_headers_conformance"]);
        let schema = json!({"schema": {"type": "object", "required": ["id", "size"]}});
        check(schema.clone(), 200, json, r#"{"id":1,"size":2}"#, &[]);
        check(schema.clone(), 200, json, body, &["response_schema_conformance"]);
        check(schema, 200, json, "no json", &["response_schema_conformance"]);
    }

    #[test]
    fn bodies_are_compared_by_value() {
        let check = |matcher: Value, passes: bool| {
            let body = r#"{"id": 7.0, "name": "x7", "tags": ["a", 2], "none": null}"#;
            let failed = failed(json!({"body": matcher.clone()}), &answer(200, "application/json", body));
            assert_eq!(failed.is_empty(), passes, "{matcher}");
        };
        check(json!({"$.id": {"equals": 7}}), true);
        check(json!({"$.id": {"equals": "{{id}}"}}), true);
        check(json!({"$.id": {"equals": 8}}), false);
        check(json!({"$.id": {"type": "integer"}}), true);
        check(json!({"$.name": {"contains": "{{id}}"}}), true);
        check(json!({"$.name": {"minLength": 3}}), false);
        check(json!({"$.tags": {"contains": 2}}), true);
        check(json!({"$.tags": {"equals": ["a"]}}), false);
        check(json!({"$.none": {"exists": true}}), true);
        check(json!({"$.other": {"exists": false}}), true);
        check(json!({"$.other": {"type": "null"}}), false);
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_text_is_cut() {
        let secrets = Secrets::new(["open-sesame"]);
        for before in 285..300 {
            let kept = clip(&format!("{}open-sesame{}", "x".repeat(before), "y".repeat(50)), &secrets);
            assert!(!kept.contains("op"), "{kept}");
        }
    }
}

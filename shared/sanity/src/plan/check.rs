//! Checking a plan before a single request is sent. All problems are reported at once, so that whoever wrote the
//! plan can mend it in one go.

use super::own::Known;
use super::{Capture, Expect, Phase, RetryReason, StatusMatch, Step, Template, TestPlan, UNIQUE, VERSION};
use crate::endpoint::Response;
use crate::guard::Guard;
use serde_json::Value;
use serde_json_path::JsonPath;
use std::collections::{BTreeMap, BTreeSet};

/// How much a plan may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most steps.
    pub steps: usize,
    /// Most bytes of one request body.
    pub body_bytes: usize,
    /// Longest time that a step may wait for an answer, in milliseconds.
    pub timeout_ms: u64,
    /// True if steps may change or remove what the plan did not create.
    pub allow_destructive: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: 200, body_bytes: 64 * 1024, timeout_ms: 30_000, allow_destructive: false }
    }
}

/// A plan that may be run.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedPlan(TestPlan);

impl CheckedPlan {
    /// The plan.
    pub fn plan(&self) -> &TestPlan {
        &self.0
    }
}

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The step's id; `None` for the plan itself.
    pub step: Option<String>,
    /// What is wrong and what would be right.
    pub text: String,
}

/// A plan that must not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the test plan is not valid: {}", .0.iter().map(describe).collect::<Vec<_>>().join("; "))]
pub struct InvalidPlan(pub Vec<Problem>);

fn describe(problem: &Problem) -> String {
    problem.step.as_ref().map_or_else(|| problem.text.clone(), |step| format!("step {step}: {}", problem.text))
}

/// Headers that are the runner's own business: they decide where a request goes or who sends it.
const CLOSED_HEADERS: [&str; 12] = [
    "host",
    "authorization",
    "connection",
    "content-length",
    "transfer-encoding",
    "cookie",
    "forwarded",
    "proxy-authorization",
    "upgrade",
    "te",
    "x-api-key",
    "x-forwarded-for",
];

/// Checks everything that can be known before the first answer.
///
/// # Errors
/// All problems.
pub fn check(plan: TestPlan, guard: &Guard, bounds: Bounds) -> Result<CheckedPlan, InvalidPlan> {
    let mut problems = inspect(&plan, bounds);
    for (name, target) in &plan.targets {
        if let Err(refusal) = guard.permit(&target.base_url) {
            problems.push(Problem { step: None, text: format!("target {name}: {refusal}") });
        }
    }
    if problems.is_empty() { Ok(CheckedPlan(plan)) } else { Err(InvalidPlan(problems)) }
}

/// Everything that is wrong with a plan, wherever its hosts are.
pub(crate) fn inspect(plan: &TestPlan, bounds: Bounds) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut of_plan = |text: String| problems.push(Problem { step: None, text });
    if plan.version != VERSION {
        of_plan(format!("version {} is not known; write {VERSION}", plan.version));
    }
    if plan.steps.len() > bounds.steps {
        of_plan(format!("{} steps; at most {} are allowed", plan.steps.len(), bounds.steps));
    }
    for (name, text) in
        plan.promises.iter().flat_map(|(name, promise)| invalid_schemas(promise).map(move |e| (name, e)))
    {
        of_plan(format!("promise {name}: {text}"));
    }
    let mut phase = Phase::SetUp;
    let mut ids = BTreeSet::new();
    let mut known = Known::default();
    for step in &plan.steps {
        let mut found = Vec::new();
        if step.phase < phase {
            found.push("comes too late: all set-up, then all tests, then all clean-up".to_owned());
        }
        phase = phase.max(step.phase);
        if !ids.insert(step.id.as_str()) {
            found.push("another step has the same id".to_owned());
        }
        if !plan.targets.contains_key(&step.request.target) {
            found.push(format!("there is no target `{}`", step.request.target));
        }
        if step.expect.promise.as_ref().is_some_and(|name| !plan.promises.contains_key(name)) {
            found.push("its promise is not among the plan's".to_owned());
        }
        check_step(step, &known, bounds, &mut found);
        known.learn(step);
        problems.extend(found.into_iter().map(|text| Problem { step: Some(step.id.clone()), text }));
    }
    problems
}

fn check_step(step: &Step, known: &Known<'_>, bounds: Bounds, found: &mut Vec<String>) {
    let id = &step.id;
    if id.is_empty() || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        found.push("the id must be of 1 to 64 letters, digits and hyphens".to_owned());
    }
    let request = &step.request;
    check_path(&request.path, found);
    for (name, value) in &request.headers {
        check_header(name, value, found);
    }
    let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
    if body.len() > bounds.body_bytes {
        found.push(format!("the body has {} bytes; at most {} are allowed", body.len(), bounds.body_bytes));
    }
    let texts = [request.path.as_str(), body.as_str()].into_iter();
    let texts = texts.chain(request.query.values().chain(request.headers.values()).map(String::as_str));
    for name in texts.flat_map(|text| Template(text).names()) {
        if !known.has(name) {
            found.push(format!("{{{{{name}}}}} is used before a step captures it"));
        }
    }
    if request.method.is_destructive() && !bounds.allow_destructive && !known.is_own(&request.path) {
        found.push(format!(
            "{} may only name what the plan itself created: its path must be that of a POST with a value captured from it behind, hold a value captured from a step that expects only 201, or hold {{{{{UNIQUE}}}}}",
            request.method.as_str()
        ));
    }
    check_expect(&step.expect, found);
    for (name, capture) in &step.capture {
        if name == UNIQUE || name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            found.push(format!("`{name}` is no name for a captured value"));
        }
        if let Capture::Body(path) | Capture::Optional(path) = capture {
            check_json_path(path, found);
        }
    }
    if step.retry.as_ref().is_some_and(|retry| !(2..=5).contains(&retry.attempts) || retry.delay_ms > 5000) {
        found.push("a retry has 2 to 5 attempts and at most 5000 ms between them".to_owned());
    }
    if step.retry.as_ref().is_some_and(|retry| retry.reason == RetryReason::EventualConsistency)
        && request.method == super::Method::Post
    {
        found.push("a POST that is sent again makes another: retry the step that reads".to_owned());
    }
    if step.timeout_ms.is_some_and(|timeout| timeout == 0 || timeout > bounds.timeout_ms) {
        found.push(format!("timeoutMs must be 1 to {}", bounds.timeout_ms));
    }
}

fn check_path(path: &str, found: &mut Vec<String>) {
    if !path.starts_with('/') || path.starts_with("//") {
        found.push("the path must begin with one `/`".to_owned());
    }
    if path.contains(['?', '#', '\\'])
        || path.chars().any(|c| c.is_control() || c.is_whitespace()) && !path.contains("{{")
    {
        found.push("the path must be without query, fragment, backslash and white space; use `query`".to_owned());
    }
    if path.split('/').any(|part| matches!(part, "." | ".." | "%2e" | "%2e%2e" | "%2E%2E" | "%2E")) {
        found.push("the path must be without `.` and `..`".to_owned());
    }
}

fn check_header(name: &str, value: &str, found: &mut Vec<String>) {
    let lower = name.to_ascii_lowercase();
    let token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !token || value.chars().any(char::is_control) {
        found.push(format!("`{}` is no header", name.escape_debug()));
    } else if CLOSED_HEADERS.contains(&lower.as_str()) || lower.starts_with("x-amz-") {
        found.push(format!("the header `{name}` is set by the runner; use the target's `auth`, or `anonymous`"));
    }
}

fn check_expect(expect: &Expect, found: &mut Vec<String>) {
    for status in expect.status.iter().chain(expect.demand.iter().flat_map(|demand| &demand.status)) {
        let good = match status {
            StatusMatch::Code(code) => (100..=599).contains(code),
            StatusMatch::Class(class) => {
                matches!(class.to_ascii_uppercase().as_str(), "1XX" | "2XX" | "3XX" | "4XX" | "5XX")
            }
        };
        if !good {
            found.push("a status is a number from 100 to 599 or a class such as 2XX".to_owned());
        }
    }
    for path in expect.body.keys() {
        check_json_path(path, found);
    }
    if let Some(schema) = &expect.schema {
        // No retriever is compiled in: a reference to another document is an error, not a request.
        if let Err(error) = jsonschema::validator_for(schema) {
            found.push(format!("the schema is not valid: {error}"));
        }
    }
}

/// What is wrong with the schemas of a promise.
fn invalid_schemas(promise: &BTreeMap<String, Response>) -> impl Iterator<Item = String> {
    let schemas = promise.values().flat_map(|response| {
        let headers = response.headers.values().filter_map(|header| header.schema.as_ref());
        response.content.values().flatten().chain(headers)
    });
    schemas
        .filter_map(|schema| jsonschema::validator_for(schema).err())
        .map(|error| format!("the schema is not valid: {error}"))
}

fn check_json_path(path: &str, found: &mut Vec<String>) {
    if let Err(error) = JsonPath::parse(path) {
        found.push(format!("`{path}` is no JSONPath: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn guard() -> Guard {
        Guard::new(["https://api.example/"]).unwrap()
    }

    /// A plan of these steps; what a step leaves out is harmless.
    fn plan(steps: &[Value]) -> TestPlan {
        let steps = steps.iter().enumerate().map(|(at, step)| {
            let mut whole = json!({
                "id": format!("s{at}"), "name": "n", "request": {"target": "api", "method": "GET", "path": "/"}
            });
            for (name, value) in step.as_object().unwrap() {
                match (name.as_str(), value) {
                    ("request", Value::Object(members)) => {
                        whole["request"].as_object_mut().unwrap().extend(members.clone());
                    }
                    _ => whole[name] = value.clone(),
                }
            }
            whole
        });
        serde_json::from_value(json!({
            "version": 1, "targets": {"api": {"baseUrl": "https://api.example/v1"}}, "steps": steps.collect::<Vec<_>>()
        }))
        .unwrap()
    }

    fn problems(plan: TestPlan) -> String {
        check(plan, &guard(), Bounds::default()).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_whole_life_of_an_item_passes() {
        assert_eq!(
            problems(plan(&[
                json!({"phase": "set-up", "request": {"method": "POST", "path": "/items", "body": {"name": "{{unique}}"}},
                       "expect": {"status": [201]}, "capture": {"id": {"body": "$.id"}}}),
                json!({"request": {"path": "/items/{{id}}"}, "expect": {"status": ["2XX"], "body": {"$.name": {"equals": "{{unique}}"}},
                       "schema": {"type": "object"}}}),
                json!({"request": {"method": "DELETE", "path": "/items/{{unique}}"}, "expect": {"status": [404]}}),
                json!({"phase": "clean-up", "request": {"method": "DELETE", "path": "/items/{{id}}"}}),
            ])),
            ""
        );
    }

    #[test]
    fn what_a_malicious_plan_may_try_is_refused() {
        let check = |step: Value, expected: &str| {
            let problems = problems(plan(&[step]));
            assert!(problems.contains(expected), "{problems}");
        };
        check(
            json!({"request": {"method": "DELETE", "path": "/items/1"}}),
            "may only name what the plan itself created",
        );
        check(json!({"request": {"method": "PATCH", "path": "/items"}}), "may only name what the plan itself created");
        check(json!({"request": {"path": "//evil.example/"}}), "begin with one `/`");
        check(json!({"request": {"path": "https://evil.example/"}}), "begin with one `/`");
        check(json!({"request": {"path": "/a/../../b"}}), "without `.` and `..`");
        check(json!({"request": {"path": "/a\\@evil.example"}}), "backslash");
        check(json!({"request": {"headers": {"Host": "evil.example"}}}), "set by the runner");
        check(json!({"request": {"headers": {"X-Amz-Security-Token": "x"}}}), "set by the runner");
        check(json!({"request": {"headers": {"a": "b\r\nc: d"}}}), "is no header");
        check(json!({"request": {"target": "other"}}), "there is no target `other`");
        check(json!({"request": {"path": "/{{secret}}"}}), "used before a step captures it");
        check(json!({"request": {"body": "x".repeat(70_000)}}), "at most 65536");
        check(json!({"timeoutMs": 600_000}), "timeoutMs must be 1 to 30000");
        let again = json!({"attempts": 3, "delayMs": 1, "reason": "eventual-consistency"});
        check(json!({"request": {"method": "POST"}, "retry": again}), "makes another");
        check(json!({"retry": {"attempts": 50, "delayMs": 1, "reason": "cold-start"}}), "2 to 5 attempts");
        check(json!({"expect": {"schema": {"$ref": "https://evil.example/schema"}}}), "schema is not valid");
        check(json!({"expect": {"body": {"not a path": {"exists": true}}}}), "no JSONPath");
        check(json!({"id": "../x"}), "the id must be of");
    }

    #[test]
    fn only_what_was_created_may_be_removed() {
        let steps = |method: &str, path: &str, capture: &str, status: Value, delete: &str| {
            plan(&[
                json!({"request": {"method": method, "path": path}, "expect": {"status": status}, "capture": {"id": {"body": capture}}}),
                json!({"request": {"method": "DELETE", "path": delete}}),
            ])
        };
        let created = |steps: TestPlan| assert_eq!(problems(steps), "");
        created(steps("POST", "/items", "$.id", json!([]), "/items/{{id}}"));
        created(steps("POST", "/items/", "$['item']['id']", json!([200]), "/items/{{id}}/parts"));
        created(steps("POST", "/create", "$.items[0].id", json!([201]), "/items/{{id}}"));
        created(steps("PUT", "/items/{{unique}}", "$.id", json!([]), "/items/{{id}}"));
        let foreign = |steps: TestPlan, why: &str| assert!(problems(steps).contains("may only name"), "{why}");
        foreign(
            steps("GET", "/items", "$[0].id", json!([]), "/items/{{id}}"),
            "an id that was read is somebody else's",
        );
        foreign(
            steps("POST", "/search", "$.id", json!([200]), "/items/{{id}}"),
            "what a search finds is somebody else's",
        );
        foreign(steps("POST", "/items", "$[0].id", json!([200]), "/items/{{id}}"), "an element of a list may be old");
        foreign(steps("POST", "/items", "$..id", json!([]), "/items/{{id}}"), "what is looked for may be old");
        foreign(
            steps("POST", "/items", "$.id", json!([]), "/users/{{id}}"),
            "what is in one collection is not in another",
        );
        foreign(steps("POST", "/items", "$.id", json!([200, 201]), "/users/{{id}}"), "it may have been 200");
        let upsert = |id: &str| {
            plan(&[
                json!({"request": {"method": "POST", "path": "/items", "body": {"id": id}}, "expect": {"status": [201]},
                       "capture": {"id": {"body": "$.id"}}}),
                json!({"request": {"method": "DELETE", "path": "/items/{{id}}"}}),
            ])
        };
        foreign(upsert("42"), "a POST that says its id may have overwritten what was there");
        created(upsert("test-{{unique}}"));
        let allowed = Bounds { allow_destructive: true, ..Bounds::default() };
        assert!(check(steps("GET", "/items", "$[0].id", json!([]), "/items/{{id}}"), &guard(), allowed).is_ok());
    }

    #[test]
    fn a_plan_as_a_whole_is_checked() {
        let mut foreign = plan(&[]);
        foreign.targets.get_mut("api").unwrap().base_url = "https://169.254.169.254/".to_owned();
        assert!(problems(foreign).contains("is an address"));
        assert!(problems(plan(&vec![json!({}); 201])).contains("at most 200"));
        assert!(problems(plan(&[json!({"id": "a"}), json!({"id": "a"})])).contains("same id"));
        assert!(problems(plan(&[json!({}), json!({"phase": "set-up"})])).contains("comes too late"));
        assert!(problems(TestPlan { version: 2, ..plan(&[]) }).contains("version 2"));
    }
}

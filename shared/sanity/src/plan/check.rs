//! Checking a plan before a single request is sent. All problems are reported at once, so that whoever wrote the
//! plan can mend it in one go.

mod step;

use super::own::Known;
use super::{Phase, TestPlan, VERSION};
use crate::endpoint::Response;
use crate::guard::Guard;
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use step::check_size;

/// How much a plan may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most steps.
    pub steps: usize,
    /// Most bytes of one request body, as it travels.
    pub body_bytes: usize,
    /// Most bytes of a request's path, query and headers together.
    pub head_bytes: usize,
    /// Longest time that a step may wait for an answer, in milliseconds.
    pub timeout_ms: u64,
    /// True if steps may change or remove what the plan did not create.
    pub allow_destructive: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: 200, body_bytes: 64 * 1024, head_bytes: 16 * 1024, timeout_ms: 30_000, allow_destructive: false }
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
        step::check(step, &known, bounds, &mut found);
        known.learn(step);
        problems.extend(found.into_iter().map(|text| Problem { step: Some(step.id.clone()), text }));
    }
    problems
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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
        for hidden in [
            json!({"method": "POST", "path": "/items/1", "bodyType": "form", "body": {"_method": "DELETE"}}),
            json!({"method": "POST", "path": "/items/1", "query": {"_METHOD": "delete"}}),
        ] {
            check(json!({"request": hidden}), "may only name what the plan itself created");
        }
        check(json!({"request": {"headers": {"X-HTTP-Method-Override": "DELETE"}}}), "set by the runner");
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
        check(json!({"request": {"query": {"q": ["x".repeat(9000), "y".repeat(9000)]}}}), "at most 16384");
        check(json!({"request": {"query": {"q": ["a", "{{secret}}"]}}}), "used before a step captures it");
        let form = |kind: &str, body: Value| json!({"request": {"bodyType": kind, "body": body}});
        // What is short as JSON may be long as a form.
        check(form("form", json!({"q": "ä".repeat(20_000)})), "the body has 120002 bytes");
        check(form("multipart", json!({"q": vec!["x"; 2000]})), "at most 65536");
        check(form("form", json!("a=1&b=2")), "the body of a form is an object");
        let file = |name: &str, file: Value, headers: Value| {
            let body = json!({"a": "x", "n": 1});
            json!({"request": {"bodyType": "multipart", "body": body, "files": {name: file}, "headers": headers}})
        };
        let plain = json!({"name": "a.txt", "contentType": "text/plain"});
        check(file("b", plain.clone(), json!({})), "`b` is no text in the body");
        check(file("n", plain.clone(), json!({})), "`n` is no text in the body");
        check(file("a", json!({"name": "a", "contentType": "a/b\r\nX: y"}), json!({})), "is no media type");
        check(file("a", json!({"name": "{{secret}}", "contentType": "a/b"}), json!({})), "used before");
        check(file("a", plain, json!({"Content-Type": "x"})), "says itself what stands between");
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
        let by_query = |id: Value| {
            plan(&[
                json!({"request": {"method": "POST", "path": "/items", "query": {"id": id}}, "expect": {"status": [201]},
                       "capture": {"id": {"body": "$.id"}}}),
                json!({"request": {"method": "DELETE", "path": "/items/{{id}}"}}),
            ])
        };
        foreign(by_query(json!("42")), "a query says an id, too");
        foreign(by_query(json!(["{{unique}}", "42"])), "one of several is enough");
        created(by_query(json!("{{unique}}")));
        let mut as_form = upsert("42");
        as_form.steps[0].request.body_type = crate::plan::BodyType::Form;
        foreign(as_form, "so does a form");
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

//! Plans that pass every check beforehand and mean harm all the same, with an API that plays along: what is sent is
//! decided once more with the values that were captured.

use crate::served::{Answers, Served, json, limits, shown};
use drydock_sanity::plan::TestPlan;
use drydock_sanity::run::StepResult;
use serde_json::{Value, json as value};
use std::sync::Arc;

/// A plan of these steps: method, path, and what else there is to each.
fn plan(steps: &[(&str, &str, Value)]) -> TestPlan {
    let steps = steps.iter().enumerate().map(|(at, (method, path, more))| {
        let id = format!("s{at}");
        let mut step = value!({"id": id, "name": id, "request": {"target": "api", "method": method, "path": path}});
        for (name, value) in more.as_object().unwrap() {
            match (name.as_str(), value) {
                ("request", Value::Object(more)) => step["request"].as_object_mut().unwrap().extend(more.clone()),
                _ => step[name] = value.clone(),
            }
        }
        step
    });
    let steps: Vec<Value> = steps.collect();
    serde_json::from_value(value!({"version": 1, "targets": {"api": {"baseUrl": Served::URL}}, "steps": steps}))
        .unwrap()
}

/// Runs a plan against an API that answers every request with this.
async fn run(status: u16, body: &Value, steps: &[(&str, &str, Value)]) -> (Vec<StepResult>, Vec<String>) {
    let body = body.to_string();
    let answers: Answers = Arc::new(move |_| json(status, body.clone()));
    let served = Served::start(answers).await;
    let results = served.run(&plan(steps), limits()).await;
    (results, served.lines())
}

#[tokio::test]
async fn no_captured_value_changes_which_path_is_asked() {
    for id in ["", ".", "..", "../admin", "%2e%2e", "..\\admin"] {
        let make = ("POST", "/items", value!({"capture": {"id": {"body": "$.id"}}}));
        let steps = [make, ("DELETE", "/items/{{id}}", value!({})), ("GET", "/items/{{id}}/parts", value!({}))];
        let (results, sent) = run(201, &value!({"id": id}), &steps).await;
        assert_eq!(sent, ["POST /items"], "{id:?}");
        assert_eq!(shown(&results), ["s0: passed", "s1: skipped", "s2: skipped"], "{id:?}");
        let reason = results[1].reason.as_ref().unwrap();
        assert!(reason.starts_with("it was refused: its values make "), "{reason}");
    }
}

#[tokio::test]
async fn what_an_answer_only_repeats_is_not_removed() {
    let take = async |status: u16, make: (&str, &str, Value), answer: Value| {
        let path = format!("{}/{{{{id}}}}", make.1);
        let (method, from, mut more) = make;
        more["capture"] = value!({"id": {"body": "$.id"}});
        let steps = [
            (method, from, more),
            ("DELETE", path.as_str(), value!({})),
            ("GET", path.as_str(), value!({"expect": {"status": [404]}})),
        ];
        let (results, sent) = run(status, &answer, &steps).await;
        let reason = results[1].reason.clone().unwrap_or_default();
        assert_eq!(sent.len() == 1, reason.contains("may have been there before"), "{sent:?} {reason}");
        // What was not removed is not looked for either.
        assert_eq!(sent.len() == 1, results[2].reason.is_some(), "{sent:?}");
        sent.iter().any(|line| line.starts_with("DELETE"))
    };
    let post = |path: &'static str, more: Value| ("POST", path, value!({"request": more}));
    for (status, from, answer) in [
        (201, post("/customers/42/orders", value!({})), value!({"id": "42"})),
        (201, post("/customers/42/orders", value!({})), value!({"id": 42})),
        (201, post("/items", value!({"query": {"copyOf": "7"}})), value!({"id": 7})),
        (201, post("/items", value!({"body": {"like": ["7"]}})), value!({"id": "7"})),
        (201, post("/items", value!({"bodyType": "form", "body": {"like": 7}})), value!({"id": "7"})),
        (201, post("/items", value!({"headers": {"x-like": "7"}})), value!({"id": "7"})),
        (409, post("/items", value!({"body": {"name": "n"}})), value!({"id": "theirs"})),
    ] {
        assert!(!take(status, from.clone(), answer).await, "{from:?}");
    }
    assert!(take(201, post("/items", value!({"body": {"like": "7"}})), value!({"id": "8"})).await);
    assert!(take(200, post("/items", value!({})), value!({"id": "8"})).await);
}

#[tokio::test]
async fn what_a_plan_calls_its_own_is() {
    let make =
        ("POST", "/items", value!({"request": {"body": {"id": "{{unique}}"}}, "capture": {"id": {"body": "$.id"}}}));
    let answers: Answers = Arc::new(|asked| json(200, asked.body.clone()));
    let served = Served::start(answers).await;
    let results = served.run(&plan(&[make, ("DELETE", "/items/{{id}}", value!({}))]), limits()).await;
    assert_eq!(shown(&results), ["s0: passed", "s1: passed"]);
    let sent = served.lines().remove(1);
    let id = sent.strip_prefix("DELETE /items/").unwrap();
    assert!(id.starts_with(|c: char| c.is_ascii_alphabetic()) && id.len() == 36, "a number would be another's: {id}");
}

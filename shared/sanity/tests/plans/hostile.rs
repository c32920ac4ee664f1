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
        (201, post("/items", value!({"body": {"likeId": ["7"]}})), value!({"id": "7"})),
        (201, post("/items", value!({"bodyType": "form", "body": {"likeId": 7}})), value!({"id": "7"})),
        (201, post("/items", value!({"headers": {"x-like": "7"}})), value!({"id": "7"})),
        (409, post("/items", value!({"body": {"name": "n"}})), value!({"id": "theirs"})),
    ] {
        assert!(!take(status, from.clone(), answer).await, "{from:?}");
    }
    assert!(take(201, post("/items", value!({"body": {"likeId": "7"}})), value!({"id": "8"})).await);
    // Whoever asks for what is there gets it.
    for body in [
        value!({}),
        value!([]),
        value!({"email": "someone@example.com"}),
        // That something else is the plan's own does not make this one so.
        value!({"email": "someone@example.com", "note": "{{unique}}"}),
        value!({"item": {"number": 7, "note": "{{unique}}"}}),
    ] {
        assert!(!take(200, post("/items", value!({"body": body})), value!({"id": "8"})).await, "{body}");
    }
    for body in [
        value!({"email": "{{unique}}@example.com"}),
        value!({"note": "{{unique}}", "ownerId": 7, "lines": [{"size": 1}]}),
    ] {
        assert!(take(200, post("/items", value!({"body": body})), value!({"id": "8"})).await, "{body}");
    }
    // The first thing in a fresh database has a number that is said of anything.
    for body_type in ["json", "form"] {
        let post = post("/items", value!({"bodyType": body_type, "body": {"quantity": 1, "size": "1"}}));
        assert!(take(201, post, value!({"id": 1})).await, "{body_type}");
    }
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

#[tokio::test]
async fn what_is_captured_does_not_make_a_request_too_big() {
    let get = |path: &'static str, more: Value| ("GET", path, more);
    let make = ("POST", "/a", value!({"capture": {"most": {"body": "$.most"}, "whole": {"optional": "$"}}}));
    let many = "{{most}}".repeat(20);
    let steps = [
        make,
        ("POST", "/b", value!({"request": {"body": vec!["{{most}}"; 15]}})),
        ("POST", "/c", value!({"request": {"body": vec!["{{most}}"; 17]}})),
        ("POST", "/d", value!({"request": {"bodyType": "multipart", "body": {"a": many}}})),
        get("/e", value!({"request": {"query": {"q": vec!["{{most}}"; 5]}}})),
        get("/f/{{most}}/{{most}}/{{most}}/{{most}}/{{most}}", value!({})),
        get("/g", value!({"request": {"headers": {"x-a": many}}})),
        get("/h/{{whole}}", value!({})),
    ];
    let (results, sent) = run(200, &value!({"most": "x".repeat(4000), "rest": "y".repeat(20_000)}), &steps).await;
    assert_eq!(sent, ["POST /a", "POST /b"], "{:?}", shown(&results));
    for result in &results[2..7] {
        let reason = result.reason.as_ref().unwrap();
        assert!(reason.contains("it was refused: with its values") && reason.contains("are allowed"), "{reason}");
    }
    let kept = results[0].checks.iter().find(|check| check.actual.contains("at most 4096 are kept"));
    assert!(kept.is_some_and(|check| check.passed), "{:?}", results[0].checks);
    assert!(results[7].reason.as_ref().unwrap().contains("no value for {{whole}}"));
}

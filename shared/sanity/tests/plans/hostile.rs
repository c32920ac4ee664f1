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

//! Running plans against a real server: what is retried, what is flaky, where it ends.

use crate::served::{Answers, Asked, Reply, Served, json, limits, shown};
use drydock_sanity::plan::TestPlan;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub fn plan(steps: Value) -> TestPlan {
    let mut plan = json!({"version": 1, "targets": {"api": {"baseUrl": Served::URL}}});
    plan["steps"] = steps;
    serde_json::from_value(plan).unwrap()
}

pub fn step(name: &str, method: &str, path: &str, members: Value) -> Value {
    let mut step = json!({"id": name, "name": name, "request": {"target": "api", "method": method, "path": path}});
    let Value::Object(members) = members else { panic!("{members}") };
    for (name, value) in members {
        match (name.as_str(), value) {
            ("request", Value::Object(more)) => step["request"].as_object_mut().unwrap().extend(more),
            (_, value) => step[name] = value,
        }
    }
    step
}

/// Answers number 0, 1, 2 … in turn, the last one for ever.
pub fn in_turn(replies: Vec<Reply>) -> Answers {
    let at = AtomicUsize::new(0);
    Arc::new(move |_| replies[at.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1)].clone())
}

pub fn redirect(status: u16, to: &str) -> Reply {
    Reply { headers: vec![("location", to.to_owned())], ..json(status, "") }
}

async fn outcome(answers: Answers, members: Value) -> (String, usize) {
    let served = Served::start(answers).await;
    let results = served.run(&plan(json!([step("s", "GET", "/a", members)])), limits()).await;
    (shown(&results).remove(0), served.lines().len())
}

#[tokio::test]
async fn a_flaky_answer_is_named_flaky() {
    let expect = json!({"expect": {"status": [200]}});
    let fails_once = in_turn(vec![json(500, "{}"), json(200, "{}")]);
    assert_eq!(
        outcome(fails_once, expect.clone()).await,
        ("s: flaky not_a_server_error status_code_conformance".into(), 2)
    );
    let fails = in_turn(vec![json(500, "{}")]);
    assert_eq!(outcome(fails, expect).await, ("s: failed not_a_server_error status_code_conformance".into(), 2));
}

#[tokio::test]
async fn what_changes_something_is_not_sent_again() {
    let served = Served::start(in_turn(vec![json(500, "{}"), json(200, "{}")])).await;
    let results = served.run(&plan(json!([step("s", "POST", "/a", json!({}))])), limits()).await;
    assert_eq!((shown(&results), served.lines().len()), (vec!["s: failed not_a_server_error".to_owned()], 1));
}

#[tokio::test]
async fn a_retry_is_made_for_its_reason_only() {
    let cold = json!({"retry": {"attempts": 3, "delayMs": 1, "reason": "cold-start"}, "expect": {"status": [200]}});
    let starts = in_turn(vec![json(503, "{}"), json(504, "{}"), json(200, "{}")]);
    assert_eq!(outcome(starts, cold.clone()).await, ("s: passed".into(), 3));
    // A function that throws is none that starts.
    let throws = in_turn(vec![json(500, "{}"), json(200, "{}")]);
    assert_eq!(outcome(throws, cold).await.0, "s: flaky not_a_server_error status_code_conformance");
    let seen_later =
        json!({"retry": {"attempts": 3, "delayMs": 1, "reason": "eventual-consistency"}, "expect": {"status": [200]}});
    let later = in_turn(vec![json(404, "{}"), json(200, "{}")]);
    assert_eq!(outcome(later, seen_later).await, ("s: passed".into(), 2));
}

#[tokio::test]
async fn what_may_have_made_something_is_not_sent_again() {
    let made = json(201, r#"{"id": "7"}"#);
    let late = Reply { after: Duration::from_millis(300), ..made.clone() };
    for (first, sent, outcome) in [
        // Only this one says that nobody has seen it.
        (json(503, "{}"), 2, "passed"),
        (json(502, "{}"), 1, "failed not_a_server_error status_code_conformance"),
        (json(504, "{}"), 1, "failed not_a_server_error status_code_conformance"),
        (late, 1, "failed max_response_time"),
        (Reply { after: Duration::from_secs(2), ..made.clone() }, 1, "failed max_response_time"),
    ] {
        let served = Served::start(in_turn(vec![first.clone(), made.clone()])).await;
        let retry = json!({"attempts": 3, "delayMs": 1, "reason": "cold-start"});
        let expect = json!({"status": [201], "maxResponseTimeMs": 200});
        let make = step("make", "POST", "/a", json!({"retry": retry, "expect": expect, "timeoutMs": 1000}));
        let results = served.run(&plan(json!([make])), limits()).await;
        assert_eq!((shown(&results), served.lines().len()), (vec![format!("make: {outcome}")], sent), "{first:?}");
    }
}

#[tokio::test]
async fn what_is_not_as_it_should_be_is_removed_all_the_same() {
    let served = Served::start(in_turn(vec![json(200, r#"{"id": "7"}"#), json(204, "")])).await;
    let body = json!({"name": "{{unique}}"});
    let make = json!({"phase": "set-up", "request": {"body": body}, "expect": {"status": [201]}, "capture": {"id": {"body": "$.id"}}});
    let steps = json!([
        step("make", "POST", "/a", make),
        step("read", "GET", "/a/{{id}}", json!({})),
        step("remove", "DELETE", "/a/{{id}}", json!({"phase": "clean-up"})),
        step("again", "DELETE", "/a/{{id}}", json!({"phase": "clean-up"})),
    ]);
    let results = served.run(&plan(steps), limits()).await;
    assert_eq!(
        shown(&results),
        ["make: failed status_code_conformance", "read: skipped", "remove: passed", "again: skipped"]
    );
    assert_eq!(served.lines(), ["POST /a", "DELETE /a/7"]);
    assert_eq!(results[3].reason.as_deref(), Some("what it removes was removed before"));
}

#[tokio::test]
async fn a_late_answer_is_late_unless_it_was_the_first() {
    let slow = Reply { after: Duration::from_millis(400), ..json(200, "{}") };
    let members =
        json!({"expect": {"maxResponseTimeMs": 200}, "retry": {"attempts": 2, "delayMs": 1, "reason": "cold-start"}});
    let first = in_turn(vec![slow.clone(), json(200, "{}")]);
    assert_eq!(outcome(first, members.clone()).await, ("s: passed".into(), 2));
    assert_eq!(outcome(in_turn(vec![slow.clone()]), members).await.0, "s: failed max_response_time");
    // Without an answer it is late as well.
    let never = json!({"expect": {"maxResponseTimeMs": 100}, "timeoutMs": 150});
    assert_eq!(outcome(in_turn(vec![slow]), never).await.0, "s: failed max_response_time");
}

#[tokio::test]
async fn redirects_are_followed_within_the_stack_only() {
    let check = async |reply: Reply, expect: Value, expected: &str, requests: usize| {
        let followed = json(200, "{}");
        let answers: Answers =
            Arc::new(move |asked: &Asked| if asked.path == "/a" { reply.clone() } else { followed.clone() });
        assert_eq!(outcome(answers, json!({"expect": expect})).await, (expected.to_owned(), requests));
    };
    check(redirect(302, "/b"), json!({"status": [200]}), "s: passed", 2).await;
    // What is documented as a redirect is one.
    check(redirect(302, "/b"), json!({"status": [302]}), "s: passed", 1).await;
    // To send callers elsewhere is an API's business.
    check(redirect(301, "https://shop.example/"), json!({}), "s: passed", 1).await;
    check(redirect(301, "https://shop.example/"), json!({"status": [200]}), "s: failed status_code_conformance", 2)
        .await;
    for forbidden in
        ["http://169.254.169.254/", "https://[::ffff:10.0.0.1]/", "https://2130706433/", "http://shop.example/"]
    {
        check(redirect(307, forbidden), json!({}), "s: failed redirect_allowed", 2).await;
    }
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let (outcome, requests) = outcome(in_turn(vec![redirect(302, "/a")]), json!({})).await;
    assert_eq!((outcome.as_str(), requests), ("s: failed reachable", 8));
}

#[tokio::test]
async fn a_body_without_end_is_cut_and_not_judged_by_its_schema() {
    let big = json(200, format!("\"{}\"", "x".repeat(200_000)));
    let (outcome, _) = outcome(in_turn(vec![big]), json!({"expect": {"schema": {"type": "string"}}})).await;
    assert_eq!(outcome, "s: passed");
}

#[tokio::test]
async fn what_is_not_there_is_skipped_or_failed_as_it_was_meant() {
    let check = async |capture: Value, expected: [&str; 2]| {
        let served = Served::start(in_turn(vec![json(200, "[]")])).await;
        let steps = json!([
            step("list", "GET", "/a", json!({"capture": {"id": capture}})),
            step("one", "GET", "/a/{{id}}", json!({}))
        ]);
        let results = served.run(&plan(steps), limits()).await;
        assert_eq!(shown(&results), expected);
    };
    check(json!({"body": "$[0].id"}), ["list: failed capture_available", "one: skipped"]).await;
    check(json!({"optional": "$[0].id"}), ["list: passed", "one: skipped"]).await;
}

#[tokio::test]
async fn credentials_are_shown_where_they_are_asked_for_and_nowhere_else() {
    let served = Served::start(in_turn(vec![json(200, "{}")])).await;
    let steps = json!([
        step("open", "GET", "/open", json!({})),
        step("keyed", "GET", "/keyed", json!({"request": {"auth": "api-key"}})),
        step("token", "GET", "/token", json!({"request": {"auth": "bearer"}})),
        step("own", "GET", "/own", json!({"request": {"auth": "bearer", "tokenHeader": "X-Token"}})),
        step("cookie", "GET", "/cookie", json!({"request": {"auth": "bearer", "tokenHeader": "Cookie"}})),
        step("key", "GET", "/key", json!({"request": {"auth": "bearer", "tokenHeader": "x-api-key"}})),
        step("anonymous", "GET", "/anonymous", json!({"request": {"auth": "api-key", "anonymous": true}})),
    ]);
    let results = served.run(&plan(steps), limits()).await;
    let keyed: Vec<bool> = served.asked.lock().unwrap().iter().map(|asked| asked.headers.contains("k3y")).collect();
    assert_eq!(keyed, [false, true, true, true, true, true, false]);
    let shown = |at: usize, header: &str| {
        let headers = &served.asked.lock().unwrap()[at].headers;
        headers.lines().find_map(|line| line.strip_prefix(&format!("{header}: ")).map(str::to_owned))
    };
    assert_eq!(shown(2, "authorization").as_deref(), Some("Bearer k3y"));
    assert_eq!((shown(3, "authorization"), shown(3, "x-token").as_deref()), (None, Some("k3y")));
    assert_eq!((shown(4, "authorization"), shown(4, "cookie").as_deref()), (None, Some("k3y")));
    // The token, not the key that would stand there.
    assert_eq!((shown(5, "authorization"), shown(5, "x-api-key").as_deref()), (None, Some("k3y")));
    let report = serde_json::to_string(&results).unwrap();
    assert!(!report.contains("k3y") && !report.contains("p4ss"), "a report holds no credentials");
    assert!(report.contains("x-token: $TOKEN"), "{report}");
}

#[tokio::test]
async fn a_gateways_answer_for_no_route_is_told_from_the_deployments() {
    let expect = json!({"expect": {"reached": true, "admitted": true}});
    let check = async |status: u16, header: &'static str, message: &str, expected: &str| {
        let mut reply = json(status, json!({"message": message}).to_string());
        reply.headers.push((header, "x".to_owned()));
        assert_eq!(outcome(in_turn(vec![reply]), expect.clone()).await.0, expected);
    };
    check(404, "apigw-requestid", "Not Found", "s: failed route_reached").await;
    check(404, "x-amzn-requestid", "Not Found", "s: passed").await;
    check(403, "x-amzn-errortype", "Missing Authentication Token", "s: failed route_reached").await;
    check(403, "x-amzn-errortype", "Forbidden", "s: failed access_granted").await;
    check(403, "x-amzn-requestid", "Forbidden", "s: passed").await;
}

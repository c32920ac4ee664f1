//! Running plans against a real server: what a run may use up, and what an API lets it.

use crate::mechanics::{in_turn, plan, redirect, step};
use crate::served::{Reply, Served, json, limits, shown};
use drydock_sanity::run::Limits;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn what_a_redirect_leads_to_is_a_request_like_any_other() {
    let served = Served::start(in_turn(vec![redirect(302, "/a")])).await;
    let steps: Vec<Value> = (0..20).map(|at| step(&format!("t{at}"), "GET", "/a", json!({}))).collect();
    let spacing = Duration::from_millis(20);
    let begun = std::time::Instant::now();
    let results = served.run(&plan(steps.into()), Limits { requests: 30, spacing, ..limits() }).await;
    assert_eq!(served.lines().len(), 30);
    assert_eq!(results.iter().map(|result| result.requests).sum::<u32>(), 30, "{results:#?}");
    assert!(begun.elapsed() >= spacing * 29, "{:?}", begun.elapsed());
    assert!(results.last().unwrap().reason.as_ref().unwrap().contains("limit"));
}

#[tokio::test]
async fn limits_leave_room_for_clean_up() {
    let served = Served::start(in_turn(vec![json(201, r#"{"id": "7"}"#)])).await;
    let mut steps = vec![step("make", "POST", "/a", json!({"phase": "set-up", "capture": {"id": {"body": "$.id"}}}))];
    steps.extend((0..10).map(|at| step(&format!("t{at}"), "GET", "/a", json!({}))));
    steps.push(step("remove", "DELETE", "/a/{{id}}", json!({"phase": "clean-up"})));
    let results = served.run(&plan(steps.into()), Limits { requests: 5, ..limits() }).await;
    let shown = shown(&results);
    assert_eq!(shown.iter().filter(|line| line.ends_with("passed")).count(), 5, "{shown:?}");
    assert_eq!(shown.last().unwrap(), "remove: passed");
    assert_eq!(served.lines().last().unwrap(), "DELETE /a/7");
}

#[tokio::test]
async fn time_is_a_limit() {
    let slow = Reply { after: Duration::from_millis(150), ..json(200, "{}") };
    let served = Served::start(in_turn(vec![slow])).await;
    let steps: Vec<Value> = (0..10).map(|at| step(&format!("t{at}"), "GET", "/a", json!({}))).collect();
    let results = served.run(&plan(steps.into()), Limits { wall_time: Duration::from_millis(400), ..limits() }).await;
    assert!(shown(&results).iter().filter(|line| line.ends_with("skipped")).count() >= 6);
    assert!(results.last().unwrap().reason.as_ref().unwrap().contains("limit"));
}

/// What becomes of one step of a plan within limits, why, and how many requests that took.
async fn within(limits: Limits, replies: Vec<Reply>, method: &str, members: Value) -> (String, String, usize) {
    let served = Served::start(in_turn(replies)).await;
    let results = served.run(&plan(json!([step("s", method, "/a", members)])), limits).await;
    assert_eq!(usize::try_from(results[0].requests).unwrap(), served.lines().len());
    (shown(&results).remove(0), results[0].reason.clone().unwrap_or_default(), served.lines().len())
}

#[tokio::test]
async fn the_runs_own_limits_are_no_fault() {
    let never = || vec![Reply { after: Duration::from_secs(30), ..json(200, "{}") }];
    let short = Limits { wall_time: Duration::from_millis(300), ..limits() };
    let check = async |limits: Limits, replies: Vec<Reply>, members: Value, expected: &str| {
        let (shown, reason, sent) = within(limits, replies, "GET", members.clone()).await;
        assert_eq!((shown.as_str(), sent), (expected, 1), "{members}");
        assert_eq!(reason.contains("limit"), expected == "s: skipped", "{members}: {reason}");
    };
    check(short, never(), json!({}), "s: skipped").await;
    check(short, never(), json!({"expect": {"maxResponseTimeMs": 5000}}), "s: skipped").await;
    // What had all the time that it may take is late.
    check(short, never(), json!({"expect": {"maxResponseTimeMs": 50}}), "s: failed max_response_time").await;
    let one = Limits { requests: 1, ..limits() };
    check(one, never(), json!({"timeoutMs": 50}), "s: failed reachable").await;
    check(one, vec![redirect(302, "/a")], json!({}), "s: skipped").await;
    // The plan allows another try, and the run does not.
    let later = json!({"attempts": 2, "delayMs": 1, "reason": "eventual-consistency"});
    check(one, vec![json(404, "{}")], json!({"retry": later, "expect": {"status": [200]}}), "s: skipped").await;
}

#[tokio::test]
async fn what_is_throttled_is_sent_again_and_never_a_fault() {
    let throttled = || json(429, r#"{"message": "Too Many Requests"}"#);
    let check = async |method: &str, replies: Vec<Reply>, expect: Value, expected: (&str, usize)| {
        let (shown, reason, sent) = within(limits(), replies, method, json!({"expect": expect})).await;
        assert_eq!((shown.as_str(), sent), expected, "{method} {expect}");
        assert_eq!(reason.contains("429"), shown == "s: skipped", "{reason}");
    };
    let (ok, made) = (json!({"status": [200]}), json!({"status": [201]}));
    check("GET", vec![throttled(), throttled(), json(200, "{}")], ok.clone(), ("s: passed", 3)).await;
    // It did nothing: there is nothing that would be made twice.
    check("POST", vec![throttled(), json(201, "{}")], made, ("s: passed", 2)).await;
    check("GET", vec![throttled()], ok.clone(), ("s: skipped", 4)).await;
    check("GET", vec![throttled()], json!({}), ("s: skipped", 4)).await;
    let refused = json!({"demand": {"check": "ignored_auth", "status": [401, 403]}});
    check("GET", vec![throttled(), json(401, "{}")], refused.clone(), ("s: passed", 2)).await;
    check("GET", vec![throttled()], refused, ("s: skipped", 4)).await;
    // What comes behind it is judged.
    check("POST", vec![throttled(), json(500, "{}")], ok, ("s: failed not_a_server_error status_code_conformance", 2))
        .await;
    // A document may promise it, and a plan may want to see it.
    check("GET", vec![throttled()], json!({"status": [200, 429]}), ("s: passed", 4)).await;
    check("GET", vec![throttled()], json!({"status": [429]}), ("s: passed", 1)).await;
}

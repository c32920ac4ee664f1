//! Requests and direct calls, and their answers.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use drydock_model_server::{Answer, ModelServer, Script, say};
use serde_json::{Value, json};
use status_analyzer::{ServiceError, handle};
use world::{ID, Trouble, World, failed};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

fn holding() -> World {
    World::with(&failed(), &["fetching main"])
}

/// Status and body of the answer to `method path body`.
async fn ask(world: &World, method: &str, path: &str, body: &str) -> (u64, Value) {
    let event = json!({
        "version": "2.0", "rawPath": path, "body": body, "isBase64Encoded": false,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
    });
    let response = handle(&world.analyzer(NOWHERE), event, "request-1").await.unwrap();
    let body = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    (response["statusCode"].as_u64().unwrap(), body)
}

#[tokio::test]
async fn both_routes_and_a_direct_call_get_the_same_analysis() {
    let world = holding();
    let (status, mut by_path) = ask(&world, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!(status, 200);
    let (_, mut by_body) = ask(&world, "POST", "/analyze", &json!({"sessionId": ID}).to_string()).await;
    let mut direct = handle(&world.analyzer(NOWHERE), json!({"sessionId": ID}), "request-1").await.unwrap();
    for analysis in [&mut by_path, &mut by_body, &mut direct] {
        analysis.as_object_mut().unwrap().remove("analysisTimestamp").unwrap();
    }
    assert_eq!((&by_path, &by_path), (&by_body, &direct));
    let error = &by_path["errors"][0];
    assert_eq!((&error["type"], &error["fixableInCode"]), (&json!("git-access"), &json!(false)));
    assert_eq!(error["relatedLogs"][0], "2026-11-23T16:00:00.000Z monitor fetching main");
    assert_eq!(
        (&by_path["rootCause"], &by_path["deploymentDuration"]),
        (&json!("there is no branch main"), &json!(42))
    );
    assert_eq!(by_path.get("explanation"), None, "without a key the analysis is complete without prose");
}

#[tokio::test]
async fn errors_have_the_statuses_of_the_contract() {
    let empty = World::default();
    let (status, body) = ask(&empty, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!((status, body), (404, json!({"error": format!("there is no session {ID}")})));
    let (status, body) = ask(&empty, "GET", "/analyze/nobody", "").await;
    assert_eq!((status, body), (404, json!({"error": "there is no session nobody"})));
    let (status, body) = ask(&empty, "POST", "/analyze", "{}").await;
    assert_eq!((status, &body["example"]), (400, &json!({"sessionId": ID})));
    let unreachable = holding().always(Trouble::Unreachable);
    let (status, body) = ask(&unreachable, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!((status, &body["requestId"]), (503, &json!("request-1")));
    let broken = World::with(&json!({"sessionId": ID}), &[]);
    let (status, body) = ask(&broken, "GET", &format!("/analyze/{ID}"), "").await;
    assert_eq!((status, &body["requestId"]), (500, &json!("request-1")));
    assert!(!body.to_string().contains("missing field"), "inner causes stay inside: {body}");
}

#[tokio::test]
async fn a_direct_call_fails_loudly() {
    let analyzer = World::default().analyzer(NOWHERE);
    let ask = |payload: Value| handle(&analyzer, payload, "request-1");
    assert!(matches!(ask(json!({"sessionId": ID})).await, Err(ServiceError::UnknownSession(_))));
    assert!(matches!(ask(json!({"sessionId": "x"})).await, Err(ServiceError::UnknownEvent(_))));
    assert!(matches!(ask(json!({"Records": []})).await, Err(ServiceError::UnknownEvent(_))));
}

#[tokio::test]
async fn with_a_key_a_model_puts_it_into_prose_once() {
    let server = ModelServer::start(Script::new().then(Answer::Message(vec![say("The branch\nis missing.")]))).unwrap();
    let world = World::with(&failed(), &["token: ghp_abcdefghijklmnopqrstuvwxyz0123456789"]).key("sk-test");
    let analyzer = world.analyzer(&server.url());
    for _ in 0..2 {
        let analysis = handle(&analyzer, json!({"sessionId": ID}), "request-1").await.unwrap();
        assert_eq!(analysis["explanation"], "The branch is missing.");
        assert_eq!(analysis["errors"][0]["type"], "git-access");
    }
    let sent = server.requests();
    assert_eq!(sent.len(), 1, "whoever asks again does not pay again");
    assert_eq!((sent[0].key.as_str(), &sent[0].body["max_tokens"]), ("sk-test", &json!(500)));
    let told = sent[0].body["messages"].to_string();
    assert!(told.contains("[masked secret]") && !told.contains("ghp_"), "{told}");
}

#[tokio::test]
async fn a_model_that_fails_never_fails_the_analysis() {
    for answer in [
        Answer::Error(401, "authentication_error", None),
        Answer::Error(529, "overloaded_error", None),
        Answer::CutOff,
        Answer::Raw("text/html", "<html>"),
        Answer::Message(vec![]),
    ] {
        let server = ModelServer::start(Script::new().forever(answer.clone())).unwrap();
        let world = holding().key("sk-test");
        let analysis = handle(&world.analyzer(&server.url()), json!({"sessionId": ID}), "request-1").await.unwrap();
        assert_eq!(analysis.get("explanation"), None, "{answer:?}");
        assert_eq!(analysis["errors"][0]["type"], "git-access", "{answer:?}");
    }
    let world = holding().key("sk-test");
    let analysis = handle(&world.analyzer(NOWHERE), json!({"sessionId": ID}), "request-1").await.unwrap();
    assert_eq!(analysis.get("explanation"), None);
}

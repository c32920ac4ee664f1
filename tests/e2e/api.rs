//! The eight routes, exactly as in the contract.

use drydock_contract::{SessionId, SessionKind};
use drydock_e2e::{Answer, Request, World};
use serde_json::{Value, json};

/// An answer to a request that opened a session: everything but the id and the message is known beforehand.
#[track_caller]
fn assert_accepted(answer: Answer, kind: SessionKind, expected: &Value) -> SessionId {
    let mut body = answer.expect(202);
    let fields = body.as_object_mut().expect("an object");
    let id = fields.remove("sessionId").and_then(|id| SessionId::parse(id.as_str()?).ok()).expect("a session id");
    assert_eq!(id.kind(), kind, "{id}");
    let message = fields.remove("message").expect("a message");
    assert!(message.as_str().is_some_and(|text| !text.is_empty()), "{message}");
    assert_eq!(&body, expected);
    id
}

#[tokio::test]
async fn deploy_is_accepted() {
    let world = World::new().await;
    let repository = world.git.empty();
    let body = json!({"repository": format!("{repository}.git"), "branch": "main", "projectRoot": "./a//b/"});
    let expected = json!({"status": "pending", "repository": repository, "branch": "main", "projectRoot": "a/b"});
    assert_accepted(world.post("/deploy", &body).await, SessionKind::Deploy, &expected);
    let body = json!({"repository": repository, "branch": "main"});
    let expected = json!({"status": "pending", "repository": repository, "branch": "main"});
    assert_accepted(world.post("/deploy", &body).await, SessionKind::Deploy, &expected);
}

#[tokio::test]
async fn fix_is_accepted() {
    let world = World::new().await;
    let repository = world.git.empty();
    let body = json!({
        "repository": repository, "branch": "main", "fixInstructions": "set the runtime", "customRootFolder": "api",
        "stackDetails": {"stackName": "x"}
    });
    let expected = json!({
        "status": "pending", "repository": repository, "branch": "main", "projectRoot": "api",
        "fixInstructions": "set the runtime"
    });
    assert_accepted(world.post("/fix", &body).await, SessionKind::Fixer, &expected);
}

#[tokio::test]
async fn sanity_test_is_accepted() {
    let world = World::new().await;
    let repository = world.git.empty();
    let body = json!({"repository": repository, "branch": "main", "stackDetails": {"apiUrl": "https://x.example"}});
    let expected = json!({"status": "pending", "repository": repository, "branch": "main"});
    assert_accepted(world.post("/sanity-test", &body).await, SessionKind::Sanity, &expected);
}

#[tokio::test]
async fn sdlc_deploy_is_accepted_and_deploys() {
    let world = World::new().await;
    let repository = world.git.example("simple-lambda-node");
    let body = json!({"repository": repository, "branch": "main", "customRootFolder": "."});
    let expected = json!({"status": "pending", "repository": repository, "branch": "main"});
    let id = assert_accepted(world.post("/sdlc-deploy", &body).await, SessionKind::Sdlc, &expected);
    world.run(id).until_terminal().await.succeeded();
}

#[tokio::test]
async fn status_has_the_fields_of_the_contract() {
    let world = World::new().await;
    let run = world.deploy("sam-node-url").await;
    let deployed = run.until_terminal().await.succeeded();
    let Value::Object(body) = world.get(format!("/status/{}", run.id)).await.expect(200) else { panic!("no object") };
    let mut fields: Vec<&str> = body.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["branch", "deployedResources", "lastUpdated", "logs", "message", "repository", "sessionId", "status"]
    );
    assert_eq!(body["sessionId"], run.id.as_str());
    assert_eq!(body["repository"], world.git.example("sam-node-url"));
    assert!(is_time(&body["lastUpdated"]), "{}", body["lastUpdated"]);
    // One line an event, oldest first: time, stage, text.
    let lines = deployed.body.logs;
    assert!(lines.is_sorted_by_key(|line| line.split(' ').next().unwrap_or_default().to_owned()), "{lines:#?}");
    for stage in [" clone-detect ", " deploy ", " monitor "] {
        assert!(lines.iter().any(|line| line.contains(stage)), "nothing of{stage}in {lines:#?}");
    }
}

#[tokio::test]
async fn what_is_unknown_is_404() {
    let world = World::new().await;
    for id in ["0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "nonsense"] {
        for path in [format!("/status/{id}"), format!("/analyze/{id}")] {
            let body = world.get(path).await.expect(404);
            assert_eq!(body.as_object().map(serde_json::Map::len), Some(1), "{body}");
            assert!(body["error"].is_string(), "{body}");
        }
    }
    world.get("/no-such-route").await.expect(404);
    world.get("/deploy").await.expect(404);
}

#[tokio::test]
async fn nobody_gets_in_without_a_signature() {
    let world = World::new().await;
    let body = json!({"repository": world.git.empty(), "branch": "main"});
    for path in ["/deploy", "/fix", "/sanity-test", "/sdlc-deploy", "/analyze"] {
        world.send(Request::post(path, &body).unsigned()).await.expect(403);
    }
    for path in ["/deployments", "/status/x", "/analyze/x"] {
        world.send(Request::get(path).unsigned()).await.expect(403);
    }
}

#[tokio::test]
async fn what_cannot_be_accepted_is_400_with_an_example_that_can() {
    let world = World::new().await;
    let good = json!({"repository": world.git.empty(), "branch": "main", "fixInstructions": "x", "stackDetails": "y"});
    let with = |changes: Value| {
        let mut body = good.clone();
        body.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        body
    };
    for (path, body, word) in [
        ("/deploy", json!({}), "repository"),
        ("/deploy", json!([]), "object"),
        ("/deploy", with(json!({"repository": "https://evil.example/o/n"})), "not allowed"),
        ("/deploy", with(json!({"repository": "https://user:hunter2@github.com/o/n"})), "repository"),
        ("/deploy", with(json!({"repository": 7})), "repository"),
        ("/deploy", with(json!({"branch": "a..b"})), "branch"),
        ("/deploy", with(json!({"branch": null})), "branch"),
        ("/deploy", with(json!({"projectRoot": "../x"})), "projectRoot"),
        ("/deploy", with(json!({"customRootFolder": "/etc"})), "customRootFolder"),
        ("/deploy", with(json!({"iacType": "ansible"})), "iacType"),
        ("/deploy", with(json!({"stackName": "1"})), "stackName"),
        ("/fix", with(json!({"fixInstructions": null})), "fixInstructions"),
        ("/sanity-test", with(json!({"stackDetails": null})), "stackDetails"),
        ("/sdlc-deploy", with(json!({"branch": ""})), "branch"),
        ("/analyze", json!({}), "sessionId"),
        ("/analyze", json!({"sessionId": 7}), "sessionId"),
    ] {
        let refused = world.post(path, &body).await.expect(400);
        let fields: Vec<&String> = refused.as_object().expect("an object").keys().collect();
        assert_eq!(fields, ["error", "example"], "{path} {body}");
        let error = refused["error"].as_str().unwrap_or_default();
        assert!(error.contains(word) && !error.contains("hunter2"), "{path} {body}: {error}");
        assert!(refused["example"].is_object(), "{path} {body}: {refused}");
    }
    world.send(Request::post_text("/deploy", "{not json")).await.expect(400);
    world.send(Request::post_text("/deploy", "")).await.expect(400);
}

#[tokio::test]
async fn a_body_over_256_kib_is_refused() {
    let world = World::new().await;
    let long = "x".repeat(256 * 1024);
    let body = json!({"repository": world.git.empty(), "branch": "main", "fixInstructions": long});
    let refused = world.post("/fix", &body).await.expect(400);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("262144")), "{refused}");
}

#[tokio::test]
async fn both_analyze_routes_explain_a_failure() {
    let world = World::new().await;
    let run = world.deploy("broken-template").await;
    run.until_terminal().await.failed();
    let mut by_path = world.get(format!("/analyze/{}", run.id)).await.expect(200);
    let mut by_body = world.post("/analyze", &json!({"sessionId": run.id.as_str()})).await.expect(200);
    for body in [&mut by_path, &mut by_body] {
        let time = body.as_object_mut().expect("an object").remove("analysisTimestamp").expect("a time");
        assert!(is_time(&time), "{time}");
    }
    assert_eq!(by_path, by_body);
    assert_eq!(by_path["sessionId"], run.id.as_str());
    assert_eq!(by_path["status"], "failed");
    assert!(by_path["rootCause"].as_str().is_some_and(|cause| cause.contains("ReaderPolicy")), "{by_path}");
    let error = &by_path["errors"][0];
    assert!(["critical", "high", "medium", "low"].iter().any(|word| error["severity"] == *word), "{error}");
    for field in ["type", "message", "relatedLogs"] {
        assert!(!error[field].is_null(), "`{field}` is missing: {error}");
    }
    let step = &by_path["fixInstructions"][0];
    assert_eq!(step["step"], 1, "{by_path}");
    for field in ["category", "action", "details"] {
        assert!(step[field].is_string(), "`{field}` is missing: {step}");
    }
    assert!(by_path["summary"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(by_path["deploymentDuration"].is_u64(), "{by_path}");
}

/// RFC 3339 in UTC.
fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z'))
}

//! What is announced by the contract and not there yet says so.

use drydock_e2e::World;
use serde_json::json;

async fn check(path: &str, more: serde_json::Value) {
    let world = World::new().await;
    let mut body = json!({"repository": world.git.empty(), "branch": "main"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let error = world.open(path, &body).await.until_terminal().await.failed();
    assert!(error.contains("not available yet"), "{error}");
}

#[tokio::test]
async fn fix() {
    check("/fix", json!({"fixInstructions": "set the runtime"})).await;
}

#[tokio::test]
async fn sanity_test() {
    check("/sanity-test", json!({"stackDetails": {"apiUrl": "https://x.example"}})).await;
}

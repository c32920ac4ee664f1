//! What cannot be done yet, or not without a key, says so.

use drydock_e2e::World;
use serde_json::json;

async fn check(path: &str, more: serde_json::Value, expected: &str) {
    let world = World::new().await;
    let mut body = json!({"repository": world.git.empty(), "branch": "main"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let error = world.open(path, &body).await.until_terminal().await.failed();
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn fix() {
    check("/fix", json!({"fixInstructions": "set the runtime"}), "no model key is stored").await;
}

#[tokio::test]
async fn sanity_test() {
    check("/sanity-test", json!({"stackDetails": {"apiUrl": "https://x.example"}}), "not available yet").await;
}

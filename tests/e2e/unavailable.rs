//! What is not there says so, instead of leaving a session pending.

use drydock_e2e::World;
use serde_json::{Value, json};

async fn check(path: &str, more: &Value, expected: &str) {
    let world = World::new().await;
    let mut body = json!({"repository": world.git.empty(), "branch": "main"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let error = world.open(path, &body).await.until_terminal().await.failed();
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn a_sanity_test() {
    check("/sanity-test", &json!({"stackDetails": {"apiUrl": "https://x.example"}}), "not available yet").await;
}

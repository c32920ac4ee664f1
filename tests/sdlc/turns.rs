//! Workflows that come to their limits: of their own time, and of the time that they wait for their turn at one stack.

use crate::end;
use crate::scene::Scene;
use drydock_contract::Status;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_turn_that_is_waited_for_takes_none_of_a_sessions_time_and_is_not_waited_for_without_end() {
    let scene = Scene::new().await;
    let (repository, name) = (scene.gated(), scene.new_name("line"));
    let body = json!({"repository": repository, "branch": "main", "stackName": name, "maxFixAttempts": 0});
    let first = scene.open("/sdlc-deploy", &body).await;
    let stack = scene.until_gated(&first.id).await;
    let (hour, own) = (Duration::from_hours(1), Duration::from_mins(1));
    let (waits, _) = scene.led(&repository, &name, own, hour).await;
    let words = format!("waits for {} to finish with stack {stack}", first.id);
    waits.until_message(&words).await;
    let waited = tokio::time::Instant::now();
    let (gives_up, _) = scene.led(&repository, &name, hour, Duration::from_secs(5)).await;
    let ended = end(&gives_up).await;
    assert_eq!(ended.status, Status::Failed, "{ended:#?}");
    let failure = scene.head(&gives_up.id).await.error.expect("a reason");
    assert_eq!(failure.code, "out-of-time");
    assert!(failure.message.contains("for its turn at its stack or function"), "{failure:?}");
    // By now the other has waited for longer than its work may take.
    tokio::time::sleep_until(waited + own + Duration::from_secs(10)).await;
    let body = waits.status().await;
    assert_eq!((body.status, body.message.as_str()), (Status::Deploying, words.as_str()));
    scene.open_gate(&stack).await;
    for session in [&first, &waits] {
        let body = end(session).await;
        assert_eq!(body.status, Status::Success, "{body:#?}");
    }
}

/// Its stack waits at a gate that nobody opens.
#[tokio::test]
async fn what_takes_longer_than_a_sessions_own_time_is_ended_by_its_workflow() {
    let scene = Scene::new().await;
    let (own, hour) = (Duration::from_secs(10), Duration::from_hours(1));
    let (slow, execution) = scene.led(&scene.gated(), &scene.new_name("slow"), own, hour).await;
    let ended = end(&slow).await;
    assert_eq!(ended.status, Status::Failed, "{ended:#?}");
    let failure = scene.head(&slow.id).await.error.expect("a reason");
    assert_eq!(failure.code, "out-of-time");
    assert!(failure.message.contains("it was not done within 30 minutes"), "{failure:?}");
    assert!(!failure.message.contains("its turn"), "it waited for nobody: {failure:?}");
    assert_eq!(scene.until_over(&execution).await, "SUCCEEDED", "the machine itself has ended it");
}

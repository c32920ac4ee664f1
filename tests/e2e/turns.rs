//! Two sessions that want one stack: the second waits, says so, and gets its turn however the first ends.

use drydock_contract::session::{Claim, Failure};
use drydock_contract::{SessionId, Stage, Status};
use drydock_e2e::{Run, World};
use drydock_store::Change;
use serde_json::json;

/// A session that has its turn at a new stack, and one that waits for it.
async fn one_before_the_other(world: &World) -> (SessionId, Run<'_>) {
    let name = world.new_name("turn");
    let holder = world.unsent(&world.git.empty(), Stage::Deploy).await;
    world.store.outbox_sent(&holder).await.expect("written");
    let stack = format!("{}-app-{name}", world.stack_name);
    world.store.take_turn(&stack, &holder.session_id).await.expect("the first in line");
    let body = json!({"repository": world.git.example("cloudformation-queue"), "branch": "main", "stackName": name});
    let waiting = world.open("/deploy", &body).await;
    let words = format!("waits for {} to finish with stack {stack}", holder.session_id);
    waiting.until_message(&words).await;
    // It looks again, and says it once.
    let look = world.head(&waiting.id).await.look;
    while world.head(&waiting.id).await.look == look {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let body = waiting.status().await;
    assert_eq!(body.status, Status::Deploying);
    assert_eq!(body.logs.iter().filter(|line| line.ends_with(&words)).count(), 1, "{body:#?}");
    assert!(!world.has_stack(&stack).await);
    (holder.session_id, waiting)
}

#[tokio::test]
async fn the_next_goes_on_once_the_first_succeeds() {
    let world = World::new().await;
    let (holder, waiting) = one_before_the_other(&world).await;
    let done = Change { status: Some(Status::Success), stage: Some(Stage::Done), ..Change::default() };
    world.store.update_latest(&holder, |_| Some(done.clone())).await.expect("written");
    waiting.until_terminal().await.succeeded();
}

#[tokio::test]
async fn the_next_goes_on_once_the_first_fails() {
    let world = World::new().await;
    let (holder, waiting) = one_before_the_other(&world).await;
    let failure = Failure {
        code: "stack-failed".to_owned(),
        message: "no".to_owned(),
        remedy: None,
        location: None,
        stage: Stage::Monitor,
        replayable: false,
    };
    world.store.fail(&holder, &failure).await.expect("written");
    waiting.until_terminal().await.succeeded();
}

#[tokio::test]
async fn the_next_goes_on_once_the_first_is_cancelled() {
    let world = World::new().await;
    let (holder, waiting) = one_before_the_other(&world).await;
    world.cancel(&holder).await.expect(200);
    waiting.until_terminal().await.succeeded();
}

#[tokio::test]
async fn the_next_goes_on_once_the_first_is_found_dead() {
    let world = World::new().await;
    let (holder, waiting) = one_before_the_other(&world).await;
    let until = "2026-01-01T00:00:00.000Z".to_owned();
    let claim = Claim { stage: Stage::Deploy, owner: "dead".to_owned(), until, receives: 3 };
    let claimed = Change { claim: Some(claim), ..Change::default() };
    world.store.update_latest(&holder, |_| Some(claimed.clone())).await.expect("written");
    world.age(&holder).await;
    world.sweep().await;
    assert_eq!(world.head(&holder).await.status, Status::Failed);
    waiting.until_terminal().await.succeeded();
}

#[tokio::test]
async fn two_deployments_of_one_stack_come_one_after_the_other() {
    let world = World::new().await;
    let name = world.new_name("both");
    let body = json!({"repository": world.gated(), "branch": "main", "stackName": name});
    let first = world.open("/deploy", &body).await;
    let stack = world.until_gated(&first.id).await;
    let second = world.open("/deploy", &body).await;
    second.until_message(&format!("waits for {} to finish with stack {stack}", first.id)).await;
    world.open_gate(&stack).await;
    first.until_terminal().await.succeeded();
    second.until_terminal().await.succeeded();
    let target = world.head(&second.id).await.target.expect("a target");
    assert_eq!(target.name(), stack);
}

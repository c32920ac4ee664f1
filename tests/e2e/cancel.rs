//! `POST /deployments/{sessionId}/cancel`, in every phase of a deployment.

use drydock_contract::message::Work;
use drydock_contract::{SessionId, SessionKind, Stage, Status};
use drydock_e2e::World;
use drydock_store::Change;
use serde_json::json;

#[tokio::test]
async fn a_session_that_has_not_begun_never_does() {
    let world = World::new().await;
    let head = world.unsent(&world.git.example("simple-lambda-python"), Stage::CloneDetect).await;
    let id = head.session_id;
    let answer = world.cancel(&id).await.expect(200);
    assert_eq!(answer["status"], "cancelled");
    assert_eq!(answer["message"], "cancelled; nothing has been deployed");
    assert_eq!(world.cancel(&id).await.expect(200), answer, "a second cancellation is the same");
    // Its message comes after all, and the sweep by.
    world.redeliver(&[Work::new(id.clone(), Stage::CloneDetect, 1)]).await;
    world.age(&id).await;
    world.sweep().await;
    let head = world.head(&id).await;
    assert_eq!((head.status, head.outbox, head.claim), (Status::Cancelled, None, None));
}

#[tokio::test]
async fn a_session_that_waits_for_its_turn_gives_it_up() {
    let world = World::new().await;
    let name = world.new_name("line");
    let body = json!({"repository": world.git.example("cloudformation-queue"), "branch": "main", "stackName": name});
    let holder = world.unsent(&world.git.empty(), Stage::Deploy).await.session_id;
    let stack = format!("{}-app-{name}", world.stack_name);
    world.store.take_turn(&stack, &holder).await.expect("the first in line");
    let waiting = world.open("/deploy", &body).await;
    waiting.until_message(&format!("waits for {holder} to finish with stack {stack}")).await;
    let next = world.open("/deploy", &body).await;
    next.until_message(&format!("waits for {holder}")).await;
    let answer = world.cancel(&waiting.id).await.expect(200);
    assert_eq!(answer["message"], "cancelled; nothing has been deployed");
    world.cancel(&holder).await.expect(200);
    next.until_terminal().await.succeeded();
    waiting.until_terminal().await.cancelled();
}

#[tokio::test]
async fn a_stack_that_is_being_made_is_left_to_cloudformation_and_can_be_taken_down() {
    let world = World::new().await;
    let run = world.deploy_url(&world.gated(), "main").await;
    let stack = world.until_gated(&run.id).await;
    run.until_message("in progress").await;
    let going_on = world.delete(&run.id).await.expect(409);
    assert!(going_on["error"].as_str().is_some_and(|error| error.contains("/cancel")), "{going_on}");
    let message = world.cancel(&run.id).await.expect(200)["message"].clone();
    let expected = format!("cancelled; CloudFormation goes on with stack {stack}; DELETE ");
    assert!(message.as_str().is_some_and(|message| message.starts_with(&expected)), "{message}");
    world.open_gate(&stack).await;
    let head = world.head(&run.id).await;
    world.redeliver(&[Work { look: head.look, ..Work::new(run.id.clone(), Stage::Monitor, 1) }]).await;
    assert_eq!(world.head(&run.id).await, head, "a late message changes nothing");
    world.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert!(!world.has_stack(&stack).await);
}

/// The invocation is at it when the session is cancelled: it must notice before it makes anything.
#[tokio::test]
async fn a_deployment_that_is_about_to_begin_makes_nothing() {
    let world = World::new().await;
    for example in ["cloudformation-queue", "simple-lambda-python"] {
        let lender = world.deploy(example).await;
        lender.until_terminal().await.succeeded();
        let lender = world.head(&lender.id).await;
        let head = world.unsent(&lender.repository, Stage::Deploy).await;
        let id = head.session_id.clone();
        let change = Change { source: lender.source, detection: lender.detection, ..Change::default() };
        let head = world.store.update(&head, change).await.expect("written");
        world.store.outbox_sent(&head).await.expect("written");
        // As soon as the stage has claimed the session, it is cancelled.
        let message = [Work::new(id.clone(), Stage::Deploy, 1)];
        tokio::join!(world.redeliver(&message), cancel_once_claimed(&world, &id));
        assert_eq!(world.head(&id).await.status, Status::Cancelled);
        let name = format!("{}-app-{id}", world.stack_name);
        let target = world.head(&id).await.target;
        let made = world.has_stack(&name).await || world.has_function(&name).await || world.has_role(&name).await;
        assert!(!made || target.is_some(), "{example}: what was made is on record");
        if target.is_some() {
            world.tear_down(&id).await.until_terminal().await.succeeded();
            let left = world.has_stack(&name).await || world.has_function(&name).await || world.has_role(&name).await;
            assert!(!left, "{example}: it is taken down");
        }
    }
}

async fn cancel_once_claimed(world: &World, id: &SessionId) {
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.head(id).await.claim.is_none() {
        assert!(tokio::time::Instant::now() < until, "never claimed");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    world.cancel(id).await.expect(200);
}

#[tokio::test]
async fn an_execution_is_stopped_with_its_session() {
    let world = World::new().await;
    let body = json!({"repository": world.gated(), "branch": "main"});
    let run = world.open("/sdlc-deploy", &body).await;
    let stack = world.until_gated(&run.id).await;
    assert_eq!(world.execution(&run.id).await.as_deref(), Some("RUNNING"));
    world.cancel(&run.id).await.expect(200);
    assert_eq!(world.execution(&run.id).await.as_deref(), Some("ABORTED"));
    run.until_terminal().await.cancelled();
    world.open_gate(&stack).await;
    world.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert!(!world.has_stack(&stack).await);
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_cancelled_like_any_other() {
    let world = World::new().await;
    let id = world.sent(&world.git.empty(), SessionKind::Deploy, Stage::Deploy).await;
    world.write_as_another_version(&id, "stage", 0).await;
    let answer = world.cancel(&id).await.expect(200);
    assert_eq!(answer["message"], "cancelled; nothing has been deployed");
    let head = world.head(&id).await;
    assert_eq!((head.status, head.stage), (Status::Cancelled, Stage::Done));
    assert_eq!(world.cancel(&id).await.expect(200), answer);
}

#[tokio::test]
async fn a_session_whose_target_cannot_be_read_is_not_said_to_have_deployed_nothing() {
    let world = World::new().await;
    let id = world.sent(&world.git.empty(), SessionKind::Deploy, Stage::Deploy).await;
    world.write_as_another_version(&id, "target", 0).await;
    let repository = world.git.empty();
    let tagged = format!("look for stacks and functions with the tag drydock:repository = {repository}");
    let answer = world.cancel(&id).await.expect(200);
    assert!(answer["message"].as_str().is_some_and(|message| message.ends_with(&tagged)), "{answer}");
    let refused = world.delete(&id).await.expect(409);
    assert!(refused["error"].as_str().is_some_and(|error| error.ends_with(&tagged)), "{refused}");
}

#[tokio::test]
async fn what_has_ended_cannot_be_cancelled() {
    let world = World::new().await;
    let run = world.deploy_url(&world.git.empty(), "main").await;
    run.until_terminal().await.failed();
    let body = world.cancel(&run.id).await.expect(409);
    assert_eq!(body["error"], "the session has ended as failed already: there is nothing to cancel");
    for id in ["0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "teardown-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11"] {
        world.cancel(&SessionId::parse(id).expect("an id")).await.expect(404);
    }
}

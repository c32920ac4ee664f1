//! Whatever dies, its session ends: the sweep finds what nobody works on.

use drydock_contract::message::Work;
use drydock_contract::session::Target;
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{SessionKind, Stage, Status};
use drydock_e2e::World;

/// Every stage that has a handler.
const STAGES: [Stage; 5] = [Stage::CloneDetect, Stage::Deploy, Stage::Monitor, Stage::Fix, Stage::SanityTest];

#[tokio::test]
async fn a_handler_that_died_in_any_stage_ends_its_session() {
    let world = World::new().await;
    let mut dead = Vec::new();
    for stage in STAGES {
        dead.push((stage, world.abandoned(&world.git.empty(), stage).await));
    }
    world.sweep().await;
    for (stage, id) in dead {
        let error = world.run(id.clone()).until_terminal().await.failed();
        assert!(error.contains(&format!("the {stage} stage died without a result")), "{error}");
        let failure = world.head(&id).await.error.expect("a failure");
        assert_eq!((failure.code.as_str(), failure.stage, failure.replayable), ("abandoned", stage, true));
    }
}

/// Every minute, as its rule says.
#[tokio::test]
async fn the_sweep_comes_without_being_called() {
    let world = World::new().await;
    let _nobody_calls = world.left_to_the_schedule().await;
    let id = world.abandoned(&world.git.empty(), Stage::Deploy).await;
    let error = world.run(id).until_terminal().await.failed();
    assert!(error.contains("the deploy stage died without a result"), "{error}");
}

#[tokio::test]
async fn a_dead_letter_ends_its_session_and_stays_where_it_lies() {
    let world = World::new().await;
    let mut dead = Vec::new();
    for stage in STAGES {
        let id = world.sent(&world.git.empty(), SessionKind::Deploy, stage).await;
        let work = Work::new(id, stage, 1);
        world.send_dead_letter(stage, &work.to_body()).await;
        dead.push(work);
    }
    world.sweep().await;
    for work in dead {
        let error = world.run(work.session_id.clone()).until_terminal().await.failed();
        assert!(error.contains("dlq replay"), "{error}");
        let failure = world.head(&work.session_id).await.error.expect("a failure");
        assert_eq!((failure.code.as_str(), failure.stage, failure.replayable), ("dead-letter", work.stage, true));
        world.until_dead(work.stage, &work.to_body()).await;
    }
}

#[tokio::test]
async fn a_dead_letter_of_a_session_that_went_on_is_left_alone() {
    let world = World::new().await;
    let id = world.sent(&world.git.empty(), SessionKind::Deploy, Stage::Deploy).await;
    let late = Work::new(id.clone(), Stage::CloneDetect, 1);
    world.send_dead_letter(Stage::CloneDetect, &late.to_body()).await;
    world.sweep().await;
    assert_eq!(world.head(&id).await.status, Status::Pending);
    world.until_dead(Stage::CloneDetect, &late.to_body()).await;
    world.cancel(&id).await.expect(200);
}

#[tokio::test]
async fn a_session_without_an_execution_ends() {
    let world = World::new().await;
    let id = world.sent(&world.git.empty(), SessionKind::Sdlc, Stage::CloneDetect).await;
    world.sweep().await;
    let error = world.run(id.clone()).until_terminal().await.failed();
    assert!(error.contains("the workflow does not lead the session on: it was never started"), "{error}");
}

#[tokio::test]
async fn a_session_without_an_execution_ends_although_a_stage_writes_all_the_time() {
    let world = World::new().await;
    let id = world.unled(&world.git.empty()).await;
    world.sweep().await;
    let error = world.run(id).until_terminal().await.failed();
    assert!(error.contains("the workflow does not lead the session on: it was never started"), "{error}");
}

/// The rule about executions tells the analyzer at once. The sweep would find out on its own, with another code, and
/// only once the session has stood still for a minute. The engine lets no execution time out, and one fails only where
/// the analyzer does not answer: how those two events are read is tested next to the analyzer.
#[tokio::test]
async fn an_execution_that_was_stopped_by_hand_ends_its_session() {
    let world = World::new().await;
    let body = serde_json::json!({"repository": world.gated(), "branch": "main"});
    let run = world.open("/sdlc-deploy", &body).await;
    let stack = world.until_gated(&run.id).await;
    world.sweep().await;
    assert!(!run.status().await.status.is_terminal(), "a session that its workflow leads is left to it");
    world.stop_execution(&run.id).await;
    let error = run.until_terminal().await.failed();
    assert!(error.contains("the workflow's execution was stopped from outside"), "{error}");
    assert_eq!(world.head(&run.id).await.error.expect("a failure").code, "execution-aborted");
    world.open_gate(&stack).await;
    world.tear_down(&run.id).await.until_terminal().await.succeeded();
}

/// As after a rollback of Drydock's own stack: no handler of this version can do anything for the session.
#[tokio::test]
async fn a_session_that_cannot_be_read_ends_and_holds_up_nobody() {
    let world = World::new().await;
    let name = world.new_name("unread");
    let first = world.unsent(&world.git.empty(), Stage::Deploy).await.session_id;
    world.store.take_turn(&format!("{}-app-{name}", world.stack_name), &first).await.expect("the first in line");
    let body = serde_json::json!({
        "repository": world.git.example("cloudformation-queue"), "branch": "main", "stackName": name
    });
    let next = world.open("/deploy", &body).await;
    next.until_message(&format!("waits for {first}")).await;
    let calls = world.calls().await;
    // Functions that know the word may still be at it.
    world.write_as_another_version(&first, "stage", 19).await;
    calls.sweep().await;
    assert!(world.store.get(&first).await.is_err());
    world.write_as_another_version(&first, "stage", 21).await;
    calls.sweep().await;
    drop(calls);
    let error = world.run(first.clone()).until_terminal().await.failed();
    assert!(error.contains("another version of Drydock"), "{error}");
    assert_eq!(world.head(&first).await.error.expect("a failure").code, "unreadable");
    next.until_terminal().await.succeeded();
}

/// No list has it, but its message lies in a dead-letter queue.
#[tokio::test]
async fn a_session_whose_status_is_unknown_ends_by_its_dead_letter() {
    let world = World::new().await;
    let id = world.sent(&world.git.empty(), SessionKind::Deploy, Stage::Deploy).await;
    let work = Work::new(id.clone(), Stage::Deploy, 1);
    world.send_dead_letter(Stage::Deploy, &work.to_body()).await;
    world.write_as_another_version(&id, "status", 21).await;
    world.sweep().await;
    assert_eq!(world.head(&id).await.error.expect("a failure").code, "unreadable");
    world.until_dead(Stage::Deploy, &work.to_body()).await;
}

/// The workflow goes on, so it is told, and has the last word.
#[tokio::test]
async fn a_stage_that_died_in_a_workflow_is_a_failed_deployment() {
    let world = World::new().await;
    let body = serde_json::json!({"repository": world.gated(), "branch": "main", "maxFixAttempts": 0});
    let run = world.open("/sdlc-deploy", &body).await;
    let stack = world.until_gated(&run.id).await;
    run.until_message("in progress").await;
    // From here on no message finds the session, and who had it is dead.
    world.kill(&run.id, Stage::Monitor).await;
    world.sweep().await;
    let round = world.head(&run.id).await.workflow.expect("a workflow").rounds.remove(0);
    assert_eq!(round.deployment, Some(Checkpoint::DeployFailed));
    assert_eq!(round.failure.map(|failure| failure.code).as_deref(), Some("abandoned"));
    let error = run.until_terminal().await.failed();
    assert!(error.contains("the monitor stage died without a result"), "{error}");
    world.open_gate(&stack).await;
    world.tear_down(&run.id).await.until_terminal().await.succeeded();
}

#[tokio::test]
async fn a_stack_that_somebody_deletes_ends_its_session() {
    let world = World::new().await;
    let run = world.deploy("cloudformation-nested").await;
    let name = loop {
        let head = world.head(&run.id).await;
        match head.target {
            Some(Target::Stack { name, id: Some(_), .. }) => break name,
            _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    world.delete_stack(&name).await;
    let error = run.until_terminal().await.failed();
    assert!(error.contains("is not there any more") || error.contains("DELETE"), "{error}");
}

//! A session that was parked is replayed and goes on, wherever a replay is interrupted.

use drydock_contract::message::Work;
use drydock_contract::{SessionId, Stage};
use drydock_e2e::{Proxy, Ran, Run, World};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::time::Duration;

/// A session that has given up after three receives because its Git host did not answer. The host answers by now.
async fn parked(world: &World) -> Run<'_> {
    let repository = world.git.example("simple-lambda-python");
    let host = Proxy::to(&repository, false).await;
    let path = repository.splitn(4, '/').nth(3).expect("a path");
    let body = json!({"repository": format!("{}/{path}", host.url()), "branch": "main"});
    let run = world.open("/deploy", &body).await;
    let error = run.until_terminal().await.failed();
    assert!(error.contains("gave up after 3 tries"), "{error}");
    world.until_parked(Stage::CloneDetect, run.id.as_str()).await;
    host.open();
    run
}

/// Runs a command until it has found a message: other tests look at the queue, too, and hide it for a moment.
async fn until_found(world: &World, arguments: &str, nothing: &str) -> Ran {
    for _ in 0..60 {
        let ran = world.xtask(arguments).run().await.expect(0);
        if !ran.stdout.contains(nothing) && !ran.stderr.contains(nothing) {
            return ran;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{arguments} has found nothing for a minute");
}

async fn replay(world: &World, id: &SessionId) -> Ran {
    until_found(world, &format!("dlq replay clone-detect --session {id}"), "Replayed 0 of 0").await
}

#[tokio::test]
async fn a_parked_session_is_replayed_and_succeeds() {
    let world = World::new().await;
    let run = parked(&world).await;
    assert!(world.head(&run.id).await.error.expect("an error").replayable);
    let shown = until_found(&world, &format!("dlq show clone-detect --session {}", run.id), "no dead letters").await;
    assert_snapshot!(shown, @r"
    exit code: 0
    ----- stdout -----
    queue         sent                  message                                       a replay
    clone-detect  [time]  session [uuid]  resumes the session, which was ended because of it
    ----- stderr -----
    ");
    assert_snapshot!(replay(&world, &run.id).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
        Resumed session [uuid] in stage clone-detect
       Replayed 1 of 1 dead letters
    ");
    run.until_terminal().await.succeeded();
    let lines = run.status().await.logs.join("\n");
    assert!(lines.contains("taken up again by an operator"), "{lines}");
}

/// A replay that is killed at the moment when it sends this request.
async fn killed_at<'a>(world: &'a World, request: &str) -> Run<'a> {
    let run = parked(world).await;
    for _ in 0..60 {
        let proxy = Proxy::until(world.endpoint(), request).await;
        let command = world.xtask(&format!("dlq replay clone-detect --session {}", run.id));
        let mut child = command.env("AWS_ENDPOINT_URL", &proxy.url()).spawn();
        tokio::select! {
            () = proxy.reached() => {
                child.kill().await.expect("killed");
                return run;
            }
            // It has found nothing: another test looks at the queue.
            _ = child.wait() => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
    panic!("no replay has come to {request}");
}

#[tokio::test]
async fn a_replay_that_is_killed_before_it_sends_loses_nothing() {
    let world = World::new().await;
    let run = killed_at(&world, "AmazonSQS.SendMessage").await;
    let head = world.head(&run.id).await;
    assert!(!head.status.is_terminal(), "{head:?}");
    assert!(head.outbox.is_some(), "the sweep would send it");
    replay(&world, &run.id).await;
    run.until_terminal().await.succeeded();
}

#[tokio::test]
async fn a_replay_that_is_killed_before_it_deletes_has_sent() {
    let world = World::new().await;
    let run = killed_at(&world, "AmazonSQS.DeleteMessage").await;
    run.until_terminal().await.succeeded();
    assert_snapshot!(replay(&world, &run.id).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    warning: clone-detect: session [uuid]: leaves it: the session is over already: success
       Replayed 0 of 1 dead letters
    ");
}

#[tokio::test]
async fn what_helps_no_session_is_left_and_named() {
    let world = World::new().await;
    let nobody = SessionId::parse(&uuid::Uuid::new_v4().to_string()).expect("an id");
    let body = Work::new(nobody.clone(), Stage::SanityTest, 1).to_body();
    world.send_message(Stage::SanityTest, &body).await;
    world.until_parked(Stage::SanityTest, nobody.as_str()).await;
    let only = format!("sanity-tester --session {nobody}");
    let shown = until_found(&world, &format!("dlq show {only} --json"), "[]").await.json();
    assert_eq!((&shown[0]["verdict"], &shown[0]["body"]), (&json!("unknown"), &Value::String(body.clone())));
    assert_snapshot!(until_found(&world, &format!("dlq replay {only}"), "Replayed 0 of 0").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    warning: sanity-tester: session [uuid]: leaves it: there is no such session
       Replayed 0 of 1 dead letters
    ");
    world.until_dead(Stage::SanityTest, &body).await;
}

/// EventBridge puts an event there that it could not deliver, and Lambda one that the analyzer failed at.
#[tokio::test]
async fn an_event_that_was_lost_is_shown_with_its_session_and_left() {
    let world = World::new().await;
    let id = format!("sdlc-{}", uuid::Uuid::new_v4());
    let event = json!({"source": "aws.states", "detail": {"name": id, "status": "ABORTED"}}).to_string();
    world.send_lost_event(&event).await;
    let only = format!("executions --session {id}");
    let shown = until_found(&world, &format!("dlq show {only} --json"), "[]").await.json();
    assert_eq!((&shown[0]["verdict"], &shown[0]["sessionId"]), (&json!("event"), &json!(id)));
    assert_snapshot!(until_found(&world, &format!("dlq replay {only}"), "Replayed 0 of 0").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    warning: executions: session sdlc-[uuid]: leaves it: the sweep ends the session of an execution that is over
       Replayed 0 of 1 dead letters
    ");
}

#[tokio::test]
async fn dead_letters_are_counted_and_not_deleted_unasked() {
    let world = World::new().await;
    let list = world.xtask("dlq list").mask(r" +\d+  ", "  [count]  ").run().await.expect(0);
    assert_snapshot!(list, @r"
    exit code: 0
    ----- stdout -----
    queue          messages  dead-letter queue
    clone-detect  [count]  drydock-clone-detect-dlq
    deploy  [count]  drydock-deploy-dlq
    monitor  [count]  drydock-monitor-dlq
    fixer  [count]  drydock-fixer-dlq
    sanity-tester  [count]  drydock-sanity-tester-dlq
    executions  [count]  drydock-executions-dlq
    ----- stderr -----
    ");
    world.send_message(Stage::Fix, "not JSON, to be kept").await;
    world.until_parked(Stage::Fix, "not JSON, to be kept").await;
    let purge = world.xtask("dlq purge fixer").mask(r"DELETE \d+", "DELETE [count]").run().await.expect(3);
    assert_snapshot!(purge, @r"
    exit code: 3
    ----- stdout -----
    ----- stderr -----
         DELETE [count] messages in drydock-fixer-dlq
    error: nobody can be asked here: there is no terminal; pass --yes to go on without being asked
        Nothing was deleted
    ");
    world.until_dead(Stage::Fix, "not JSON, to be kept").await;
}

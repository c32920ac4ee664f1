//! The same thing twice, late or after a crash: nothing is doubled, nothing is lost.

use drydock_contract::message::Work;
use drydock_contract::session::Target;
use drydock_contract::{Session, SessionId, Stage, Status};
use drydock_e2e::{Request, World};
use drydock_store::Change;
use serde_json::json;

#[tokio::test]
async fn the_same_key_and_body_give_the_same_session() {
    let world = World::new().await;
    let key = uuid::Uuid::new_v4().to_string();
    let body = json!({"repository": world.git.empty(), "branch": "main"});
    let send = |body: &serde_json::Value| world.send(Request::post("/deploy", body).idempotency_key(&key));
    let first = send(&body).await.expect(202);
    let again = send(&body).await.expect(202);
    assert_eq!(first["sessionId"], again["sessionId"]);
    let conflict = send(&json!({"repository": world.git.empty(), "branch": "other"})).await.expect(409);
    assert!(conflict["error"].is_string() && conflict.as_object().is_some_and(|body| body.len() == 1), "{conflict}");
    let without = world.post("/deploy", &body).await.expect(202);
    assert_ne!(first["sessionId"], without["sessionId"]);
}

#[tokio::test]
async fn racing_requests_with_one_key_open_one_session() {
    let world = World::new().await;
    let key = uuid::Uuid::new_v4().to_string();
    let body = json!({"repository": world.git.empty(), "branch": "main"});
    let send = || async {
        world.send(Request::post("/deploy", &body).idempotency_key(&key)).await.expect(202)["sessionId"].clone()
    };
    let (one, two, three) = tokio::join!(send(), send(), send());
    assert!(one == two && two == three);
}

/// Every message that the session can have had, sent again.
fn every_message(head: &Session) -> Vec<Work> {
    let work = |stage, look| Work { look, ..Work::new(head.session_id.clone(), stage, head.attempt) };
    let looks = (0..=head.look + 1).map(|look| work(Stage::Monitor, look));
    [work(Stage::CloneDetect, 0), work(Stage::Deploy, 0)].into_iter().chain(looks).collect()
}

#[tokio::test]
async fn redelivering_every_message_of_an_ended_session_changes_nothing() {
    let world = World::new().await;
    for example in ["sam-python-api", "simple-lambda-python", "broken-template"] {
        let run = world.deploy(example).await;
        let ended = run.until_terminal().await;
        let before = (world.head(&run.id).await, run.status().await, world.footprint(&run.id).await);
        let messages = every_message(&before.0);
        world.redeliver(&[messages.clone(), messages].concat()).await;
        let after = (world.head(&run.id).await, run.status().await, world.footprint(&run.id).await);
        assert_eq!(before, after, "{example} ended as {}", ended.body.status);
    }
}

#[tokio::test]
async fn double_messages_of_a_running_session_make_no_second_stack() {
    let world = World::new().await;
    let run = world.deploy("cloudformation-nested").await;
    let work = Work::new(run.id.clone(), Stage::CloneDetect, 1);
    for _ in 0..3 {
        world.send_message(Stage::CloneDetect, &work.to_body()).await;
    }
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while world.head(&run.id).await.stage == Stage::CloneDetect {
        assert!(tokio::time::Instant::now() < until, "never left clone-detect");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for _ in 0..3 {
        world.send_message(Stage::Deploy, &Work::new(run.id.clone(), Stage::Deploy, 1).to_body()).await;
    }
    run.until_terminal().await.succeeded();
    let footprint = world.footprint(&run.id).await;
    let name = world.head(&run.id).await.target.map(|target| match target {
        Target::Stack { name, .. } | Target::Function { name } => name,
    });
    let begun = format!(" {} AWS::CloudFormation::Stack CREATE_IN_PROGRESS", name.expect("a target"));
    let begun = footprint.iter().filter(|line| line.ends_with(&begun)).count();
    assert_eq!(begun, 1, "{footprint:#?}");
}

#[tokio::test]
async fn a_crash_between_head_and_message_is_made_good_by_the_clients_retry() {
    let world = World::new().await;
    let key = uuid::Uuid::new_v4().to_string();
    let body = json!({"repository": world.git.example("simple-lambda-python"), "branch": "main"});
    let send = || async {
        let body = world.send(Request::post("/deploy", &body).idempotency_key(&key)).await.expect(202);
        SessionId::parse(body["sessionId"].as_str().unwrap_or_default()).expect("an id")
    };
    let id = send().await;
    world.run(id.clone()).until_terminal().await.succeeded();
    world.unsend(&id).await;
    assert_eq!(world.head(&id).await.status, Status::Pending);
    assert_eq!(send().await, id);
    world.run(id.clone()).until_terminal().await.succeeded();
    assert_eq!(world.head(&id).await.outbox, None);
}

#[tokio::test]
async fn a_crash_between_head_and_message_is_made_good_by_the_sweep() {
    let world = World::new().await;
    let calls = world.calls().await;
    let id = world.unsent(&world.git.example("simple-lambda-python"), Stage::CloneDetect).await.session_id;
    calls.sweep().await;
    assert!(world.head(&id).await.outbox.is_some(), "a message that was just decided on is its sender's");
    world.age(&id).await;
    calls.sweep().await;
    drop(calls);
    world.run(id.clone()).until_terminal().await.succeeded();
    assert_eq!(world.head(&id).await.outbox, None);
}

#[tokio::test]
async fn a_crash_between_head_and_message_is_made_good_by_the_redelivered_message() {
    let world = World::new().await;
    // A finished session lends its source and detection, as if clone-detect had just written them.
    let lender = world.deploy("simple-lambda-python").await;
    lender.until_terminal().await.succeeded();
    let lender = world.head(&lender.id).await;
    let head = world.unsent(&lender.repository, Stage::Deploy).await;
    let id = head.session_id.clone();
    let change = Change {
        status: Some(Status::Deploying),
        source: lender.source,
        detection: lender.detection,
        ..Change::default()
    };
    world.store.update(&head, change).await.expect("written");
    world.redeliver(&[Work::new(id.clone(), Stage::CloneDetect, 1)]).await;
    let ended = world.run(id.clone()).until_terminal().await.succeeded();
    world.ask_signed(&ended.url()).await.expect(200);
    assert_eq!(world.head(&id).await.outbox, None);
}

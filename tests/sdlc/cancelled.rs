//! Sessions that are cancelled in every phase, each while a function is at work that has not written what came of it.

use crate::host::{Fault, Host};
use crate::scene::Scene;
use crate::{end, open};
use drydock_contract::message::Work;
use drydock_contract::session::Target;
use drydock_contract::{Stage, Status};
use drydock_e2e::Moment;

async fn cancelled_in(stage: Stage) {
    let scene = Scene::new().await;
    let host = Host::new(if stage == Stage::Fix || stage == Stage::Workflow { Fault::Code } else { Fault::None });
    let run = open(&scene, &host.url(), 1).await;
    let trap = match stage {
        Stage::Workflow => scene.decision(&run.id, Moment::Before),
        _ => scene.end_of(&run.id, stage, Moment::Before),
    };
    let at_work = trap.caught().await;
    assert_eq!(scene.head(&run.id).await.stage, stage);
    scene.cancel(&run.id).await.expect(200);
    assert_eq!(end(&run).await.status, Status::Cancelled, "{stage}");
    assert_eq!(scene.execution(&run.id).await.as_deref(), Some("ABORTED"), "{stage}");
    let head = scene.head(&run.id).await;
    // What was under way is written too late: whoever is refused looks what has become of the session.
    let refused = scene.look(&run.id);
    at_work.release();
    refused.caught().await.release();
    assert_eq!(scene.head(&run.id).await, head, "{stage}");
    if stage != Stage::Workflow {
        scene.redeliver(&[Work { look: head.look, ..Work::new(run.id.clone(), stage, 1) }]).await;
    }
    assert_eq!(scene.head(&run.id).await, head, "{stage}");
    // Whatever was made by then is on record, and can be taken down.
    assert_eq!(head.target.is_some(), stage != Stage::CloneDetect, "{stage}");
    if stage == Stage::Deploy {
        scene.tear_down(&run.id).await.until_terminal().await.succeeded();
        let name = head.target.expect("a stack").name().to_owned();
        assert!(!scene.has_stack(&name).await, "{name}");
    }
}

/// A second round has made the stack anew that the first could not create, and ends before it has written so. What it
/// has made can be taken down nevertheless.
async fn ended_before_the_new_stack_is_on_record(killed: bool) {
    let scene = Scene::new().await;
    let host = Host::new(Fault::Stack);
    let run = open(&scene, &host.url(), 1).await;
    let repaired = scene.end_of(&run.id, Stage::Fix, Moment::Before).caught().await;
    let Some(Target::Stack { name, id: Some(first), .. }) = scene.head(&run.id).await.target else {
        panic!("no stack")
    };
    let deployed = scene.end_of(&run.id, Stage::Deploy, Moment::Before);
    repaired.release();
    let deployed = deployed.caught().await;
    let second = scene.stack_id(&name).await.expect("a stack");
    assert_ne!(second, first, "it is made anew");
    if killed {
        deployed.kill();
        scene.cancel(&run.id).await.expect(200);
    } else {
        scene.cancel(&run.id).await.expect(200);
        deployed.release();
    }
    assert_eq!(end(&run).await.status, Status::Cancelled);
    scene.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert_eq!(scene.stack_id(&name).await, None, "killed: {killed}");
}

#[tokio::test]
async fn what_a_later_round_has_made_anew_can_be_taken_down() {
    tokio::join!(ended_before_the_new_stack_is_on_record(false), ended_before_the_new_stack_is_on_record(true));
}

#[tokio::test]
async fn a_session_is_cancelled_in_every_phase() {
    tokio::join!(
        cancelled_in(Stage::CloneDetect),
        cancelled_in(Stage::Deploy),
        cancelled_in(Stage::Monitor),
        cancelled_in(Stage::SanityTest),
        cancelled_in(Stage::Workflow),
        cancelled_in(Stage::Fix),
    );
}

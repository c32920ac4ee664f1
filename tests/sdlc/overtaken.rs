//! Functions that have lost their session to another invocation, as after a lease that ran out while they were slow. What
//! they still tell of their work is nothing that the other one's result may be overwritten with.

use crate::host::{Fault, Host};
use crate::open;
use crate::scene::Scene;
use drydock_contract::{Stage, Status};
use drydock_e2e::Moment;
use std::time::Duration;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(60);

async fn overtaken(stage: Stage, comes_to: Status) {
    let scene = Scene::new().await;
    let host = Host::new(Fault::Code);
    let run = open(&scene, &host.url(), 1).await;
    let at_work = scene.progress(&run.id, comes_to, Moment::Before).caught().await;
    scene.take_over(&run.id).await;
    let head = scene.head(&run.id).await;
    assert_eq!(head.stage, stage);
    at_work.release();
    let until = Instant::now() + PATIENCE;
    let told =
        |lines: &[String]| lines.iter().any(|line| line.contains("another invocation has taken the session over"));
    while !told(&run.status().await.logs) {
        assert_eq!(scene.head(&run.id).await, head, "{stage}");
        assert!(Instant::now() < until, "{stage}: it never found out");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(scene.head(&run.id).await, head, "{stage}");
    scene.cancel(&run.id).await.expect(200);
}

#[tokio::test]
async fn who_has_lost_a_session_tells_nothing_more_of_it() {
    tokio::join!(overtaken(Stage::SanityTest, Status::Testing), overtaken(Stage::Fix, Status::Fixing));
}

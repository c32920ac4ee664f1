//! Sessions that functions of another version have written to, as while Drydock's own stack is updated or rolled back.

use crate::host::{Fault, Host};
use crate::scene::Scene;
use crate::{end, open};
use drydock_contract::{Stage, Status};
use drydock_e2e::Moment;

#[tokio::test]
async fn a_status_that_the_workflow_does_not_know_leaves_the_session_with_it() {
    let scene = Scene::new().await;
    let host = Host::new(Fault::None);
    let run = open(&scene, &host.url(), 0).await;
    let at_work = scene.end_of(&run.id, Stage::SanityTest, Moment::Before).caught().await;
    let known = scene.head(&run.id).await.status;
    scene.write_as_another_version(&run.id, "status", 0).await;
    scene.until_looked_at(&run.id).await;
    assert_eq!(scene.execution(&run.id).await.as_deref(), Some("RUNNING"));
    // The other version goes on from its word to one that both know.
    scene.write_word(&run.id, "status", known.as_str(), 0).await;
    let concluded = scene.conclusion(&run.id, Moment::Before);
    at_work.release();
    let concluded = concluded.caught().await;
    // And back again, at the worst moment: the workflow has the last word all the same.
    scene.write_as_another_version(&run.id, "status", 0).await;
    concluded.release();
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    assert_eq!(scene.until_execution_ends(&run.id).await, "SUCCEEDED");
}

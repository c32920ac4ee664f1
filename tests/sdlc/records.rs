//! Sessions that end between the two records of a deployment: their own, and the one of who deployed last. One `DELETE`
//! takes the stack down, whichever session is asked.

use crate::end;
use crate::host::{Fault, Host};
use crate::scene::Scene;
use drydock_contract::Status;
use drydock_e2e::Moment;
use serde_json::json;

async fn ended_between_its_records(moment: Moment) {
    let scene = Scene::new().await;
    let host = Host::new(Fault::None);
    let body = json!({"repository": host.url(), "branch": "main", "stackName": scene.new_name("records")});
    let first = scene.open("/deploy", &body).await;
    first.until_terminal().await.succeeded();
    let stack = scene.head(&first.id).await.target.expect("a stack").name().to_owned();
    let second = scene.open("/sdlc-deploy", &body).await;
    let listed = scene.listed(&second.id, moment).caught().await;
    assert_eq!(scene.head(&second.id).await.target.map(|target| target.name().to_owned()), Some(stack.clone()));
    scene.cancel(&second.id).await.expect(200);
    listed.kill();
    assert_eq!(end(&second).await.status, Status::Cancelled);
    // Before it is listed the first is still the last one, and afterwards it is not.
    let (last, other) = if moment == Moment::Before { (&first, &second) } else { (&second, &first) };
    let refused = scene.delete(&other.id).await.expect(409);
    let expected = format!("send DELETE /deployments/{}", last.id);
    assert!(refused["error"].as_str().is_some_and(|error| error.ends_with(&expected)), "{moment:?}: {refused}");
    scene.tear_down(&last.id).await.until_terminal().await.succeeded();
    assert!(!scene.has_stack(&stack).await, "{moment:?}");
}

#[tokio::test]
async fn whoever_ends_between_its_records_leaves_a_stack_that_can_be_taken_down() {
    tokio::join!(ended_between_its_records(Moment::Before), ended_between_its_records(Moment::After));
}

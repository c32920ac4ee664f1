//! Functions without a template whose sessions are cancelled while one is being made, changed or deleted: not one call
//! more is made for them, and what stands can be taken down.

use crate::scene::Scene;
use drydock_contract::message::Work;
use drydock_contract::session::RequestDetails;
use drydock_contract::{Session, SessionId, SessionKind, Stage};
use drydock_e2e::{Moment, Trap};
use drydock_store::Change;
use serde_json::json;

/// A session that waits for the deploy stage, with what another one has fetched.
async fn fetched(scene: &Scene, kind: SessionKind, by: &Session, request: RequestDetails) -> SessionId {
    let head = scene.unsent_with(&by.repository, kind, Stage::Deploy, request).await;
    let change = Change { source: by.source.clone(), detection: by.detection.clone(), ..Change::default() };
    let head = scene.store.update(&head, change).await.unwrap();
    scene.store.outbox_sent(&head).await.unwrap();
    head.session_id
}

/// Has the deploy stage work on a session, cancels it where the trap is, and waits until the work is over.
async fn cancelled_at(scene: &Scene, id: &SessionId, trap: Trap) {
    let cancel = async {
        let at_work = trap.caught().await;
        scene.cancel(id).await.expect(200);
        at_work.release();
    };
    let message = [Work::new(id.clone(), Stage::Deploy, 1)];
    tokio::join!(scene.redeliver(&message), cancel);
}

async fn deployed(scene: &Scene, repository: &str, stack_name: Option<&str>) -> Session {
    let mut body = json!({"repository": repository, "branch": "main"});
    if let Some(name) = stack_name {
        body["stackName"] = name.into();
    }
    let run = scene.open("/deploy", &body).await;
    run.until_terminal().await.succeeded();
    scene.head(&run.id).await
}

#[tokio::test]
async fn nothing_more_is_made_once_the_session_is_cancelled() {
    let scene = Scene::new().await;
    let other = deployed(&scene, &scene.git.example("simple-lambda-python"), None).await;
    let id = fetched(&scene, SessionKind::Deploy, &other, RequestDetails::default()).await;
    let name = format!("{}-app-{id}", scene.stack_name);
    // Who owns it, and whether it is there.
    cancelled_at(&scene, &id, scene.function_look(&name, 2)).await;
    assert_eq!(scene.has_function_and_role(&name).await, (false, true), "it has its role only");
    scene.tear_down(&id).await.until_terminal().await.succeeded();
    assert_eq!(scene.has_function_and_role(&name).await, (false, false));
}

#[tokio::test]
async fn code_is_not_changed_once_the_session_is_cancelled() {
    let scene = Scene::new().await;
    let stack_name = scene.new_name("changed");
    let publish = |says: &str| {
        let code =
            format!("def lambda_handler(event, _context):\n    return {{'statusCode': 200, 'body': '{says}'}}\n");
        scene.git.files(&format!("functions/{stack_name}"), &[("lambda_function.py", &code)])
    };
    let first = deployed(&scene, &publish("first"), Some(&stack_name)).await;
    let standing = scene.footprint(&first.session_id).await;
    let second = deployed(&scene, &publish("second"), None).await;
    let request = RequestDetails { stack_name: Some(stack_name.clone()), ..RequestDetails::default() };
    let id = fetched(&scene, SessionKind::Deploy, &second, request).await;
    // Who owns it, whether it is there, and whether it is at rest.
    cancelled_at(&scene, &id, scene.function_look(&format!("{}-app-{stack_name}", scene.stack_name), 3)).await;
    assert_eq!(scene.footprint(&first.session_id).await, standing);
}

#[tokio::test]
async fn nothing_more_is_deleted_once_the_teardown_is_cancelled() {
    let scene = Scene::new().await;
    let run = deployed(&scene, &scene.git.example("simple-lambda-python"), None).await;
    let name = format!("{}-app-{}", scene.stack_name, run.session_id);
    let request = RequestDetails { teardown_of: Some(run.session_id.clone()), ..RequestDetails::default() };
    let id = fetched(&scene, SessionKind::Teardown, &run, request).await;
    cancelled_at(&scene, &id, scene.url_deletion(&name, Moment::After)).await;
    assert_eq!(scene.has_function_and_role(&name).await, (true, true));
    scene.tear_down(&run.session_id).await.until_terminal().await.succeeded();
    assert_eq!(scene.has_function_and_role(&name).await, (false, false));
}

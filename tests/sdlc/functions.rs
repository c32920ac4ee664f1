//! Functions without a template whose sessions are cancelled while one is being made, changed or deleted: not one call
//! more is made for them, and what stands can be taken down.

use crate::scene::Scene;
use drydock_contract::{SessionId, Stage};
use drydock_e2e::{Caught, Moment};
use serde_json::json;

/// Lets a function go on that is held after its session was cancelled, until it has looked what has become of it.
async fn go_on(scene: &Scene, id: &SessionId, at_work: Caught) {
    let looks = scene.look(id);
    at_work.release();
    looks.caught().await.release();
    scene.until_idle(Stage::Deploy).await;
}

#[tokio::test]
async fn nothing_more_is_made_once_the_session_is_cancelled() {
    let scene = Scene::new().await;
    let run = scene.deploy("simple-lambda-python").await;
    let name = format!("{}-app-{}", scene.stack_name, run.id);
    // Who owns it, and whether it is there.
    let at_work = scene.function_look(&name, 2).caught().await;
    scene.cancel(&run.id).await.expect(200);
    go_on(&scene, &run.id, at_work).await;
    assert_eq!(scene.has_function_and_role(&name).await, (false, true), "it has its role only");
    scene.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert_eq!(scene.has_function_and_role(&name).await, (false, false));
}

#[tokio::test]
async fn code_is_not_changed_once_the_session_is_cancelled() {
    let scene = Scene::new().await;
    let stack_name = scene.new_name("changed");
    let code = |says: &str| {
        let code =
            format!("def lambda_handler(event, _context):\n    return {{'statusCode': 200, 'body': '{says}'}}\n");
        let repository = scene.git.files(&format!("functions/{stack_name}"), &[("lambda_function.py", &code)]);
        json!({"repository": repository, "branch": "main", "stackName": stack_name})
    };
    let first = scene.open("/deploy", &code("first")).await;
    first.until_terminal().await.succeeded();
    let standing = scene.footprint(&first.id).await;
    let second = scene.open("/deploy", &code("second")).await;
    // Who owns it, whether it is there, and whether it is at rest.
    let at_work = scene.function_look(&format!("{}-app-{stack_name}", scene.stack_name), 3).caught().await;
    scene.cancel(&second.id).await.expect(200);
    go_on(&scene, &second.id, at_work).await;
    assert_eq!(scene.footprint(&first.id).await, standing);
}

#[tokio::test]
async fn nothing_more_is_deleted_once_the_teardown_is_cancelled() {
    let scene = Scene::new().await;
    let run = scene.deploy("simple-lambda-python").await;
    run.until_terminal().await.succeeded();
    let name = format!("{}-app-{}", scene.stack_name, run.id);
    let url_is_gone = scene.url_deletion(&name, Moment::After);
    let teardown = scene.tear_down(&run.id).await;
    let at_work = url_is_gone.caught().await;
    scene.cancel(&teardown.id).await.expect(200);
    go_on(&scene, &teardown.id, at_work).await;
    assert_eq!(scene.has_function_and_role(&name).await, (true, true));
    scene.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert_eq!(scene.has_function_and_role(&name).await, (false, false));
}

//! `DELETE /deployments/{sessionId}`: what was deployed is really gone, and nothing else.

use drydock_contract::message::Work;
use drydock_contract::session::Target;
use drydock_contract::{SessionId, Stage};
use drydock_e2e::World;
use serde_json::json;

#[tokio::test]
async fn a_stack_goes_with_all_that_it_holds() {
    let world = World::new().await;
    let run = world.deploy("cloudformation-queue").await;
    run.until_terminal().await.succeeded();
    let head = world.head(&run.id).await;
    let Some(Target::Stack { name, .. }) = &head.target else { panic!("no stack in {:?}", head.target) };
    let resources = head.deployed_resources.clone().expect("resources").resources;
    let queues: Vec<_> = resources.iter().filter(|one| one.resource_type == "AWS::SQS::Queue").collect();
    assert!(!queues.is_empty());
    let functions: Vec<_> = resources.iter().filter(|one| one.resource_type == "AWS::Lambda::Function").collect();
    let teardown = world.tear_down(&run.id).await;
    assert!(teardown.id.as_str().starts_with("teardown-"));
    let again = world.tear_down(&run.id).await;
    assert_eq!(again.id, teardown.id, "while one is under way there is no second");
    let ended = teardown.until_terminal().await.succeeded();
    assert_eq!(ended.body.message, format!("stack {name} is deleted"));
    assert!(ended.body.logs.iter().any(|line| line.contains("DELETE_COMPLETE AWS::SQS::Queue")), "{ended:#?}");
    assert!(!world.has_stack(name).await);
    for queue in queues {
        assert!(!world.has_queue(&queue.physical_id).await, "{queue:?}");
    }
    for function in functions {
        assert!(!world.has_function(&function.physical_id).await, "{function:?}");
    }
    assert_eq!(world.tear_down(&run.id).await.id, teardown.id, "what is gone need not go again");
    let told = run.status().await;
    assert!(told.logs.iter().any(|line| line.ends_with(&format!("taken down by {}", teardown.id))), "{told:#?}");
    assert_eq!(world.head(&run.id).await, head, "the session itself stays as it ended");
}

#[tokio::test]
async fn a_sam_application_goes_too() {
    let world = World::new().await;
    let run = world.deploy("sam-python-api").await;
    let url = run.until_terminal().await.succeeded().url();
    world.ask(&url).await.expect(200);
    world.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert_ne!(world.ask(&url).await.status, 200);
    let Some(Target::Stack { name, .. }) = world.head(&run.id).await.target else { panic!("no stack") };
    assert!(!world.has_stack(&name).await);
}

#[tokio::test]
async fn a_function_goes_with_its_url_and_role() {
    let world = World::new().await;
    let run = world.deploy("simple-lambda-python").await;
    run.until_terminal().await.succeeded();
    let Some(Target::Function { name }) = world.head(&run.id).await.target else { panic!("no function") };
    assert!(world.has_function(&name).await && world.has_role(&name).await);
    let teardown = world.tear_down(&run.id).await;
    let ended = teardown.until_terminal().await.succeeded();
    assert_eq!(ended.body.message, format!("function {name} is deleted, with its URL, role and logs"));
    assert!(!world.has_function(&name).await && !world.has_role(&name).await);
    let before = world.head(&teardown.id).await;
    world.redeliver(&[Work::new(teardown.id.clone(), Stage::Deploy, 1)]).await;
    assert_eq!(world.head(&teardown.id).await, before);
}

#[tokio::test]
async fn a_teardown_is_a_session_like_every_other() {
    let world = World::new().await;
    let run = world.deploy("simple-lambda-node").await;
    run.until_terminal().await.succeeded();
    let teardown = world.tear_down(&run.id).await;
    teardown.until_terminal().await.succeeded();
    let list = world.get("/deployments?limit=100").await.expect(200);
    let rows = list["deployments"].as_array().expect("a list");
    assert!(rows.iter().any(|row| row["sessionId"] == teardown.id.as_str() && row["status"] == "success"), "{list}");
    let refused = world.delete(&teardown.id).await.expect(409);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("a teardown itself")), "{refused}");
}

#[tokio::test]
async fn what_a_later_session_has_deployed_is_that_ones_to_take_down() {
    let world = World::new().await;
    let body = json!({
        "repository": world.git.example("cloudformation-queue"), "branch": "main", "stackName": world.new_name("twice")
    });
    let first = world.open("/deploy", &body).await;
    first.until_terminal().await.succeeded();
    let second = world.open("/deploy", &body).await;
    second.until_terminal().await.succeeded();
    let refused = world.delete(&first.id).await.expect(409);
    let expected = format!("send DELETE /deployments/{}", second.id);
    assert!(refused["error"].as_str().is_some_and(|error| error.ends_with(&expected)), "{refused}");
    world.tear_down(&second.id).await.until_terminal().await.succeeded();
}

/// Two sessions of different repositories ask for one name: the second gets nothing, and takes nothing from the first.
#[tokio::test]
async fn what_another_repository_has_deployed_stays() {
    let world = World::new().await;
    let name = world.new_name("taken");
    let open = |repository: String| {
        let body = json!({"repository": repository, "branch": "main", "stackName": name});
        async { world.open("/deploy", &{ body }).await }
    };
    let owner = open(world.git.example("cloudformation-queue")).await;
    owner.until_terminal().await.succeeded();
    let other = open(world.git.example("sam-python-api")).await;
    let error = other.until_terminal().await.failed();
    assert!(error.contains("belongs to"), "{error}");
    let refused = world.delete(&other.id).await.expect(409);
    assert_eq!(refused["error"], "this session has deployed nothing");
    assert!(world.has_stack(&format!("{}-app-{name}", world.stack_name)).await);
    world.tear_down(&owner.id).await.until_terminal().await.succeeded();
}

#[tokio::test]
async fn a_stack_that_is_gone_already_is_no_error() {
    let world = World::new().await;
    let run = world.deploy("cloudformation-queue").await;
    run.until_terminal().await.succeeded();
    let Some(Target::Stack { name, .. }) = world.head(&run.id).await.target else { panic!("no stack") };
    world.delete_stack(&name).await;
    while world.has_stack(&name).await {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let ended = world.tear_down(&run.id).await.until_terminal().await.succeeded();
    assert_eq!(ended.body.message, format!("stack {name} does not exist any more"));
}

#[tokio::test]
async fn a_session_that_has_deployed_nothing_has_nothing_to_take_down() {
    let world = World::new().await;
    let run = world.deploy_url(&world.git.empty(), "main").await;
    run.until_terminal().await.failed();
    assert_eq!(world.delete(&run.id).await.expect(409)["error"], "this session has deployed nothing");
    let unknown = SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").expect("an id");
    world.delete(&unknown).await.expect(404);
}

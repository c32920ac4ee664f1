//! Repositories that reach success, and what they deployed answers.

use drydock_contract::session::DeployedResources;
use drydock_e2e::World;
use serde_json::{Value, json};
use std::time::Duration;

/// Deploys an example and asks its address.
async fn check(example: &str, query: &str, expected: Value) -> DeployedResources {
    let world = World::new().await;
    let ended = world.deploy(example).await.until_terminal().await.succeeded();
    let deployed = ended.body.deployed_resources.clone().expect("success says what stands");
    let url = format!("{}{query}", ended.url());
    // A function without a template gets a URL for callers with credentials; a template says for itself.
    let answer = if deployed.function_arn.is_some() { world.ask_signed(&url).await } else { world.ask(&url).await };
    assert_eq!((answer.status, answer.body), (200, expected), "{example}");
    deployed
}

#[tokio::test]
async fn a_sam_application_in_python_behind_a_rest_api() {
    let deployed =
        check("sam-python-api", "?name=Ada", json!({"message": "Hello, Ada!", "service": "sam-python-api"})).await;
    let types: Vec<&str> = deployed.resources.iter().map(|resource| resource.resource_type.as_str()).collect();
    assert!(types.contains(&"AWS::Lambda::Function") && types.contains(&"AWS::ApiGateway::RestApi"), "{types:?}");
    assert!(deployed.outputs.contains_key("HelloUrl"), "{deployed:?}");
    assert!(deployed.stack_name.is_some_and(|name| name.contains("-app-")));
}

#[tokio::test]
async fn a_sam_application_in_node_with_a_function_url() {
    check("sam-node-url", "?name=Ada", json!({"message": "Hello, Ada!", "service": "sam-node-url"})).await;
}

#[tokio::test]
async fn a_python_function_without_a_template() {
    let deployed = check(
        "simple-lambda-python",
        "?name=Ada",
        json!({"message": "Hello, Ada!", "service": "simple-lambda-python"}),
    )
    .await;
    assert!(deployed.function_arn.is_some_and(|arn| arn.contains("-app-")));
    assert_eq!(deployed.stack_name, None);
}

#[tokio::test]
async fn a_node_function_without_a_template() {
    check("simple-lambda-node", "?name=Ada", json!({"message": "Hello, Ada!", "service": "simple-lambda-node"})).await;
}

#[tokio::test]
async fn a_functions_url_is_open_to_everybody_only_on_request() {
    let world = World::new().await;
    let repository = world.git.example("simple-lambda-python");
    let own = world.new_name("public");
    let body = |auth| {
        let parameters = json!({"functionUrlAuth": auth});
        json!({"repository": repository, "branch": "main", "stackName": own, "parameters": parameters})
    };
    for (auth, status) in [("AWS_IAM", 403), ("NONE", 200), ("AWS_IAM", 403)] {
        let ended = world.open("/deploy", &body(auth)).await.until_terminal().await.succeeded();
        world.ask(&ended.url()).await.expect(status);
        world.ask_signed(&ended.url()).await.expect(200);
    }
}

#[tokio::test]
async fn nested_stacks() {
    check("cloudformation-nested", "", json!({"message": "Hello from a nested stack!"})).await;
}

#[tokio::test]
async fn plain_cloudformation_with_a_queue_a_table_and_local_code() {
    let world = World::new().await;
    let ended = world.deploy("cloudformation-queue").await.until_terminal().await.succeeded();
    let url = ended.body.deployed_resources.expect("success says what stands").outputs["OrdersUrl"].clone();
    assert_eq!(world.ask(&url).await.expect(200), json!({"orders": 0}));
    world.tell(&url, &json!({"item": "tea"})).await.expect(202);
    for _ in 0..100 {
        if world.ask(&url).await.expect(200) == json!({"orders": 1}) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    panic!("the order never went through the queue into the table");
}

#[tokio::test]
async fn a_template_that_is_too_large_to_be_sent_goes_by_s3() {
    let world = World::new().await;
    let template = json!({
        "Metadata": {"Notes": "x".repeat(60_000)},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}
    });
    let repository = world.git.files("shop/large", &[("template.json", &template.to_string())]);
    let ended = world.deploy_url(&repository, "main").await.until_terminal().await.succeeded();
    let resources = ended.body.deployed_resources.expect("success says what stands").resources;
    assert_eq!(resources.iter().map(|one| one.logical_id.as_str()).collect::<Vec<_>>(), ["Topic"]);
}

#[tokio::test]
async fn a_project_in_a_subfolder_is_found_when_it_is_the_only_one() {
    let world = World::new().await;
    let repository = world.git.files(
        "shop/only-one",
        &[("README.md", "# Shop\n"), ("docs/index.md", "# Docs\n"), ("services/api/lambda_function.py", FUNCTION)],
    );
    let ended = world.deploy_url(&repository, "main").await.until_terminal().await.succeeded();
    assert_eq!(world.ask_signed(&ended.url()).await.expect(200), json!({"version": 1}));
}

#[tokio::test]
async fn the_request_says_which_of_two_projects() {
    let world = World::new().await;
    let other = FUNCTION.replace("\"version\": 1", "\"version\": 2");
    let files = [("one/lambda_function.py", FUNCTION), ("two/lambda_function.py", other.as_str())];
    let repository = world.git.files("shop/two", &files);
    let both = world.deploy_url(&repository, "main").await.until_terminal().await.failed();
    assert!(both.contains("one") && both.contains("two"), "{both}");
    for root in ["projectRoot", "customRootFolder"] {
        let run = world.open("/deploy", &json!({"repository": repository, "branch": "main", root: "two"})).await;
        let ended = run.until_terminal().await.succeeded();
        assert_eq!(ended.body.project_root.as_deref(), Some("two"));
        assert_eq!(world.ask_signed(&ended.url()).await.expect(200), json!({"version": 2}));
    }
}

#[tokio::test]
async fn a_named_stack_is_updated_in_place_with_parameters_and_tags() {
    let world = World::new().await;
    let template = |version: u32| {
        format!(
            "Parameters:\n  Greeting: {{Type: String}}\nResources:\n  Note:\n    Type: AWS::SSM::Parameter\n    \
             Properties: {{Type: String, Value: !Sub '${{Greeting}} {version}'}}\n"
        )
    };
    let own = world.new_name("note");
    let mut ids = Vec::new();
    for (version, greeting) in [(1, "hello"), (2, "goodbye")] {
        let repository = world.git.files("shop/named", &[("template.yaml", &template(version))]);
        let body = json!({
            "repository": repository, "branch": "main", "stackName": own,
            "parameters": {"Greeting": greeting}, "tags": {"team": "shop"}
        });
        let ended = world.open("/deploy", &body).await.until_terminal().await.succeeded();
        let deployed = ended.body.deployed_resources.expect("success says what stands");
        let name = deployed.stack_name.expect("a stack");
        assert!(name.ends_with(&format!("-app-{own}")), "{name}");
        let stack = world.stack(&name).await;
        assert_eq!(stack.parameters["Greeting"], greeting);
        assert_eq!(stack.tags["team"], "shop");
        ids.push(deployed.stack_id);
    }
    assert_eq!(ids[0], ids[1], "the same stack");
}

#[tokio::test]
async fn a_named_function_is_updated_in_place() {
    let world = World::new().await;
    let own = world.new_name("function");
    let mut arns = Vec::new();
    for version in [1, 2] {
        let code = FUNCTION.replace("\"version\": 1", &format!("\"version\": {version}"));
        let repository = world.git.files("shop/named-function", &[("lambda_function.py", code.as_str())]);
        let body = json!({"repository": repository, "branch": "main", "stackName": own});
        let ended = world.open("/deploy", &body).await.until_terminal().await.succeeded();
        assert_eq!(world.ask_signed(&ended.url()).await.expect(200), json!({"version": version}));
        arns.push(ended.body.deployed_resources.and_then(|deployed| deployed.function_arn));
    }
    assert_eq!(arns[0], arns[1], "the same function");
}

#[tokio::test]
async fn an_explicit_type_is_taken() {
    let world = World::new().await;
    let repository = world.git.files(
        "shop/both",
        &[("lambda_function.py", FUNCTION), ("template.yaml", "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")],
    );
    let body = json!({"repository": repository, "branch": "main", "iacType": "simple-lambda"});
    let ended = world.open("/deploy", &body).await.until_terminal().await.succeeded();
    assert_eq!(world.ask_signed(&ended.url()).await.expect(200), json!({"version": 1}));
}

#[tokio::test]
async fn the_same_commit_is_fetched_once() {
    let world = World::new().await;
    let repository =
        world.git.files("shop/cached", &[("template.yaml", "Resources:\n  T:\n    Type: AWS::SNS::Topic\n")]);
    let mut keys = Vec::new();
    for _ in 0..2 {
        let run = world.deploy_url(&repository, "main").await;
        run.until_terminal().await.succeeded();
        keys.push(world.head(&run.id).await.source.expect("a source"));
    }
    assert_eq!(keys[0], keys[1]);
    assert!(keys[0].archive_key.contains(&keys[0].commit), "{:?}", keys[0]);
}

const FUNCTION: &str = r#"import json


def lambda_handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps({"version": 1})}
"#;

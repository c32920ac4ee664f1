//! Repositories that end in `failed`, each with a reason that says what to do.

use drydock_contract::session::Target;
use drydock_e2e::World;
use drydock_git_server::Hostile;
use serde_json::json;

/// Every one of `words` must be in the error.
#[track_caller]
fn assert_says(error: &str, words: &[&str]) {
    for word in words {
        assert!(error.to_lowercase().contains(&word.to_lowercase()), "`{word}` is not in: {error}");
    }
}

async fn check(world: &World, repository: &str, branch: &str, words: &[&str]) {
    let error = world.deploy_url(repository, branch).await.until_terminal().await.failed();
    assert_says(&error, words);
}

#[tokio::test]
async fn a_broken_template_names_its_root_cause() {
    let world = World::new().await;
    let run = world.deploy("broken-template").await;
    let error = run.until_terminal().await.failed();
    assert_says(&error, &["ReaderPolicy", "jobs-reader-of-another-account", "cannot be found"]);
    assert!(!error.to_lowercase().contains("cancel"), "the cancellations that follow are no cause: {error}");
    let head = world.head(&run.id).await;
    let Some(Target::Stack { name, .. }) = head.target else { panic!("no stack in {:?}", head.target) };
    let failure = head.error.expect("a failure");
    assert!(failure.location.is_some_and(|location| location.contains("ReaderPolicy")));
    assert!(name.contains(run.id.as_str()), "{name}");
}

#[tokio::test]
async fn a_template_that_cloudformation_refuses() {
    let world = World::new().await;
    let template = "Parameters:\n  Needed: {Type: String}\nResources:\n  T:\n    Type: AWS::SNS::Topic\n";
    let repository = world.git.files("bad/parameter", &[("template.yaml", template)]);
    check(&world, &repository, "main", &["Needed"]).await;
}

#[tokio::test]
async fn an_unknown_branch() {
    let world = World::new().await;
    let repository = world.git.example("sam-python-api");
    check(&world, &repository, "no-such-branch", &["no-such-branch"]).await;
}

#[tokio::test]
async fn an_unknown_repository() {
    let world = World::new().await;
    let repository = world.git.example("sam-python-api").replace("sam-python-api", "no-such-repository");
    check(&world, &repository, "main", &["no repository at this address"]).await;
}

#[tokio::test]
async fn a_host_that_does_not_answer() {
    let world = World::new().await;
    check(&world, "http://127.0.0.1:9/owner/name", "main", &["127.0.0.1:9", "cannot be reached"]).await;
}

#[tokio::test]
async fn a_private_repository_without_a_token() {
    let world = World::new().await;
    let repository = world.git.private_example("sam-python-api");
    check(&world, &repository, "main", &["private", "no token is stored"]).await;
}

#[tokio::test]
async fn an_empty_repository() {
    let world = World::new().await;
    let repository = world.git.empty();
    check(&world, &repository, "main", &["empty"]).await;
}

#[tokio::test]
async fn a_repository_with_nothing_to_deploy() {
    let world = World::new().await;
    let repository = world.git.files("docs/only", &[("README.md", "# Nothing to see\n")]);
    check(&world, &repository, "main", &["no deployable project"]).await;
}

#[tokio::test]
async fn a_name_that_belongs_to_another_repository() {
    let world = World::new().await;
    let own = world.new_name("taken");
    for (example, expected) in [("simple-lambda-node", None), ("simple-lambda-python", Some("simple-lambda-node"))] {
        let repository = world.git.example(example);
        let body = json!({"repository": repository, "branch": "main", "stackName": own});
        let ended = world.open("/deploy", &body).await.until_terminal().await;
        match expected {
            None => drop(ended.succeeded()),
            Some(owner) => assert_says(&ended.failed(), &[&own, owner]),
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there() {
    let world = World::new().await;
    let repository = world.git.example("sam-python-api");
    let run = world.open("/deploy", &json!({"repository": repository, "branch": "main", "projectRoot": "a/b"})).await;
    assert_says(&run.until_terminal().await.failed(), &["a/b"]);
}

#[tokio::test]
async fn other_tools_say_what_is_missing() {
    let world = World::new().await;
    for (name, file, content, word) in [
        ("cdk", "cdk.json", "{\"app\": \"node bin/app.js\"}", "CDK"),
        ("terraform", "main.tf", "resource \"aws_sqs_queue\" \"jobs\" {}\n", "Terraform"),
        (
            "serverless",
            "serverless.yml",
            "service: shop\nprovider:\n  name: aws\n  runtime: python3.13\nfunctions:\n  a: {handler: a.b}\n",
            "Serverless",
        ),
    ] {
        let repository = world.git.files(&format!("other/{name}"), &[(file, content)]);
        check(&world, &repository, "main", &[word]).await;
    }
}

#[tokio::test]
async fn dependencies_that_must_be_installed_first() {
    let world = World::new().await;
    let files = [
        ("lambda_function.py", "import requests\n\n\ndef lambda_handler(event, context):\n    return {}\n"),
        ("requirements.txt", "requests==2.32.5\n"),
    ];
    let repository = world.git.files("bad/dependencies", &files);
    check(&world, &repository, "main", &["requests", "requirements.txt"]).await;
}

#[tokio::test]
async fn hostile_trees() {
    let world = World::new().await;
    let outside = std::path::Path::new(drydock_git_server::hostile::OUTSIDE);
    let repository = world.git.hostile();
    let mut runs = Vec::new();
    for kind in Hostile::ALL {
        runs.push((kind, world.deploy_url(&repository, kind.branch()).await));
    }
    for (kind, run) in runs {
        let error = run.until_terminal().await.failed();
        assert!(!error.is_empty() && !error.contains('\u{1b}'), "{kind:?}: {error}");
        let lines = run.status().await.logs;
        assert!(lines.iter().all(|line| !line.contains(['\n', '\u{1b}'])), "{kind:?}: {lines:?}");
    }
    assert!(!outside.exists(), "something was written to {}", outside.display());
}

#[tokio::test]
async fn a_blob_bomb() {
    let world = World::new().await;
    let repository = world.git.bomb(400_000_000);
    let error = world.deploy_url(&repository, "main").await.until_terminal().await.failed();
    assert_says(&error, &["larger than"]);
}

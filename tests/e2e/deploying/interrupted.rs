//! A deployment whose process is killed, at the worst moments: the same command again finishes it.

use super::Beside;
use crate::loopback::{Asked, Loopback, Reply};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs a command and kills it when `lose` says so for the first time.
async fn killed(beside: &Beside, command: &str, lose: fn(&Asked) -> Option<Reply>) {
    let lost = AtomicBool::new(false);
    let way = Loopback::start(Some(beside.world.endpoint()), move |asked| match lose(asked) {
        Some(reply @ (Reply::LoseRequest | Reply::LoseAnswer)) if !lost.swap(true, Ordering::AcqRel) => reply,
        Some(reply @ Reply::Answer(..)) => reply,
        _ => Reply::Forward,
    })
    .await;
    let mut child = beside.xtask(command).env("AWS_ENDPOINT_URL", &way.url()).spawn();
    way.has_lost_one().await;
    child.kill().await.expect("it runs");
}

/// Kills a deployment when `lose` says so for the first time, then runs the same command again, straight.
async fn killed_and_repeated(word: &str, arguments: &str, lose: fn(&Asked) -> Option<Reply>) {
    let beside = Beside::new(word).await;
    let command =
        if arguments.contains("--target host") { arguments.to_owned() } else { format!("{arguments} {}", beside.code) };
    killed(&beside, &command, lose).await;

    let again = beside.xtask(&command).run().await.expect(0);
    assert!(again.stdout.contains("ApiUrl"), "{again}");
    let nothing = beside.xtask("deploy --skip-build").run().await.expect(0);
    assert!(nothing.stderr.contains("nothing to do"), "{nothing}");
    let listed = beside.xtask("rollback --list --json").run().await.expect(0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "it is on record, once: {listed}");
    beside.destroy().await;
}

#[tokio::test]
async fn killed_while_uploading() {
    killed_and_repeated("upload", "deploy --yes --target host", |asked| {
        // Every zip is there already, so that is denied, and the upload that follows is cut off.
        let of_a_zip = asked.path.contains("/handlers/");
        match asked.method.as_str() {
            "HEAD" if of_a_zip => Some(Reply::Answer(404, String::new())),
            "PUT" if of_a_zip => Some(Reply::LoseRequest),
            _ => None,
        }
    })
    .await;
}

#[tokio::test]
async fn killed_before_the_change_set_is_created() {
    let lose = |asked: &Asked| (asked.action() == "CreateChangeSet").then_some(Reply::LoseRequest);
    killed_and_repeated("before", "deploy --yes", lose).await;
}

#[tokio::test]
async fn killed_once_the_change_set_is_created() {
    let lose = |asked: &Asked| (asked.action() == "CreateChangeSet").then_some(Reply::LoseAnswer);
    killed_and_repeated("created", "deploy --yes", lose).await;
}

#[tokio::test]
async fn killed_while_it_executes() {
    let lose = |asked: &Asked| (asked.action() == "ExecuteChangeSet").then_some(Reply::LoseAnswer);
    killed_and_repeated("executing", "deploy --yes", lose).await;
}

#[tokio::test]
async fn killed_before_it_executes() {
    let lose = |asked: &Asked| (asked.action() == "ExecuteChangeSet").then_some(Reply::LoseRequest);
    killed_and_repeated("ready", "deploy --yes", lose).await;
}

#[tokio::test]
async fn killed_before_it_is_on_record() {
    let lose =
        |asked: &Asked| (asked.method == "PUT" && asked.path.contains("/deployments/")).then_some(Reply::LoseRequest);
    killed_and_repeated("record", "deploy --yes", lose).await;
}

#[tokio::test]
async fn killed_on_the_way_back() {
    let beside = Beside::deployed("way").await;
    for budget in ["3", "4"] {
        let deploy = format!("deploy --yes --quiet --skip-build --parameter FixBudgetUsd={budget}");
        beside.xtask(&deploy).run().await.expect(0);
    }
    let back = "rollback --previous --yes";
    killed(&beside, back, |asked| (asked.action() == "ExecuteChangeSet").then_some(Reply::LoseAnswer)).await;
    beside.xtask(back).run().await.expect(0);
    assert_eq!(beside.budget().await, "3", "and not one more");
    let listed = beside.xtask("rollback --list --json").run().await.expect(0).json();
    assert_eq!(
        (listed[0]["rollback"].as_bool(), listed[0]["standing"].as_bool()),
        (Some(true), Some(true)),
        "{listed}"
    );
    beside.destroy().await;
}

//! A deployment whose process is killed, at the worst moments: the same command again finishes it.

use super::Beside;
use crate::loopback::{Asked, Loopback, Reply};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Runs a command and kills it when `lose` says so for the first time. Gives the path of the request that was lost.
async fn killed(beside: &Beside, command: &str, lose: fn(&Asked) -> Option<Reply>) -> String {
    let (lost, path) = (AtomicBool::new(false), Arc::new(Mutex::new(String::new())));
    let noted = Arc::clone(&path);
    let way = Loopback::start(Some(beside.world.endpoint()), move |asked| match lose(asked) {
        Some(reply) if !lost.swap(true, Ordering::AcqRel) => {
            noted.lock().expect("not poisoned").clone_from(&asked.path);
            reply
        }
        _ => Reply::Forward,
    })
    .await;
    let mut child = beside.xtask(command).env("AWS_ENDPOINT_URL", &way.url()).spawn();
    way.has_lost_one().await;
    child.kill().await.expect("it runs");
    let path = path.lock().expect("not poisoned");
    path.clone()
}

/// Kills a deployment when `lose` says so for the first time, then runs the same command again, straight.
async fn killed_and_repeated(word: &str, lose: fn(&Asked) -> Option<Reply>) {
    let beside = Beside::new(word).await;
    let command = format!("deploy --yes {}", beside.code);
    killed(&beside, &command, lose).await;
    finished_by(&beside, &command).await;
}

/// Finishes with that command what was killed, and takes it down.
async fn finished_by(beside: &Beside, command: &str) {
    let again = beside.xtask(command).run().await.expect(0);
    assert!(again.stdout.contains("ApiUrl"), "{again}");
    let nothing = beside.xtask("deploy --skip-build").run().await.expect(0);
    assert!(nothing.stderr.contains("nothing to do"), "{nothing}");
    let listed = beside.xtask("rollback --list --json").run().await.expect(0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "it is on record, once: {listed}");
    beside.destroy().await;
}

#[tokio::test]
async fn killed_while_uploading() {
    let beside = Beside::new("upload").await.in_a_new_region();
    let deploy = "deploy --yes --target host";
    let lose =
        |asked: &Asked| (asked.method == "PUT" && asked.path.contains("/handlers/")).then_some(Reply::LoseRequest);
    let path = killed(&beside, deploy, lose).await;
    let key = path.split_once("/handlers/").and_then(|(_, rest)| rest.split('?').next());
    let key = format!("handlers/{}", key.expect("the path of a zip"));
    let bucket = beside.world.code_bucket(beside.region.as_deref().expect("a region")).await;
    assert!(!bucket.has(&key).await.expect("an answer"), "{key} was on its way");
    let again = beside.xtask("deploy --target host").run().await.expect(3);
    assert!(again.stderr.contains("Uploaded"), "{again}");
    assert!(bucket.has(&key).await.expect("an answer"), "{key} is sent again");
    finished_by(&beside, deploy).await;
}

#[tokio::test]
async fn killed_before_the_change_set_is_created() {
    let lose = |asked: &Asked| (asked.action() == "CreateChangeSet").then_some(Reply::LoseRequest);
    killed_and_repeated("before", lose).await;
}

#[tokio::test]
async fn killed_once_the_change_set_is_created() {
    let lose = |asked: &Asked| (asked.action() == "CreateChangeSet").then_some(Reply::LoseAnswer);
    killed_and_repeated("created", lose).await;
}

#[tokio::test]
async fn killed_while_it_executes() {
    let lose = |asked: &Asked| (asked.action() == "ExecuteChangeSet").then_some(Reply::LoseAnswer);
    killed_and_repeated("executing", lose).await;
}

#[tokio::test]
async fn killed_before_it_executes() {
    let lose = |asked: &Asked| (asked.action() == "ExecuteChangeSet").then_some(Reply::LoseRequest);
    killed_and_repeated("ready", lose).await;
}

#[tokio::test]
async fn killed_before_it_is_on_record() {
    let lose =
        |asked: &Asked| (asked.method == "PUT" && asked.path.contains("/deployments/")).then_some(Reply::LoseRequest);
    killed_and_repeated("record", lose).await;
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

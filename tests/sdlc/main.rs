//! `/sdlc-deploy`: from a repository to what is deployed, tested and, where needed, repaired.
//!
//! A program of its own: its tests put a model and its key in place, which others must not find.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod cancelled;
mod functions;
mod host;
mod killed;
mod overtaken;
mod records;
mod scene;
mod turns;
mod untested;
mod versions;

use drydock_contract::api::StatusBody;
use drydock_contract::message::Work;
use drydock_contract::workflow::{Checkpoint, Round};
use drydock_contract::{SessionId, Stage, Status};
use drydock_e2e::{Run, World};
use host::{Fault, Host};
use scene::Scene;
use serde_json::json;
use std::time::Duration;

/// Four rounds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(900);

async fn open<'a>(world: &'a World, repository: &str, repairs: u32) -> Run<'a> {
    let body = json!({"repository": repository, "branch": "main", "maxFixAttempts": repairs});
    world.open("/sdlc-deploy", &body).await
}

async fn end(run: &Run<'_>) -> StatusBody {
    run.until_terminal_within(PATIENCE).await.body
}

async fn rounds(world: &World, id: &SessionId) -> Vec<Round> {
    let workflow = world.head(id).await.workflow.expect("an SDLC session");
    assert!((workflow.fixes as usize) < workflow.rounds.len() + 1, "{workflow:#?}");
    workflow.rounds
}

#[tokio::test]
async fn what_deploys_and_passes_needs_one_round() {
    let world = Scene::new().await;
    let host = Host::new(Fault::None);
    let run = open(&world, &host.url(), 3).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    let [round] = &rounds(&world, &run.id).await[..] else { panic!("{body:#?}") };
    assert_eq!((round.deployment, round.tests), (Some(Checkpoint::Deployed), Some(Checkpoint::Tested)));
    assert_eq!(round.commit.as_deref(), Some(host.git(&["rev-parse", "main"]).as_str()));
    assert_eq!(world.execution(&run.id).await.as_deref(), Some("SUCCEEDED"));
    assert_eq!(host.git(&["branch", "--list", "fix/*"]), "", "nothing was repaired");
}

/// Deploys what it pushed to the same stack. Gives the round before, and what `/status` says in the end.
async fn repaired(fault: Fault, first: (Checkpoint, Option<Checkpoint>)) -> (Round, StatusBody) {
    let world = Scene::new().await;
    let host = Host::new(fault);
    let run = open(&world, &host.url(), 3).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    let [one, two] = &rounds(&world, &run.id).await[..] else { panic!("{body:#?}") };
    assert_eq!((one.deployment, one.tests), (Some(first.0), first.1), "{one:#?}");
    let fix = one.fix.as_ref().expect("a repair");
    let branch = format!("fix/{}", run.id);
    assert_eq!((fix.outcome, fix.branch.as_deref()), (Some(Checkpoint::Fixed), Some(branch.as_str())));
    assert_eq!((two.branch.as_str(), two.tests), (branch.as_str(), Some(Checkpoint::Tested)));
    let pushed = host.git(&["rev-parse", &branch]);
    assert_eq!((fix.commit.as_deref(), two.commit.as_deref()), (Some(pushed.as_str()), Some(pushed.as_str())));
    assert_eq!(host.git(&["fsck", "--full", "--strict"]), "");
    let url = body.deployed_resources.as_ref().expect("a stack").urls[0].clone();
    assert_eq!(world.ask(&url).await.expect(200)["message"], "Hello, world!");
    (one.clone(), body)
}

#[tokio::test]
async fn a_deployment_that_fails_is_repaired_and_deployed_from_the_branch() {
    repaired(Fault::Deployment, (Checkpoint::DeployFailed, None)).await;
}

/// It gets as far as CloudFormation, which rolls it back and says why in its events.
#[tokio::test]
async fn a_stack_that_cannot_be_created_is_made_anew_from_the_branch() {
    let (first, body) = repaired(Fault::Stack, (Checkpoint::DeployFailed, None)).await;
    let failure = first.failure.expect("a failure");
    assert_eq!((failure.code.as_str(), failure.location.as_deref()), ("stack-failed", Some("ReaderPolicy")));
    assert!(failure.message.contains("a-role-of-another-account"), "the cause, not what follows it: {failure:#?}");
    assert_eq!(first.class.as_deref(), Some("missing-reference"));
    let told = body.workflow.as_ref().and_then(|workflow| workflow.instructions.clone()).expect("instructions");
    assert!(told.contains("ReaderPolicy in template.yaml"), "{told}");
    let said = |words: &str| body.logs.iter().any(|line| line.contains(words));
    assert!(said("CREATE_FAILED AWS::IAM::Policy ReaderPolicy"), "{:#?}", body.logs);
    assert!(said("it is deleted and made anew"), "{:#?}", body.logs);
}

#[tokio::test]
async fn tests_that_fail_are_answered_with_a_repair() {
    repaired(Fault::Code, (Checkpoint::Deployed, Some(Checkpoint::TestFailed))).await;
}

/// The first repair brings to light what needs the second.
#[tokio::test]
async fn what_needs_two_repairs_gets_them_one_after_the_other() {
    let world = Scene::new().await;
    let host = Host::new(Fault::Both);
    let run = open(&world, &host.url(), 3).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    let [one, two, three] = &rounds(&world, &run.id).await[..] else { panic!("{body:#?}") };
    assert_eq!((one.deployment, one.tests), (Some(Checkpoint::DeployFailed), None), "{one:#?}");
    assert_eq!((two.deployment, two.tests), (Some(Checkpoint::Deployed), Some(Checkpoint::TestFailed)), "{two:#?}");
    assert_eq!((three.deployment, three.tests), (Some(Checkpoint::Deployed), Some(Checkpoint::Tested)), "{three:#?}");
    assert_eq!(world.head(&run.id).await.workflow.map(|workflow| workflow.fixes), Some(2));
    // What a repair has left is what the next round deploys.
    let branches = [format!("fix/{}", run.id), format!("fix/{}-2", run.id)];
    for ((before, after), branch) in [(one, two), (two, three)].into_iter().zip(&branches) {
        let pushed = host.git(&["rev-parse", branch]);
        let fix = before.fix.as_ref().expect("a repair");
        assert_eq!((fix.branch.as_deref(), fix.commit.as_deref()), (Some(branch.as_str()), Some(pushed.as_str())));
        assert_eq!((&after.branch, after.commit.as_deref()), (branch, Some(pushed.as_str())));
    }
    assert_eq!(host.git(&["rev-list", "--count", &format!("main..{}", branches[1])]), "2", "one on the other");
    let made = world.footprint(&run.id).await;
    let begun = made.iter().filter(|line| line.ends_with("AWS::CloudFormation::Stack CREATE_IN_PROGRESS")).count();
    assert_eq!(begun, 1, "the same stack: {made:#?}");
    assert!(body.message.contains("fixed in 2 rounds: branch fix/"), "{}", body.message);
}

#[tokio::test]
async fn what_no_repair_helps_fails_after_three_with_all_of_them_on_record() {
    let world = Scene::new().await;
    let host = Host::new(Fault::Hopeless);
    let run = open(&world, &host.url(), 3).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Failed, "{body:#?}");
    let rounds = rounds(&world, &run.id).await;
    assert_eq!(rounds.len(), 4, "{rounds:#?}");
    let branches: Vec<String> = rounds.iter().map(|round| round.branch.clone()).collect();
    let id = &run.id;
    assert_eq!(branches, ["main", &format!("fix/{id}"), &format!("fix/{id}-2"), &format!("fix/{id}-3")]);
    assert!(rounds.iter().all(|round| round.tests == Some(Checkpoint::TestFailed)), "{rounds:#?}");
    assert!(rounds[..3].iter().all(|round| round.fix.as_ref().is_some_and(|fix| fix.commit.is_some())));
    assert_eq!(rounds[3].fix, None, "there is no fourth repair");
}

#[tokio::test]
async fn a_missing_permission_ends_it_at_once() {
    let world = Scene::new().await;
    let host = Host::new(Fault::None);
    let name = world.new_name("forbidden");
    let stack = format!("arn:aws:cloudformation:*:*:stack/{}-app-{name}*", world.stack_name);
    world.forbid("DeployerDeploy", "cloudformation:CreateChangeSet", &stack).await;
    let body = json!({"repository": host.url(), "branch": "main", "stackName": name});
    let run = world.open("/sdlc-deploy", &body).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Failed, "{body:#?}");
    let workflow = world.head(&run.id).await.workflow.unwrap();
    assert_eq!((workflow.fixes, workflow.rounds.len()), (0, 1), "{workflow:#?}");
    assert_eq!(workflow.rounds[0].class.as_deref(), Some("iam-permission"), "{workflow:#?}");
}

#[tokio::test]
async fn what_no_edit_can_help_ends_without_a_repair() {
    let world = Scene::new().await;
    let run = open(&world, "http://127.0.0.1:9/owner/name", 3).await;
    let body = end(&run).await;
    assert_eq!(body.status, Status::Failed, "{body:#?}");
    let head = world.head(&run.id).await;
    let workflow = head.workflow.unwrap();
    assert_eq!((workflow.fixes, workflow.rounds.len()), (0, 1), "{workflow:#?}");
    assert_eq!(workflow.rounds[0].class.as_deref(), Some("network"), "{workflow:#?}");
}

#[tokio::test]
async fn a_session_that_may_have_no_repair_gets_none() {
    let world = Scene::new().await;
    let host = Host::new(Fault::Deployment);
    let run = open(&world, &host.url(), 0).await;
    assert_eq!(end(&run).await.status, Status::Failed);
    let workflow = world.head(&run.id).await.workflow.unwrap();
    assert_eq!((workflow.fixes, workflow.rounds.len()), (0, 1), "{workflow:#?}");
}

#[tokio::test]
async fn messages_of_the_workflow_that_come_again_begin_nothing_twice() {
    let world = Scene::new().await;
    let host = Host::new(Fault::Code);
    let run = open(&world, &host.url(), 1).await;
    // All along, every message that the workflow has sent so far.
    let mut sent: Vec<Work> = Vec::new();
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let head = world.head(&run.id).await;
        if head.status.is_terminal() {
            break;
        }
        assert!(tokio::time::Instant::now() < until, "never ended");
        let now = Work::new(run.id.clone(), head.stage, head.attempt);
        if matches!(now.stage, Stage::CloneDetect | Stage::SanityTest | Stage::Fix) && !sent.contains(&now) {
            sent.push(now);
        }
        for work in &sent {
            world.send_message(work.stage, &work.to_body()).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(sent.len() >= 3, "{sent:#?}");
    let body = end(&run).await;
    assert_eq!(body.status, Status::Success, "{body:#?}");
    let workflow = world.head(&run.id).await.workflow.unwrap();
    assert_eq!((workflow.fixes, workflow.rounds.len()), (1, 2), "{workflow:#?}");
    assert_eq!(host.git(&["rev-list", "--count", &format!("main..fix/{}", run.id)]), "1");
}

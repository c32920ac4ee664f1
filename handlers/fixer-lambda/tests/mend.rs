//! From a session to a branch on a real `git http-backend`, with played models.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod world;

use drydock_contract::Status;
use drydock_model_server::{Answer, Script};
use drydock_runtime::WorkError;
use serde_json::{Value, json};
use world::{BRANCH, Cancelled, ID, TEMPLATE, World, good, plan, replace};

fn fatal(result: Result<fixer_lambda::Mended, WorkError>) -> (String, String) {
    match result {
        Err(WorkError::Fatal(failure)) => (failure.code, failure.message),
        other => panic!("not the session's end: {other:?}"),
    }
}

#[track_caller]
fn check_branch(world: &World) {
    assert_eq!(world.git(&["fsck", "--full", "--strict", "--no-dangling"]), "");
    assert_eq!(world.git(&["diff", "--name-status", "main", BRANCH]), "M\ttemplate.yaml");
    let diff = world.git(&["diff", "--unified=0", "main", BRANCH]);
    assert!(diff.ends_with("-      VisibilityTimeOut: 30\n+      VisibilityTimeout: 30"), "{diff}");
    assert!(world.git(&["ls-tree", BRANCH, "run.sh"]).starts_with("100755"));
    assert_eq!(world.git(&["rev-list", "--count", &format!("main..{BRANCH}")]), "1");
}

#[tokio::test]
async fn a_repair_becomes_a_branch() {
    let world = World::new();
    let (mended, asked) = world.mend("o/n", good()).await;
    let mended = mended.unwrap();
    check_branch(&world);
    assert_eq!(asked, 3);

    assert_eq!(mended.message, format!("repaired template.yaml on branch {BRANCH}"));
    let message = world.git(&["log", "-1", "--format=%B", BRANCH]);
    assert!(message.starts_with("Name the queue's property right\n\nIt had a slip."), "{message}");
    assert!(
        message.contains("Cause: The property is VisibilityTimeout.")
            && message.ends_with(&format!("Drydock-Session: {ID}"))
    );
    assert_eq!(*world.notes.statuses.lock().unwrap(), [Status::Planning, Status::Fixing]);
    assert!(world.notes.said().contains("planned: Correct the property's name."));
    // A server without GitHub's API: the repair stands all the same.
    assert!(world.notes.said().contains("no pull request was opened: there is no token"), "{}", world.notes.said());

    let fix = &mended.fix;
    assert_eq!(fix.commit.as_deref(), Some(world.git(&["rev-parse", BRANCH]).as_str()));
    assert_eq!((fix.branch.as_deref(), fix.risk.as_deref(), fix.turns), (Some(BRANCH), Some("low"), 3));
    assert!(fix.cost_usd > 0.0 && fix.input_tokens > 0);
    let job = serde_json::to_value(&mended.job).unwrap();
    assert_eq!(job["branch"], BRANCH);
    assert_eq!(job["stackDetails"], Value::Null, "the head has them once, in the request");

    let record: Value =
        serde_json::from_slice(&world.notes.objects.lock().unwrap()[fix.record_key.as_ref().unwrap()]).unwrap();
    assert_eq!(record["calls"].as_array().unwrap().len(), 3);
    assert_eq!(record["foundSolved"][0]["rule"], "F3002");
    assert!(record["diff"]["text"].as_str().unwrap().contains("+      VisibilityTimeout: 30"));
}

#[tokio::test]
async fn a_message_that_comes_again_finds_the_branch() {
    let world = World::new();
    let (first, _) = world.mend("o/n", good()).await;
    let (again, asked) = world.mend("o/n", Script::new()).await;
    assert_eq!(first.unwrap(), again.unwrap());
    assert_eq!(asked, 0, "the model is not asked twice");
}

#[tokio::test]
async fn a_crash_before_the_push_loses_nothing() {
    let world = World::new();
    let (first, _) = world.mend("o/n", good()).await;
    let commit = world.git(&["rev-parse", BRANCH]);
    world.git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
    let (again, asked) = world.mend("o/n", Script::new()).await;
    assert_eq!(first.unwrap(), again.unwrap());
    assert_eq!((asked, world.git(&["rev-parse", BRANCH])), (0, commit));
    check_branch(&world);
}

#[tokio::test]
async fn a_base_that_moved_meanwhile_is_repaired_anew() {
    let world = World::new();
    world.mend("o/n", good()).await.0.unwrap();
    world.git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
    world.publish(&[("template.yaml", TEMPLATE), ("run.sh", "#!/bin/sh\n"), ("docs/a.md", "b\n")]);
    let (again, asked) = world.mend("o/n", good()).await;
    again.unwrap();
    assert_eq!(asked, 3);
    check_branch(&world);
}

#[tokio::test]
async fn a_branch_that_somebody_moved_is_left_alone() {
    let world = World::new();
    world.mend("o/n", good()).await.0.unwrap();
    let main = world.git(&["rev-parse", "main"]);
    world.git(&["update-ref", &format!("refs/heads/{BRANCH}"), &main]);
    let (code, message) = fatal(world.mend("o/n", good()).await.0);
    assert!(code == "branch-moved" && message.contains(&main), "{message}");
    assert_eq!(world.git(&["rev-parse", BRANCH]), main);
}

#[tokio::test]
async fn a_token_opens_what_nobody_else_may() {
    let mut world = World::private("s3cret");
    let check = |result: Result<fixer_lambda::Mended, WorkError>, expected: &str| {
        let (code, message) = fatal(result);
        assert_eq!(code, expected, "{message}");
        assert!(!message.contains("s3cret") && !message.contains("wrong"), "{message}");
    };
    check(world.mend("o/n", good()).await.0, "authentication-required");
    world.token = Some("wrong");
    check(world.mend("o/n", good()).await.0, "authentication-required");
    world.token = Some("s3cret");
    world.mend("o/n", good()).await.0.unwrap();
    check_branch(&world);
}

#[tokio::test]
async fn refusals_of_the_server_are_told() {
    let refused = World::new();
    refused.hook("pre-receive", "echo 'sign your commits' >&2; exit 1");
    let (code, message) = fatal(refused.mend("o/n", good()).await.0);
    assert!(code == "push-refused" && message.contains("sign your commits"), "{message}");

    let protected = World::new();
    protected.hook("update", "case $1 in refs/heads/fix/*) echo 'protected branch' >&2; exit 1;; esac");
    let (code, message) = fatal(protected.mend("o/n", good()).await.0);
    assert!(code == "push-refused" && message.contains("protected branch"), "{message}");

    let read_only = World::read_only();
    assert_eq!(fatal(read_only.mend("o/n", good()).await.0).0, "push-not-allowed");
    assert_eq!(fatal(World::new().mend("o/gone", good()).await.0).0, "repository-not-found");
}

#[tokio::test]
async fn a_failure_is_on_the_record_with_what_was_tried() {
    let world = World::new();
    let script = Script::new()
        .calls("submit_plan", plan())
        .calls("str_replace", replace("VisibilityTimeOut", "VisibilityTime"))
        .calls("finish", json!({"title": "x", "summary": "x", "risk": "low"}))
        .calls("give_up", json!({"reason": "The queue must be made by hand."}));
    let (code, message) = fatal(world.mend("o/n", script).await.0);
    assert!(code == "fix-not-found" && message.contains("by hand"), "{message}");
    let fix = world.notes.fix.lock().unwrap().clone();
    assert_eq!((fix.plan.as_deref(), fix.turns, fix.branch), (Some("Correct the property's name."), 4, None));
    let record: Value = serde_json::from_slice(&world.notes.objects.lock().unwrap()[&fix.record_key.unwrap()]).unwrap();
    assert!(record["error"].as_str().unwrap().contains("by hand"));
    assert_eq!(record["foundNew"][0]["rule"], "F3002");
    assert_eq!(world.git(&["branch", "--list", "fix/*"]), "");
}

#[tokio::test]
async fn a_service_that_is_down_is_asked_again_later() {
    let world = World::new();
    let down = Script::new().forever(Answer::Error(529, "overloaded_error", Some("0.01")));
    assert!(matches!(world.mend("o/n", down).await.0, Err(WorkError::Later(_))));
    let refused = Script::new().forever(Answer::Error(401, "authentication_error", None));
    assert_eq!(fatal(world.mend("o/n", refused).await.0).0, "model-key-refused");
}

/// The model goes away once there is a plan. Gives what that has cost.
async fn cut_short(world: &World) -> f64 {
    let script =
        Script::new().calls("submit_plan", plan()).forever(Answer::Error(529, "overloaded_error", Some("0.01")));
    assert!(matches!(world.mend("o/n", script).await.0, Err(WorkError::Later(_))));
    let fix = world.notes.fix.lock().unwrap().clone();
    assert!(fix.turns == 1 && fix.cost_usd > 0.0, "{fix:?}");
    fix.cost_usd
}

#[tokio::test]
async fn what_every_try_has_cost_is_on_the_record() {
    let alone = World::new().mend("o/n", good()).await.0.unwrap().fix;
    let world = World::new();
    let cost = cut_short(&world).await;
    let said = world.notes.said();
    assert!(said.ends_with("cut short: the model cannot be asked at present"), "{said}");
    let fix = world.mend("o/n", good()).await.0.unwrap().fix;
    assert_eq!(fix.turns, 1 + alone.turns);
    assert!((fix.cost_usd - cost - alone.cost_usd).abs() < 1e-5, "{cost} and {alone:?}, not {fix:?}");
    assert!(fix.input_tokens > alone.input_tokens && fix.output_tokens > alone.output_tokens, "{fix:?}");
}

#[tokio::test]
async fn what_cannot_be_kept_has_cost_something_too() {
    let alone = World::new().mend("o/n", good()).await.0.unwrap().fix;
    for refused in ["/record.json", "/ready.json"] {
        let mut world = World::new();
        world.notes.refused = Some(refused);
        assert!(matches!(world.mend("o/n", good()).await.0, Err(WorkError::Retry(_))), "{refused}");
        world.notes.refused = None;
        let fix = world.mend("o/n", good()).await.0.unwrap().fix;
        assert_eq!(fix.turns, 2 * alone.turns, "{refused}");
        assert!((fix.cost_usd - 2.0 * alone.cost_usd).abs() < 1e-5, "{refused}: {fix:?}");
    }
}

#[tokio::test]
async fn a_repair_that_is_tried_again_has_what_is_left_of_its_budget() {
    let mut world = World::new();
    world.usd = cut_short(&world).await;
    let (mended, asked) = world.mend("o/n", good()).await;
    let (code, message) = fatal(mended);
    assert!(code == "fix-budget" && message.contains("money"), "{message}");
    assert_eq!(asked, 0, "there is nothing left to ask with");
    assert!((world.notes.fix.lock().unwrap().cost_usd - world.usd).abs() < f64::EPSILON, "what was spent stays told");
}

#[tokio::test]
async fn a_repair_that_its_base_has_left_has_cost_something_too() {
    let world = World::new();
    let first = world.mend("o/n", good()).await.0.unwrap().fix;
    world.git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
    world.publish(&[("template.yaml", TEMPLATE), ("run.sh", "#!/bin/sh\n"), ("docs/a.md", "b\n")]);
    // It died before the head knew what was kept.
    *world.notes.fix.lock().unwrap() = first.spent();
    world.notes.fix.lock().unwrap().turns = 1;
    let second = world.mend("o/n", good()).await.0.unwrap().fix;
    assert_eq!(second.turns, 2 * first.turns);
}

#[tokio::test]
async fn a_session_that_is_cancelled_while_its_repair_is_kept_pushes_nothing() {
    let mut world = World::new();
    world.notes.cancelled = Some(Cancelled::Kept(format!("fixes/{ID}/1/ready.json")));
    assert_eq!(world.mend("o/n", good()).await.0, Err(WorkError::Over));
    // Nor does its message, when it comes again.
    assert_eq!(world.mend("o/n", Script::new()).await.0, Err(WorkError::Over));
    assert_eq!(world.git(&["branch", "--list", "fix/*"]), "");
}

#[tokio::test]
async fn a_session_that_is_cancelled_at_its_push_proposes_nothing() {
    for kept in [false, true] {
        let mut world = World::new();
        if kept {
            world.mend("o/n", good()).await.0.unwrap();
            world.git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
            world.notes.lines.lock().unwrap().clear();
        }
        world.notes.cancelled = Some(Cancelled::Exists(world.branch_file(BRANCH)));
        assert_eq!(world.mend("o/n", good()).await.0, Err(WorkError::Over));
        check_branch(&world);
        assert!(!world.notes.said().contains("pull request"), "{}", world.notes.said());
    }
}

#[tokio::test]
async fn a_pull_request_that_a_crash_came_before_is_opened_later() {
    let world = World::new();
    world.mend("o/n", good()).await.0.unwrap();
    world.notes.lines.lock().unwrap().clear();
    world.mend("o/n", Script::new()).await.0.unwrap();
    assert!(world.notes.said().contains("no pull request was opened: there is no token"), "{}", world.notes.said());
}

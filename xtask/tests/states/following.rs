//! An operation that somebody else has begun, followed by whoever comes later.

use super::{DEPLOY, QUEUE, STACK, UPDATED};
use crate::script::Script;
use insta::assert_snapshot;

/// An update that fails and is rolled back by CloudFormation itself.
const FAILED: [(&str, &str, &str, &str); 6] = [
    ("drydock", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
    ("Queue", QUEUE, "UPDATE_FAILED", "Visibility timeout must be between 0 and 43200"),
    ("drydock", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Queue]. "),
    ("Queue", QUEUE, "UPDATE_COMPLETE", ""),
    ("drydock", STACK, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
    ("drydock", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
];

/// That, as it is met once the rollback has begun.
fn rolling_back() -> Script {
    Script::stack(&["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
        .history(&FAILED)
}

#[tokio::test]
async fn an_update_that_goes_well_is_followed_to_its_end() {
    let script = || Script::stack(&["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]).history(&UPDATED);
    assert_snapshot!(script().run("events --follow").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    16:00:01 UPDATE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 UPDATE_IN_PROGRESS           Queue                              AWS::SQS::Queue
    16:00:03 UPDATE_COMPLETE              Queue                              AWS::SQS::Queue  [elapsed]
    16:00:04 UPDATE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Slowest Queue [elapsed]
          Ended in UPDATE_COMPLETE
    ----- asked for -----
    ");
    let ran = script().run("events --follow --json").await;
    let last: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((ran.code, &last["result"], &last["status"]), (0, &"complete".into(), &"UPDATE_COMPLETE".into()));
}

#[tokio::test]
async fn an_update_that_failed_is_a_failure_though_its_rollback_completes() {
    assert_snapshot!(rolling_back().run("events --follow").await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    16:00:01 UPDATE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 UPDATE_FAILED                Queue                              AWS::SQS::Queue
             Visibility timeout must be between 0 and 43200
    16:00:03 UPDATE_ROLLBACK_IN_PROGRESS  drydock                            AWS::CloudFormation::Stack
    16:00:04 UPDATE_COMPLETE              Queue                              AWS::SQS::Queue  [elapsed]
    16:00:05 UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS drydock                            AWS::CloudFormation::Stack
    16:00:06 UPDATE_ROLLBACK_COMPLETE     drydock                            AWS::CloudFormation::Stack
        Slowest Queue [elapsed]

    error: stack drydock ended in UPDATE_ROLLBACK_COMPLETE after [elapsed]
      cause: Queue (AWS::SQS::Queue) UPDATE_FAILED: Visibility timeout must be between 0 and 43200
      that is: The reason is none that is known here.
      to do: Read the reason; the resource's reference explains its properties.
    ----- asked for -----
    ");
    let ran = rolling_back().run("events --follow --json").await;
    let last: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((ran.code, &last["result"]), (1, &"failed".into()), "{ran}");
    assert_eq!(last["rootCause"]["logicalId"], "Queue", "{ran}");
}

#[tokio::test]
async fn whoever_deploys_meanwhile_is_told_of_the_failure_and_goes_on() {
    let ran = rolling_back().no_changes().run(&format!("{DEPLOY} --yes")).await;
    assert_eq!(ran.code, 0, "{ran}");
    let told = "error: stack drydock ended in UPDATE_ROLLBACK_COMPLETE after";
    let cause = "cause: Queue (AWS::SQS::Queue) UPDATE_FAILED: Visibility timeout must be between 0 and 43200";
    assert!(ran.stderr.contains(told) && ran.stderr.contains(cause), "{ran}");
    assert!(ran.stderr.contains("nothing to do: the stack is as it should be"), "{ran}");
}

#[tokio::test]
async fn a_creation_that_failed_is_a_failure() {
    let told = [
        ("drydock", STACK, "CREATE_IN_PROGRESS", "User Initiated"),
        ("Queue", QUEUE, "CREATE_FAILED", "demo already exists"),
        ("drydock", STACK, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Queue]. "),
        ("drydock", STACK, "ROLLBACK_COMPLETE", ""),
    ];
    let script = Script::stack(&["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]).history(&told);
    let ran = script.run("events --follow --quiet").await;
    assert!(ran.code == 1 && ran.stderr.contains("cause: Queue (AWS::SQS::Queue) CREATE_FAILED"), "{ran}");
}

#[tokio::test]
async fn what_was_asked_for_is_no_failure() {
    let check = async |statuses: &[&str], told: &[(&str, &str, &str, &str)], expected: &str| {
        let ran = Script::stack(statuses).history(told).run("events --follow").await;
        assert_eq!(ran.code, 0, "{ran}");
        assert!(ran.stderr.ends_with(&format!("Ended in {expected}\n")), "{ran}");
    };
    // Undone by somebody after it had been left as it failed, and cancelled by somebody.
    let undone = [
        ("drydock", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Queue", QUEUE, "UPDATE_FAILED", "the queue is in use"),
        ("drydock", STACK, "UPDATE_FAILED", "The following resource(s) failed to update: [Queue]. "),
        ("drydock", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        ("drydock", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let statuses = ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"];
    check(&statuses, &undone, "UPDATE_ROLLBACK_COMPLETE").await;
    check(&statuses, &[undone[0], undone[3], undone[4]], "UPDATE_ROLLBACK_COMPLETE").await;
    let deleted =
        [("drydock", STACK, "DELETE_IN_PROGRESS", "User Initiated"), ("drydock", STACK, "DELETE_COMPLETE", "")];
    check(&["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"], &deleted, "DELETE_COMPLETE").await;
}

#[tokio::test]
async fn what_somebody_breaks_off_has_failed() {
    let told = [
        ("drydock", STACK, "CREATE_IN_PROGRESS", "User Initiated"),
        ("drydock", STACK, "DELETE_IN_PROGRESS", "User Initiated"),
        ("drydock", STACK, "DELETE_COMPLETE", ""),
    ];
    let script = Script::stack(&["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "DELETE_COMPLETE"])
        .on("DescribeStackEvents", [Script::others(&told[..1]), Script::others(&told)]);
    let ran = script.run("events --follow").await;
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.stderr.contains("stack drydock was deleted meanwhile"), "{ran}");
}

#[tokio::test]
async fn who_looks_away_ends_nothing() {
    let script = Script::stack(&["UPDATE_IN_PROGRESS"]);
    let ran = script.interrupted_at("DescribeStackEvents", "events --follow").await;
    assert_eq!((ran.code, ran.asked.len()), (130, 0), "{ran}");
}

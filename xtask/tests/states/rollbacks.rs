//! Rollbacks that hold, that got stuck, and that are asked for.

use super::{DEPLOY, QUEUE, STACK, held};
use crate::answers::{Answer, event, events};
use crate::script::{Script, TOKEN};
use insta::assert_snapshot;

#[tokio::test]
async fn a_rollback_that_got_stuck_is_tried_again_and_then_deployed_over() {
    let statuses = ["UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE"];
    let script = Script::stack(&statuses)
        .on("ListStackResources", [held("UPDATE_FAILED")])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_COMPLETE")])
        .no_changes();
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
    warning: stack drydock is in UPDATE_ROLLBACK_FAILED: an update failed and could not be undone
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    16:00:08 UPDATE_ROLLBACK_IN_PROGRESS  drydock                            AWS::CloudFormation::Stack
    16:00:09 UPDATE_ROLLBACK_COMPLETE     drydock                            AWS::CloudFormation::Stack
      Preparing a change set for stack drydock

       Finished in [elapsed], nothing to do: the stack is as it should be

    ----- asked for -----
    ContinueUpdateRollback
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    DeleteChangeSet
    SetStackPolicy
    ");
}

#[tokio::test]
async fn an_update_that_was_left_as_it_failed_is_undone_before_the_next() {
    let statuses = ["UPDATE_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"];
    let script = Script::stack(&statuses)
        .on("ListStackResources", [held("UPDATE_FAILED")])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_COMPLETE")])
        .no_changes();
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
    warning: stack drydock is in UPDATE_FAILED: an update failed and was left so; it must be undone before another can be made
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    16:00:08 UPDATE_ROLLBACK_IN_PROGRESS  drydock                            AWS::CloudFormation::Stack
    16:00:09 UPDATE_ROLLBACK_COMPLETE     drydock                            AWS::CloudFormation::Stack
      Preparing a change set for stack drydock

       Finished in [elapsed], nothing to do: the stack is as it should be

    ----- asked for -----
    RollbackStack
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    DeleteChangeSet
    SetStackPolicy
    ");
    let script = || Script::stack(&["UPDATE_FAILED"]).on("ListStackResources", [held("UPDATE_FAILED")]);
    let declined = script().run(DEPLOY).await;
    assert_eq!((declined.code, declined.asked.len()), (3, 0), "{declined}");
    let ran = script().run("diff --skip-build --exit-code").await;
    assert_eq!((ran.code, ran.asked.len()), (2, 0), "{ran}");
    assert!(ran.stderr.contains("`cargo xtask rollback --stack-name drydock` undoes it"), "{ran}");
}

#[tokio::test]
async fn a_rollback_that_stays_stuck_under_a_deployment_names_the_way_out() {
    let failing = [
        ("drydock", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        ("Queue", QUEUE, "UPDATE_FAILED", "the queue is in use"),
        ("drydock", STACK, "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Queue]. "),
    ];
    let script = Script::stack(&["UPDATE_ROLLBACK_FAILED"]).own_history(&failing);
    let script = script.on("ListStackResources", [held("UPDATE_FAILED")]);
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
    warning: stack drydock is in UPDATE_ROLLBACK_FAILED: an update failed and could not be undone
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    16:00:01 UPDATE_ROLLBACK_IN_PROGRESS  drydock                            AWS::CloudFormation::Stack
    16:00:02 UPDATE_FAILED                Queue                              AWS::SQS::Queue
             the queue is in use
    16:00:03 UPDATE_ROLLBACK_FAILED       drydock                            AWS::CloudFormation::Stack
             The following resource(s) failed to update: [Queue]. 

    error: stack drydock ended in UPDATE_ROLLBACK_FAILED after [elapsed]
      cause: Queue (AWS::SQS::Queue) UPDATE_FAILED: the queue is in use
      that is: The reason is none that is known here.
      to do: Read the reason; the resource's reference explains its properties.
    error: the update still cannot be undone. Repair what is named above, or leave it as it is with
      cargo xtask rollback --continue --skip Queue --stack-name drydock
    and deploy again
    ----- asked for -----
    ContinueUpdateRollback
    ");
}

#[tokio::test]
async fn a_rollback_that_stays_stuck_names_what_to_skip() {
    let script = Script::stack(&["UPDATE_ROLLBACK_FAILED"])
        .on("ListStackResources", [held("UPDATE_FAILED")])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_FAILED")]);
    assert_snapshot!(script.run("rollback").await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: stack drydock is in UPDATE_ROLLBACK_FAILED: an update failed and could not be undone; what holds it:
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    repair that, and go on     cargo xtask rollback --continue --stack-name drydock
    or leave it as it is       cargo xtask rollback --continue --skip Queue --stack-name drydock
    ----- asked for -----
    ");
    let script = Script::stack(&["UPDATE_ROLLBACK_FAILED"]).on("ListStackResources", [held("UPDATE_FAILED")]);
    let ran = script.run("rollback --continue --skip Topic --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("Topic is not among what failed and can be skipped: Queue"), "{ran}");
}

#[tokio::test]
async fn a_rollback_goes_on_without_what_is_skipped() {
    let script = Script::stack(&["UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE"])
        .on("ListStackResources", [held("UPDATE_FAILED")])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_COMPLETE")]);
    assert_snapshot!(script.run("rollback --continue --skip Queue --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    warning: Queue will count as rolled back, whatever it really is
    16:00:08 UPDATE_ROLLBACK_IN_PROGRESS  drydock                            AWS::CloudFormation::Stack
    16:00:09 UPDATE_ROLLBACK_COMPLETE     drydock                            AWS::CloudFormation::Stack
         Undone in [elapsed]: stack drydock is in UPDATE_ROLLBACK_COMPLETE
    ----- asked for -----
    ContinueUpdateRollback ResourcesToSkip.member.1=Queue
    ");
}

/// The events of a rollback that was begun under a token of its own.
fn continued(status: &str) -> Answer {
    let told = [
        event("drydock", 9, "drydock", STACK, status, TOKEN, ""),
        event("drydock", 8, "drydock", STACK, "UPDATE_ROLLBACK_IN_PROGRESS", TOKEN, "User Initiated"),
        event("drydock", 2, "Queue", QUEUE, "UPDATE_FAILED", "", "the queue is in use"),
        event("drydock", 1, "drydock", STACK, "UPDATE_IN_PROGRESS", "", "User Initiated"),
    ];
    events(&told, "")
}

#[tokio::test]
async fn an_update_that_is_going_on_is_cancelled() {
    let script = Script::stack(&["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_COMPLETE")]);
    let ran = script.run("rollback --yes").await;
    assert_eq!((ran.code, ran.asked.as_slice()), (0, ["CancelUpdateStack".to_owned()].as_slice()), "{ran}");
}

#[tokio::test]
async fn a_creation_that_is_going_on_is_given_up_only_by_whoever_knows_that_the_stack_goes() {
    let declined = Script::stack(&["CREATE_IN_PROGRESS"]).answered(&["n"], "rollback").await;
    assert_eq!((declined.code, declined.asked.len()), (3, 0), "{declined}");
    assert!(declined.stdout.contains("and so delete what there is of the stack?"), "{declined}");
    let deleted = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    let creating = "CREATE_IN_PROGRESS";
    let script = Script::stack(&[creating, creating, creating, "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]);
    assert_snapshot!(script.own_history(&deleted).run("rollback --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
         Undone in [elapsed]: stack drydock is deleted
    ----- asked for -----
    DeleteStack
    ");
    // It comes to its end while the question stands.
    let finished = Script::stack(&[creating, "CREATE_COMPLETE"]).answered(&["y"], "rollback").await;
    assert_eq!((finished.code, finished.asked.len()), (1, 0), "{finished}");
    assert!(finished.stdout.contains("stack drydock is in CREATE_COMPLETE meanwhile; to delete it, run"), "{finished}");
    let interrupted = Script::stack(&[creating]).interrupted_at("DescribeStackEvents", "rollback --yes").await;
    assert!(interrupted.code == 130 && interrupted.stderr.contains("the deletion goes on in AWS"), "{interrupted}");
}

#[tokio::test]
async fn an_update_that_failed_and_stands_is_undone() {
    let script = Script::stack(&["UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_COMPLETE")]);
    let ran = script.run("rollback --yes").await;
    assert_eq!((ran.code, ran.asked.as_slice()), (0, ["RollbackStack".to_owned()].as_slice()), "{ran}");
}

#[tokio::test]
async fn a_creation_that_failed_is_undone_only_by_whoever_knows_that_the_stack_goes() {
    let declined = Script::stack(&["CREATE_FAILED"]).run("rollback").await;
    assert_eq!((declined.code, declined.asked.len()), (3, 0), "{declined}");
    let deleted = [
        event("drydock", 9, "drydock", STACK, "DELETE_COMPLETE", TOKEN, ""),
        event("drydock", 8, "drydock", STACK, "DELETE_IN_PROGRESS", TOKEN, "User Initiated"),
    ];
    let script = Script::stack(&["CREATE_FAILED", "DELETE_COMPLETE"]).on("DescribeStackEvents", [events(&deleted, "")]);
    assert_snapshot!(script.run("rollback --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    16:00:08 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:09 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
         Undone in [elapsed]: stack drydock is deleted
    ----- asked for -----
    RollbackStack
    ");
}

#[tokio::test]
async fn what_cannot_be_undone_names_the_way_that_there_is() {
    assert_snapshot!(Script::stack(&["UPDATE_COMPLETE"]).run("rollback --yes").await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: there is nothing to undo: stack drydock is in UPDATE_COMPLETE
      to have an earlier version back    cargo xtask rollback --previous --stack-name drydock
      to see what was deployed           cargo xtask rollback --list --stack-name drydock
    ----- asked for -----
    ");
    let check = async |status: &str, arguments: &str, expected: &str| {
        let ran = Script::stack(&[status]).run(arguments).await;
        assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    };
    check("ROLLBACK_COMPLETE", "rollback --yes", "`cargo xtask deploy --stack-name drydock` deletes what is left")
        .await;
    let by_hand = "No request goes on with it: `cargo xtask events --stack-name drydock` says why";
    for command in ["rollback --yes", "deploy --skip-build --yes", "diff --skip-build"] {
        check("IMPORT_ROLLBACK_FAILED", command, by_hand).await;
    }
    check("DELETE_IN_PROGRESS", "rollback --yes", "`cargo xtask events --follow --stack-name drydock`").await;
    // An update that goes on is not cancelled by whoever means another one.
    check("UPDATE_IN_PROGRESS", "rollback --continue --yes", "--continue is for UPDATE_ROLLBACK_FAILED only").await;
}

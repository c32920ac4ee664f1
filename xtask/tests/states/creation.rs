//! What a creation has left.

use super::{DEPLOY, STACK};
use crate::answers::change_set;
use crate::script::Script;
use insta::assert_snapshot;

#[tokio::test]
async fn an_empty_shell_is_taken_up() {
    let script = Script::stack(&["REVIEW_IN_PROGRESS"]).change_set_ready();
    assert_snapshot!(script.run(DEPLOY).await, @r"
    exit code: 3
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
          Found stack drydock empty, in REVIEW_IN_PROGRESS: an earlier run made a change set for it and did not execute it
      Preparing a change set for stack drydock

         change Queue  AWS::SQS::Queue
                  VisibilityTimeout: 30 → 45

    1 to change

    error: nobody can be asked here: there is no terminal; pass --yes to go on without being asked
        Nothing was changed
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=CREATE
    DeleteChangeSet
    DeleteStack
    ");
}

#[tokio::test]
async fn what_a_failed_creation_left_is_deleted_only_after_asking() {
    for status in ["ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED"] {
        let ran = Script::stack(&[status]).run(DEPLOY).await;
        assert_eq!((ran.code, ran.asked.len()), (3, 0), "{ran}");
        assert!(ran.stderr.contains(&format!("stack drydock is in {status}: its creation failed")), "{ran}");
    }
    let script = Script::stack(&["ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", ""])
        .own_history(&[("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")])
        .on("DescribeChangeSet", [change_set("FAILED", "UNAVAILABLE", "Template error: as recorded", "")]);
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
    warning: stack drydock is in ROLLBACK_COMPLETE: its creation failed, and what is left must be deleted before it can be created again
    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
      Preparing a change set for stack drydock
    error: CloudFormation refuses the change set: Template error: as recorded
    ----- asked for -----
    DeleteStack
    CreateChangeSet TemplateURL=… ChangeSetType=CREATE
    DeleteChangeSet
    ");
}

//! What a creation has left.

use super::{DEPLOY, STACK};
use crate::answers::{Answer, change_set, error, parameters, stack, stack_with};
use crate::script::{Script, code};
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
    CreateChangeSet TemplateURL=… ChangeSetType=CREATE ApiHandlerCodeKey=handlers/a.zip CodeBucket=code DeployerCloneDetectCodeKey=handlers/a.zip DeployerDeployCodeKey=handlers/a.zip DeployerMonitorCodeKey=handlers/a.zip FixerLambdaCodeKey=handlers/a.zip SanityTesterLambdaCodeKey=handlers/a.zip StatusAnalyzerCodeKey=handlers/a.zip
    DeleteChangeSet
    ");
}

/// A stack whose creation failed, as it was asked for.
fn failed_with(status: &str, given: &[(&str, &str)]) -> Answer {
    let tags = "<Tags><member><Key>team</Key><Value>platform</Value></member>\
                <member><Key>aws:x</Key><Value>own</Value></member></Tags>";
    let role = "<RoleARN>arn:aws:iam::123456789012:role/cfn</RoleARN>";
    stack_with("drydock", status, &format!("{}{tags}{role}", parameters(given)))
}

const DELETED: [(&str, &str, &str, &str); 2] =
    [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];

#[tokio::test]
async fn a_stack_that_is_made_again_is_what_it_was_asked_to_be() {
    let created = [("drydock", STACK, "CREATE_IN_PROGRESS", ""), ("drydock", STACK, "CREATE_COMPLETE", "")];
    let given = [code(), vec![("FixBudgetUsd", "3"), ("AllowedGitHosts", "github.com"), ("Gone", "x")]].concat();
    let failed = || failed_with("ROLLBACK_COMPLETE", &given);
    let gone = || error(400, "ValidationError", "Stack with id drydock does not exist");
    let script = Script::default()
        .on(
            "DescribeStacks",
            [
                failed(),
                failed(),
                failed(),
                stack("drydock", "DELETE_COMPLETE"),
                gone(),
                gone(),
                stack("drydock", "REVIEW_IN_PROGRESS"),
                stack("drydock", "CREATE_COMPLETE"),
            ],
        )
        .on("DescribeStackEvents", [Script::own(&DELETED), Script::own(&created)])
        .change_set_ready();
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes --parameter AlarmEmail=ops@example.com")).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
    warning: stack drydock is in ROLLBACK_COMPLETE: its creation failed, and what is left must be deleted before it can be created again
    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Keeping of the stack that was deleted: --parameter FixBudgetUsd=3 --tag team=platform --role-arn arn:aws:iam::123456789012:role/cfn
      Preparing a change set for stack drydock

         change Queue  AWS::SQS::Queue
                  VisibilityTimeout: 30 → 45

    1 to change

       Creating stack drydock
    16:00:01 CREATE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 CREATE_COMPLETE              drydock                            AWS::CloudFormation::Stack

       Finished in [elapsed], done

    ----- asked for -----
    DeleteStack
    CreateChangeSet TemplateURL=… RoleARN=arn:aws:iam::123456789012:role/cfn ChangeSetType=CREATE AlarmEmail=ops@example.com AllowedGitHosts=github.com ApiHandlerCodeKey=handlers/a.zip CodeBucket=code DeployerCloneDetectCodeKey=handlers/a.zip DeployerDeployCodeKey=handlers/a.zip DeployerMonitorCodeKey=handlers/a.zip FixBudgetUsd=3 FixerLambdaCodeKey=handlers/a.zip SanityTesterLambdaCodeKey=handlers/a.zip StatusAnalyzerCodeKey=handlers/a.zip team=platform
    ExecuteChangeSet
    SetStackPolicy
    ");
}

#[tokio::test]
async fn a_stack_that_cannot_be_made_again_is_not_deleted() {
    let check = async |given: &[(&str, &str)], arguments: &str, expected: &str| {
        let script = Script::default().on("DescribeStacks", [failed_with("ROLLBACK_COMPLETE", given)]);
        let ran = script.run(&format!("{DEPLOY} --yes {arguments}")).await;
        assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    };
    let hidden = [code(), vec![("AlarmEmail", "****")]].concat();
    check(&hidden, "", "cannot be made again with what is known of it; add --parameter AlarmEmail=…").await;
    check(&code()[1..], "", "cannot be made again with what is known of it; add --parameter ApiHandlerCodeKey=…").await;
    check(&code(), "--parameter Unheard=of", "the template has no parameter Unheard").await;
}

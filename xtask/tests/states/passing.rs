//! What goes on, what passes, and what is in the way.

use super::{DEPLOY, UPDATED, finished};
use crate::answers::{Answer, change_sets, error, events, stack, stack_id};
use crate::script::Script;
use insta::assert_snapshot;

#[tokio::test]
async fn an_operation_that_is_going_on_is_followed_first() {
    let script = Script::stack(&["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
        .history(&UPDATED)
        .no_changes();
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Following the operation that is going on (UPDATE_IN_PROGRESS)
    16:00:01 UPDATE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 UPDATE_IN_PROGRESS           Queue                              AWS::SQS::Queue
    16:00:03 UPDATE_COMPLETE              Queue                              AWS::SQS::Queue  [elapsed]
    16:00:04 UPDATE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Slowest Queue [elapsed]
      Preparing a change set for stack drydock

       Finished in [elapsed], nothing to do: the stack is as it should be

    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    DeleteChangeSet
    SetStackPolicy
    ");
    let ran = Script::stack(&["UPDATE_IN_PROGRESS"]).run("diff --skip-build --exit-code").await;
    assert_eq!((ran.code, ran.asked.len()), (2, 0), "{ran}");
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let slow = || error(400, "Throttling", "Rate exceeded");
    let script = Script::default()
        .on(
            "DescribeStacks",
            [slow(), stack("drydock", "UPDATE_COMPLETE"), slow(), slow(), stack("drydock", "UPDATE_COMPLETE")],
        )
        .on("CreateChangeSet", [slow(), slow(), slow(), Answer::empty("CreateChangeSet")])
        .on("ExecuteChangeSet", [slow(), Answer::empty("ExecuteChangeSet")])
        .on("DescribeStackEvents", [events(&[], ""), slow(), slow(), finished()])
        .change_set_ready();
    let ran = script.run(&format!("{DEPLOY} --yes")).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.asked.iter().filter(|line| line.starts_with("CreateChangeSet")).count(), 4, "{ran}");
}

#[tokio::test]
async fn credentials_that_expire_half_way_leave_a_deployment_that_the_same_command_takes_up() {
    let expired = || error(403, "ExpiredToken", "The security token included in the request is expired");
    let script = Script::default()
        .on(
            "DescribeStacks",
            [
                stack("drydock", "UPDATE_COMPLETE"),
                stack("drydock", "UPDATE_COMPLETE"),
                stack("drydock", "UPDATE_COMPLETE"),
                stack("drydock", "UPDATE_COMPLETE"),
                expired(),
            ],
        )
        .change_set_ready();
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Preparing a change set for stack drydock

         change Queue  AWS::SQS::Queue
                  VisibilityTimeout: 30 → 45

    1 to change

       Applying the changes to stack drydock
    error: the AWS credentials have expired: The security token included in the request is expired
    The operation goes on in AWS; run the same command again to take it up with new credentials (`aws sso login`, for instance)
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    SetStackPolicy
    ExecuteChangeSet
    ");
    // The same command again, with new credentials: it follows what goes on, and then has nothing to do.
    let script =
        Script::stack(&["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]).history(&UPDATED).no_changes();
    let ran = script.run(&format!("{DEPLOY} --yes")).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("Following") && ran.stderr.contains("nothing to do"), "{ran}");
}

#[tokio::test]
async fn a_change_set_that_was_left_behind_is_removed() {
    let script = Script::stack(&["UPDATE_COMPLETE"])
        .on("ListChangeSets", [change_sets(&["drydock-1700000000000", "of-somebody-else"])])
        .no_changes();
    let ran = script.run(&format!("{DEPLOY} --yes")).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("Removed the change set drydock-1700000000000 of an earlier run"), "{ran}");
    assert!(!ran.stderr.contains("of-somebody-else"), "{ran}");
}

#[tokio::test]
async fn a_state_that_is_not_known_stops_it() {
    let ran = Script::stack(&["SHRUG_COMPLETED"]).run(&format!("{DEPLOY} --yes")).await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("SHRUG_COMPLETED, which this version does not know"), "{ran}");
    assert_eq!(stack_id("drydock").split('/').nth(1), Some("drydock"));
}

#[tokio::test]
async fn who_may_not_set_a_stack_policy_deploys_with_a_warning() {
    let script = Script::stack(&["UPDATE_COMPLETE"]).no_changes();
    let denied = error(403, "AccessDenied", "User: a is not authorized to perform: cloudformation:GetStackPolicy");
    let ran = script.on("GetStackPolicy", [denied]).run(DEPLOY).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("warning: nothing but this command protects the data from updates"), "{ran}");
}

#[tokio::test]
async fn why_there_is_no_comparison_comes_before_what_became_of_it() {
    let refused = error(400, "ValidationError", "Template format error: as recorded");
    let denied = error(403, "AccessDenied", "User: a is not authorized to perform: cloudformation:DeleteChangeSet");
    let script = Script::stack(&["UPDATE_COMPLETE"])
        .on("CreateChangeSet", [refused])
        .on("DescribeChangeSet", [error(404, "ChangeSetNotFound", "ChangeSet [x] does not exist")])
        .on("DeleteChangeSet", [denied]);
    let ran = script.run("diff --skip-build --exit-code").await;
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.ends_with("error: cannot create the change set: Template format error: as recorded\n"), "{ran}");
}

#[tokio::test]
async fn a_service_role_is_handed_on() {
    let role = "arn:aws:iam::123456789012:role/cfn";
    let ran = Script::stack(&["UPDATE_COMPLETE"]).no_changes().run(&format!("{DEPLOY} --role-arn {role}")).await;
    assert_eq!(ran.asked[0], format!("CreateChangeSet TemplateURL=… RoleARN={role} ChangeSetType=UPDATE"), "{ran}");
}

//! One test a state, named for it.

use crate::answers::{Answer, change_set, change_sets, error, event, events, resource, resources, stack, stack_id};
use crate::script::{Script, TOKEN};
use insta::assert_snapshot;

const STACK: &str = "AWS::CloudFormation::Stack";
const QUEUE: &str = "AWS::SQS::Queue";
const DEPLOY: &str = "deploy --skip-build --stack-name drydock";

/// An update of one queue that goes well.
const UPDATED: [(&str, &str, &str, &str); 4] = [
    ("drydock", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
    ("Queue", QUEUE, "UPDATE_IN_PROGRESS", ""),
    ("Queue", QUEUE, "UPDATE_COMPLETE", ""),
    ("drydock", STACK, "UPDATE_COMPLETE", ""),
];

/// The queue that holds a stack, with why.
fn held(status: &str) -> Answer {
    resources(&[
        resource("Queue", QUEUE, status, "the queue is in use"),
        resource("Topic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""),
    ])
}

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
    let script = Script::stack(&["ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", ""])
        .history(&[("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")])
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
async fn an_update_that_failed_and_stands_is_undone() {
    let script = Script::stack(&["UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"])
        .on("DescribeStackEvents", [continued("UPDATE_ROLLBACK_COMPLETE")]);
    let ran = script.run("rollback --yes").await;
    assert_eq!((ran.code, ran.asked.as_slice()), (0, ["RollbackStack".to_owned()].as_slice()), "{ran}");
    let ran = Script::stack(&["UPDATE_COMPLETE"]).run("rollback --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("there is nothing to undo"), "{ran}");
}

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
async fn a_deletion_that_failed_says_what_holds_it() {
    let script = Script::stack(&["DELETE_FAILED"]).on("ListStackResources", [held("DELETE_FAILED")]);
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
    error: a deletion of stack drydock did not finish; what holds it:
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    error: finish the deletion, then deploy again
      to try again           cargo xtask destroy --stack-name drydock
      to leave that standing cargo xtask destroy --stack-name drydock --retain Queue
    ----- asked for -----
    ");
    let deleting = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    let kept = resources(&[resource("Queue", QUEUE, "DELETE_SKIPPED", "")]);
    let script = Script::stack(&["DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"])
        .on("ListStackResources", [held("DELETE_FAILED"), kept])
        .history(&deleting);
    assert_snapshot!(script.run("destroy --retain Queue --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    Stack drydock in us-east-1 (DELETE_FAILED):

           keep Queue                          AWS::SQS::Queue physical-Queue
         DELETE Topic                          AWS::SNS::Topic physical-Topic

    The code bucket stays: other stacks may use it.

    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Deleted stack drydock in [elapsed]
           Kept Queue (AWS::SQS::Queue) physical-Queue
    What was kept belongs to no stack any more; a new stack makes its own.
    ----- asked for -----
    DeleteStack RetainResources.member.1=Queue
    ");
}

#[tokio::test]
async fn a_deletion_that_fails_offers_what_to_retain() {
    let deleting = [
        ("drydock", STACK, "DELETE_IN_PROGRESS", ""),
        ("Queue", QUEUE, "DELETE_FAILED", "the queue is in use"),
        ("drydock", STACK, "DELETE_FAILED", "The following resource(s) failed to delete: [Queue]. "),
    ];
    let script = Script::stack(&["UPDATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"])
        .on("ListStackResources", [held("DELETE_FAILED")])
        .history(&deleting);
    assert_snapshot!(script.run("destroy --yes").await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    Stack drydock in us-east-1 (UPDATE_COMPLETE):

         DELETE Queue                          AWS::SQS::Queue physical-Queue
         DELETE Topic                          AWS::SNS::Topic physical-Topic

    The code bucket stays: other stacks may use it.

    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_FAILED                Queue                              AWS::SQS::Queue
             the queue is in use
    16:00:03 DELETE_FAILED                drydock                            AWS::CloudFormation::Stack
             The following resource(s) failed to delete: [Queue]. 

    error: stack drydock ended in DELETE_FAILED after [elapsed]
      cause: Queue (AWS::SQS::Queue) DELETE_FAILED: the queue is in use
      that is: The reason is none that is known here.
      to do: Read the reason; the resource's reference explains its properties.
    error: stack drydock is still there (DELETE_FAILED); what holds it:
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    to try again              cargo xtask destroy --stack-name drydock
    to leave that standing    cargo xtask destroy --retain Queue --stack-name drydock
    ----- asked for -----
    DeleteStack
    ");
}

#[tokio::test]
async fn a_protected_stack_is_not_deleted() {
    let (status, body) = stack("drydock", "UPDATE_COMPLETE").parts().unwrap();
    let protected =
        body.replace("<StackStatus>", "<EnableTerminationProtection>true</EnableTerminationProtection><StackStatus>");
    assert_eq!(status, 200);
    let result =
        protected.split("<DescribeStacksResult>").nth(1).unwrap().split("</DescribeStacksResult>").next().unwrap();
    let script = Script::default().on("DescribeStacks", [Answer::of("DescribeStacks", result)]);
    let ran = script.run("destroy --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("--termination-protection off"), "{ran}");
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

/// The events of our own update.
fn finished() -> Answer {
    let told = (1..)
        .zip(UPDATED)
        .map(|(at, (id, kind, status, reason))| event("drydock", at, id, kind, status, TOKEN, reason));
    let mut told: Vec<String> = told.collect();
    told.reverse();
    events(&told, "")
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
async fn ctrl_c_while_it_executes_says_what_goes_on_and_how_to_take_it_up() {
    let script = Script::stack(&["UPDATE_COMPLETE"]).change_set_ready();
    let ran = script.interrupted_at("ExecuteChangeSet", &format!("{DEPLOY} --yes")).await;
    assert_snapshot!(ran, @r"
    exit code: 130
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Preparing a change set for stack drydock

         change Queue  AWS::SQS::Queue
                  VisibilityTimeout: 30 → 45

    1 to change


    warning: interrupted here; the deployment goes on in AWS
      to follow it   cargo xtask events --follow --stack-name drydock
      to undo it     cargo xtask rollback --stack-name drydock
    The same command again follows it, too, and then does what is left to do.
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    ExecuteChangeSet
    ");
}

#[tokio::test]
async fn ctrl_c_before_anything_was_begun_leaves_nothing_behind() {
    let ran = Script::stack(&["UPDATE_COMPLETE"]).interrupted_at("CreateChangeSet", &format!("{DEPLOY} --yes")).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (130, Some("DeleteChangeSet")), "{ran}");
    assert!(ran.stderr.contains("interrupted; nothing was changed and the change set is removed"), "{ran}");
}

#[tokio::test]
async fn ctrl_c_while_comparing_leaves_nothing_behind() {
    let diff = "diff --skip-build --exit-code";
    let ran = Script::stack(&["UPDATE_COMPLETE"]).interrupted_at("CreateChangeSet", diff).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (130, Some("DeleteChangeSet")), "{ran}");
}

#[tokio::test]
async fn who_may_not_set_a_stack_policy_deploys_with_a_warning() {
    let script = Script::stack(&["UPDATE_COMPLETE"]).no_changes();
    let denied = error(403, "AccessDenied", "User: a is not authorized to perform: cloudformation:GetStackPolicy");
    let ran = script.on("GetStackPolicy", [denied]).run(DEPLOY).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("warning: nothing but this command protects the data from updates"), "{ran}");
}

/// A change set that replaces the table.
fn loses_the_table() -> Answer {
    let (_, body) = change_set("CREATE_COMPLETE", "AVAILABLE", "", "").parts().unwrap();
    let result =
        body.split("<DescribeChangeSetResult>").nth(1).unwrap().split("</DescribeChangeSetResult>").next().unwrap();
    let result =
        result.replace("AWS::SQS::Queue", "AWS::DynamoDB::Table").replace("<Replacement>False", "<Replacement>True");
    Answer::of("DescribeChangeSet", &result.replace("LogicalResourceId>Queue", "LogicalResourceId>Table"))
}

#[tokio::test]
async fn data_is_not_lost_without_a_word_of_its_own() {
    let script = || Script::stack(&["UPDATE_COMPLETE"]).on("DescribeChangeSet", [loses_the_table()]);
    assert_snapshot!(script().run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Preparing a change set for stack drydock

        REPLACE Table  AWS::DynamoDB::Table  with all that it holds
                  VisibilityTimeout: 30 → 45

    1 to REPLACE

    error: the data in Table would be lost; to have it so, pass --allow-data-loss
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    DeleteChangeSet
    ");
    let allowed = script().on("DescribeStackEvents", [events(&[], ""), finished()]);
    let ran = allowed.run(&format!("{DEPLOY} --yes --allow-data-loss")).await;
    assert_eq!(ran.code, 0, "{ran}");
    let changes = ["CreateChangeSet", "SetStackPolicy", "ExecuteChangeSet", "SetStackPolicy"];
    let asked: Vec<&str> = ran.asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(asked, changes, "the policy is lifted for as long as it takes: {ran}");
}

#[tokio::test]
async fn a_failure_is_told_to_programs_as_data() {
    let failing = [
        ("drydock", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
        (
            "Queue",
            QUEUE,
            "UPDATE_FAILED",
            "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sqs:SetQueueAttributes on resource: arn:aws:sqs:us-east-1:123456789012:demo",
        ),
        ("drydock", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let told = (1..)
        .zip(failing)
        .map(|(at, (id, kind, status, reason))| event("drydock", at, id, kind, status, TOKEN, reason));
    let mut told: Vec<String> = told.collect();
    told.reverse();
    let statuses = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];
    let script =
        Script::stack(&statuses).change_set_ready().on("DescribeStackEvents", [events(&[], ""), events(&told, "")]);
    let ran = script.run(&format!("{DEPLOY} --yes --json")).await;
    assert_eq!(ran.code, 1, "{ran}");
    let last: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((last["type"].as_str(), last["result"].as_str()), (Some("result"), Some("failed")), "{ran}");
    let reason = &last["rootCause"]["reason"];
    assert_eq!(
        (reason["class"].as_str(), reason["action"].as_str()),
        (Some("iam-permission"), Some("sqs:SetQueueAttributes"))
    );
}

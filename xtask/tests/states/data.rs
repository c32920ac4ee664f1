//! Data that would be lost, and failures as data.

use super::{DEPLOY, QUEUE, STACK, finished, result};
use crate::answers::{Answer, change_set, error, event, events};
use crate::script::{Script, TOKEN};
use insta::assert_snapshot;

/// A change set that replaces the table.
pub(super) fn loses_the_table() -> Answer {
    of_the_table("Modify", "True", "ReplaceAndDelete")
}

/// A change set that does something with the table, and what becomes of the old one.
fn of_the_table(action: &str, replacement: &str, policy: &str) -> Answer {
    let (_, body) = change_set("CREATE_COMPLETE", "AVAILABLE", "", "").parts().unwrap();
    let changes = result(&body, "DescribeChangeSetResult")
        .replace("AWS::SQS::Queue", "AWS::DynamoDB::Table")
        .replace("LogicalResourceId>Queue", "LogicalResourceId>Table")
        .replace("<Replacement>False", &format!("<Replacement>{replacement}"))
        .replace("<Action>Modify</Action>", &format!("<PolicyAction>{policy}</PolicyAction><Action>{action}</Action>"));
    Answer::of("DescribeChangeSet", &changes)
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

/// What our own template says of the table and the bucket: the old one is left behind.
#[tokio::test]
async fn a_stack_does_not_go_on_without_its_data_unasked_though_nothing_is_deleted() {
    let deploy = format!("{DEPLOY} --yes");
    let replaced = || Script::stack(&["UPDATE_COMPLETE"]).on("DescribeChangeSet", [replaces_and_retains()]);
    assert_snapshot!(replaced().run(&deploy).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Preparing a change set for stack drydock

        REPLACE Table  AWS::DynamoDB::Table  by an empty one; the old one stays in the account
                  VisibilityTimeout: 30 → 45

    1 to REPLACE

    error: the stack would go on without the data in Table, which would stay in the account; to have it so, pass --allow-data-loss
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    DeleteChangeSet
    ");
    let removed = of_the_table("Remove", "False", "Retain");
    let ran = Script::stack(&["UPDATE_COMPLETE"]).on("DescribeChangeSet", [removed]).run(&deploy).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (1, Some("DeleteChangeSet")), "{ran}");
    assert!(ran.stderr.contains("let go Table  AWS::DynamoDB::Table  with all that it holds, which stays"), "{ran}");
    let allowed = replaced().on("DescribeStackEvents", [events(&[], ""), finished()]);
    let ran = allowed.run(&format!("{deploy} --allow-data-loss")).await;
    let asked: Vec<&str> = ran.asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(asked, ["CreateChangeSet", "SetStackPolicy", "ExecuteChangeSet", "SetStackPolicy"], "{ran}");
}

/// An earlier run may have been cut off while the policy was open, or before there was one.
#[tokio::test]
async fn without_a_stack_policy_nothing_is_done_that_may_lose_data() {
    let deploy = format!("{DEPLOY} --yes");
    let denied = || error(403, "AccessDenied", "not authorized to perform: cloudformation:SetStackPolicy");
    let risky = of_the_table("Modify", "Conditional", "ReplaceAndRetain");
    let script = Script::stack(&["UPDATE_COMPLETE"]).on("SetStackPolicy", [denied()]);
    let ran = script.on("DescribeChangeSet", [risky]).run(&deploy).await;
    let asked: Vec<&str> = ran.asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!((ran.code, asked), (1, vec!["CreateChangeSet", "SetStackPolicy", "DeleteChangeSet"]), "{ran}");
    assert!(ran.stderr.contains("nothing was changed: without a stack policy the data"), "{ran}");
    // Where no data is at risk, that is a warning.
    let script = Script::stack(&["UPDATE_COMPLETE"]).on("SetStackPolicy", [denied()]).change_set_ready();
    let ran = script.on("DescribeStackEvents", [events(&[], ""), finished()]).run(&deploy).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("warning: nothing but this command protects the data"), "{ran}");
}

fn replaces_and_retains() -> Answer {
    of_the_table("Modify", "True", "ReplaceAndRetain")
}

#[tokio::test]
async fn data_that_may_be_lost_is_named_and_the_stack_policy_decides() {
    let denied = "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource \
                  [LogicalResourceId/Table]";
    let failing = [
        ("drydock", STACK, "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Table", "AWS::DynamoDB::Table", "UPDATE_FAILED", denied),
        ("drydock", STACK, "UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let statuses = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"];
    let script = Script::stack(&statuses)
        .on("DescribeChangeSet", [of_the_table("Modify", "Conditional", "ReplaceAndRetain")])
        .on("DescribeStackEvents", [events(&[], ""), Script::own(&failing)]);
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes")).await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Preparing a change set for stack drydock

    may replace Table  AWS::DynamoDB::Table  by an empty one
                  VisibilityTimeout: 30 → 45

    1 to change and perhaps replace

    warning: whether Table is replaced is known only when the changes are made; if it comes to that, the stack policy refuses it and the update is undone, unless you pass --allow-data-loss
       Applying the changes to stack drydock
    16:00:01 UPDATE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 UPDATE_FAILED                Table                              AWS::DynamoDB::Table
             Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Table]
    16:00:03 UPDATE_ROLLBACK_COMPLETE     drydock                            AWS::CloudFormation::Stack

    error: stack drydock ended in UPDATE_ROLLBACK_COMPLETE after [elapsed]
      cause: Table (AWS::DynamoDB::Table) UPDATE_FAILED: Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Table]
      that is: The stack's policy does not let an update replace or remove `Table`.
      to do: Leave the resource as it is, or lift the stack policy for this one update (for Drydock's own stack: `cargo xtask deploy --allow-data-loss`).
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    SetStackPolicy
    ExecuteChangeSet
    ");
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

#[tokio::test]
async fn what_changes_in_who_may_do_what_is_shown_also_to_whoever_wants_it_quiet() {
    let policy = |action: &str| format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#);
    let (_, body) = change_set("CREATE_COMPLETE", "AVAILABLE", "", "").parts().unwrap();
    let queue = result(&body, "DescribeChangeSetResult").to_owned();
    let role = queue.split("<Changes>").nth(1).unwrap().split("</Changes>").next().unwrap();
    let role = role
        .replace("LogicalResourceId>Queue", "LogicalResourceId>Role")
        .replace("AWS::SQS::Queue", "AWS::IAM::Role")
        .replace("VisibilityTimeout", "AssumeRolePolicyDocument")
        .replace("<BeforeValue>30", &format!("<BeforeValue>{}", policy("sqs:SendMessage")))
        .replace("<AfterValue>45", &format!("<AfterValue>{}", policy("sqs:*")));
    let changes = Answer::of("DescribeChangeSet", &queue.replace("</Changes>", &format!("{role}</Changes>")));
    let script = Script::stack(&["UPDATE_COMPLETE"]).on("DescribeChangeSet", [changes]);
    let script = script.on("DescribeStackEvents", [events(&[], ""), finished()]);
    assert_snapshot!(script.run(&format!("{DEPLOY} --yes --quiet")).await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    Who may do what

         change Role   AWS::IAM::Role
                  AssumeRolePolicyDocument.Statement.0.Action: sqs:SendMessage → sqs:*

    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    SetStackPolicy
    ExecuteChangeSet
    ");
}

//! Data that would be lost, and failures as data.

use super::{DEPLOY, QUEUE, STACK, finished, result};
use crate::answers::{Answer, change_set, event, events};
use crate::script::{Script, TOKEN};
use insta::assert_snapshot;

/// A change set that replaces the table.
pub(super) fn loses_the_table() -> Answer {
    let (_, body) = change_set("CREATE_COMPLETE", "AVAILABLE", "", "").parts().unwrap();
    let changes = result(&body, "DescribeChangeSetResult");
    let changes =
        changes.replace("AWS::SQS::Queue", "AWS::DynamoDB::Table").replace("<Replacement>False", "<Replacement>True");
    Answer::of("DescribeChangeSet", &changes.replace("LogicalResourceId>Queue", "LogicalResourceId>Table"))
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

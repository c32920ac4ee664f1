//! Data that is to stay when its stack goes.

use super::{QUEUE, STACK, finished, held};
use crate::answers::{Answer, events, resource, resources};
use crate::script::Script;
use insta::assert_snapshot;
use serde_json::{Value, json};

const TABLE: &str = "AWS::DynamoDB::Table";
const BUCKET: &str = "AWS::S3::Bucket";

/// A template whose table and bucket go or stay with the stack.
fn template(policy: &str) -> Value {
    json!({"Resources": {
        "Table": {"Type": TABLE, "DeletionPolicy": policy},
        "Bucket": {"Type": BUCKET, "DeletionPolicy": policy},
        "Queue": {"Type": QUEUE},
    }})
}

/// What a deletion that failed at the queue has left: the table and the bucket, which it had not come to.
fn left() -> Answer {
    resources(&[
        resource("Queue", QUEUE, "DELETE_FAILED", "the queue is in use"),
        resource("Table", TABLE, "UPDATE_COMPLETE", ""),
        resource("Bucket", BUCKET, "UPDATE_COMPLETE", ""),
        resource("Topic", "AWS::SNS::Topic", "DELETE_COMPLETE", ""),
    ])
}

const DELETED: [(&str, &str, &str, &str); 2] =
    [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];

const FAILED: [(&str, &str, &str, &str); 3] = [
    ("drydock", STACK, "DELETE_IN_PROGRESS", ""),
    ("Queue", QUEUE, "DELETE_FAILED", "the queue is in use"),
    ("drydock", STACK, "DELETE_FAILED", ""),
];

#[tokio::test]
async fn what_a_deletion_that_failed_has_left_is_kept_by_name() {
    let statuses = ["DELETE_FAILED", "DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"];
    let skipped =
        resources(&[resource("Table", TABLE, "DELETE_SKIPPED", ""), resource("Bucket", BUCKET, "DELETE_SKIPPED", "")]);
    let script = Script::stack(&statuses)
        .template(&template("Delete"))
        .on("ListStackResources", [left(), skipped])
        .own_history(&DELETED);
    assert_snapshot!(script.run("destroy --keep-data --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    Stack drydock in us-east-1 (DELETE_FAILED):

         DELETE Queue                          AWS::SQS::Queue physical-Queue
           keep Table                          AWS::DynamoDB::Table physical-Table
           keep Bucket                         AWS::S3::Bucket physical-Bucket

    The code bucket stays: other stacks may use it.

    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Deleted stack drydock in [elapsed]
           Kept Table (AWS::DynamoDB::Table) physical-Table
           Kept Bucket (AWS::S3::Bucket) physical-Bucket
    What was kept belongs to no stack any more; a new stack makes its own.
    ----- asked for -----
    DeleteStack RetainResources.member.1=Table RetainResources.member.2=Bucket
    ");
}

#[tokio::test]
async fn the_way_to_go_on_keeps_what_was_to_be_kept() {
    let statuses = ["DELETE_FAILED"];
    let script =
        Script::stack(&statuses).template(&template("Delete")).on("ListStackResources", [left()]).own_history(&FAILED);
    let ran = script.run("destroy --keep-data --with-applications --yes --quiet").await;
    assert_snapshot!(ran, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: stack drydock ended in DELETE_FAILED after [elapsed]
      cause: Queue (AWS::SQS::Queue) DELETE_FAILED: the queue is in use
      that is: The reason is none that is known here.
      to do: Read the reason; the resource's reference explains its properties.
    error: stack drydock is still there (DELETE_FAILED); what holds it:
      Queue (AWS::SQS::Queue) physical-Queue: the queue is in use
    to try again              cargo xtask destroy --keep-data --with-applications --stack-name drydock
    to leave that standing    cargo xtask destroy --keep-data --with-applications --retain Queue --stack-name drydock
    ----- asked for -----
    DeleteStack RetainResources.member.1=Table RetainResources.member.2=Bucket
    ");
}

#[tokio::test]
async fn what_the_stack_itself_keeps_is_not_emptied() {
    let statuses = ["DELETE_FAILED", "DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"];
    let script =
        Script::stack(&statuses).template(&template("Retain")).on("ListStackResources", [left()]).own_history(&DELETED);
    assert_snapshot!(script.run("destroy --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    Stack drydock in us-east-1 (DELETE_FAILED):

         DELETE Queue                          AWS::SQS::Queue physical-Queue
           keep Table                          AWS::DynamoDB::Table physical-Table
           keep Bucket                         AWS::S3::Bucket physical-Bucket

    The code bucket stays: other stacks may use it.

    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Deleted stack drydock in [elapsed]
    ----- asked for -----
    DeleteStack
    ");
}

#[tokio::test]
async fn a_stack_that_stands_is_made_to_keep_its_data_first() {
    let statuses = ["UPDATE_COMPLETE"; 6].into_iter().chain(["DELETE_COMPLETE"]).collect::<Vec<_>>();
    let deleted = Script::own(&DELETED);
    let script = Script::stack(&statuses)
        .template(&template("Delete"))
        .on("ListStackResources", [left()])
        .change_set_ready()
        .on("DescribeStackEvents", [events(&[], ""), finished(), deleted]);
    let ran = script.run("destroy --keep-data --yes").await;
    let asked: Vec<&str> = ran.asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!((ran.code, asked), (0, vec!["CreateChangeSet", "ExecuteChangeSet", "DeleteStack"]), "{ran}");
    assert!(!ran.stderr.contains("Emptied"), "{ran}");
}

#[tokio::test]
async fn where_data_cannot_be_kept_nothing_is_deleted() {
    let check = async |status: &str, expected: &str| {
        let script = Script::stack(&[status]).template(&template("Delete")).on("ListStackResources", [left()]);
        let ran = script.run("destroy --keep-data --yes").await;
        assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    };
    check("DELETE_IN_PROGRESS", "what it holds goes with it").await;
    check("CREATE_FAILED", "Save what is worth it, then destroy it without --keep-data").await;
    check("UPDATE_ROLLBACK_FAILED", "`cargo xtask rollback --stack-name drydock` says more").await;
    // Nobody can say what stays if the template cannot be read.
    let ran = Script::stack(&["UPDATE_COMPLETE"]).on("ListStackResources", [left()]).run("destroy --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("cannot read the stack's template, which says what stays"), "{ran}");
}

#[tokio::test]
async fn what_is_not_there_cannot_be_left_standing() {
    let script = Script::stack(&["DELETE_FAILED"]).on("ListStackResources", [held("DELETE_FAILED")]);
    let ran = script.run("destroy --retain Other --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("Other is not among what is left of stack drydock: Queue, Topic"), "{ran}");
}

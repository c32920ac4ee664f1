//! Deletions that fail, and one that is refused.

use super::{DEPLOY, QUEUE, STACK, held, stack_with};
use crate::answers::{resource, resources};
use crate::script::Script;
use insta::assert_snapshot;

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

         DELETE Topic                          AWS::SNS::Topic physical-Topic
           keep Queue                          AWS::SQS::Queue physical-Queue

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
    let protected = stack_with("<EnableTerminationProtection>true</EnableTerminationProtection>");
    let script = Script::default().on("DescribeStacks", [protected]);
    let ran = script.run("destroy --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("--termination-protection off"), "{ran}");
}

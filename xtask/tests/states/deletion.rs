//! Deletions that fail, and one that is refused.

use super::{DEPLOY, QUEUE, STACK, held, result, stack_with};
use crate::answers::{Answer, event, events, resource, resources, stack, stack_id};
use crate::script::{Script, TOKEN};
use insta::assert_snapshot;
use serde_json::json;

/// A stack whose template keeps nothing.
fn deletable(statuses: &[&str]) -> Script {
    Script::stack(statuses).template(&json!({"Resources": {}}))
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
    let script = deletable(&["DELETE_FAILED", "DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"])
        .on("ListStackResources", [held("DELETE_FAILED"), kept])
        .own_history(&deleting);
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
    let script =
        deletable(&["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"])
            .on("ListStackResources", [held("DELETE_FAILED")])
            .own_history(&deleting);
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
async fn a_person_is_offered_to_leave_standing_what_holds_it() {
    let deleting = ("drydock", STACK, "DELETE_IN_PROGRESS", "");
    let failing =
        [deleting, ("Queue", QUEUE, "DELETE_FAILED", "the queue is in use"), ("drydock", STACK, "DELETE_FAILED", "")];
    let stands = "UPDATE_COMPLETE";
    let script = || {
        let kept = resources(&[resource("Queue", QUEUE, "DELETE_SKIPPED", "")]);
        deletable(&[stands, stands, stands, "DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"])
            .on("ListStackResources", [held(stands), held("DELETE_FAILED"), kept])
            .on(
                "DescribeStackEvents",
                [Script::own(&failing), Script::own(&[deleting, ("drydock", STACK, "DELETE_COMPLETE", "")])],
            )
    };
    let ran = script().answered(&["drydock", "y"], "destroy").await;
    assert_eq!(ran.asked, ["DeleteStack", "DeleteStack RetainResources.member.1=Queue"], "{ran}");
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("Leave Queue standing and delete the rest? [y/N] y"), "{ran}");
    assert!(ran.stdout.contains("Kept Queue (AWS::SQS::Queue) physical-Queue"), "{ran}");
    let ran = script().answered(&["drydock", "n"], "destroy").await;
    assert_eq!((ran.code, ran.asked.as_slice()), (1, ["DeleteStack".to_owned()].as_slice()), "{ran}");
}

/// A stack of a user, with a function in a stack that is nested in it.
#[tokio::test]
async fn what_is_nested_in_a_stack_of_a_user_goes_with_it() {
    let nested = format!("<ParentId>{}</ParentId>", stack_id("drydock-app-shop"));
    let two: String = [stack("drydock-app-shop", "CREATE_COMPLETE"), {
        crate::answers::stack_with("drydock-app-shop-Network-1", "CREATE_COMPLETE", &nested)
    }]
    .map(|answer| result(&answer.parts().unwrap().1, "Stacks").to_owned())
    .concat();
    let listed = Answer::of("DescribeStacks", &format!("<Stacks>{two}</Stacks>"));
    let function = resource("Function", "AWS::Lambda::Function", "CREATE_COMPLETE", "")
        .replace("physical-Function", "drydock-app-shop-Network-1-Function");
    let script = deletable(&[])
        .on("DescribeStacks", [stack("drydock", "UPDATE_COMPLETE"), listed])
        .on("ListStackResources", [held("UPDATE_COMPLETE"), resources(&[]), resources(&[function])])
        .functions(&["drydock-app-shop-Network-1-Function", "drydock-app-lone"]);
    let ran = script.run("destroy --with-applications").await;
    let named: Vec<&str> =
        ran.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("DELETE ")).skip(2).collect();
    assert_eq!(named, ["stack drydock-app-shop", "function drydock-app-lone with its role and its logs"], "{ran}");
}

#[tokio::test]
async fn a_deletion_that_is_called_off_says_why() {
    let reason = "Delete canceled. Cannot delete export drydock-api as it is in use by shop.";
    let deleting = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "UPDATE_COMPLETE", reason)];
    // The first look still sees the stack as it was before, and that is not the deletion's end.
    let script = deletable(&["UPDATE_COMPLETE"]).on("ListStackResources", [held("UPDATE_COMPLETE")]);
    let none = events(&[], "");
    let script = script.on("DescribeStackEvents", [none, Script::own(&deleting[..1]), Script::own(&deleting)]);
    assert_snapshot!(script.run("destroy --yes --quiet").await, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: stack drydock ended in UPDATE_COMPLETE after [elapsed]
      reason: Delete canceled. Cannot delete export drydock-api as it is in use by shop.
    error: stack drydock is still there (UPDATE_COMPLETE)
    to try again              cargo xtask destroy --stack-name drydock
    ----- asked for -----
    DeleteStack
    ");
}

#[tokio::test]
async fn a_deletion_that_goes_on_already_is_followed() {
    let deleting = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    let script = deletable(&["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
        .history(&deleting);
    let ran = script.run("destroy --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (0, 0), "{ran}");
    assert!(ran.stderr.contains("Deleted stack drydock"), "{ran}");
}

#[tokio::test]
async fn a_deployment_whose_stack_is_deleted_meanwhile_has_failed() {
    let of = |token, at, status| event("drydock", at, "drydock", STACK, status, token, "User Initiated");
    let (begun, deleting, deleted) =
        (of(TOKEN, 1, "UPDATE_IN_PROGRESS"), of("other", 2, "DELETE_IN_PROGRESS"), of("other", 3, "DELETE_COMPLETE"));
    let statuses = ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"];
    let going_on = events(&[deleting.clone(), begun.clone()], "");
    let script = Script::stack(&statuses)
        .change_set_ready()
        .on("DescribeStackEvents", [events(&[], ""), going_on, events(&[deleted, deleting, begun], "")]);
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
    16:00:01 UPDATE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack

    error: stack demo was deleted meanwhile, after [elapsed]
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    SetStackPolicy
    ExecuteChangeSet
    ");
}

#[tokio::test]
async fn a_stack_that_is_being_created_is_deleted_without_waiting_for_it() {
    let deleting = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    let script = || {
        let creating = "CREATE_IN_PROGRESS";
        deletable(&[creating, creating, creating, "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
            .on("ListStackResources", [held("CREATE_COMPLETE"), resources(&[])])
            .own_history(&deleting)
    };
    let declined = script().run("destroy").await;
    assert_eq!((declined.code, declined.asked.len()), (3, 0), "{declined}");
    assert_snapshot!(script().run("destroy --yes").await, @r"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    Stack drydock in us-east-1 (CREATE_IN_PROGRESS):

         DELETE Queue                          AWS::SQS::Queue physical-Queue
         DELETE Topic                          AWS::SNS::Topic physical-Topic

    warning: the stack is being created; what is made until it is deleted goes, too

    The code bucket stays: other stacks may use it.

    16:00:01 DELETE_IN_PROGRESS           drydock                            AWS::CloudFormation::Stack
    16:00:02 DELETE_COMPLETE              drydock                            AWS::CloudFormation::Stack
        Deleted stack drydock in [elapsed]
    ----- asked for -----
    DeleteStack
    ");
    // Whoever wants to keep what it makes waits for it.
    let created = [("drydock", STACK, "CREATE_IN_PROGRESS", ""), ("drydock", STACK, "CREATE_COMPLETE", "")];
    let kept = deletable(&["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]).history(&created);
    let ran = kept.run("destroy --keep-data").await;
    assert_eq!((ran.code, ran.asked.len()), (3, 0), "{ran}");
    assert!(ran.stderr.contains("Following the operation that is going on (CREATE_IN_PROGRESS)"), "{ran}");
}

#[tokio::test]
async fn a_protected_stack_is_not_deleted() {
    let protected = stack_with("<EnableTerminationProtection>true</EnableTerminationProtection>");
    let script = Script::default().on("DescribeStacks", [protected]);
    let ran = script.run("destroy --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("--termination-protection off"), "{ran}");
}

//! Making change sets, executing them, and leaving nothing behind.

use crate::recorded::{Answer, Recorded, change_set, change_sets, error, event, events, stack, stack_id};
use drydock_stack::*;

fn request() -> ChangeSetRequest {
    ChangeSetRequest {
        stack: "demo".to_owned(),
        name: "change-1".to_owned(),
        client_token: Some("token-1".to_owned()),
        template: Template::Body("{}".to_owned()),
        ..ChangeSetRequest::default()
    }
}

fn no_stack() -> Answer {
    error(400, "ValidationError", "Stack with id demo does not exist")
}

#[tokio::test]
async fn a_change_set_that_exists_is_taken_up() {
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "REVIEW_IN_PROGRESS")),
        (
            "CreateChangeSet",
            error(
                400,
                "AlreadyExistsException",
                "ChangeSet change-1 cannot be created due to a mismatch with existing attribute Template",
            ),
        ),
        ("DescribeChangeSet", change_set("CREATE_PENDING", "UNAVAILABLE", "", "")),
        ("DescribeChangeSet", change_set("CREATE_IN_PROGRESS", "UNAVAILABLE", "", "")),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "AVAILABLE", "", "page-2")),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "AVAILABLE", "", "")),
        ("DescribeStacks", stack("demo", "REVIEW_IN_PROGRESS")),
    ]);
    let ChangeSetOutcome::Ready(ready) = recorded.engine().create_change_set(&request()).await.unwrap() else {
        panic!()
    };
    assert!(ready.creates);
    assert_eq!(ready.changes.len(), 2, "both pages");
    assert_eq!(ready.changes[0].properties[0].before.as_deref(), Some("30"));
    recorded.assert_all_asked();
}

#[tokio::test]
async fn work_that_was_executed_before_is_not_executed_again() {
    let own = event("demo", 3, "demo", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", "token-1", "");
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "CREATE_IN_PROGRESS")),
        ("DescribeStackEvents", events(&[own], "")),
    ]);
    let outcome = recorded.engine().create_change_set(&request()).await.unwrap();
    assert_eq!(outcome, ChangeSetOutcome::Executed { stack_id: stack_id("demo") });
    recorded.assert_all_asked();
}

#[tokio::test]
async fn an_obsolete_change_set_is_made_anew() {
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "UPDATE_COMPLETE")),
        ("DescribeStackEvents", events(&[], "")),
        ("CreateChangeSet", error(400, "AlreadyExistsException", "ChangeSet change-1 already exists")),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "OBSOLETE", "", "")),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "OBSOLETE", "", "")),
        ("DescribeStacks", stack("demo", "UPDATE_COMPLETE")),
        ("DeleteChangeSet", Answer::empty("DeleteChangeSet")),
        ("CreateChangeSet", Answer::empty("CreateChangeSet")),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "AVAILABLE", "", "")),
        ("DescribeStacks", stack("demo", "UPDATE_COMPLETE")),
    ]);
    let ChangeSetOutcome::Ready(ready) = recorded.engine().create_change_set(&request()).await.unwrap() else {
        panic!()
    };
    assert!(!ready.creates);
    recorded.assert_all_asked();
}

#[tokio::test]
async fn an_obsolete_change_set_that_the_token_brings_back_is_made_anew_once() {
    let obsolete = || {
        [
            ("CreateChangeSet", Answer::empty("CreateChangeSet")),
            ("DescribeChangeSet", change_set("CREATE_COMPLETE", "OBSOLETE", "", "")),
            ("DescribeStacks", stack("demo", "UPDATE_COMPLETE")),
        ]
    };
    let begin =
        [("DescribeStacks", stack("demo", "UPDATE_COMPLETE")), ("DescribeStackEvents", events(&[], ""))].into_iter();
    let delete = [("DeleteChangeSet", Answer::empty("DeleteChangeSet"))];
    let recorded = Recorded::new(begin.chain(obsolete()).chain(delete).chain(obsolete()));
    let refused = recorded.engine().create_change_set(&request()).await;
    assert!(matches!(refused, Err(StackError::Conflict(_))), "{refused:?}");
    recorded.assert_all_asked();
}

#[tokio::test]
async fn nothing_to_do_leaves_nothing_behind() {
    let reason =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "UPDATE_COMPLETE")),
        ("DescribeStackEvents", events(&[], "")),
        ("CreateChangeSet", Answer::empty("CreateChangeSet")),
        ("DescribeChangeSet", change_set("FAILED", "UNAVAILABLE", reason, "")),
        ("DescribeStacks", stack("demo", "UPDATE_COMPLETE")),
        ("DeleteChangeSet", Answer::empty("DeleteChangeSet")),
    ]);
    assert_eq!(recorded.engine().create_change_set(&request()).await, Ok(ChangeSetOutcome::NoChanges));
    recorded.assert_all_asked();
}

#[tokio::test]
async fn a_refused_change_set_takes_its_empty_stack_along_and_tells_what_validation_found() {
    let reason = "The following validation(s) failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.";
    let details = "<OperationEvents><member><EventType>VALIDATION_ERROR</EventType><LogicalResourceId>Queue</LogicalResourceId>\
        <ValidationStatusReason>extraneous key [Foo] is not permitted</ValidationStatusReason>\
        <ValidationPath>/Resources/Queue/Properties</ValidationPath></member></OperationEvents>";
    let recorded = Recorded::new([
        ("DescribeStacks", no_stack()),
        ("CreateChangeSet", Answer::empty("CreateChangeSet")),
        ("DescribeChangeSet", change_set("FAILED", "UNAVAILABLE", reason, "")),
        ("DescribeEvents", Answer::of("DescribeEvents", details)),
        ("DescribeStacks", stack("demo", "REVIEW_IN_PROGRESS")),
        ("DeleteChangeSet", Answer::empty("DeleteChangeSet")),
        ("ListChangeSets", change_sets(&["change-1"])),
        ("DescribeStacks", stack("demo", "REVIEW_IN_PROGRESS")),
        ("DeleteStack", Answer::empty("DeleteStack")),
    ]);
    let ChangeSetOutcome::Failed(told) = recorded.engine().create_change_set(&request()).await.unwrap() else {
        panic!()
    };
    assert!(told.starts_with("/Resources/Queue/Properties: extraneous key [Foo] is not permitted ("), "{told}");
    assert_eq!(Reason::parse(&told).class, ReasonClass::TemplateValidation);
    recorded.assert_all_asked();
}

#[tokio::test]
async fn a_stack_in_which_another_has_a_change_set_is_left() {
    let begin = |listed: &[&str]| {
        [
            ("DescribeStacks", stack("demo", "REVIEW_IN_PROGRESS")),
            ("DeleteChangeSet", Answer::empty("DeleteChangeSet")),
            ("ListChangeSets", change_sets(listed)),
        ]
    };
    let recorded = Recorded::new(begin(&["change-1", "change-of-another"]));
    assert_eq!(recorded.engine().discard("demo", "change-1").await, Ok(()));
    recorded.assert_all_asked();

    let executed = [("DescribeStacks", stack("demo", "CREATE_IN_PROGRESS"))];
    let recorded = Recorded::new(begin(&[]).into_iter().chain(executed));
    assert_eq!(recorded.engine().discard("demo", "change-1").await, Ok(()));
    recorded.assert_all_asked();
}

#[tokio::test]
async fn a_change_set_that_is_being_worked_out_is_removed_when_that_is_done() {
    let busy = |execution: &str| {
        let said = format!("ChangeSet [arn:change] cannot be deleted in status {execution}");
        error(400, "InvalidChangeSetStatus", &said)
    };
    let recorded = Recorded::new([
        ("DeleteChangeSet", busy("CREATE_IN_PROGRESS")),
        ("DescribeChangeSet", change_set("CREATE_IN_PROGRESS", "UNAVAILABLE", "", "")),
        ("DeleteChangeSet", Answer::empty("DeleteChangeSet")),
    ]);
    assert_eq!(recorded.engine().delete_change_set("demo", "change-1").await, Ok(()));
    recorded.assert_all_asked();

    let recorded = Recorded::new([
        ("DeleteChangeSet", busy("EXECUTE_IN_PROGRESS")),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "EXECUTE_IN_PROGRESS", "", "")),
    ]);
    let refused = recorded.engine().delete_change_set("demo", "change-1").await;
    assert!(matches!(refused, Err(StackError::Conflict(_))), "{refused:?}");
}

#[tokio::test]
async fn executing_twice_is_executing_once() {
    let set = ChangeSet {
        id: "arn:change".into(),
        name: "change-1".into(),
        stack_id: stack_id("demo"),
        stack_name: "demo".into(),
        creates: false,
        execution: Execution::Available,
        changes: Vec::new(),
    };
    let busy = || {
        error(
            400,
            "InvalidChangeSetStatus",
            "ChangeSet [arn:change] cannot be executed in its current execution status of [EXECUTE_IN_PROGRESS]",
        )
    };
    let recorded = Recorded::new([
        ("ExecuteChangeSet", busy()),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "EXECUTE_IN_PROGRESS", "", "")),
    ]);
    assert_eq!(recorded.engine().execute(&set, "token-1").await, Ok(()));
    recorded.assert_all_asked();

    let recorded = Recorded::new([
        ("ExecuteChangeSet", busy()),
        ("DescribeChangeSet", change_set("CREATE_COMPLETE", "OBSOLETE", "", "")),
        ("DescribeStackEvents", events(&[], "")),
    ]);
    assert!(matches!(recorded.engine().execute(&set, "token-1").await, Err(StackError::Conflict(_))));
}

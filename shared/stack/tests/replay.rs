//! The engine against answers as CloudFormation gives them, for what a running engine cannot be brought to say.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod recorded;

use drydock_stack::*;
use recorded::{Answer, Recorded, change_set, change_sets, error, event, events, stack, stack_id};

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
async fn a_token_that_was_never_used_is_not_looked_for_in_the_whole_history() {
    let own = "AWS::CloudFormation::Stack";
    let begun = |second, token| event("demo", second, "demo", own, "UPDATE_IN_PROGRESS", token, "User Initiated");
    let recorded = Recorded::new([
        ("DescribeStackEvents", events(&[begun(9, "c"), begun(8, "b")], "more")),
        ("DescribeStackEvents", events(&[begun(7, "a")], "still more")),
    ]);
    let found = recorded.engine().operation_events("demo", Some("token-1")).await;
    assert_eq!(found, Ok(Vec::new()));
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
async fn an_operation_ends_as_it_ended_whatever_another_one_does_then() {
    let own = "AWS::CloudFormation::Stack";
    let told = |second, status, token| event("demo", second, "demo", own, status, token, "");
    let history = [
        told(9, "UPDATE_ROLLBACK_COMPLETE", "token-2"),
        event("demo", 8, "Queue", "AWS::SQS::Queue", "UPDATE_FAILED", "token-2", "no"),
        told(7, "UPDATE_IN_PROGRESS", "token-2"),
        told(5, "UPDATE_COMPLETE", "token-1"),
        told(4, "UPDATE_IN_PROGRESS", "token-1"),
    ];
    let check = |status: &'static str, newest: usize, token: &'static str, expected: Outcome| {
        let recorded = Recorded::new([
            ("DescribeStacks", stack("demo", status)),
            ("DescribeStackEvents", events(&history[newest..], "")),
        ]);
        async move {
            let look = recorded.engine().look("demo", Some(token)).await.unwrap();
            assert_eq!(look.outcome, expected, "{status} {token}");
            assert!(look.events.iter().all(|event| event.token.as_deref() == Some(token)), "{look:#?}");
        }
    };
    check("UPDATE_IN_PROGRESS", 2, "token-1", Outcome::Complete).await;
    check("UPDATE_IN_PROGRESS", 2, "token-2", Outcome::InProgress).await;
    check("UPDATE_ROLLBACK_COMPLETE", 0, "token-1", Outcome::Complete).await;
    check("UPDATE_ROLLBACK_COMPLETE", 0, "token-2", Outcome::Failed).await;
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

#[tokio::test]
async fn the_cause_is_found_inside_the_nested_stack() {
    let nested = "AWS::CloudFormation::Stack";
    let inner = event(
        "demo-Net",
        4,
        "Vpc",
        "AWS::EC2::VPC",
        "CREATE_FAILED",
        "",
        "The maximum number of VPCs has been reached.",
    );
    let old = event("demo-Net", 1, "Old", "AWS::EC2::VPC", "CREATE_FAILED", "", "from an earlier operation");
    let embedded = format!(
        "Embedded stack {} was not successfully created: The following resource(s) failed to create: [Vpc].",
        stack_id("demo-Net")
    );
    let outer = [
        event("demo", 9, "Queue", "AWS::SQS::Queue", "CREATE_FAILED", "token-1", "Resource creation cancelled"),
        event("demo", 8, "Net", nested, "CREATE_FAILED", "token-1", &embedded)
            .replace("physical-Net", &stack_id("demo-Net")),
        event("demo", 2, "demo", nested, "CREATE_IN_PROGRESS", "token-1", "User Initiated"),
        event("demo", 1, "demo", nested, "REVIEW_IN_PROGRESS", "", "User Initiated"),
    ];
    let recorded = Recorded::new([
        ("DescribeStackEvents", events(&outer[..1], "more")),
        ("DescribeStackEvents", events(&outer[1..], "")),
        ("DescribeStackEvents", events(&[inner, old], "")),
    ]);
    let cause = recorded.engine().root_cause("demo", Some("token-1")).await.unwrap().expect("a cause");
    assert_eq!((cause.logical_id.as_str(), cause.stack_name.as_str()), ("Vpc", "demo-Net"));
    assert_eq!(cause.reason.class, ReasonClass::Quota);
    recorded.assert_all_asked();
}

#[tokio::test]
async fn following_waits_out_what_passes_and_tells_every_event_once() {
    let own = "AWS::CloudFormation::Stack";
    let begun = event("demo", 1, "demo", own, "CREATE_IN_PROGRESS", "token-1", "User Initiated");
    let done = event("demo", 2, "demo", own, "CREATE_COMPLETE", "token-1", "");
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "CREATE_IN_PROGRESS")),
        ("DescribeStackEvents", events(std::slice::from_ref(&begun), "")),
        ("DescribeStacks", error(400, "Throttling", "Rate exceeded")),
        ("DescribeStacks", stack("demo", "CREATE_COMPLETE")),
        ("DescribeStackEvents", events(&[done, begun], "")),
        ("DescribeStacks", error(403, "ExpiredToken", "The security token included in the request is expired")),
    ]);
    let mut follower = recorded.engine().follow(&stack_id("demo"), Some("token-1"));
    let first = follower.next().await.unwrap();
    assert_eq!((first.outcome, first.events.len()), (Outcome::InProgress, 1));
    let second = follower.next().await.unwrap();
    assert_eq!((second.outcome, second.events.len()), (Outcome::Complete, 1));
    assert!(matches!(follower.next().await, Err(StackError::ExpiredCredentials(_))));
    recorded.assert_all_asked();
}

#[tokio::test]
async fn a_stack_is_deleted_with_another_role_only_if_one_is_named() {
    let check = |deletion: Deletion, expected: &'static str| async move {
        let recorded = Recorded::new([("DeleteStack", Answer::empty("DeleteStack"))]);
        assert_eq!(recorded.engine().delete_stack("demo", &deletion).await, Ok(()));
        let asked = recorded.asked();
        let sent = asked[0].strip_prefix("Action=DeleteStack&Version=2010-05-15&").unwrap();
        assert_eq!(sent, expected);
    };
    check(Deletion::default(), "StackName=demo").await;
    let role_arn = Some("role".to_owned());
    check(Deletion { role_arn, ..Deletion::default() }, "StackName=demo&RoleARN=role").await;
    let deletion = Deletion { token: Some("t".to_owned()), retain: vec!["Queue".to_owned()], role_arn: None };
    check(deletion, "StackName=demo&RetainResources.member.1=Queue&ClientRequestToken=t").await;
}

#[tokio::test]
async fn a_lost_connection_may_pass() {
    let recorded = Recorded::new([("DescribeStacks", Answer::lost())]);
    let error = recorded.engine().describe("demo").await.unwrap_err();
    assert!(matches!(error, StackError::Network(_)) && error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_rollback_that_got_stuck_goes_on_without_what_is_skipped() {
    let recorded = Recorded::new([("ContinueUpdateRollback", Answer::empty("ContinueUpdateRollback"))]);
    let skip = ["Queue".to_owned(), "Net.Subnet".to_owned()];
    assert_eq!(recorded.engine().continue_rollback("demo", &skip, "t", Some("role")).await, Ok(()));
    let expected = "Action=ContinueUpdateRollback&Version=2010-05-15&StackName=demo&RoleARN=role\
        &ResourcesToSkip.member.1=Queue&ResourcesToSkip.member.2=Net.Subnet&ClientRequestToken=t";
    assert_eq!(recorded.asked(), [expected]);
}

#[tokio::test]
async fn an_operation_is_cancelled_or_undone_under_a_token_of_its_own() {
    let recorded = Recorded::new([
        ("CancelUpdateStack", Answer::empty("CancelUpdateStack")),
        ("RollbackStack", Answer::empty("RollbackStack")),
    ]);
    let engine = recorded.engine();
    assert_eq!(engine.cancel_update("demo", "t").await, Ok(()));
    assert_eq!(engine.roll_back("demo", "t", None).await, Ok(()));
    assert!(recorded.asked().iter().all(|body| body.contains("ClientRequestToken=t")), "{:?}", recorded.asked());
}

#[tokio::test]
async fn drift_is_waited_for_and_told_by_property() {
    let detection = |status: &str, drift: &str| {
        let told = format!(
            "<StackId>{}</StackId><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>{status}</DetectionStatus>\
            <StackDriftStatus>{drift}</StackDriftStatus><Timestamp>2026-11-23T16:00:00.000Z</Timestamp>",
            stack_id("demo")
        );
        Answer::of("DescribeStackDriftDetectionStatus", &told)
    };
    let resource = |id: &str, status: &str, difference: &str| {
        format!(
            "<member><StackId>{}</StackId><LogicalResourceId>{id}</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
            <StackResourceDriftStatus>{status}</StackResourceDriftStatus><PropertyDifferences>{difference}</PropertyDifferences>\
            <Timestamp>2026-11-23T16:00:00.000Z</Timestamp></member>",
            stack_id("demo")
        )
    };
    let difference = "<member><PropertyPath>/DelaySeconds</PropertyPath><ExpectedValue>0</ExpectedValue>\
        <ActualValue>null</ActualValue><DifferenceType>REMOVE</DifferenceType></member>";
    let drifts =
        resource("A", "MODIFIED", difference) + &resource("B", "IN_SYNC", "") + &resource("C", "NOT_CHECKED", "");
    let recorded = Recorded::new([
        ("DetectStackDrift", Answer::of("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>")),
        ("DescribeStackDriftDetectionStatus", detection("DETECTION_IN_PROGRESS", "")),
        ("DescribeStackDriftDetectionStatus", detection("DETECTION_COMPLETE", "DRIFTED")),
        (
            "DescribeStackResourceDrifts",
            Answer::of("DescribeStackResourceDrifts", &format!("<StackResourceDrifts>{drifts}</StackResourceDrifts>")),
        ),
    ]);
    let drift = recorded.engine().drift("demo").await.unwrap();
    assert_eq!((drift.status.as_str(), drift.in_sync, drift.not_checked), ("DRIFTED", 1, 1));
    let property = DriftedProperty { path: "/DelaySeconds".into(), expected: Some("0".into()), actual: None };
    assert_eq!((drift.drifted.len(), &drift.drifted[0].properties), (1, &vec![property]));
    recorded.assert_all_asked();
}

#[tokio::test]
async fn where_drift_is_unknown_that_is_said() {
    let unknown = error(400, "InvalidAction", "Could not find operation DetectStackDrift for version 2010-05-15");
    let recorded = Recorded::new([("DetectStackDrift", unknown)]);
    let refused = recorded.engine().drift("demo").await;
    assert!(matches!(&refused, Err(StackError::Unexpected(said)) if said.contains("InvalidAction")), "{refused:?}");
}

//! Looking at operations, and finding why one failed.

use crate::recorded::{Answer, Recorded, error, event, events, stack, stack_id};
use drydock_stack::*;

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
async fn a_stack_that_is_deleted_while_it_is_made_ends_its_creation() {
    let own = "AWS::CloudFormation::Stack";
    let told = |second, status, token| event("demo", second, "demo", own, status, token, "User Initiated");
    let history = [
        told(9, "DELETE_COMPLETE", "token-2"),
        told(5, "DELETE_IN_PROGRESS", "token-2"),
        event("demo", 4, "Queue", "AWS::SQS::Queue", "CREATE_IN_PROGRESS", "token-1", ""),
        told(3, "CREATE_IN_PROGRESS", "token-1"),
    ];
    let recorded = Recorded::new([
        ("DescribeStacks", stack("demo", "CREATE_IN_PROGRESS")),
        ("DescribeStackEvents", events(&history[2..], "")),
        ("DescribeStacks", stack("demo", "DELETE_IN_PROGRESS")),
        ("DescribeStackEvents", events(&history[1..], "")),
        ("DescribeStacks", stack("demo", "DELETE_COMPLETE")),
        ("DescribeStackEvents", events(&history, "")),
    ]);
    let mut follower = recorded.engine().follow(&stack_id("demo"), Some("token-1"));
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(follower.next().await.unwrap().outcome);
    }
    assert_eq!(outcomes, [Outcome::InProgress, Outcome::InProgress, Outcome::Gone]);
    recorded.assert_all_asked();
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
async fn a_lost_connection_may_pass() {
    let recorded = Recorded::new([("DescribeStacks", Answer::lost())]);
    let error = recorded.engine().describe("demo").await.unwrap_err();
    assert!(matches!(error, StackError::Network(_)) && error.is_retryable(), "{error:?}");
}

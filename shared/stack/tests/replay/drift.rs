//! What somebody changed past CloudFormation.

use crate::recorded::{Answer, Recorded, error, stack_id};
use drydock_stack::*;

fn begun() -> (&'static str, Answer) {
    ("DetectStackDrift", Answer::of("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>"))
}

fn detection(status: &str, drift: &str, reason: &str) -> (&'static str, Answer) {
    let told = format!(
        "<StackId>{}</StackId><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>{status}</DetectionStatus>\
        <DetectionStatusReason>{reason}</DetectionStatusReason><StackDriftStatus>{drift}</StackDriftStatus>\
        <Timestamp>2026-11-23T16:00:00.000Z</Timestamp>",
        stack_id("demo")
    );
    ("DescribeStackDriftDetectionStatus", Answer::of("DescribeStackDriftDetectionStatus", &told))
}

fn resource(id: &str, status: &str, difference: &str) -> String {
    format!(
        "<member><StackId>{}</StackId><LogicalResourceId>{id}</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
        <StackResourceDriftStatus>{status}</StackResourceDriftStatus><PropertyDifferences>{difference}</PropertyDifferences>\
        <Timestamp>2026-11-23T16:00:00.000Z</Timestamp></member>",
        stack_id("demo")
    )
}

fn drifts(resources: &str) -> (&'static str, Answer) {
    let told = format!("<StackResourceDrifts>{resources}</StackResourceDrifts>");
    ("DescribeStackResourceDrifts", Answer::of("DescribeStackResourceDrifts", &told))
}

#[tokio::test]
async fn drift_is_waited_for_and_told_by_property() {
    let difference = "<member><PropertyPath>/DelaySeconds</PropertyPath><ExpectedValue>0</ExpectedValue>\
        <ActualValue>null</ActualValue><DifferenceType>REMOVE</DifferenceType></member>";
    let found =
        resource("A", "MODIFIED", difference) + &resource("B", "IN_SYNC", "") + &resource("C", "NOT_CHECKED", "");
    let recorded = Recorded::new([
        begun(),
        detection("DETECTION_IN_PROGRESS", "", ""),
        detection("DETECTION_COMPLETE", "DRIFTED", ""),
        drifts(&found),
    ]);
    let drift = recorded.engine().drift("demo").await.unwrap();
    assert_eq!((drift.status.as_str(), drift.in_sync, drift.not_checked), ("DRIFTED", 1, 1));
    let property = DriftedProperty { path: "/DelaySeconds".into(), expected: Some("0".into()), actual: None };
    assert_eq!((drift.drifted.len(), &drift.drifted[0].properties), (1, &vec![property]));
    assert_eq!(drift.incomplete, None);
    recorded.assert_all_asked();
}

#[tokio::test]
async fn what_was_found_out_is_told_even_if_a_resource_could_not_be_looked_at() {
    let reason = "Failed to detect drift on resource [B]: Rate exceeded";
    let found = resource("A", "DELETED", "") + &resource("B", "UNKNOWN", "");
    let recorded = Recorded::new([begun(), detection("DETECTION_FAILED", "DRIFTED", reason), drifts(&found)]);
    let drift = recorded.engine().drift("demo").await.unwrap();
    assert_eq!((drift.incomplete.as_deref(), drift.not_checked), (Some(reason), 1));
    assert_eq!((drift.drifted.len(), drift.drifted[0].status.as_str()), (1, "DELETED"));
    recorded.assert_all_asked();
}

#[tokio::test]
async fn where_drift_is_unknown_that_is_said() {
    let unknown = error(400, "InvalidAction", "Could not find operation DetectStackDrift for version 2010-05-15");
    let recorded = Recorded::new([("DetectStackDrift", unknown)]);
    let refused = recorded.engine().drift("demo").await;
    assert!(matches!(&refused, Err(StackError::Unexpected(said)) if said.contains("InvalidAction")), "{refused:?}");
}

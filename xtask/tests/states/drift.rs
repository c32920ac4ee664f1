//! What somebody changed past CloudFormation.

use super::QUEUE;
use crate::answers::{Answer, stack_id};
use crate::script::Script;
use insta::assert_snapshot;

/// A stack whose detection ends so, for this reason, and what it finds of each resource.
fn detected(status: &str, reason: &str, found: &[(&str, &str, &str)]) -> Script {
    let began = "<StackDriftDetectionId>d</StackDriftDetectionId>";
    let id = stack_id("drydock");
    let time = "<Timestamp>2026-11-23T16:00:00.000Z</Timestamp>";
    let ended = format!(
        "<StackId>{id}</StackId>{began}<DetectionStatus>{status}</DetectionStatus>\
        <DetectionStatusReason>{reason}</DetectionStatusReason><StackDriftStatus>DRIFTED</StackDriftStatus>{time}"
    );
    let resource = |(name, status, differences): &(&str, &str, &str)| {
        format!(
            "<member><StackId>{id}</StackId><LogicalResourceId>{name}</LogicalResourceId>\
            <PhysicalResourceId>physical-{name}</PhysicalResourceId><ResourceType>{QUEUE}</ResourceType>\
            <StackResourceDriftStatus>{status}</StackResourceDriftStatus>\
            <PropertyDifferences>{differences}</PropertyDifferences>{time}</member>"
        )
    };
    let resources: String = found.iter().map(resource).collect();
    let resources = format!("<StackResourceDrifts>{resources}</StackResourceDrifts>");
    Script::stack(&["UPDATE_COMPLETE"])
        .on("DetectStackDrift", [Answer::of("DetectStackDrift", began)])
        .on("DescribeStackDriftDetectionStatus", [Answer::of("DescribeStackDriftDetectionStatus", &ended)])
        .on("DescribeStackResourceDrifts", [Answer::of("DescribeStackResourceDrifts", &resources)])
}

const LONGER: &str = "<member><PropertyPath>/VisibilityTimeout</PropertyPath><ExpectedValue>45</ExpectedValue>\
    <ActualValue>300</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member>\
    <member><PropertyPath>/Tags/0</PropertyPath><ExpectedValue>null</ExpectedValue>\
    <ActualValue>{&quot;Key&quot;:&quot;a&quot;}</ActualValue><DifferenceType>ADD</DifferenceType></member>";

#[tokio::test]
async fn drift_is_told_property_by_property() {
    let found =
        [("Queue", "MODIFIED", LONGER), ("Dlq", "DELETED", ""), ("Other", "IN_SYNC", ""), ("New", "UNKNOWN", "")];
    assert_snapshot!(detected("DETECTION_COMPLETE", "", &found).run("drift --exit-code").await, @r#"
    exit code: 1
    ----- stdout -----
        changed Queue  AWS::SQS::Queue physical-Queue
                  VisibilityTimeout: the stack says 45, there is 300
                  Tags.0: the stack says nothing, there is {"Key":"a"}
        DELETED Dlq  AWS::SQS::Queue physical-Dlq
    2 of 3 resources drifted; 1 is of a type that CloudFormation cannot look at
    ----- stderr -----
      Comparing stack drydock with what stands
    ----- asked for -----
    "#);
}

#[tokio::test]
async fn a_comparison_that_is_not_complete_is_no_success() {
    let reason = "Failed to detect drift on resource [New]: Rate exceeded";
    let script = || detected("DETECTION_FAILED", reason, &[("Other", "IN_SYNC", ""), ("New", "UNKNOWN", "")]);
    assert_snapshot!(script().run("drift").await, @r"
    exit code: 1
    ----- stdout -----
    0 of 1 resources drifted; 1 not looked at
    ----- stderr -----
      Comparing stack drydock with what stands
    error: not all resources could be looked at: Failed to detect drift on resource [New]: Rate exceeded
    ----- asked for -----
    ");
    let ran = script().run("drift --exit-code --json").await;
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, told["incomplete"].as_str()), (2, Some(reason)), "{ran}");
}

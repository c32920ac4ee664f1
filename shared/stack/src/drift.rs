//! What somebody changed past CloudFormation: the difference between a stack's template and what really stands.

use crate::engine::{Engine, Patience};
use crate::error::StackError;
use aws_sdk_cloudformation::types as sdk;
use serde::{Deserialize, Serialize};

/// What a drift detection found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// `IN_SYNC`, `DRIFTED` or `UNKNOWN`, in CloudFormation's words.
    pub status: String,
    /// Resources that could be looked at and are as the template says.
    pub in_sync: usize,
    /// Resources whose type CloudFormation cannot look at.
    pub not_checked: usize,
    /// Why CloudFormation could not look at resources that it should have looked at; absent if it looked at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
    /// Resources that are not as the template says.
    pub drifted: Vec<DriftedResource>,
}

/// A resource that is not as the template says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftedResource {
    /// The resource's name in the template.
    pub logical_id: String,
    /// Its name in the account.
    pub physical_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// `MODIFIED` or `DELETED`.
    pub status: String,
    /// What is not as the template says.
    pub properties: Vec<DriftedProperty>,
}

/// One property that is not as the template says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftedProperty {
    /// Such as `/MemorySize`.
    pub path: String,
    /// What the template says; absent if somebody added it.
    pub expected: Option<String>,
    /// What stands; absent if somebody removed it.
    pub actual: Option<String>,
}

impl Engine {
    /// Has CloudFormation compare a stack with what stands, and waits until it has.
    ///
    /// # Errors
    /// [`StackError::Validation`] if the stack is in no state for it, [`StackError::Unexpected`] if drift detection is
    /// not known there; whatever keeps CloudFormation from answering.
    pub async fn drift(&self, stack: &str) -> Result<Drift, StackError> {
        let begun = self.client.detect_stack_drift().stack_name(stack).send().await.map_err(StackError::from_sdk)?;
        let id = begun.stack_drift_detection_id.unwrap_or_default();
        let mut patience = Patience::new(self.pace);
        let (status, incomplete) = loop {
            let request = self.client.describe_stack_drift_detection_status().stack_drift_detection_id(&id);
            let answer = request.send().await.map_err(StackError::from_sdk)?;
            let status = answer.stack_drift_status.map_or_else(String::new, |it| it.as_str().to_owned());
            match answer.detection_status.as_ref().map(sdk::StackDriftDetectionStatus::as_str) {
                Some("DETECTION_COMPLETE") => break (status, None),
                // Some resource could not be looked at; what was found out about the others is there.
                Some("DETECTION_FAILED") => {
                    let reason = answer.detection_status_reason.unwrap_or_else(|| "no reason given".to_owned());
                    break (status, Some(reason));
                }
                _ => patience.wait(&format!("the drift of stack {stack}")).await?,
            }
        };
        let mut drift = Drift { status, in_sync: 0, not_checked: 0, incomplete, drifted: Vec::new() };
        let mut next = None;
        loop {
            let request = self.client.describe_stack_resource_drifts().stack_name(stack).set_next_token(next);
            let page = request.send().await.map_err(StackError::from_sdk)?;
            for found in page.stack_resource_drifts.unwrap_or_default() {
                match found.stack_resource_drift_status.as_ref().map(sdk::StackResourceDriftStatus::as_str) {
                    Some("IN_SYNC") => drift.in_sync += 1,
                    Some("MODIFIED" | "DELETED") => drift.drifted.push(resource(found)),
                    _ => drift.not_checked += 1,
                }
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(drift);
            }
        }
    }
}

fn resource(found: sdk::StackResourceDrift) -> DriftedResource {
    let properties = found.property_differences.unwrap_or_default();
    DriftedResource {
        logical_id: found.logical_resource_id.unwrap_or_default(),
        physical_id: found.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: found.resource_type.unwrap_or_default(),
        status: found.stack_resource_drift_status.map_or_else(String::new, |it| it.as_str().to_owned()),
        properties: properties
            .into_iter()
            .map(|it| DriftedProperty {
                path: it.property_path.unwrap_or_default(),
                expected: it.expected_value.filter(|value| !is_nothing(value)),
                actual: it.actual_value.filter(|value| !is_nothing(value)),
            })
            .collect(),
    }
}

/// CloudFormation writes `null` for a side that is not there.
fn is_nothing(value: &str) -> bool {
    value.is_empty() || value == "null"
}

//! A stack that cannot go on by itself: what holds it, and the way out.

use crate::printer::{Printer, harmless};
use anyhow::{Context, Result};
use drydock_stack::{Engine, Reason, ReasonClass, ResourceStatus, StackResource};

/// More resources than a stack can have.
pub const ALL: usize = 10_000;

/// The resources whose last operation failed; their reasons say what holds the stack.
///
/// # Errors
/// If CloudFormation cannot be asked.
pub async fn failed(engine: &Engine, stack: &str) -> Result<Vec<StackResource>> {
    let all = engine.resources(stack, ALL).await.context("cannot list the stack's resources")?;
    Ok(all.into_iter().filter(|resource| resource.status.is_failure()).collect())
}

/// Of what failed, what a rollback can go on without: CloudFormation skips only what it failed to undo, not what was
/// cancelled because of that.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html>
pub fn skippable(failed: &[StackResource]) -> Vec<StackResource> {
    let is_skippable = |resource: &&StackResource| {
        let reason = resource.reason.as_deref().unwrap_or_default();
        resource.status == ResourceStatus::UpdateFailed && Reason::parse(reason).class != ReasonClass::Cancelled
    };
    failed.iter().filter(is_skippable).cloned().collect()
}

/// The resources that are still there.
pub fn standing(resources: &[StackResource]) -> impl Iterator<Item = &StackResource> {
    resources.iter().filter(|resource| resource.status != ResourceStatus::DeleteComplete)
}

/// Lists resources with why they failed.
pub fn show(printer: &Printer, resources: &[StackResource]) {
    for resource in resources {
        let reason = resource.reason.as_deref().unwrap_or(resource.status.as_str());
        let id = resource.physical_id.as_deref().unwrap_or("-");
        let StackResource { logical_id, resource_type, .. } = resource;
        printer.diagnostic(format_args!("  {logical_id} ({resource_type}) {id}: {}", harmless(reason)));
    }
}

/// `--skip A --skip B`, as an option of a command to type.
pub fn options(option: &str, resources: &[StackResource]) -> String {
    resources.iter().map(|resource| format!(" --{option} {}", resource.logical_id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_to_be_undone_is_skipped() {
        let failed = |id: &str, status: &str, reason: &str| StackResource {
            logical_id: id.into(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".into(),
            status: ResourceStatus::parse(status),
            reason: Some(reason.into()),
        };
        let all = [
            failed("Queue", "UPDATE_FAILED", "the queue is in use"),
            failed("Topic", "UPDATE_FAILED", "Resource update cancelled"),
            failed("Table", "DELETE_FAILED", "the table is in use"),
        ];
        assert_eq!(options("skip", &skippable(&all)), " --skip Queue");
        assert_eq!(options("skip", &skippable(&all[1..])), "");
    }
}

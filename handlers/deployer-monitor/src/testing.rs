//! A stack and its events, for the unit tests.

use drydock_stack::event::StackEvent;
use drydock_stack::{ResourceStatus, StackInfo, StackStatus};

pub(crate) const ID: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1";

/// The stack `demo` in a status.
pub(crate) fn stack(status: &str) -> StackInfo {
    StackInfo {
        id: ID.into(),
        name: "demo".into(),
        status: StackStatus::parse(status),
        status_reason: None,
        created_at: None,
        updated_at: None,
        outputs: Default::default(),
        parameters: Default::default(),
        tags: Default::default(),
        change_set_id: None,
        role_arn: None,
        termination_protection: false,
        parent_id: None,
    }
}

/// An event of that stack itself, or of a bucket in it; without a reason if that is empty.
pub(crate) fn event(logical_id: &str, status: &str, reason: &str) -> StackEvent {
    let own = logical_id == "demo";
    StackEvent {
        id: "e".into(),
        at: "t".into(),
        stack_id: ID.into(),
        stack_name: "demo".into(),
        logical_id: logical_id.into(),
        physical_id: own.then(|| ID.to_owned()),
        resource_type: if own { "AWS::CloudFormation::Stack" } else { "AWS::S3::Bucket" }.into(),
        status: ResourceStatus::parse(status),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        token: None,
    }
}

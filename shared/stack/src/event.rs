//! What happened to a stack, as data.

use crate::status::ResourceStatus;
use serde::{Deserialize, Serialize};

/// One line of a stack's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackEvent {
    /// Unique; the key by which an event is told only once.
    pub id: String,
    /// RFC 3339 with milliseconds, UTC; comparable as text.
    pub at: String,
    /// ARN of the stack it belongs to.
    pub stack_id: String,
    /// That stack's name.
    pub stack_name: String,
    /// The resource's name in the template; the stack's own name in events about the stack.
    pub logical_id: String,
    /// The resource's name in the account, as soon as it has one; the ARN of a nested stack.
    pub physical_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// What it came to.
    pub status: ResourceStatus,
    /// Why, in the service's words.
    pub reason: Option<String>,
    /// The token of the request that began the operation.
    pub token: Option<String>,
}

impl StackEvent {
    /// True if it tells about the stack as a whole.
    pub fn is_about_the_stack(&self) -> bool {
        self.resource_type == NESTED_STACK && self.physical_id.as_deref() == Some(self.stack_id.as_str())
    }

    /// ARN of the nested stack that it tells about, if it is one and exists already.
    pub fn nested_stack(&self) -> Option<&str> {
        let id = self.physical_id.as_deref()?;
        (self.resource_type == NESTED_STACK && id != self.stack_id && id.starts_with("arn:")).then_some(id)
    }

    /// One line for people: `CREATE_FAILED AWS::Lambda::Function Hello: the reason`.
    pub fn line(&self) -> String {
        let Self { status, resource_type, logical_id, .. } = self;
        match self.reason.as_deref().filter(|reason| !reason.is_empty()) {
            Some(reason) => format!("{status} {resource_type} {logical_id}: {reason}"),
            None => format!("{status} {resource_type} {logical_id}"),
        }
    }
}

/// The type of a stack inside a stack, and of the stack itself in its own events.
pub const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// An event of stack `demo`: `event(3, "Role", "AWS::IAM::Role", "CREATE_FAILED", "why")`.
    pub(crate) fn event(second: u32, logical_id: &str, resource_type: &str, status: &str, reason: &str) -> StackEvent {
        event_of("demo", second, logical_id, resource_type, status, reason)
    }

    pub(crate) fn stack_arn(name: &str) -> String {
        format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11")
    }

    pub(crate) fn event_of(
        stack: &str,
        second: u32,
        logical_id: &str,
        resource_type: &str,
        status: &str,
        reason: &str,
    ) -> StackEvent {
        let about_itself = resource_type == NESTED_STACK && logical_id == stack;
        StackEvent {
            id: format!("{stack}-{logical_id}-{status}-{second}"),
            at: format!("2026-11-23T16:00:{second:02}.000Z"),
            stack_id: stack_arn(stack),
            stack_name: stack.to_owned(),
            logical_id: logical_id.to_owned(),
            physical_id: about_itself.then(|| stack_arn(stack)),
            resource_type: resource_type.to_owned(),
            status: ResourceStatus::parse(status),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            token: Some("token-1".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{event, stack_arn};
    use super::*;

    #[test]
    fn a_stack_is_told_from_a_nested_one() {
        let own = event(1, "demo", NESTED_STACK, "CREATE_IN_PROGRESS", "User Initiated");
        assert!(own.is_about_the_stack() && own.nested_stack().is_none());
        let mut nested = event(2, "Network", NESTED_STACK, "CREATE_FAILED", "");
        assert_eq!(nested.nested_stack(), None, "it does not exist yet");
        nested.physical_id = Some(stack_arn("demo-Network-1"));
        assert_eq!(nested.nested_stack(), Some(stack_arn("demo-Network-1").as_str()));
        assert!(!nested.is_about_the_stack());
    }

    #[test]
    fn a_line_leaves_out_an_empty_reason() {
        let check = |reason: &str, expected: &str| {
            assert_eq!(event(1, "Q", "AWS::SQS::Queue", "CREATE_COMPLETE", reason).line(), expected);
        };
        check("", "CREATE_COMPLETE AWS::SQS::Queue Q");
        check("why", "CREATE_COMPLETE AWS::SQS::Queue Q: why");
    }
}

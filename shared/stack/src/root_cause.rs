//! Which of many failed events is the cause, and what to tell about it.

use crate::engine::Engine;
use crate::error::StackError;
use crate::event::StackEvent;
use crate::reason::Reason;
use crate::status::ResourceStatus;
use serde::{Deserialize, Serialize};

/// How deep the search goes into nested stacks.
const MAX_DEPTH: usize = 8;

/// The first resource that failed, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RootCause {
    /// Name of the stack that the resource is in; another than the failed one if that is nested.
    pub stack_name: String,
    /// The resource's name in the template.
    pub logical_id: String,
    /// Its name in the account, if it came to have one.
    pub physical_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// Such as `CREATE_FAILED`.
    pub status: ResourceStatus,
    /// Why, as data.
    pub reason: Reason,
    /// What that means, in a sentence.
    pub meaning: String,
    /// What to do about it.
    pub remedy: String,
    /// RFC 3339.
    pub at: String,
}

impl RootCause {
    /// What a failed event tells.
    pub fn of(event: &StackEvent) -> Self {
        let reason = Reason::parse(event.reason.as_deref().unwrap_or("CloudFormation gave no reason"));
        Self {
            stack_name: event.stack_name.clone(),
            logical_id: event.logical_id.clone(),
            physical_id: event.physical_id.clone().filter(|id| !id.is_empty()),
            resource_type: event.resource_type.clone(),
            status: event.status.clone(),
            meaning: reason.meaning(),
            remedy: reason.remedy(),
            at: event.at.clone(),
            reason,
        }
    }

    /// One sentence for people, the cause first: ``Hello (AWS::Lambda::Function) CREATE_FAILED: why``.
    pub fn sentence(&self) -> String {
        format!("{} ({}) {}: {}", self.logical_id, self.resource_type, self.status, self.reason.message)
    }
}

/// The events of one operation, oldest first, out of a stack's history, oldest first.
///
/// With a token: everything from the first event that carries it until another operation begins, but for events of other
/// tokens. Without: everything from the last time that somebody asked for something.
pub fn operation<'e>(events: &'e [StackEvent], token: Option<&str>) -> Vec<&'e StackEvent> {
    let Some(token) = token else {
        let start = events.iter().rposition(begins_operation).unwrap_or(0);
        return events[start..].iter().collect();
    };
    let Some(start) = events.iter().position(|event| event.token.as_deref() == Some(token)) else {
        return Vec::new();
    };
    let own = |event: &&StackEvent| event.token.as_deref() == Some(token);
    let until_next = events[start..].iter().take_while(|event| own(event) || !begins_operation(event));
    until_next.filter(|event| event.token.is_none() || own(event)).collect()
}

/// True for the first event of an operation. A rollback or a cleanup goes on with the operation that it belongs to.
pub(crate) fn begins_operation(event: &StackEvent) -> bool {
    use ResourceStatus::{CreateInProgress, DeleteInProgress, ImportInProgress, UpdateInProgress};
    event.is_about_the_stack()
        && matches!(event.status, CreateInProgress | UpdateInProgress | DeleteInProgress | ImportInProgress)
}

/// The event with which began what somebody asked for last, out of an operation's events, oldest first.
///
/// A rollback that CloudFormation begins by itself goes on with the operation that failed, so nobody asked for it. One that
/// somebody asks for begins where the operation had ended already, or says so.
pub fn asked_for(operation: &[StackEvent]) -> Option<&StackEvent> {
    let mut stack = operation.iter().filter(|event| event.is_about_the_stack());
    let first = stack.next()?;
    let mut before = first;
    let mut asked = first;
    for event in stack {
        let by_somebody = event.reason.as_deref() == Some(BY_SOMEBODY);
        if event.status.is_in_progress() && (before.status.is_terminal() || by_somebody) {
            asked = event;
        }
        before = event;
    }
    Some(asked)
}

/// What CloudFormation gives as the reason for what a request began.
const BY_SOMEBODY: &str = "User Initiated";

/// Every failure of an operation that does not merely follow from another, oldest first.
pub fn failures<'e>(operation: &[&'e StackEvent]) -> Vec<&'e StackEvent> {
    let own = |event: &&StackEvent| !is_consequence(event);
    operation.iter().copied().filter(|event| event.status.is_failure()).filter(own).collect()
}

/// The first failed resource of an operation; where no resource failed, the stack's own first word about it.
pub fn first_failure<'e>(operation: &[&'e StackEvent]) -> Option<&'e StackEvent> {
    let failures = failures(operation);
    let resource = failures.iter().find(|event| !event.is_about_the_stack()).copied();
    resource.or_else(|| failures.first().copied()).or_else(|| operation.iter().copied().find(is_telling_rollback))
}

fn is_consequence(event: &StackEvent) -> bool {
    event.reason.as_deref().is_some_and(|reason| Reason::parse(reason).class.is_consequence())
}

/// Where no resource failed, the reason stands in the stack's own rollback event.
fn is_telling_rollback(event: &&StackEvent) -> bool {
    let rolls_back = event.status.as_str().contains("ROLLBACK") && event.is_about_the_stack();
    rolls_back && event.reason.as_deref().is_some_and(|reason| !reason.is_empty()) && !is_consequence(event)
}

impl Engine {
    /// Why an operation failed: the first failed resource, in the nested stack where it really is. `None` if no event
    /// tells of a failure.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from telling the events of the stack itself. Those of a nested stack that cannot be
    /// read leave the nested stack as the cause.
    pub async fn root_cause(&self, stack: &str, token: Option<&str>) -> Result<Option<RootCause>, StackError> {
        let events = self.operation_events(stack, token).await?;
        Ok(self.root_cause_in(&events).await)
    }

    /// The same, for an operation's events that are at hand.
    pub async fn root_cause_in(&self, operation: &[StackEvent]) -> Option<RootCause> {
        let began = operation.first()?.at.clone();
        let mut failed = first_failure(&operation.iter().collect::<Vec<_>>())?.clone();
        for _ in 0..MAX_DEPTH {
            let Some(nested) = failed.nested_stack() else { break };
            let inside = self.events_since(nested, &began).await.unwrap_or_default();
            match first_failure(&inside.iter().collect::<Vec<_>>()) {
                Some(deeper) => failed = deeper.clone(),
                None => break,
            }
        }
        Some(RootCause::of(&failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NESTED_STACK;
    use crate::event::testing::event;

    fn first(events: &[StackEvent], token: Option<&str>) -> Option<String> {
        first_failure(&operation(events, token)).map(|event| event.logical_id.clone())
    }

    fn begin(second: u32, status: &str) -> StackEvent {
        event(second, "demo", NESTED_STACK, status, "User Initiated")
    }

    #[test]
    fn a_rollback_was_asked_for_only_where_nothing_else_led_to_it() {
        let check = |told: &[(&str, &str)], expected: &str| {
            let events: Vec<_> =
                (1..).zip(told).map(|(at, (status, why))| event(at, "demo", NESTED_STACK, status, why)).collect();
            assert_eq!(asked_for(&events).map(|event| event.status.as_str()), Some(expected), "{told:?}");
        };
        let updating = ("UPDATE_IN_PROGRESS", "User Initiated");
        let by_itself = ("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Queue]. ");
        let cleaning = ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "");
        check(&[updating], "UPDATE_IN_PROGRESS");
        check(&[updating, cleaning], "UPDATE_IN_PROGRESS");
        check(&[updating, by_itself], "UPDATE_IN_PROGRESS");
        check(&[updating, by_itself, ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "")], "UPDATE_IN_PROGRESS");
        check(&[updating, by_itself, ("UPDATE_ROLLBACK_COMPLETE", "")], "UPDATE_IN_PROGRESS");
        check(&[("CREATE_IN_PROGRESS", ""), ("ROLLBACK_IN_PROGRESS", "as it failed")], "CREATE_IN_PROGRESS");
        // Cancelled, undone after it had been left as it failed, and undone once more.
        check(&[updating, ("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")], "UPDATE_ROLLBACK_IN_PROGRESS");
        check(&[updating, ("UPDATE_FAILED", ""), ("UPDATE_ROLLBACK_IN_PROGRESS", "")], "UPDATE_ROLLBACK_IN_PROGRESS");
        let again = ("UPDATE_ROLLBACK_IN_PROGRESS", "");
        check(&[updating, by_itself, ("UPDATE_ROLLBACK_FAILED", ""), again], "UPDATE_ROLLBACK_IN_PROGRESS");
        assert_eq!(asked_for(&[]), None);
    }

    #[test]
    fn what_was_cancelled_is_not_the_cause() {
        let events = [
            begin(1, "CREATE_IN_PROGRESS"),
            event(2, "Queue", "AWS::SQS::Queue", "CREATE_FAILED", "Resource creation cancelled"),
            event(3, "Bucket", "AWS::S3::Bucket", "CREATE_FAILED", "demo-bucket already exists"),
            event(4, "Role", "AWS::IAM::Role", "CREATE_FAILED", "also bad"),
            event(
                5,
                "demo",
                NESTED_STACK,
                "ROLLBACK_IN_PROGRESS",
                "The following resource(s) failed to create: [Bucket].",
            ),
            event(6, "Topic", "AWS::SNS::Topic", "DELETE_FAILED", "in use"),
        ];
        assert_eq!(first(&events, None).as_deref(), Some("Bucket"));
        let own = operation(&events, None);
        let failed: Vec<_> = failures(&own).iter().map(|event| event.logical_id.as_str()).collect();
        assert_eq!(failed, ["Bucket", "Role", "Topic"]);
    }

    #[test]
    fn an_earlier_operation_is_not_asked() {
        let mut events = vec![
            begin(1, "CREATE_IN_PROGRESS"),
            event(2, "Old", "AWS::SQS::Queue", "CREATE_FAILED", "old trouble"),
            begin(3, "UPDATE_IN_PROGRESS"),
            event(4, "New", "AWS::SQS::Queue", "UPDATE_FAILED", "new trouble"),
        ];
        events[0].token = Some("token-0".to_owned());
        events[1].token = Some("token-0".to_owned());
        assert_eq!(first(&events, None).as_deref(), Some("New"));
        assert_eq!(first(&events, Some("token-0")).as_deref(), Some("Old"));
        assert_eq!(first(&events, Some("token-1")).as_deref(), Some("New"));
        assert_eq!(first(&events, Some("token-2")), None);
    }

    #[test]
    fn where_no_resource_failed_the_stack_says_why() {
        let refused = "Role arn:aws:iam::1:role/cfn is invalid or cannot be assumed";
        let events = [begin(1, "CREATE_IN_PROGRESS"), event(2, "demo", NESTED_STACK, "ROLLBACK_IN_PROGRESS", refused)];
        assert_eq!(first(&events, None).as_deref(), Some("demo"));
        let events =
            [begin(1, "CREATE_IN_PROGRESS"), event(2, "demo", NESTED_STACK, "CREATE_FAILED", "Internal Failure")];
        assert_eq!(first(&events, None).as_deref(), Some("demo"));
        assert_eq!(first(&[begin(1, "CREATE_IN_PROGRESS")], None), None);
        assert_eq!(first(&[], None), None);
    }

    #[test]
    fn the_cause_says_what_it_means() {
        let event = event(3, "Bucket", "AWS::S3::Bucket", "CREATE_FAILED", "demo-bucket already exists");
        let cause = RootCause::of(&event);
        assert_eq!(cause.sentence(), "Bucket (AWS::S3::Bucket) CREATE_FAILED: demo-bucket already exists");
        assert_eq!(cause.meaning, "`demo-bucket` is there already and does not belong to this stack.");
    }
}

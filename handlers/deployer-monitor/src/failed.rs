//! The failure of a stack in words: the root cause first, then what else failed and what became of it.

use crate::told::one_line;
use crate::verdict::Verdict;
use drydock_stack::event::StackEvent;
use drydock_stack::{RootCause, StackInfo};
use std::collections::BTreeSet;

/// Longest reason in a failure, in characters.
const MAX_REASON: usize = 1500;

/// Other failed resources that are named.
const MAX_OTHERS: usize = 5;

/// `events` are the operation's, oldest first.
pub(crate) fn failed(stack: &StackInfo, events: &[StackEvent], cause: Option<RootCause>) -> Verdict {
    // By now the stack may be in the hands of another operation: this one ended as its own last event says.
    let last = events.iter().rev().find(|event| event.is_about_the_stack());
    let status = last.map_or(stack.status.as_str(), |event| event.status.as_str());
    let undone = rolled_back(status);
    let Some(cause) = cause else {
        let own = events.iter().rev().filter(|event| event.is_about_the_stack()).find_map(|event| event.reason.clone());
        let reason =
            own.or_else(|| stack.status_reason.clone()).unwrap_or_else(|| "CloudFormation gave no reason".into());
        let message = one_line(&format!("stack {} ended as {status}: {reason}", stack.name), MAX_REASON);
        return Verdict::failed("stack-failed", format!("{message}{undone}"), None, Some(stack.name.clone()));
    };
    let nested = cause.stack_name != stack.name;
    let inside = if nested { format!(" in nested stack {}", cause.stack_name) } else { String::new() };
    // The outer stack's failures all follow from the nested one's.
    let also = if nested { String::new() } else { others(events, &cause.logical_id) };
    let message = one_line(&format!("{}{inside}", cause.sentence()), MAX_REASON);
    let remedy = one_line(&format!("{} {}", cause.meaning, cause.remedy), MAX_REASON);
    Verdict::failed("stack-failed", format!("{message}{also}{undone}"), Some(remedy), Some(cause.logical_id))
}

fn rolled_back(status: &str) -> &'static str {
    match status {
        "ROLLBACK_COMPLETE" => "; what it had made was rolled back",
        "UPDATE_ROLLBACK_COMPLETE" => "; the stack was rolled back to what it was before",
        status if status.ends_with("ROLLBACK_FAILED") => "; rolling back failed too",
        _ => "",
    }
}

/// Resources that failed for reasons of their own.
fn others(events: &[StackEvent], cause: &str) -> String {
    let own = |event: &&StackEvent| {
        event.status.is_failure()
            && !event.is_about_the_stack()
            && event.logical_id != cause
            && !RootCause::of(event).reason.class.is_consequence()
    };
    let names: BTreeSet<&str> = events.iter().filter(own).map(|event| event.logical_id.as_str()).collect();
    let named: Vec<&str> = names.iter().copied().take(MAX_OTHERS).collect();
    match (named.is_empty(), names.len() - named.len()) {
        (true, _) => String::new(),
        (false, 0) => format!("; {} failed too", named.join(", ")),
        (false, more) => format!("; {} and {more} more failed too", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event, stack};

    fn check(status: &str, events: &[StackEvent], cause: Option<RootCause>, expected: (&str, &str)) {
        let Verdict::Failed(failure) = failed(&stack(status), events, cause) else { panic!("it failed") };
        assert_eq!((failure.message.as_str(), failure.location.as_deref().unwrap_or_default()), expected);
        assert_eq!((failure.code.as_str(), failure.replayable), ("stack-failed", false));
    }

    #[test]
    fn the_cause_comes_first_and_cancellations_are_left_out() {
        let events = [
            event("Data", "CREATE_FAILED", "data already exists"),
            event("Logs", "CREATE_FAILED", "Resource creation cancelled"),
            event("Site", "CREATE_FAILED", "site already exists"),
            event("demo", "ROLLBACK_COMPLETE", ""),
        ];
        let message = "Data (AWS::S3::Bucket) CREATE_FAILED: data already exists; Site failed too; what it had made was rolled back";
        check("ROLLBACK_COMPLETE", &events, Some(RootCause::of(&events[0])), (message, "Data"));
    }

    #[test]
    fn a_nested_cause_says_where_it_is() {
        let events =
            [event("Data", "UPDATE_FAILED", "data already exists"), event("Net", "UPDATE_FAILED", "Embedded stack")];
        let cause = RootCause { stack_name: "demo-Net-1".into(), ..RootCause::of(&events[0]) };
        let message = "Data (AWS::S3::Bucket) UPDATE_FAILED: data already exists in nested stack demo-Net-1; the stack was rolled back to what it was before";
        check("UPDATE_ROLLBACK_COMPLETE", &events, Some(cause), (message, "Data"));
    }

    #[test]
    fn without_a_failed_resource_the_stack_itself_says_why() {
        let events = [
            event("demo", "UPDATE_ROLLBACK_IN_PROGRESS", "Rollback requested by user"),
            event("demo", "UPDATE_ROLLBACK_COMPLETE", ""),
        ];
        check(
            "UPDATE_ROLLBACK_COMPLETE",
            &events,
            None,
            (
                "stack demo ended as UPDATE_ROLLBACK_COMPLETE: Rollback requested by user; the stack was rolled back to what it was before",
                "demo",
            ),
        );
        check(
            "UPDATE_IN_PROGRESS",
            &events,
            None,
            (
                "stack demo ended as UPDATE_ROLLBACK_COMPLETE: Rollback requested by user; the stack was rolled back to what it was before",
                "demo",
            ),
        );
        check("CREATE_FAILED", &[], None, ("stack demo ended as CREATE_FAILED: CloudFormation gave no reason", "demo"));
    }
}

//! A look at a stack that is taken down.
//!
//! It goes by the stack's own status and by what its history tells since the session was opened, not by the operation's
//! token: a deletion is always a stack's last operation.

use crate::Monitor;
use crate::failed::failed;
use crate::schedule::MAX_IDLE_LOOKS;
use crate::told::tell;
use crate::verdict::Verdict;
use drydock_contract::message::Work;
use drydock_contract::{Session, Stage, Status};
use drydock_runtime::WorkError;
use drydock_stack::event::StackEvent;
use drydock_stack::{ResourceStatus, StackInfo, StackStatus};
use drydock_store::Change;
use tracing::warn;

/// Resources that are named as kept.
const MAX_KEPT: usize = 10;

pub(crate) async fn look(
    monitor: &Monitor,
    session: &Session,
    work: &Work,
    name: &str,
    id: Option<&str>,
) -> Result<Change, WorkError> {
    let looking = |error| WorkError::Retry(format!("cannot look at stack {name}: {error}"));
    let stack = match monitor.engine.describe(id.unwrap_or(name)).await {
        Ok(stack) => stack,
        // A look that saw nothing is no failure of the deletion: the next one is due anyway.
        Err(error) if error.is_retryable() => {
            warn!(session = %session.session_id, stack = name, %error, "this look saw nothing");
            return Verdict::Continues { message: format!("waiting for news of stack {name}") }.into_change(work);
        }
        Err(error) => return Err(looking(error)),
    };
    let Some(stack) = stack else { return Ok(deleted(name, &[])) };
    let events = monitor.engine.events_since(&stack.id, &session.created_at).await.map_err(looking)?;
    tell(&monitor.store, &session.session_id, &events).await?;
    match standing(&stack, &events) {
        Standing::Gone => Ok(deleted(name, &events)),
        Standing::Failed => {
            let cause = monitor.engine.root_cause_in(&events).await;
            refused(failed(&stack, &events, cause)).into_change(work)
        }
        Standing::Waits if work.look >= MAX_IDLE_LOOKS => Verdict::failed(
            "delete-not-started",
            format!("CloudFormation did not begin to delete stack {name} within five minutes"),
            Some("delete it again".to_owned()),
            Some(name.to_owned()),
        )
        .into_change(work),
        Standing::Waits | Standing::Deleting => {
            let gone = events.iter().filter(|event| is_gone(event)).count();
            let message = format!("stack {name}: {}, {gone} resources deleted", stack.status);
            Verdict::Continues { message }.into_change(work)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The deletion does not show yet.
    Waits,
    Deleting,
    Gone,
    Failed,
}

/// `DELETE_FAILED` may be left from a deletion before this one, so it must be told by an event of this one, too. A
/// deletion that CloudFormation calls off, because another stack imports what this one exports, for instance, leaves the
/// stack as it was before.
fn standing(stack: &StackInfo, events: &[StackEvent]) -> Standing {
    let own: Vec<_> = events.iter().filter(|event| event.is_about_the_stack()).map(|event| &event.status).collect();
    let called_off = match own.as_slice() {
        [.., before, last] => **before == ResourceStatus::DeleteInProgress && last.is_terminal(),
        _ => false,
    };
    match &stack.status {
        StackStatus::DeleteComplete => Standing::Gone,
        StackStatus::DeleteInProgress => Standing::Deleting,
        StackStatus::DeleteFailed if own.last() == Some(&&ResourceStatus::DeleteFailed) => Standing::Failed,
        status if called_off && status.is_terminal() && *status != StackStatus::DeleteFailed => Standing::Failed,
        _ => Standing::Waits,
    }
}

fn is_gone(event: &StackEvent) -> bool {
    event.status == ResourceStatus::DeleteComplete && !event.is_about_the_stack()
}

/// What could not be deleted is named first, with what to do about it.
fn refused(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Failed(mut failure) => {
            "delete-failed".clone_into(&mut failure.code);
            let remedy = failure.remedy.map_or_else(String::new, |remedy| format!("{remedy} "));
            failure.remedy = Some(format!("{remedy}Then delete again: what is gone already stays gone."));
            Verdict::Failed(failure)
        }
        other => other,
    }
}

fn deleted(name: &str, events: &[StackEvent]) -> Change {
    let kept: Vec<&str> = events
        .iter()
        .filter(|event| event.status == ResourceStatus::DeleteSkipped)
        .map(|event| event.logical_id.as_str())
        .take(MAX_KEPT)
        .collect();
    let kept =
        if kept.is_empty() { String::new() } else { format!("; kept, as the template says: {}", kept.join(", ")) };
    Change {
        status: Some(Status::Success),
        stage: Some(Stage::Done),
        message: Some(format!("stack {name} is deleted{kept}")),
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event, stack};

    #[test]
    fn a_deletion_ends_by_its_own_events() {
        let check = |status: &str, events: &[&str], expected: Standing| {
            let events: Vec<_> = events.iter().map(|status| event("demo", status, "")).collect();
            assert_eq!(standing(&stack(status), &events), expected, "{status} {events:?}");
        };
        check("CREATE_COMPLETE", &[], Standing::Waits);
        check("CREATE_IN_PROGRESS", &["CREATE_IN_PROGRESS"], Standing::Waits);
        check("DELETE_IN_PROGRESS", &["DELETE_IN_PROGRESS"], Standing::Deleting);
        check("DELETE_COMPLETE", &[], Standing::Gone);
        check("DELETE_FAILED", &[], Standing::Waits);
        check("DELETE_FAILED", &["DELETE_IN_PROGRESS"], Standing::Waits);
        check("DELETE_FAILED", &["DELETE_IN_PROGRESS", "DELETE_FAILED"], Standing::Failed);
        check("UPDATE_COMPLETE", &["DELETE_IN_PROGRESS"], Standing::Waits);
        check("UPDATE_COMPLETE", &["DELETE_IN_PROGRESS", "UPDATE_COMPLETE"], Standing::Failed);
        check("UPDATE_COMPLETE", &["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], Standing::Waits);
    }

    #[test]
    fn what_the_template_keeps_is_said() {
        let said = |events: &[StackEvent]| deleted("demo", events).message.unwrap();
        assert_eq!(said(&[event("Data", "DELETE_COMPLETE", "")]), "stack demo is deleted");
        let kept = [event("Data", "DELETE_SKIPPED", ""), event("Logs", "DELETE_COMPLETE", "")];
        assert_eq!(said(&kept), "stack demo is deleted; kept, as the template says: Data");
    }

    #[test]
    fn what_blocks_the_deletion_is_the_cause() {
        let blocked = event("Data", "DELETE_FAILED", "The bucket you tried to delete is not empty");
        let events = [event("demo", "DELETE_IN_PROGRESS", ""), blocked.clone(), event("demo", "DELETE_FAILED", "")];
        let verdict = refused(failed(&stack("DELETE_FAILED"), &events, Some(drydock_stack::RootCause::of(&blocked))));
        let Verdict::Failed(failure) = verdict else { panic!("it failed") };
        assert_eq!((failure.code.as_str(), failure.location.as_deref()), ("delete-failed", Some("Data")));
        assert!(failure.message.contains("The bucket you tried to delete is not empty"), "{}", failure.message);
        let remedy = failure.remedy.unwrap();
        assert!(remedy.ends_with("Then delete again: what is gone already stays gone."), "{remedy}");
    }

    #[test]
    fn a_deletion_that_was_called_off_says_why() {
        let reason = "Delete canceled. Cannot delete export api as it is in use by shop.";
        let events = [event("demo", "DELETE_IN_PROGRESS", ""), event("demo", "UPDATE_COMPLETE", reason)];
        let Verdict::Failed(failure) = refused(failed(&stack("UPDATE_COMPLETE"), &events, None)) else {
            panic!("it failed")
        };
        assert_eq!(failure.code, "delete-failed");
        assert_eq!(failure.message, format!("stack demo ended as UPDATE_COMPLETE: {reason}"));
    }
}

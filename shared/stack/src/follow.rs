//! Watching an operation: one look at a time (the pipeline's monitor), or one after the other (the operator's terminal).

use crate::engine::Engine;
use crate::error::StackError;
use crate::event::StackEvent;
use crate::root_cause::{begins_operation, operation};
use crate::stack::StackInfo;
use crate::status::{ResourceStatus, StackStatus};
use std::collections::HashSet;

/// Failures in a row that a [`Follower`] takes for passing.
const MAX_FAILED_LOOKS: u32 = 30;

/// What one look at an operation showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The stack; `None` if it is not there, and `DELETE_COMPLETE` for one that was asked for by its ARN.
    pub stack: Option<StackInfo>,
    /// The operation's events, oldest first; from a [`Follower`], only those not told before.
    pub events: Vec<StackEvent>,
    /// How it stands.
    pub outcome: Outcome,
}

/// How an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// CloudFormation has not begun, or is working.
    InProgress,
    /// It did what was asked.
    Complete,
    /// It failed, and all that can be undone is undone.
    Failed,
    /// There is no such stack (any more), and the operation has told no end of its own: somebody has deleted the stack.
    Gone,
}

impl Outcome {
    /// True if nothing more will happen.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::InProgress)
    }
}

impl Engine {
    /// One look at the operation with that token; without one, at the last operation of the stack.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn look(&self, stack: &str, token: Option<&str>) -> Result<Look, StackError> {
        // The stack before its events: a terminal status is then never told without the events that led to it.
        let Some(info) = self.describe(stack).await? else {
            return Ok(Look { stack: None, events: Vec::new(), outcome: Outcome::Gone });
        };
        let history = self.operation_history(&info.id, token).await?;
        let events: Vec<StackEvent> = operation(&history, token).into_iter().cloned().collect();
        let asked = token.map(|token| if is_followed_by_another(&history, token) { Asked::Past } else { Asked::Last });
        let outcome = outcome(&info.status, &events, asked);
        Ok(Look { stack: Some(info), events, outcome })
    }

    /// Follows an operation to its end, see [`Follower::next`].
    pub fn follow(&self, stack_id: &str, token: Option<&str>) -> Follower {
        Follower {
            engine: self.clone(),
            stack_id: stack_id.to_owned(),
            token: token.map(str::to_owned),
            told: HashSet::new(),
            first: true,
        }
    }
}

/// Takes one look after the other and tells every event once.
#[derive(Debug)]
pub struct Follower {
    engine: Engine,
    stack_id: String,
    token: Option<String>,
    told: HashSet<String>,
    first: bool,
}

impl Follower {
    /// The next look, after a wait (none before the first). Throttling and lost connections are waited out.
    ///
    /// # Errors
    /// What does not pass by itself, such as expired credentials: the operation goes on in AWS, and following it can be
    /// taken up again.
    pub async fn next(&mut self) -> Result<Look, StackError> {
        let mut failed = 0;
        loop {
            if !std::mem::take(&mut self.first) {
                tokio::time::sleep(self.engine.pace.look).await;
            }
            match self.engine.look(&self.stack_id, self.token.as_deref()).await {
                Ok(mut look) => {
                    look.events.retain(|event| self.told.insert(event.id.clone()));
                    return Ok(look);
                }
                Err(error) if error.is_retryable() && failed < MAX_FAILED_LOOKS => {
                    failed += 1;
                    tracing::debug!(%error, failed, "a look at the stack failed; the next one follows");
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// An operation that is asked for by its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Nothing was begun on the stack since: the stack's status is this operation's.
    Last,
    /// Another operation was begun since: the stack's status is that one's.
    Past,
}

/// True if the history, oldest first, tells of an operation that was begun after the one with that token.
fn is_followed_by_another(history: &[StackEvent], token: &str) -> bool {
    let own = |event: &StackEvent| event.token.as_deref() == Some(token);
    let since = history.iter().skip_while(|event| !own(event));
    since.into_iter().any(|event| begins_operation(event) && !own(event))
}

/// How the operation stands, by its own last event about the stack and by the stack's status. `asked` is `None` for
/// whatever operation was the last.
///
/// Both must agree that it is over: the status alone may still be that of the operation before, and an operation whose
/// first event is not there yet has not begun. How it ended, and whether it did once another one was begun, only its
/// own events tell, unless a deletion has broken it off: then they never tell an end.
fn outcome(status: &StackStatus, events: &[StackEvent], asked: Option<Asked>) -> Outcome {
    let last = events.iter().rev().find(|event| event.is_about_the_stack()).map(|event| &event.status);
    let has_no_end = last.is_none_or(ResourceStatus::is_in_progress);
    match (status, asked) {
        (StackStatus::DeleteComplete, Some(Asked::Past)) if has_no_end => return Outcome::Gone,
        (StackStatus::DeleteComplete, Some(Asked::Last)) if last.is_none() => return Outcome::Gone,
        (StackStatus::DeleteFailed, Some(Asked::Past)) if has_no_end => return Outcome::Failed,
        _ => {}
    }
    let over = match last {
        Some(last) => last.is_terminal() && (status.is_terminal() || asked == Some(Asked::Past)),
        None => asked.is_none() && status.is_terminal(),
    };
    if !over {
        return Outcome::InProgress;
    }
    let events_are_good = last.is_none_or(|last| last.is_good() && !is_rollback(last));
    let good = events_are_good && (asked == Some(Asked::Past) || status.is_good());
    if good { Outcome::Complete } else { Outcome::Failed }
}

fn is_rollback(status: &ResourceStatus) -> bool {
    status.as_str().contains("ROLLBACK")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::NESTED_STACK;
    use crate::event::testing::event;

    #[test]
    fn status_and_events_must_agree_that_it_is_over() {
        let check_asked = |status: &str, told: &[&str], asked: Option<Asked>, expected: Outcome| {
            let events: Vec<_> = (1..).zip(told).map(|(at, told)| event(at, "demo", NESTED_STACK, told, "")).collect();
            let found = outcome(&StackStatus::parse(status), &events, asked);
            assert_eq!(found, expected, "{status} {told:?} {asked:?}");
        };
        let check = |status: &str, told: &[&str], by_token: bool, expected: Outcome| {
            check_asked(status, told, by_token.then_some(Asked::Last), expected);
        };
        let updating = "UPDATE_IN_PROGRESS";
        check("CREATE_COMPLETE", &[], true, Outcome::InProgress);
        check("CREATE_COMPLETE", &[], false, Outcome::Complete);
        check("REVIEW_IN_PROGRESS", &[], true, Outcome::InProgress);
        check("CREATE_COMPLETE", &[updating], true, Outcome::InProgress);
        check("UPDATE_IN_PROGRESS", &[updating, "UPDATE_COMPLETE"], true, Outcome::InProgress);
        check(
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            &[updating, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"],
            true,
            Outcome::InProgress,
        );
        check("UPDATE_COMPLETE", &[updating, "UPDATE_COMPLETE"], true, Outcome::Complete);
        check("UPDATE_ROLLBACK_COMPLETE", &[updating, "UPDATE_ROLLBACK_COMPLETE"], true, Outcome::Failed);
        check("ROLLBACK_FAILED", &["CREATE_IN_PROGRESS", "ROLLBACK_FAILED"], true, Outcome::Failed);
        check("DELETE_COMPLETE", &["DELETE_IN_PROGRESS", "DELETE_COMPLETE"], true, Outcome::Complete);
        check("ROLLBACK_COMPLETE", &[], false, Outcome::Failed);
        // Whatever another operation makes of the stack, this one ended as it ended.
        for status in ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS"] {
            let past = Some(Asked::Past);
            check_asked(status, &[updating, "UPDATE_COMPLETE"], past, Outcome::Complete);
            check_asked(status, &[updating, "UPDATE_ROLLBACK_COMPLETE"], past, Outcome::Failed);
            check_asked(status, &[updating], past, Outcome::InProgress);
        }
    }

    #[test]
    fn what_a_deletion_has_broken_off_ends_with_it() {
        let check = |status: &str, told: &[&str], asked: Option<Asked>, expected: Outcome| {
            let events: Vec<_> = (1..).zip(told).map(|(at, told)| event(at, "demo", NESTED_STACK, told, "")).collect();
            let found = outcome(&StackStatus::parse(status), &events, asked);
            assert_eq!(found, expected, "{status} {told:?} {asked:?}");
        };
        let (past, last) = (Some(Asked::Past), Some(Asked::Last));
        let creating = ["CREATE_IN_PROGRESS"];
        check("DELETE_IN_PROGRESS", &creating, past, Outcome::InProgress);
        check("DELETE_COMPLETE", &creating, past, Outcome::Gone);
        check("DELETE_FAILED", &creating, past, Outcome::Failed);
        // What had ended before has ended as it did.
        check("DELETE_COMPLETE", &["CREATE_IN_PROGRESS", "CREATE_COMPLETE"], past, Outcome::Complete);
        // What was never begun cannot begin any more; a deletion of our own only has its last event still to tell.
        check("DELETE_COMPLETE", &[], last, Outcome::Gone);
        check("DELETE_COMPLETE", &["DELETE_IN_PROGRESS"], last, Outcome::InProgress);
    }

    #[test]
    fn an_operation_is_past_once_another_has_begun() {
        let told = |at, status, token: &str| {
            let token = (!token.is_empty()).then(|| token.to_owned());
            StackEvent { token, ..event(at, "demo", NESTED_STACK, status, "") }
        };
        let own = [told(2, "UPDATE_IN_PROGRESS", "a"), told(3, "UPDATE_COMPLETE", "a")];
        let check = |before: &[StackEvent], after: &[StackEvent], expected: bool| {
            let history = [before, &own, after].concat();
            assert_eq!(is_followed_by_another(&history, "a"), expected, "{history:#?}");
        };
        check(&[], &[], false);
        check(&[told(1, "CREATE_IN_PROGRESS", "b")], &[], false);
        check(&[], &[told(4, "UPDATE_IN_PROGRESS", "b")], true);
        check(&[], &[told(4, "UPDATE_IN_PROGRESS", "")], true);
        check(&[], &[told(4, "UPDATE_ROLLBACK_IN_PROGRESS", "a")], false);
        assert!(!is_followed_by_another(&[told(4, "UPDATE_IN_PROGRESS", "b")], "a"));
    }
}

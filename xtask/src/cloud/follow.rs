//! An operation of CloudFormation, told live, to its end.

use super::progress::Took;
use super::view::View;
use crate::printer::{Printer, Tone, elapsed, harmless};
use anyhow::{Result, anyhow};
use drydock_stack::{
    Engine, Look, Outcome, ResourceStatus, RootCause, StackError, StackEvent, StackInfo, StackStatus, asked_for,
};
use std::time::{Duration, Instant};

/// How much to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every event.
    Full,
    /// Only that it goes on; for the embedded engine.
    Brief,
}

/// What an operation was begun for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What it was begun for when it was first looked at: for an operation that somebody else has begun.
    AsBegun,
    /// To create or update: a rollback is a failure, and so is a stack that is not there afterwards.
    Change,
    /// To undo: a rollback that completes is what was asked for, also one that takes the stack away.
    Rollback,
    /// To delete: a stack that stands afterwards is a failure, however well it stands.
    Deletion,
}

impl Wanted {
    /// What the operation was begun for that these are the events of, as far as they say. The status says nothing of it:
    /// an update that fails is rolled back, and whoever looks then sees a rollback that nobody wanted.
    fn by(self, events: &[StackEvent]) -> Self {
        if self != Self::AsBegun {
            return self;
        }
        match asked_for(events).map(|event| &event.status) {
            None => Self::AsBegun,
            Some(ResourceStatus::DeleteInProgress) => Self::Deletion,
            Some(status) if status.as_str().contains("ROLLBACK") => Self::Rollback,
            Some(_) => Self::Change,
        }
    }
}

/// An operation that is to be followed.
pub struct Follow<'a> {
    /// Where output goes.
    pub printer: &'a Printer,
    /// The stack engine.
    pub engine: &'a Engine,
    /// The stack.
    pub stack_id: &'a str,
    /// The token of the operation; empty for the last one.
    pub token: &'a str,
    /// How much to tell.
    pub detail: Detail,
    /// What counts as good.
    pub wanted: Wanted,
}

/// How an operation ended.
#[derive(Debug)]
pub enum Ended {
    /// As asked.
    Good {
        /// The stack as it is now; absent if it was deleted.
        stack: Option<StackInfo>,
        /// What took longest.
        slowest: Vec<Took>,
    },
    /// It failed.
    Bad {
        /// The stack as it is now; absent if somebody has deleted it.
        stack: Option<StackInfo>,
        /// The first failure.
        cause: Option<Box<RootCause>>,
    },
}

impl Follow<'_> {
    /// To the end of the operation.
    ///
    /// # Errors
    /// If CloudFormation cannot be asked any more; the operation goes on.
    pub async fn run(&self) -> Result<Ended> {
        let start = Instant::now();
        let mut follower = self.engine.follow(self.stack_id, (!self.token.is_empty()).then_some(self.token));
        let mut view = View::new(self.printer, self.detail == Detail::Brief);
        let mut all = Vec::new();
        let mut wanted = self.wanted;
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let look = loop {
            let look = {
                let next = follower.next();
                tokio::pin!(next);
                loop {
                    tokio::select! {
                        look = &mut next => break look,
                        _ = ticks.tick() => view.tick(),
                    }
                }
            };
            let look = look.map_err(|error| lost(&error))?;
            view.events(&look.events);
            all.extend(look.events.iter().cloned());
            // Once: whoever breaks it off later asks for something else, and this has failed then.
            wanted = wanted.by(&all);
            if look.outcome.is_terminal() {
                break look;
            }
        };
        view.end();
        let good = is_good(wanted, &look);
        let stands = look.stack.filter(|stack| stack.status != StackStatus::DeleteComplete);
        if good {
            return Ok(Ended::Good { stack: stands, slowest: view.progress().slowest(5) });
        }
        let cause = self.engine.root_cause_in(&all).await.map(Box::new);
        self.report(stands.as_ref(), &all, cause.as_deref(), start);
        Ok(Ended::Bad { stack: stands, cause })
    }

    /// The first cause, what it means and what to do about it.
    fn report(&self, stands: Option<&StackInfo>, all: &[StackEvent], cause: Option<&RootCause>, start: Instant) {
        let printer = self.printer;
        let after = elapsed(start.elapsed());
        printer.progress("");
        match stands {
            Some(StackInfo { name, status, .. }) => {
                printer.error(format_args!("stack {name} ended in {status} after {after}"));
            }
            None => {
                printer.error(format_args!("stack {} was deleted meanwhile, after {after}", name_in(self.stack_id)));
            }
        }
        let strong = |word: &str| printer.err(Tone::Strong, word);
        if let Some(cause) = cause {
            let told =
                [("cause:", cause.sentence()), ("that is:", cause.meaning.clone()), ("to do:", cause.remedy.clone())];
            for (word, text) in told {
                printer.diagnostic(format_args!("  {} {}", strong(word), harmless(&text)));
            }
        } else if let Some(reason) = last_word(all).filter(|_| stands.is_some()) {
            printer.diagnostic(format_args!("  {} {}", strong("reason:"), harmless(reason)));
        }
    }
}

fn is_good(wanted: Wanted, look: &Look) -> bool {
    let status = look.stack.as_ref().map(|stack| &stack.status);
    let stands = status.is_some_and(|status| *status != StackStatus::DeleteComplete);
    let undone = [Some(&StackStatus::UpdateRollbackComplete), Some(&StackStatus::RollbackComplete)];
    match wanted {
        Wanted::AsBegun | Wanted::Change => look.outcome == Outcome::Complete && stands,
        Wanted::Rollback => look.outcome == Outcome::Complete || undone.contains(&status),
        Wanted::Deletion => !stands,
    }
}

/// The name in a stack's ARN.
fn name_in(stack_id: &str) -> &str {
    stack_id.split('/').nth(1).unwrap_or(stack_id)
}

/// What CloudFormation said of the stack in the end. Where no resource failed, that is the only reason there is: for a
/// deletion that it calls off, for instance, because another stack imports what this one exports.
fn last_word(events: &[StackEvent]) -> Option<&str> {
    events.iter().rfind(|event| event.is_about_the_stack())?.reason.as_deref()
}

/// Why an operation cannot be followed any more, and how to take it up again.
fn lost(error: &StackError) -> anyhow::Error {
    let again = "The operation goes on in AWS; run the same command again to take it up";
    match error {
        StackError::ExpiredCredentials(_) | StackError::InvalidCredentials(_) => {
            anyhow!("{error}\n{again} with new credentials (`aws sso login`, for instance)")
        }
        _ => anyhow!("cannot follow the operation any more: {error}\n{again}"),
    }
}

//! An operation of CloudFormation, told live, to its end.

use super::progress::Took;
use super::view::View;
use crate::printer::{Printer, Tone, elapsed, harmless};
use anyhow::{Result, anyhow};
use drydock_stack::{Engine, Look, Outcome, RootCause, StackError, StackInfo, StackStatus};
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
    /// To create, update or delete: a rollback is a failure.
    Change,
    /// To undo: a rollback that completes is what was asked for.
    Rollback,
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
        /// The stack as it is now.
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
            if look.outcome.is_terminal() {
                break look;
            }
        };
        view.end();
        if self.is_good(&look) {
            let deleted = |stack: &StackInfo| stack.status == StackStatus::DeleteComplete;
            return Ok(Ended::Good {
                stack: look.stack.filter(|stack| !deleted(stack)),
                slowest: view.progress().slowest(5),
            });
        }
        let cause = self.engine.root_cause_in(&all).await.map(Box::new);
        self.report(&look, cause.as_deref(), start);
        Ok(Ended::Bad { stack: look.stack, cause })
    }

    fn is_good(&self, look: &Look) -> bool {
        let undone = [StackStatus::UpdateRollbackComplete, StackStatus::RollbackComplete];
        match look.outcome {
            Outcome::Complete | Outcome::Gone => true,
            _ => {
                let undone = look.stack.as_ref().is_some_and(|stack| undone.contains(&stack.status));
                self.wanted == Wanted::Rollback && undone
            }
        }
    }

    /// The first cause, what it means and what to do about it.
    fn report(&self, look: &Look, cause: Option<&RootCause>, start: Instant) {
        let printer = self.printer;
        printer.progress("");
        let (name, status) = look.stack.as_ref().map_or(("", ""), |stack| (stack.name.as_str(), stack.status.as_str()));
        printer.error(format_args!("stack {name} ended in {status} after {}", elapsed(start.elapsed())));
        if let Some(cause) = cause {
            let told =
                [("cause:", cause.sentence()), ("that is:", cause.meaning.clone()), ("to do:", cause.remedy.clone())];
            for (word, text) in told {
                printer.diagnostic(format_args!("  {} {}", printer.err(Tone::Strong, word), harmless(&text)));
            }
        }
    }
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

//! An operation of CloudFormation, told live.

use super::show;
use crate::printer::{Printer, Tone, elapsed};
use anyhow::{Context, Result};
use drydock_stack::{Engine, Outcome, RootCause, StackEvent, StackInfo};
use std::time::Instant;

/// How much to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every event.
    Full,
    /// Only that it goes on; for the embedded engine.
    Brief,
}

/// How an operation ended.
#[derive(Debug)]
pub enum Ended {
    /// As asked. The stack is absent if it was deleted.
    Good(Option<StackInfo>),
    /// It failed.
    Bad {
        /// The stack as it is now.
        stack: Option<StackInfo>,
        /// The first failure.
        cause: Option<Box<RootCause>>,
    },
}

/// Follows the operation with that token, or the last one if it is empty, to its end.
///
/// # Errors
/// If CloudFormation cannot be asked any more; the operation goes on.
pub async fn follow(printer: &Printer, engine: &Engine, stack_id: &str, token: &str, detail: Detail) -> Result<Ended> {
    let start = Instant::now();
    let token = (!token.is_empty()).then_some(token);
    let mut follower = engine.follow(stack_id, token);
    let mut all: Vec<StackEvent> = Vec::new();
    let look = loop {
        let look = follower.next().await.context("cannot follow the operation (it goes on in AWS)")?;
        if detail == Detail::Full {
            for event in &look.events {
                printer.progress(show::event(printer, event));
            }
        }
        all.extend(look.events.iter().cloned());
        if look.outcome.is_terminal() {
            break look;
        }
    };
    let deleted = look.stack.as_ref().is_none_or(|stack| stack.status == drydock_stack::StackStatus::DeleteComplete);
    match look.outcome {
        Outcome::Complete | Outcome::Gone => Ok(Ended::Good(look.stack.filter(|_| !deleted))),
        Outcome::InProgress | Outcome::Failed => {
            let cause = engine.root_cause_in(&all).await.map(Box::new);
            printer.progress("");
            printer.error(format_args!(
                "stack {} ended in {} after {}",
                look.stack.as_ref().map_or("", |stack| stack.name.as_str()),
                look.stack.as_ref().map_or_else(String::new, |stack| stack.status.to_string()),
                elapsed(start.elapsed())
            ));
            if let Some(cause) = &cause {
                printer.diagnostic(format_args!("  {} {}", printer.err(Tone::Strong, "cause:"), cause.sentence()));
                printer.diagnostic(format_args!("  {} {}", printer.err(Tone::Strong, "that is:"), cause.meaning));
                printer.diagnostic(format_args!("  {} {}", printer.err(Tone::Strong, "to do:"), cause.remedy));
            }
            Ok(Ended::Bad { stack: look.stack, cause })
        }
    }
}

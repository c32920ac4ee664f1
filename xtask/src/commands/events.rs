//! `events`: what happened to the stack last, and what is happening.

use super::{Context, stack_engine};
use crate::cloud::Aws;
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::progress::Progress;
use crate::cloud::view;
use crate::interrupt;
use crate::outcome::Outcome;
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

/// Options of `events`.
#[derive(Args, Clone, Debug)]
pub struct Events {
    /// Follow the operation that is going on to its end; exit with 1 if it fails, also where it is rolled back
    #[arg(long, short)]
    follow: bool,
    /// Every event of the last so many operations
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100), conflicts_with = "follow")]
    operations: u32,
}

/// Prints the events, oldest first.
///
/// # Errors
/// If there is no stack, or AWS cannot be asked.
pub async fn run(context: &Context, options: &Events) -> Result<Outcome> {
    if options.follow {
        return context.told(follow(context).await);
    }
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let stack = context.standing_stack(&aws).await?;
    let events = engine.last_operations(&stack.id, options.operations).await.context("cannot read the events")?;
    let mut progress = Progress::default();
    for event in &events {
        progress.take(event);
        if printer.is_json() {
            view::line(printer, "event", json!(event));
        } else {
            printer.data(view::text(event, &progress, &|tone, text| printer.out(tone, text)));
        }
    }
    Ok(Outcome::Success)
}

async fn follow(context: &Context) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let stack = context.standing_stack(&aws).await?;
    let (stack_id, detail, wanted) = (stack.id.as_str(), Detail::Full, Wanted::AsBegun);
    let follow = Follow { printer, engine: &engine, stack_id, token: "", detail, wanted };
    let ended = tokio::select! {
        ended = follow.run() => Some(ended?),
        () = interrupt::requested() => None,
    };
    let (outcome, now, cause) = match ended {
        Some(Ended::Good { stack, .. }) => (Outcome::Success, stack, None),
        Some(Ended::Bad { stack, cause }) => (Outcome::Failed, stack, cause),
        None => (Outcome::Interrupted, Some(stack.clone()), None),
    };
    let status = now.map_or_else(|| "DELETE_COMPLETE".to_owned(), |now| now.status.to_string());
    if printer.is_json() {
        let result = match outcome {
            Outcome::Success => "complete",
            Outcome::Interrupted => "interrupted",
            _ => "failed",
        };
        let result = json!({"stack": stack.name, "result": result, "status": status, "rootCause": cause});
        view::line(printer, "result", result);
    } else if outcome == Outcome::Success {
        printer.step("Ended", format_args!("in {status}"));
    }
    Ok(outcome)
}

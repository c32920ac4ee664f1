//! `rollback`: undo an operation that hangs or failed.

use super::{Context, stack_engine};
use crate::cloud::Aws;
use crate::cloud::apply::confirmed;
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::stuck;
use crate::cloud::view::{line, warning};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::elapsed;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use drydock_stack::{Engine, StackInfo, StackStatus};
use serde_json::json;
use std::time::Instant;

/// Options of `rollback`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
What it does follows from where the stack stands:
  UPDATE_IN_PROGRESS            the update is cancelled and undone
  UPDATE_FAILED, CREATE_FAILED  what failed is undone
  UPDATE_ROLLBACK_FAILED        with --continue the undoing goes on; without, it says what holds it
A deployment that went well is not undone: check out the version that you want back, and deploy it.")]
pub struct Rollback {
    /// Go on with a rollback that got stuck
    #[arg(long = "continue")]
    go_on: bool,
    /// Take a resource for rolled back whatever it really is; can be repeated
    #[arg(long = "skip", value_name = "RESOURCE", requires = "go_on")]
    skip: Vec<String>,
}

/// Undoes what hangs or failed.
///
/// # Errors
/// If there is nothing to undo, or CloudFormation refuses. A rollback that fails is an outcome, and has said why.
pub async fn run(context: &Context, options: &Rollback) -> Result<Outcome> {
    let start = Instant::now();
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let stack = context.standing_stack(&aws).await?;
    let token = format!("drydock-{}", jiff::Timestamp::now().as_millisecond());
    let role = stack.role_arn.as_deref();
    // The rest of an update that is cancelled goes on under the update's own token.
    let own = match &stack.status {
        StackStatus::UpdateInProgress => {
            if !confirmed(printer, context.options.yes, "Cancel the update that is going on, and undo it?").await {
                return Ok(declined(context));
            }
            engine.cancel_update(&stack.id, &token).await.context("cannot cancel the update")?;
            ""
        }
        StackStatus::UpdateFailed | StackStatus::CreateFailed => {
            if !confirmed(printer, context.options.yes, "Undo the operation that failed?").await {
                return Ok(declined(context));
            }
            engine.roll_back(&stack.id, &token, role).await.context("cannot undo it")?;
            token.as_str()
        }
        StackStatus::UpdateRollbackFailed => {
            let failed = stuck::failed(&engine, &stack.id).await?;
            if !options.go_on {
                return Ok(stuck_in_rollback(context, &stack, &failed));
            }
            if let Some(unknown) = options.skip.iter().find(|id| failed.iter().all(|it| it.logical_id != **id)) {
                let names: Vec<&str> = failed.iter().map(|it| it.logical_id.as_str()).collect();
                bail!("{unknown} is not among what failed and can be skipped: {}", names.join(", "));
            }
            if !options.skip.is_empty() {
                let skipped = options.skip.join(", ");
                let what = format!("{skipped} will count as rolled back, whatever it really is");
                warning(printer, &what);
            }
            if !confirmed(printer, context.options.yes, "Go on with the rollback?").await {
                return Ok(declined(context));
            }
            let going_on = engine.continue_rollback(&stack.id, &options.skip, &token, role).await;
            going_on.context("cannot go on with the rollback")?;
            token.as_str()
        }
        status if status.is_in_progress() && status.as_str().contains("ROLLBACK") => {
            printer.step("Following", format_args!("the rollback that is going on ({status})"));
            ""
        }
        status => bail!(
            "there is nothing to undo: stack {} is in {status}. To have an earlier version back, check it out and deploy it",
            stack.name
        ),
    };
    tokio::select! {
        outcome = follow(context, &engine, &stack, own, start) => outcome,
        () = interrupt::requested() => {
            let again = format!("cargo xtask events --follow --stack-name {}", stack.name);
            printer.diagnostic("");
            printer.warning(format_args!("interrupted here; the rollback goes on in AWS, follow it with\n  {again}"));
            Ok(Outcome::Interrupted)
        }
    }
}

async fn follow(context: &Context, engine: &Engine, stack: &StackInfo, token: &str, start: Instant) -> Result<Outcome> {
    let printer = &context.printer;
    let (stack_id, detail) = (stack.id.as_str(), Detail::Full);
    let follow = Follow { printer, engine, stack_id, token, detail, wanted: Wanted::Rollback };
    let ended = follow.run().await?;
    if printer.is_json() {
        let (word, now) = match &ended {
            Ended::Good { stack, .. } => ("undone", stack),
            Ended::Bad { stack, .. } => ("failed", stack),
        };
        let status = now.as_ref().map(|now| &now.status);
        line(printer, "result", json!({"stack": stack.name, "result": word, "status": status}));
    }
    match ended {
        Ended::Good { stack: now, .. } => {
            let status = now.map_or_else(String::new, |now| now.status.to_string());
            printer
                .step("Undone", format_args!("in {}: stack {} is in {status}", elapsed(start.elapsed()), stack.name));
            Ok(Outcome::Success)
        }
        Ended::Bad { stack: Some(now), .. } if now.status == StackStatus::UpdateRollbackFailed => {
            let failed = stuck::failed(engine, &now.id).await?;
            Ok(stuck_in_rollback(context, &now, &failed))
        }
        Ended::Bad { .. } => Ok(Outcome::Failed),
    }
}

fn stuck_in_rollback(context: &Context, stack: &StackInfo, failed: &[drydock_stack::StackResource]) -> Outcome {
    let printer = &context.printer;
    let name = &stack.name;
    printer.error(format_args!(
        "stack {name} is in {}: an update failed and could not be undone; what holds it:",
        stack.status
    ));
    stuck::show(printer, failed);
    printer.diagnostic(format_args!(
        "repair that, and go on     cargo xtask rollback --continue --stack-name {name}\n\
         or leave it as it is       cargo xtask rollback --continue{} --stack-name {name}",
        stuck::options("skip", failed)
    ));
    Outcome::Failed
}

fn declined(context: &Context) -> Outcome {
    context.printer.step("Nothing", "was changed");
    Outcome::Declined
}

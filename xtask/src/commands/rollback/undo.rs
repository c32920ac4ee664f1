//! Undoing an operation that hangs or failed.

use super::super::{Context, stack_engine};
use super::Rollback;
use crate::cloud::Aws;
use crate::cloud::apply::confirmed;
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::ready::must_be_ready;
use crate::cloud::stuck;
use crate::cloud::view::{line, warning};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::elapsed;
use anyhow::{Context as _, Result, bail};
use drydock_stack::{Engine, StackInfo, StackStatus};
use serde_json::json;
use std::time::Instant;

/// Undoes what hangs or failed.
pub(super) async fn undo(context: &Context, options: &Rollback) -> Result<Outcome> {
    let start = Instant::now();
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let stack = context.standing_stack(&aws).await?;
    let token = format!("drydock-{}", jiff::Timestamp::now().as_millisecond());
    let way = Way { context, engine: &engine, stack: &stack, token: &token };
    let begun = match &stack.status {
        StackStatus::UpdateRollbackFailed => way.go_on(options).await?,
        status if options.go_on => {
            bail!("stack {} is in {status}, and --continue is for UPDATE_ROLLBACK_FAILED only", stack.name)
        }
        StackStatus::UpdateInProgress => way.cancel().await?,
        StackStatus::UpdateFailed | StackStatus::CreateFailed => way.roll_back().await?,
        status if status.is_in_progress() && status.as_str().contains("ROLLBACK") => {
            printer.step("Following", format_args!("the rollback that is going on ({status})"));
            Begun::Under("")
        }
        status => {
            must_be_ready(&stack)?;
            bail!(
                "there is nothing to undo: stack {0} is in {status}\n  \
                 to have an earlier version back    cargo xtask rollback --previous --stack-name {0}\n  \
                 to see what was deployed           cargo xtask rollback --list --stack-name {0}",
                stack.name
            )
        }
    };
    let own = match begun {
        Begun::Under(token) => token,
        Begun::Not(outcome) => return Ok(outcome),
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

/// What has come of it so far.
enum Begun<'a> {
    /// A rollback whose events carry this token; without one, that of the stack's last operation.
    Under(&'a str),
    /// None, and why has been said.
    Not(Outcome),
}

struct Way<'a> {
    context: &'a Context,
    engine: &'a Engine,
    stack: &'a StackInfo,
    token: &'a str,
}

impl<'a> Way<'a> {
    /// Asks; `None` if somebody agrees.
    async fn declined(&self, question: &str) -> Option<Begun<'a>> {
        let Context { printer, options, .. } = self.context;
        if confirmed(printer, options.yes, question).await {
            return None;
        }
        printer.step("Nothing", "was changed");
        Some(Begun::Not(Outcome::Declined))
    }

    async fn cancel(&self) -> Result<Begun<'a>> {
        if let Some(declined) = self.declined("Cancel the update that is going on, and undo it?").await {
            return Ok(declined);
        }
        self.engine.cancel_update(&self.stack.id, self.token).await.context("cannot cancel the update")?;
        // The rest of an update that is cancelled goes on under the update's own token.
        Ok(Begun::Under(""))
    }

    async fn roll_back(&self) -> Result<Begun<'a>> {
        // Where there is no state to go back to, CloudFormation deletes the stack.
        // <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html>
        let question = if self.stack.status == StackStatus::CreateFailed {
            "Undo the creation that failed, and so delete what there is of the stack?"
        } else {
            "Undo the update that failed?"
        };
        if let Some(declined) = self.declined(question).await {
            return Ok(declined);
        }
        let role = self.stack.role_arn.as_deref();
        self.engine.roll_back(&self.stack.id, self.token, role).await.context("cannot undo it")?;
        Ok(Begun::Under(self.token))
    }

    async fn go_on(&self, options: &Rollback) -> Result<Begun<'a>> {
        let failed = stuck::failed(self.engine, &self.stack.id).await?;
        if !options.go_on {
            return Ok(Begun::Not(stuck_in_rollback(self.context, self.stack, &failed)));
        }
        let skippable = stuck::skippable(&failed);
        if let Some(unknown) = options.skip.iter().find(|id| skippable.iter().all(|it| it.logical_id != **id)) {
            let names: Vec<&str> = skippable.iter().map(|it| it.logical_id.as_str()).collect();
            bail!("{unknown} is not among what failed and can be skipped: {}", names.join(", "));
        }
        if !options.skip.is_empty() {
            let skipped = options.skip.join(", ");
            warning(&self.context.printer, &format!("{skipped} will count as rolled back, whatever it really is"));
        }
        if let Some(declined) = self.declined("Go on with the rollback?").await {
            return Ok(declined);
        }
        let role = self.stack.role_arn.as_deref();
        let going_on = self.engine.continue_rollback(&self.stack.id, &options.skip, self.token, role).await;
        going_on.context("cannot go on with the rollback")?;
        Ok(Begun::Under(self.token))
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
            let stands = now.map_or_else(|| "deleted".to_owned(), |now| format!("in {}", now.status));
            printer.step("Undone", format_args!("in {}: stack {} is {stands}", elapsed(start.elapsed()), stack.name));
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
    printer.diagnostic(format_args!("repair that, and go on     cargo xtask rollback --continue --stack-name {name}"));
    let skip = stuck::options("skip", &stuck::skippable(failed));
    if !skip.is_empty() {
        printer.diagnostic(format_args!(
            "or leave it as it is       cargo xtask rollback --continue{skip} --stack-name {name}"
        ));
    }
    Outcome::Failed
}

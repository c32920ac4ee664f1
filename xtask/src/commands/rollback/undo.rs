//! Undoing an operation that hangs or failed.

use super::super::{Context, stack_engine};
use super::Rollback;
use crate::cloud::apply::confirmed;
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::ready::must_be_ready;
use crate::cloud::request::new_name;
use crate::cloud::view::{line, warning};
use crate::cloud::{Aws, deletion, stuck};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::elapsed;
use anyhow::{Context as _, Result, bail};
use drydock_stack::{Engine, RootCause, StackInfo, StackStatus};
use serde_json::json;
use std::time::Instant;

/// Undoes what hangs or failed.
pub(super) async fn undo(context: &Context, options: &Rollback) -> Result<Outcome> {
    context.told(try_to(context, options).await)
}

async fn try_to(context: &Context, options: &Rollback) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let stack = context.standing_stack(&aws).await?;
    let way = Way { context, engine: &engine, stack: &stack, start: Instant::now() };
    let undone = match way.begin(options).await? {
        Begun::Under(token, wanted) => tokio::select! {
            undone = way.follow(&token, wanted) => undone?,
            () = interrupt::requested() => way.interrupted(wanted),
        },
        Begun::Not(outcome) => Undone { outcome, status: Some(stack.status.clone()), cause: None },
    };
    if context.printer.is_json() {
        let word = match undone.outcome {
            Outcome::Success => "undone",
            Outcome::Declined => "declined",
            Outcome::Interrupted => "interrupted",
            _ => "failed",
        };
        let Undone { status, cause, .. } = &undone;
        let result = json!({"stack": stack.name, "result": word, "status": status, "rootCause": cause});
        line(&context.printer, "result", result);
    }
    Ok(undone.outcome)
}

/// What has come of it so far.
enum Begun {
    /// An operation whose events carry this token, empty for the stack's last one, and what counts as its good end.
    Under(String, Wanted),
    /// None, and why has been said.
    Not(Outcome),
}

/// How it ended, which has been said.
struct Undone {
    outcome: Outcome,
    /// Where the stack stands; absent if it is gone or that is not known.
    status: Option<StackStatus>,
    cause: Option<Box<RootCause>>,
}

struct Way<'a> {
    context: &'a Context,
    engine: &'a Engine,
    stack: &'a StackInfo,
    start: Instant,
}

impl Way<'_> {
    async fn begin(&self, options: &Rollback) -> Result<Begun> {
        let (stack, printer) = (self.stack, &self.context.printer);
        match &stack.status {
            StackStatus::UpdateRollbackFailed => self.go_on(options).await,
            status if options.go_on => {
                bail!("stack {} is in {status}, and --continue is for UPDATE_ROLLBACK_FAILED only", stack.name)
            }
            StackStatus::CreateInProgress => self.give_up_creation().await,
            StackStatus::UpdateInProgress => self.cancel().await,
            StackStatus::UpdateFailed | StackStatus::CreateFailed => self.roll_back().await,
            status if status.is_in_progress() && status.as_str().contains("ROLLBACK") => {
                printer.step("Following", format_args!("the rollback that is going on ({status})"));
                Ok(Begun::Under(String::new(), Wanted::Rollback))
            }
            _ => {
                must_be_ready(stack)?;
                bail!(
                    "there is nothing to undo: stack {0} is in {1}\n  \
                     to have an earlier version back    cargo xtask rollback --previous --stack-name {0}\n  \
                     to see what was deployed           cargo xtask rollback --list --stack-name {0}",
                    stack.name,
                    stack.status
                )
            }
        }
    }

    /// Asks; `None` if somebody agrees.
    async fn declined(&self, question: &str) -> Option<Begun> {
        let Context { printer, options, .. } = self.context;
        if confirmed(printer, options.yes, question).await {
            return None;
        }
        printer.step("Nothing", "was changed");
        Some(Begun::Not(Outcome::Declined))
    }

    /// CloudFormation cancels no creation; a stack that is being created can only be deleted.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html>
    async fn give_up_creation(&self) -> Result<Begun> {
        use StackStatus::{CreateInProgress, DeleteInProgress};
        let question = "Give up the creation that is going on, and so delete what there is of the stack?";
        if let Some(declined) = self.declined(question).await {
            return Ok(declined);
        }
        // It may have come to its end while the question stood, and nobody has agreed to lose a stack that works.
        let now = self.engine.describe(&self.stack.id).await.context("cannot look at the stack")?;
        if let Some(now) = now.filter(|now| !matches!(now.status, CreateInProgress | DeleteInProgress)) {
            bail!(
                "nothing was done: stack {0} is in {1} meanwhile; to delete it, run `cargo xtask destroy --stack-name {0}`",
                now.name,
                now.status
            );
        }
        let token = deletion::begin(self.engine, &self.stack.id, &[]).await?;
        Ok(Begun::Under(token, Wanted::Deletion))
    }

    async fn cancel(&self) -> Result<Begun> {
        if let Some(declined) = self.declined("Cancel the update that is going on, and undo it?").await {
            return Ok(declined);
        }
        self.engine.cancel_update(&self.stack.id, &new_name()).await.context("cannot cancel the update")?;
        // The rest of an update that is cancelled goes on under the update's own token.
        Ok(Begun::Under(String::new(), Wanted::Rollback))
    }

    async fn roll_back(&self) -> Result<Begun> {
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
        let token = new_name();
        let role = self.stack.role_arn.as_deref();
        self.engine.roll_back(&self.stack.id, &token, role).await.context("cannot undo it")?;
        Ok(Begun::Under(token, Wanted::Rollback))
    }

    async fn go_on(&self, options: &Rollback) -> Result<Begun> {
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
        let token = new_name();
        let role = self.stack.role_arn.as_deref();
        let going_on = self.engine.continue_rollback(&self.stack.id, &options.skip, &token, role).await;
        going_on.context("cannot go on with the rollback")?;
        Ok(Begun::Under(token, Wanted::Rollback))
    }

    async fn follow(&self, token: &str, wanted: Wanted) -> Result<Undone> {
        let (printer, engine, stack_id) = (&self.context.printer, self.engine, self.stack.id.as_str());
        let ended = Follow { printer, engine, stack_id, token, detail: Detail::Full, wanted }.run().await?;
        let (now, cause, good) = match ended {
            Ended::Good { stack, .. } => (stack, None, true),
            Ended::Bad { stack, cause } => (stack, cause, false),
        };
        if good {
            let stands = now.as_ref().map_or_else(|| "deleted".to_owned(), |now| format!("in {}", now.status));
            let took = elapsed(self.start.elapsed());
            printer.step("Undone", format_args!("in {took}: stack {} is {stands}", self.stack.name));
        } else if let Some(now) = now.as_ref().filter(|now| now.status == StackStatus::UpdateRollbackFailed) {
            stuck_in_rollback(self.context, now, &stuck::failed(engine, &now.id).await?);
        }
        let outcome = if good { Outcome::Success } else { Outcome::Failed };
        Ok(Undone { outcome, status: now.map(|now| now.status), cause })
    }

    fn interrupted(&self, wanted: Wanted) -> Undone {
        let printer = &self.context.printer;
        let what = if wanted == Wanted::Deletion { "deletion" } else { "rollback" };
        let again = format!("cargo xtask events --follow --stack-name {}", self.stack.name);
        printer.diagnostic("");
        warning(printer, &format!("interrupted here; the {what} goes on in AWS, follow it with\n  {again}"));
        Undone { outcome: Outcome::Interrupted, status: None, cause: None }
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

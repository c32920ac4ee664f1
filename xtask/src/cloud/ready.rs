//! Bringing a stack to where a change set can be made for it, from every state that a stack can be in.

use super::apply::{Course, Phase, confirmed};
use super::code_bucket::CodeBucket;
use super::deletion;
use super::follow::{Detail, Ended, Follow, Wanted};
use super::former::Former;
use super::request::new_name;
use super::view::warning;
use super::{keep, stuck};
use crate::printer::Printer;
use anyhow::{Context, Result, bail};
use drydock_stack::{Engine, NextStep, StackInfo, StackStatus};

/// A stack for which a change set can be made.
#[derive(Debug)]
pub enum Ready {
    /// The stack, or `None` if it is to be created.
    Stands(Option<Box<StackInfo>>),
    /// Somebody was asked and said no.
    Declined,
}

/// The way there.
pub struct Way<'a> {
    /// Where output goes.
    pub printer: &'a Printer,
    /// The stack engine.
    pub engine: &'a Engine,
    /// The stack's name.
    pub name: &'a str,
    /// Do not ask.
    pub yes: bool,
    /// How much to tell.
    pub detail: Detail,
    /// Hears how far it has come.
    pub course: &'a Course,
    /// Says whether a stack can be made again; asked before it is deleted.
    pub can_be_made_again: &'a (dyn Fn(&Former) -> Result<()> + Sync),
    /// Remembers what a stack was that is made again.
    pub bucket: &'a CodeBucket,
}

impl Way<'_> {
    /// Follows what is going on, deletes what is left of a failed creation, undoes an update that was left as it failed
    /// and goes on with a rollback that got stuck, the last three after asking.
    ///
    /// # Errors
    /// If the stack is stuck for a reason that somebody must look at first, or CloudFormation cannot be asked.
    pub async fn ready(&self) -> Result<Ready> {
        let Self { printer, engine, name, detail, course, .. } = *self;
        loop {
            let Some(stack) = engine.describe(name).await.context("cannot look at the stack")? else {
                return Ok(Ready::Stands(None));
            };
            let go_on = match stack.status.next_step() {
                NextStep::Create => {
                    if detail == Detail::Full {
                        let shell = "an earlier run made a change set for it and did not execute it";
                        printer.step("Found", format_args!("stack {name} empty, in {}: {shell}", stack.status));
                    }
                    return Ok(Ready::Stands(Some(Box::new(stack))));
                }
                NextStep::Update => return Ok(Ready::Stands(Some(Box::new(stack)))),
                NextStep::Wait => {
                    printer.step("Following", format_args!("the operation that is going on ({})", stack.status));
                    course.enter(Phase::Follows);
                    self.follow(&stack, "", Wanted::AsBegun).await?;
                    course.enter(Phase::Nothing);
                    true
                }
                NextStep::DeleteFirst if stack.status == StackStatus::DeleteFailed => {
                    return self.deletion_failed(&stack).await;
                }
                NextStep::DeleteFirst => self.delete_first(&stack).await?,
                NextStep::RollBack => self.roll_back(&stack).await?,
                NextStep::ContinueRollback => self.continue_rollback(&stack).await?,
                NextStep::Stuck => return must_be_ready(&stack).map(|()| Ready::Declined),
                NextStep::Unknown => bail!("stack {name} is in {}, which this version does not know", stack.status),
            };
            if !go_on {
                return Ok(Ready::Declined);
            }
        }
    }
}

/// Says why no change set can be made for a stack as it stands, and what to do first.
///
/// # Errors
/// If none can be made.
pub fn must_be_ready(stack: &StackInfo) -> Result<()> {
    match first_step(stack) {
        Some(first) => bail!("stack {} is in {}: {first}", stack.name, stack.status),
        None => Ok(()),
    }
}

/// What comes before a change set can be made for a stack as it stands; `None` if nothing does.
pub fn first_step(stack: &StackInfo) -> Option<String> {
    let StackInfo { name, status, .. } = stack;
    Some(match status.next_step() {
        NextStep::Create | NextStep::Update => return None,
        NextStep::Wait => {
            format!("an operation is going on; follow it with `cargo xtask events --follow --stack-name {name}`")
        }
        NextStep::DeleteFirst if *status == StackStatus::DeleteFailed => {
            format!("a deletion did not finish; `cargo xtask deploy --stack-name {name}` says what holds it")
        }
        NextStep::DeleteFirst => format!(
            "it cannot be updated any more; `cargo xtask deploy --stack-name {name}` deletes what is left and creates it anew"
        ),
        NextStep::RollBack => {
            format!("an update failed and was left so; `cargo xtask rollback --stack-name {name}` undoes it")
        }
        NextStep::ContinueRollback => {
            format!("an update could not be undone; `cargo xtask rollback --stack-name {name}` says more")
        }
        NextStep::Stuck => format!(
            "resources could not be taken into it, and that could not be undone. No request goes on with it: \
             `cargo xtask events --stack-name {name}` says why; repair it with whatever was to take them in, or delete it \
             with `cargo xtask destroy --stack-name {name}`"
        ),
        NextStep::Unknown => "this version does not know that state".to_owned(),
    })
}

impl Way<'_> {
    async fn follow(&self, stack: &StackInfo, token: &str, wanted: Wanted) -> Result<Ended> {
        let Self { printer, engine, detail, .. } = *self;
        Follow { printer, engine, stack_id: &stack.id, token, detail, wanted }.run().await
    }

    fn warn(&self, message: &str) {
        warning(self.printer, message);
    }

    async fn deletion_failed(&self, stack: &StackInfo) -> Result<Ready> {
        let all = self.engine.resources(&stack.id, stuck::ALL).await.context("cannot list the stack's resources")?;
        let held: Vec<_> = all.iter().filter(|resource| resource.status.is_failure()).cloned().collect();
        self.printer.error(format_args!("a deletion of stack {} did not finish; what holds it:", self.name));
        stuck::show(self.printer, &held);
        let destroy = format!("cargo xtask destroy --stack-name {}", self.name);
        let mut ways = format!("  to try again           {destroy}");
        if !held.is_empty() {
            ways.push_str(&format!("\n  to leave that standing {destroy}{}", stuck::options("retain", &held)));
        }
        if stuck::standing(&all).any(|resource| keep::is_kept(&resource.resource_type)) {
            ways.push_str("\n  --keep-data with either leaves the data that is still there");
        }
        bail!("finish the deletion, then deploy again\n{ways}")
    }

    /// A creation that failed left a shell that cannot be updated.
    async fn delete_first(&self, stack: &StackInfo) -> Result<bool> {
        let (name, status) = (self.name, &stack.status);
        self.warn(&format!(
            "stack {name} is in {status}: its creation failed, and what is left must be deleted before it can be created again"
        ));
        let former = Former::from(stack);
        (self.can_be_made_again)(&former)?;
        if !confirmed(self.printer, self.yes, "Delete what is left of it?").await {
            return Ok(false);
        }
        former.remember(self.bucket, name).await?;
        self.course.enter(Phase::Deletes);
        let token = deletion::begin(self.engine, &stack.id, &[]).await?;
        if let Ended::Bad { .. } = self.follow(stack, &token, Wanted::Deletion).await? {
            bail!(
                "what is left of stack {name} cannot be deleted; `cargo xtask destroy --stack-name {name}` says more"
            );
        }
        self.course.recovered("what was left of the failed creation is deleted");
        Ok(true)
    }

    /// An update failed and was left so: CloudFormation takes no other before it is undone.
    async fn roll_back(&self, stack: &StackInfo) -> Result<bool> {
        let (name, status) = (self.name, &stack.status);
        let failed = stuck::failed(self.engine, &stack.id).await?;
        self.warn(&format!(
            "stack {name} is in {status}: an update failed and was left so; it must be undone before another can be made"
        ));
        stuck::show(self.printer, &failed);
        if !confirmed(self.printer, self.yes, "Undo it?").await {
            return Ok(false);
        }
        self.course.enter(Phase::Undoes);
        let token = new_name();
        let role = stack.role_arn.as_deref();
        self.engine.roll_back(&stack.id, &token, role).await.context("cannot undo the update that failed")?;
        if let Ended::Bad { .. } = self.follow(stack, &token, Wanted::Rollback).await? {
            bail!("the update cannot be undone; `cargo xtask rollback --stack-name {name}` says more");
        }
        self.course.recovered("the update that had failed is undone");
        Ok(true)
    }

    /// An update failed, and so did undoing it. Trying again does no harm; leaving resources out is for a person.
    async fn continue_rollback(&self, stack: &StackInfo) -> Result<bool> {
        let (name, status) = (self.name, &stack.status);
        let failed = stuck::failed(self.engine, &stack.id).await?;
        self.warn(&format!("stack {name} is in {status}: an update failed and could not be undone"));
        stuck::show(self.printer, &failed);
        if !confirmed(self.printer, self.yes, "Try to undo it again?").await {
            return Ok(false);
        }
        self.course.enter(Phase::Undoes);
        let token = new_name();
        let role = stack.role_arn.as_deref();
        self.engine.continue_rollback(&stack.id, &[], &token, role).await.context("cannot go on with the rollback")?;
        if let Ended::Bad { .. } = self.follow(stack, &token, Wanted::Rollback).await? {
            let failed = stuck::failed(self.engine, &stack.id).await?;
            let skip = stuck::options("skip", &stuck::skippable(&failed));
            bail!(
                "the update still cannot be undone. Repair what is named above, or leave it as it is with\n  \
                 cargo xtask rollback --continue{skip} --stack-name {name}\n\
                 and deploy again"
            );
        }
        self.course.recovered("the update that had failed is undone");
        Ok(true)
    }
}

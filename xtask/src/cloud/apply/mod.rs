//! Bringing a stack to what a template says: change set, preview, confirmation, execution.

mod agree;
mod course;
mod execute;
mod make;

pub use agree::confirmed;
pub use course::{Course, Phase};

use super::code_bucket::CodeBucket;
use super::follow::Detail;
use super::former::Former;
use super::preview::Preview;
use super::progress::Took;
use super::ready::{Ready, Way};
use super::request::{is_left_behind, new_name};
use super::view::warning;
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::Printer;
use anyhow::{Context, Result, anyhow, bail};
use course::Stands;
use drydock_stack::{Engine, RootCause, StackError, StackInfo, StackStatus};
use make::Made;
use std::collections::BTreeMap;

/// Said while nothing keeps an update of the stack from losing its data.
const OPEN: &str = "Until then no stack policy protects the data of the stack (--allow-data-loss); the same command \
                    again sets it once it has come to its end.";

/// Change sets made in vain because somebody else changed the stack meanwhile.
const MAX_OVERTAKEN: u32 = 3;

/// What a stack is to become.
pub struct Apply<'a> {
    /// Where output goes.
    pub printer: &'a Printer,
    /// The stack engine.
    pub engine: &'a Engine,
    /// The stack's name.
    pub stack: &'a str,
    /// The account and region that it is in, for values that name them.
    pub place: (&'a str, &'a str),
    /// The template.
    pub template: &'a str,
    /// For a template that is too large for a request.
    pub bucket: &'a CodeBucket,
    /// Parameters that are set; the others keep their value, or begin with their default.
    pub parameters: &'a BTreeMap<String, String>,
    /// Tags of the stack and all in it; none leaves those that it has.
    pub tags: &'a BTreeMap<String, String>,
    /// The service role that CloudFormation takes on.
    pub role_arn: Option<&'a str>,
    /// Data may be lost: what holds it may be replaced or deleted.
    pub allow_data_loss: bool,
    /// Do not ask.
    pub yes: bool,
    /// How much to tell.
    pub detail: Detail,
}

/// How it went.
#[derive(Debug)]
pub struct Applied {
    /// How it ended.
    pub outcome: Outcome,
    /// True if there was something to do.
    pub changed: bool,
    /// The stack afterwards, if there is one.
    pub stack: Option<StackInfo>,
    /// Why it failed.
    pub cause: Option<Box<RootCause>>,
    /// What took longest.
    pub slowest: Vec<Took>,
    /// What was done to the stack before the change set was made, in words.
    pub before: Option<&'static str>,
}

impl Applied {
    /// Nothing but how it ended.
    pub const fn ended(outcome: Outcome) -> Self {
        Self { outcome, changed: false, stack: None, cause: None, slowest: Vec::new(), before: None }
    }
}

/// What a deployment would do.
#[derive(Debug)]
pub enum Previewed {
    /// This.
    Changes(Box<Preview>),
    /// Nothing: the stack is as it should be.
    Nothing,
    /// It is not known: somebody has pressed Ctrl-C.
    Interrupted,
}

impl Apply<'_> {
    /// Does it. With [`Detail::Full`] a person is there: they are asked, and Ctrl-C leaves things in order.
    ///
    /// # Errors
    /// If CloudFormation refuses, or cannot be reached. A deployment that was executed and failed is an outcome.
    pub async fn run(&self) -> Result<Applied> {
        let name = new_name();
        let course = Course::default();
        if self.detail == Detail::Brief {
            return self.apply(&name, &course).await;
        }
        let applied = tokio::select! {
            // First: from here on Ctrl-C must not end the process by itself.
            biased;
            () = interrupt::requested() => self.interrupted(&name, course.stands()).await,
            applied = self.apply(&name, &course) => applied,
        }?;
        Ok(Applied { before: course.stands().before, ..applied })
    }

    /// What it would do; nothing is left behind.
    ///
    /// # Errors
    /// If CloudFormation refuses, cannot be reached, or the stack is in a state in which nothing can be said.
    pub async fn preview(&self) -> Result<Previewed> {
        let stack = self.engine.describe(self.stack).await.context("cannot look at the stack")?;
        if let Some(found) = &stack {
            super::ready::must_be_ready(found)?;
        }
        let name = new_name();
        let made = tokio::select! {
            // First: from here on Ctrl-C must not end the process by itself.
            biased;
            () = interrupt::requested() => None,
            made = self.compared(&name, stack) => Some(made),
        };
        let removed = self.engine.discard(self.stack, &name).await.context("cannot remove the change set again");
        // Why there is none says more than that it cannot be removed.
        let made = made.transpose()?;
        removed?;
        Ok(match made {
            Some(Made::Ready(_, preview)) => Previewed::Changes(preview),
            Some(Made::Unchanged(_)) => Previewed::Nothing,
            None => Previewed::Interrupted,
        })
    }

    async fn interrupted(&self, name: &str, stands: Stands) -> Result<Applied> {
        self.printer.diagnostic("");
        let goes_on = match stands.phase {
            Phase::Follows => "the operation that somebody else has begun",
            Phase::Deletes => "the deletion of what the failed creation has left",
            Phase::Undoes => "the rollback of the update that failed",
            Phase::Creates => "the creation of the stack",
            Phase::Executes => "the deployment",
            Phase::Nothing | Phase::ChangeSet => {
                let told = self.leave_nothing(name, stands).await?;
                warning(self.printer, &told);
                return Ok(Applied::ended(Outcome::Interrupted));
            }
        };
        let mut told = format!(
            "interrupted here; {goes_on} goes on in AWS\n  \
             to follow it   cargo xtask events --follow --stack-name {}\n",
            self.stack
        );
        let undo = match stands.phase {
            Phase::Creates => Some("destroy"),
            Phase::Executes => Some("rollback"),
            _ => None,
        };
        if let Some(command) = undo {
            told.push_str(&format!("  to undo it     cargo xtask {command} --stack-name {}\n", self.stack));
        }
        told.push_str("The same command again follows it, too, and then does what is left to do.");
        if stands.open {
            told.push_str(&format!("\n{OPEN}"));
        }
        warning(self.printer, &told);
        Ok(Applied::ended(Outcome::Interrupted))
    }

    /// Removes what waits for an answer that will not come, and says what was done until then.
    async fn leave_nothing(&self, name: &str, stands: Stands) -> Result<String> {
        let changed = match stands.before {
            None => "nothing was changed".to_owned(),
            Some(before) => format!("{before}, and nothing else was changed"),
        };
        if stands.phase == Phase::Nothing {
            return Ok(format!("interrupted; {changed}"));
        }
        if stands.open {
            self.protect_data(self.stack).await;
        }
        self.engine.discard(self.stack, name).await.context("cannot remove the change set again")?;
        Ok(format!("interrupted; {changed}; the change set is removed"))
    }

    async fn apply(&self, name: &str, course: &Course) -> Result<Applied> {
        let mut overtaken = 0;
        let way = Way {
            printer: self.printer,
            engine: self.engine,
            name: self.stack,
            yes: self.yes,
            detail: self.detail,
            course,
            can_be_made_again: &|former| self.asked(Some(former)).map(drop),
            bucket: self.bucket,
        };
        let (made, former) = loop {
            let stack = match way.ready().await? {
                Ready::Declined => return Ok(Applied::ended(Outcome::Declined)),
                Ready::Stands(stack) => stack.map(|stack| *stack),
            };
            let former = async {
                let former = self.former(stack.as_ref()).await?;
                // A run that was cut off may have come so far; whoever updates the stack since has been here.
                if stack.as_ref().is_some_and(|stack| stack.status == StackStatus::CreateComplete) {
                    self.forget_the_former().await;
                }
                anyhow::Ok(former)
            };
            let ((), former) = tokio::join!(self.clean_up(stack.as_ref()), former);
            let former = former?;
            if self.detail == Detail::Full {
                self.tell_what_is_kept(former.as_ref())?;
                self.printer.step("Preparing", format_args!("a change set for stack {}", self.stack));
            }
            course.enter(Phase::ChangeSet);
            match self.make(name, stack, former.as_ref()).await {
                // Somebody else has begun something since we looked: follow that first.
                Err(error) if is_conflict(&error) && overtaken < MAX_OVERTAKEN => overtaken += 1,
                made => break (made?, former),
            }
        };
        let (change_set, preview) = match made {
            Made::Unchanged(stack) => {
                if let Some(stack) = &stack {
                    self.protect_data(&stack.id).await;
                }
                return Ok(Applied { stack: stack.map(|stack| *stack), ..Applied::ended(Outcome::Success) });
            }
            Made::Ready(change_set, preview) => (change_set, preview),
        };
        if self.detail == Detail::Full && !self.agreed(&preview, &change_set).await? {
            self.engine.discard(self.stack, name).await.context("cannot remove the change set again")?;
            let outcome = if self.refused(&preview) { Outcome::Failed } else { Outcome::Declined };
            return Ok(Applied { changed: true, ..Applied::ended(outcome) });
        }
        if !self.allow_data_loss && !change_set.creates {
            // Now, and not only afterwards: an earlier run may have been cut off before it set the policy again.
            let protected = self.protect_data(&change_set.stack_id).await;
            if !protected && !preview.at_risk().is_empty() {
                self.engine.discard(self.stack, name).await.context("cannot remove the change set again")?;
                bail!("nothing was changed: without a stack policy the data named above could be lost");
            }
        }
        let executed = self.execute(&change_set, course).await;
        if former.is_some() && executed.as_ref().is_ok_and(|applied| applied.outcome == Outcome::Success) {
            self.forget_the_former().await;
        }
        // Whoever cannot follow it any more must know in what state that leaves the data.
        executed.map_err(|error| if course.stands().open { anyhow!("{error:#}\n{OPEN}") } else { error })
    }

    /// What it would do, for a stack that is only looked at.
    async fn compared(&self, name: &str, stack: Option<StackInfo>) -> Result<Made> {
        let former = self.former(stack.as_ref()).await?;
        self.make(name, stack, former.as_ref()).await
    }

    /// What a stack was that is made again, by this run or by one that was cut off.
    async fn former(&self, stack: Option<&StackInfo>) -> Result<Option<Former>> {
        match stack {
            Some(stack) if !stack.status.is_shell() => Ok(None),
            _ => Former::remembered(self.bucket, self.stack).await,
        }
    }

    /// The stack itself knows what it is now.
    async fn forget_the_former(&self) {
        if let Err(error) = Former::forget(self.bucket, self.stack).await {
            warning(
                self.printer,
                &format!("a stack of this name that is made later would be asked for the same: {error:#}"),
            );
        }
    }

    /// Removes change sets that killed runs have left behind. That they stand is no reason not to deploy, so neither is
    /// that they cannot be removed.
    async fn clean_up(&self, stack: Option<&StackInfo>) {
        let Some(stack) = stack else { return };
        let Ok(listed) = self.engine.change_sets(&stack.id).await else { return };
        let now = jiff::Timestamp::now().as_millisecond();
        for left in listed.iter().filter(|it| !it.begun && is_left_behind(&it.name, now)) {
            if self.engine.delete_change_set(&stack.id, &left.name).await.is_ok() && self.detail == Detail::Full {
                self.printer.step("Removed", format_args!("the change set {} of an earlier run", left.name));
            }
        }
    }
}

fn is_conflict(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StackError::Conflict(_)))
}

//! Executing a change set, with the stack policy that keeps an update from losing data.

use super::{Applied, Apply, Course, Phase};
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::policy;
use crate::cloud::view::warning;
use crate::outcome::Outcome;
use anyhow::{Context, Result};
use drydock_stack::{ChangeSet, StackError};

impl Apply<'_> {
    pub(super) async fn execute(&self, change_set: &ChangeSet, course: &Course) -> Result<Applied> {
        let (printer, engine, name) = (self.printer, self.engine, &change_set.name);
        if self.allow_data_loss && !change_set.creates {
            course.open(true);
            if let Err(error) = engine.set_policy(&change_set.stack_id, &policy::open().to_string()).await {
                course.open(!is_refusal(&error));
                return Err(error).context("cannot set the policy");
            }
        }
        course.enter(if change_set.creates { Phase::Creates } else { Phase::Executes });
        if let Err(error) = engine.execute(change_set, name).await {
            if course.stands().open && is_refusal(&error) && self.protect_data(&change_set.stack_id).await {
                course.open(false);
            }
            return Err(error).context("cannot execute the change set");
        }
        if self.detail == Detail::Full {
            let what = if change_set.creates { "stack" } else { "the changes to stack" };
            printer
                .step(if change_set.creates { "Creating" } else { "Applying" }, format_args!("{what} {}", self.stack));
        }
        let stack_id = &change_set.stack_id;
        let follow = Follow { printer, engine, stack_id, token: name, detail: self.detail, wanted: Wanted::Change };
        let ended = follow.run().await?;
        // A stack that was undone while it was created cannot have one any more, and one that is gone has none.
        let gone = matches!(&ended, Ended::Bad { stack: None, .. });
        let good = matches!(&ended, Ended::Good { .. });
        if (change_set.creates && good) || (self.allow_data_loss && !change_set.creates && !gone) {
            self.protect_data(stack_id).await;
        }
        course.open(false);
        Ok(match ended {
            Ended::Good { stack, slowest } => {
                Applied { changed: true, stack, slowest, ..Applied::ended(Outcome::Success) }
            }
            Ended::Bad { stack, cause } => Applied { changed: true, stack, cause, ..Applied::ended(Outcome::Failed) },
        })
    }

    /// Whoever may deploy may not always set a stack policy: what was deployed is no less deployed. False if it is not
    /// set.
    pub(super) async fn protect_data(&self, stack_id: &str) -> bool {
        let set = policy::ensure(self.engine, stack_id).await;
        if let Err(error) = &set {
            warning(self.printer, &format!("nothing but this command protects the data from updates: {error:#}"));
        }
        set.is_ok()
    }
}

/// True if nothing was begun: what was lost on the way may have arrived all the same.
fn is_refusal(error: &StackError) -> bool {
    use StackError::{AccessDenied, Capabilities, Conflict, Limit, NotFound, Validation};
    matches!(error, AccessDenied { .. } | Capabilities(_) | Conflict(_) | Limit(_) | NotFound(_) | Validation(_))
}

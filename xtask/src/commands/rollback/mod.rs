//! `rollback`: back to a version that was good, or out of an operation that hangs or failed.

mod earlier;
mod undo;

use super::Context;
use crate::outcome::Outcome;
use anyhow::Result;
use clap::Args;
use earlier::Wanted;

/// Options of `rollback`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
After a deployment that went well but is not good, --previous or --to goes back. The changes are
shown as `diff` shows them, and made once they are agreed to. Template, parameters and code become
what they were; what is stored in the table, the bucket and the secrets stays. Every deployment is
on record in the code bucket, with its time, its checkout and who did it; --list shows the last 50.

Without these, what it does follows from where the stack stands:
  UPDATE_IN_PROGRESS      the update is cancelled and undone
  CREATE_IN_PROGRESS      what there is of the stack is deleted: a creation cannot be cancelled otherwise
  UPDATE_FAILED           what failed is undone
  CREATE_FAILED           what there is of the stack is deleted: it has nothing to go back to
  UPDATE_ROLLBACK_FAILED  with --continue the undoing goes on; without, it says what holds it")]
pub struct Rollback {
    /// List what was deployed, newest first; * marks what stands
    #[arg(long, group = "way")]
    list: bool,
    /// Go back to the version before the one that stands
    #[arg(long, groups = ["way", "back"])]
    previous: bool,
    /// Go back to this version, as --list names it, or forward again
    #[arg(long, value_name = "VERSION", groups = ["way", "back"])]
    to: Option<String>,
    /// Go back even if the stack loses a table, a bucket or a secret with all that it holds, or gets an empty one
    #[arg(long, requires = "back")]
    allow_data_loss: bool,
    /// Go on with a rollback that got stuck
    #[arg(long = "continue", group = "way")]
    go_on: bool,
    /// Take a resource for rolled back whatever it really is; can be repeated
    #[arg(long = "skip", value_name = "RESOURCE", requires = "go_on")]
    skip: Vec<String>,
}

/// Does what the options or the stack's state ask for.
///
/// # Errors
/// If there is nothing to go back to or to undo, or AWS refuses. A rollback that fails is an outcome, and has said why.
pub async fn run(context: &Context, options: &Rollback) -> Result<Outcome> {
    let wanted = match &options.to {
        Some(version) => Some(Wanted::Version(version)),
        None => options.previous.then_some(Wanted::Previous),
    };
    match wanted {
        Some(wanted) => earlier::go_back(context, wanted, options.allow_data_loss).await,
        None if options.list => earlier::list(context).await,
        None => undo::undo(context, options).await,
    }
}

//! The repair of a repository: find the fault, plan, edit, prove that the edit is sound. Pure over a [`Tree`] and a
//! model's client: nothing here fetches, pushes or executes.
//!
//! The model proposes and this crate disposes. What may be read and written, how much, and when a change counts as
//! a repair is decided in code; nothing that a repository says can change it. Every budget that is hit ends the
//! repair with what was learned, never with a success.
//!
//! [`Tree`]: drydock_tree::Tree

mod budget;
mod circles;
mod commit_message;
mod cosmetic;
mod diff;
mod edit;
mod error;
mod guard;
mod invisible;
mod locate;
mod plan;
mod prompt;
mod record;
mod remarks;
mod repair;
mod tools;
mod workspace;

use drydock_mask as secrets;

pub use budget::{Budget, Exhausted};
pub use commit_message::commit_message;
pub use diff::{DiffSummary, FileChange};
pub use drydock_mask::mask;
pub use error::FixError;
pub use plan::{Plan, PlanStep, Risk};
pub use record::{Call, Record};
pub use repair::{Outcome, Repair, Task};

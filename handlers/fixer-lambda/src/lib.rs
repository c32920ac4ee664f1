//! The fixer: fetches a branch into memory, lets a model repair it under guard, and pushes one commit to a new branch.
//!
//! What is ready to be pushed is kept in the bucket before it is pushed. So a message that comes again after a crash
//! finds it and pushes the very same commit, or finds the branch already there, and the model is not asked twice.

mod failure;
mod journal;
mod mend;
mod ready;
mod worker;

pub use journal::Journal;
pub use mend::{Means, Mended, branch_of, mend, ready_key, record_key};
pub use worker::{Fixer, LIMITS};

//! What is wrong with a repository's files, and what a change made worse.
//!
//! A change is judged by what it adds: the findings of the files before it are subtracted from those after it, without
//! their line numbers, so that nobody is blamed for what was there, nor let off for moving it.
//!
//! Parsers here meet files that were made to break them. They run on a thread with a stack that no file of the
//! allowed size can exhaust, and a panic in one of them is a finding like any other.

mod compare;
mod finding;
mod gate;
mod javascript;
mod json;
mod kind;
mod lines;
mod manifest;
mod project;
mod python;
mod sam;
mod state_machine;
mod template;
mod terraform;
mod yaml;

pub use compare::Comparison;
pub use finding::{Finding, Severity};
pub use gate::{Gate, GateError};
pub use kind::FileKind;

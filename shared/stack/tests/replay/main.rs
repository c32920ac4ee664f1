//! The engine against answers as CloudFormation gives them, for what a running engine cannot be brought to say.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod change_sets;
mod drift;
mod following;
#[path = "../recorded/mod.rs"]
mod recorded;
mod recovering;

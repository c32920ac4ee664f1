//! The pipeline's second stage: takes a repository's archive, packages what it holds and begins its deployment. A
//! template becomes a change set that is executed; function code without a template becomes a role, a function and
//! its URL. What was begun is watched by the next stage.
//!
//! A session that tears another one down is worked on here, too: in reverse.
//!
//! Everything here may run again for the same session: a crash at any point is followed by a redelivery that finds
//! what is done already. Where that is decided, the comment says how.

mod artifacts;
mod deployer;
mod failure;
mod function;
mod names;
mod settings;
mod stack;
mod teardown;
mod turns;

pub use deployer::Deployer;
pub use settings::Settings;

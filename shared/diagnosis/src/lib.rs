//! What a failure is: its class, how bad it is, what it takes to get past it, and what to change.
//!
//! Two tables and nothing else: [`Class`] says what each class means, [`rules`] sorts messages into them. Whoever meets
//! a failure asks here: the stack engine for a stack's events, the status analyzer for everything.

mod class;
mod codes;
mod place;
mod rules;

pub use class::{Class, Cure};
pub use codes::of_failure;
pub use place::Place;
pub use rules::{Rule, classify, find, rules};

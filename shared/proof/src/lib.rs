//! A model of what becomes of sessions, and the search for what could go wrong with them.
//!
//! SQS delivers messages at least once and in any order, functions die between any two writes, executions are aborted,
//! people cancel. The model has all of it; [`moves`] says what can happen next, [`step`] what it makes of the world,
//! [`check`] what must be true of it. What the code decides with a pure function of the contract (the table of moves in
//! `contract::transition`, the line at a stack in `contract::turns`, what the sweep makes of a session in `contract::sweep`,
//! what a replay does to it in `contract::replay`) the model decides with the very same function.
//!
//! Small worlds are looked at one by one ([`search`]), large ones along millions of random steps ([`walk`]). That both
//! can find something is shown by breaking the rules: see [`scope::Flaw`].
//!
//! Time is not counted. A lease runs out and the sweep comes by at any moment; only that an invocation is dead a few
//! seconds after its lease, and that nothing is ended for waiting while somebody works on it, is taken as given.

pub mod check;
pub mod deploy;
pub mod moves;
pub mod order;
mod outside;
pub mod scope;
pub mod search;
pub mod step;
pub mod walk;
pub mod world;

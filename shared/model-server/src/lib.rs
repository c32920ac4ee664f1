//! Plays the Messages API on loopback, by a script: good, clumsy, stubborn, malicious and broken models for tests
//! and for the demo. Nothing here thinks.
//!
//! A script is data: a list of answers, given one for each request. What was asked is kept and can be looked at.

mod script;
mod server;
mod sse;

pub use script::{Answer, Script, say, think, tool};
pub use server::{ModelServer, Request};

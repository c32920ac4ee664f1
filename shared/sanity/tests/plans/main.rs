//! Plans run against a real server: how a run goes, and what derived plans find.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod derived;
mod forms;
mod hostile;
mod limited;
mod mechanics;
mod served;

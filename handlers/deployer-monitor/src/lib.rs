//! The pipeline's last stage: watches what the deploy stage began until it has ended, one short look per message. What
//! is taken down is watched in the same way.

mod deletion;
mod failed;
mod function;
mod schedule;
mod stack;
#[cfg(test)]
mod testing;
mod told;
mod urls;
mod verdict;
mod watch;

pub use schedule::{MAX_LOOKS, delay_after};
pub use watch::Monitor;

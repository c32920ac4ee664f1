//! The pipeline's last stage: watches what the deploy stage began until it has ended, one short look per message.

mod failed;
mod function;
mod schedule;
mod stack;
mod told;
mod urls;
mod verdict;
mod watch;

pub use schedule::{MAX_LOOKS, delay_after};
pub use watch::Monitor;

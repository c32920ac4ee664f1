//! The sanity tester: does what was deployed really work?
//!
//! What is there is read from the repository and from the account, a plan follows from it (or is one that was kept
//! before), it is run, and what came of it is written as reports and on the session. The report is kept before the
//! session is written: a message that comes again after a crash finds it, and nothing is tested twice.

mod account;
mod failure;
mod inspecting;
mod journal;
mod nothing;
mod place;
mod planning;
mod shown;
mod source;
mod stored;
mod summary;
mod testing;
mod time;
mod worker;

pub use account::{Account, Signed};
pub use worker::SanityTester;

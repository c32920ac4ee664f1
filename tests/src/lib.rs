//! The house of the end-to-end tests: a [`World`] with a few verbs over a running stack.
//!
//! The tests need the whole system: `cargo xtask test` starts the embedded engine, deploys the real template with
//! the real zips, and runs them. `cargo xtask local` in one terminal and `cargo xtask local -- cargo test -p
//! drydock-e2e` in another are for working on a single test. Started by hand they say so and fail.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod account;
mod command;
mod crashes;
mod environment;
mod gate;
mod http_api;
mod limits;
mod messages;
mod model;
mod processes;
mod proxy;
pub mod repositories;
mod rewind;
mod run;
mod slow_stack;
mod user;
mod world;

pub use account::Stack;
pub use command::{Command, Ran};
pub use gate::{Caught, Gate, Moment, Trap};
pub use http_api::{Answer, Request};
pub use proxy::Proxy;
pub use run::{Ended, Run};
pub use world::World;

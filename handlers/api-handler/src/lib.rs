//! The API: opens sessions, answers what became of them, and sweeps up what got stuck between two writes.
//!
//! Everything that decides is a pure function (which route, what a body means, what an answer says, what the sweep
//! does with a session). [`service`], [`open`] and [`sweep`] are the thin shell that speaks to AWS.

pub mod body;
pub mod caller;
pub mod dead_letters;
pub mod event;
pub mod executions;
pub mod fields;
pub mod idempotency;
pub mod links;
pub mod open;
pub mod opening;
pub mod outbox;
pub mod reply;
pub mod router;
pub mod routes;
pub mod service;
pub mod settings;
pub mod storable;
pub mod sweep;
mod unread;

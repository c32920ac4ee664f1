//! Explains a session: what went wrong, what proves it, and what to do about it.
//!
//! Behind `POST /analyze` and `GET /analyze/{sessionId}`, and called with `{"sessionId": …}` by the workflow. It reads
//! the session's record and log and nothing else, so the answer is the same whenever it is asked for.

mod advice;
mod analysis;
mod event;
mod evidence;
mod reply;
mod service;
#[cfg(test)]
mod testing;

pub use analysis::analyze;
pub use service::{ServiceError, handle};

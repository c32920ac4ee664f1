//! Explains a session: what went wrong, what proves it, and what to do about it; and decides for the SDLC workflow
//! whether a repair is worth trying, and how it all ended.
//!
//! Behind `POST /analyze` and `GET /analyze/{sessionId}`, called with `{"drydock": "decide" | "conclude", …}` by the
//! workflow, and by a rule when an execution ends badly. An analysis rests on the session's record and log and nothing
//! else, so it is the same whenever it is asked for; a model, where there is one, only puts it into prose.

mod advice;
mod analysis;
mod brief;
mod conclude;
mod decide;
mod event;
mod evidence;
mod explain;
mod reply;
mod service;
mod steps;
#[cfg(test)]
mod testing;

pub use analysis::analyze;
pub use explain::Explainer;
pub use service::{Analyzer, ServiceError, handle};

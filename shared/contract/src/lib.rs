//! What the handlers, the infrastructure and the operator's commands agree on: statuses, sessions, queue
//! messages, environment variables, the bodies of the HTTP API, and limits.
//!
//! Only serde lives here. No AWS SDK, no I/O but reading the process environment in [`env`].

pub mod api;
pub mod detection;
pub mod env;
mod fit;
pub mod fix;
pub mod hosts;
pub mod input;
pub mod limits;
pub mod message;
pub mod replay;
pub mod sanity;
pub mod session;
pub mod session_id;
pub mod status;
pub mod sweep;
pub mod tags;
pub mod transition;
pub mod turns;
pub mod workflow;

pub use session::Session;
pub use session_id::{SessionId, SessionKind};
pub use status::{Stage, Status};

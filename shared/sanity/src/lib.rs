//! The sanity tester: does what was deployed really work?
//!
//! [`guard`] decides where requests may go, [`plan`] says what is sent and what is expected, [`run`] does it and
//! [`report`] says what came of it.

pub mod endpoint;
pub mod guard;
pub mod openapi;
pub mod plan;
pub mod report;
pub mod run;

//! The sanity tester: does what was deployed really work?
//!
//! [`evidence`] finds out what is there, [`derive`](mod@derive) makes a plan of it and [`author`] lets the model add
//! what evidence does not say. [`guard`] decides where requests may go, [`plan`] says what is sent and what is
//! expected, [`run`] does it and [`report`] says what came of it. Nothing here asks AWS for anything: what is
//! deployed comes in as data.

pub mod author;
pub mod derive;
pub mod endpoint;
pub mod evidence;
pub mod guard;
pub mod openapi;
pub mod plan;
pub mod report;
pub mod run;
mod schema;

//! The embedded engine: MiniStack in a virtual environment of its own, standing in for AWS on this machine.

pub mod folder;
pub mod ministack;
pub mod venv;

pub use drydock_aws::address;
pub use ministack::{Engine, EngineOptions};
pub use venv::{Purpose, Venv};

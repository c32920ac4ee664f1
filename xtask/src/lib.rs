//! The operator's command line as a library: `main.rs` only parses and dispatches, and the end-to-end tests
//! use the same engine, addresses and signatures.

pub mod build;
pub mod cloud;
pub mod cold_start;
pub mod commands;
pub mod config;
pub mod dead_letters;
pub mod doctor;
pub mod engine;
pub mod examples;
pub mod interrupt;
pub mod json_api;
pub mod local;
pub mod logs;
pub mod manual;
pub mod options;
pub mod outcome;
pub mod overview;
pub mod printer;
#[cfg(test)]
mod recorded;
pub mod requests;
pub mod runtime_api;
pub mod suggest;
pub mod workspace;

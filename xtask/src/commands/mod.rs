//! One file per command.

pub mod bench;
pub mod build;
pub mod call;
pub mod completions;
pub mod demo;
pub mod deploy;
pub mod destroy;
pub mod detect;
pub mod diff;
pub mod dlq;
pub mod doctor;
pub mod drift;
pub mod events;
pub mod graph;
pub mod local;
pub mod logs;
pub mod man;
pub mod outputs;
pub mod rollback;
pub mod secrets;
pub mod smoke;
pub mod status;
pub mod synth;
pub mod test;

use crate::cloud::Aws;
use crate::cloud::view::line;
use crate::config::Config;
use crate::options::Global;
use crate::outcome::Outcome;
use crate::printer::Printer;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use drydock_stack::{Engine, Pace, StackInfo};
use serde_json::json;
use std::time::Duration;

/// What every command gets.
pub struct Context {
    /// Where output goes.
    pub printer: Printer,
    /// The options that every command takes.
    pub options: Global,
    /// What `drydock.toml` says.
    pub config: Config,
    /// This checkout.
    pub workspace: Workspace,
}

impl Context {
    /// From the command line and what it finds.
    pub fn new(options: Global, config: Config, workspace: Workspace) -> Self {
        Self { printer: options.printer(), options, config, workspace }
    }

    /// The stack's name.
    pub fn stack(&self) -> &str {
        self.options.stack_name.as_str()
    }

    /// Ends the stream of `--json` where an error ends the command. What else ends it tells so itself.
    ///
    /// # Errors
    /// The one that it is given.
    pub fn told(&self, ended: Result<Outcome>) -> Result<Outcome> {
        if let (Err(error), true) = (&ended, self.printer.is_json()) {
            let result = json!({"stack": self.stack(), "result": "failed", "error": format!("{error:#}")});
            line(&self.printer, "result", result);
        }
        ended
    }

    /// The stack, which must be there.
    ///
    /// # Errors
    /// If there is none, or AWS cannot be asked.
    pub async fn standing_stack(&self, aws: &Aws) -> Result<StackInfo> {
        let found = stack_engine(aws).describe(self.stack()).await.context("cannot look at the stack")?;
        let Some(stack) = found else {
            bail!(
                "there is no stack {0} in {1}; make it with `cargo xtask deploy --stack-name {0}`, or name another with --stack-name",
                self.stack(),
                aws.region()
            );
        };
        Ok(stack)
    }
}

/// The stack engine; an endpoint of one's own answers at once and is asked more often.
pub fn stack_engine(aws: &Aws) -> Engine {
    let engine = Engine::new(aws.cloudformation());
    if aws.endpoint().is_none() {
        return engine;
    }
    let (first, look) = (Duration::from_millis(20), Duration::from_millis(250));
    engine.with_pace(Pace { first, look, ..Pace::default() })
}

//! `bench`: what things take.

use super::Context;
use crate::build::target::Toolchain;
use crate::outcome::Outcome;
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

/// Options of `bench`.
#[derive(Args, Clone, Debug)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
    /// The synthesis of the template
    Synth,
}

/// Runs a benchmark.
///
/// # Errors
/// If it cannot be run.
pub async fn run(context: &Context, options: &Bench) -> Result<Outcome> {
    let mut command = Toolchain::new(None).cargo();
    match options.what {
        What::Synth => command.args(["bench", "--package", "infra"]),
    };
    let status = command.current_dir(context.workspace.root()).status().await.context("cannot run cargo")?;
    Ok(Outcome::of_child(status))
}

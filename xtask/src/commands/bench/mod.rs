//! `bench`: what things take.

mod cold_start;
mod deploy;
mod result;
mod sdlc;

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

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// The synthesis of the template
    Synth,
    /// Fetching and reading a repository of 70 MB, against `git clone --depth 1`
    Fetch,
    /// Every handler from its start to its first answer, as Lambda starts it: time and memory
    ColdStart(cold_start::ColdStarts),
    /// The template's synthesis, a deployment with nothing to do and one with one change, on the embedded engine
    Deploy(deploy::Deploys),
    /// What an SDLC session took: transitions, invocations, GB-seconds, cost, and time in which nobody noticed
    Sdlc(sdlc::Sdlc),
    /// What the sanity tester's runner adds to a request, and the memory that a run needs
    Sanity,
    /// The fixer on its corpus of broken repositories; asks the model that ANTHROPIC_API_KEY opens, and costs money
    Fixer {
        /// Only cases whose names contain one of these
        #[arg(value_name = "CASE")]
        cases: Vec<String>,
    },
}

/// Optimized, but without the long last step of what ships.
const OPTIMIZED: [&str; 5] =
    ["--release", "--config", "profile.release.lto=false", "--config", "profile.release.codegen-units=16"];

/// Runs a benchmark.
///
/// # Errors
/// If it cannot be run.
pub async fn run(context: &Context, options: &Bench) -> Result<Outcome> {
    let mut command = Toolchain::new(None).cargo();
    match &options.what {
        What::ColdStart(options) => return cold_start::run(context, options).await,
        What::Deploy(options) => return deploy::run(context, options).await,
        What::Sdlc(options) => return sdlc::run(context, options).await,
        What::Synth => command.args(["bench", "--package", "infra"]),
        What::Fetch => {
            command.args(["run", "--quiet"]).args(OPTIMIZED).args(["--package", "drydock-source", "--example", "fetch"])
        }
        What::Sanity => command
            .args(["run", "--quiet", "--ignore-rust-version"])
            .args(OPTIMIZED)
            .args(["--package", "drydock-sanity", "--example", "overhead", "--"])
            .arg(result::file(context, "sanity")?),
        What::Fixer { cases } => command
            .args(["run", "--quiet", "--ignore-rust-version", "--package", "drydock-fix", "--example", "corpus", "--"])
            .args(cases),
    };
    let status = command.current_dir(context.workspace.root()).status().await.context("cannot run cargo")?;
    Ok(Outcome::of_child(status))
}

//! `detect`: what kind of project a folder holds, decided by the pipeline's own code.

use super::Context;
use crate::outcome::Outcome;
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;

/// Options of `detect`.
#[derive(Args, Clone, Debug)]
pub struct Detect {
    /// The folder, such as a clone
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Detects.
///
/// # Errors
/// If the folder cannot be read.
pub fn run(_context: &Context, options: &Detect) -> Result<Outcome> {
    bail!("{}", options.folder.display())
}

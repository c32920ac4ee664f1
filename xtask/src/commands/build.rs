//! `build`: handlers built and zipped, nothing uploaded.

use super::Context;
use crate::build::{self, BuildOptions, twice};
use crate::outcome::Outcome;
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Options of `build`.
#[derive(Args, Clone, Debug)]
pub struct Build {
    #[command(flatten)]
    build: BuildOptions,
    /// Build only this function; may be given more than once
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
    /// Build a second time from a copy of the checkout in this new folder, and expect the same zips
    #[arg(long, value_name = "DIR")]
    verify_in: Option<PathBuf>,
    /// Write the zips into this folder, each as <function>.zip
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Builds, checks and zips every handler, and prints their sizes.
///
/// # Errors
/// If the toolchain lacks something, a handler does not build or is too large, or a zip cannot be written.
pub async fn run(context: &Context, options: &Build) -> Result<Outcome> {
    let (printer, workspace) = (&context.printer, &context.workspace);
    let what = BuildOptions { functions: options.functions.clone(), ..options.build.clone() };
    let built = build::build(printer, workspace, &what).await?;
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        for built in &built {
            let path = folder.join(built.function.package).with_extension("zip");
            std::fs::write(&path, built.package.read()?).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    if context.printer.is_json() {
        let list: Vec<_> = built
            .iter()
            .map(|built| {
                json!({
                    "function": built.function.package,
                    "program": built.program,
                    "programBytes": built.program_bytes,
                    "zipBytes": built.package.size,
                    "sha256": built.package.sha256,
                })
            })
            .collect();
        context.printer.json(&list);
    } else {
        context.printer.data(build::sizes(&built));
    }
    if let Some(folder) = &options.verify_in {
        twice::compare(printer, workspace, &what, &built, folder).await?;
    }
    Ok(Outcome::Success)
}

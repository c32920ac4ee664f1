//! `detect`: what kind of project a folder holds, decided by the pipeline's own code.

use super::Context;
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone};
use anyhow::{Context as _, Result};
use clap::Args;
use drydock_contract::detection::{Detection, IacType};
use drydock_tree::{Limits, Tree};
use std::path::PathBuf;

/// More than the pipeline takes, so that only a folder that is no project's is refused here.
const LIMITS: Limits = Limits { files: 100_000, bytes: 2 << 30 };

/// Options of `detect`.
#[derive(Args, Clone, Debug)]
pub struct Detect {
    /// The folder, such as a clone
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Look below this folder only, as `projectRoot` in a request
    #[arg(long, value_name = "FOLDER")]
    project_root: Option<String>,
    /// Take it for this, as `iacType` in a request
    #[arg(long, value_name = "TYPE", value_parser = iac_type)]
    iac_type: Option<IacType>,
}

fn iac_type(word: &str) -> Result<IacType, String> {
    IacType::parse(word).ok_or_else(|| format!("one of {}", IacType::ALL.map(IacType::as_str).join(", ")))
}

/// Detects.
///
/// # Errors
/// If the folder cannot be read, or there is not exactly one project in it.
pub fn run(context: &Context, options: &Detect) -> Result<Outcome> {
    let tree = Tree::from_disk(&options.folder, LIMITS)
        .with_context(|| format!("cannot read {}", options.folder.display()))?;
    let detection = drydock_detect::detect(&tree, options.project_root.as_deref(), options.iac_type)?;
    if context.printer.is_json() {
        context.printer.json(&detection);
    } else {
        show(&context.printer, &detection);
    }
    Ok(Outcome::Success)
}

fn show(printer: &Printer, detection: &Detection) {
    let kind = printer.out(Tone::Strong, detection.iac_type);
    printer.data(format_args!("{kind} in {} ({})", detection.root, detection.entry_file));
    let width = detection.evidence.iter().map(|evidence| evidence.file.chars().count()).max().unwrap_or(0);
    for evidence in &detection.evidence {
        printer.data(format_args!("  {:width$}  {}", evidence.file, evidence.reason));
    }
    for other in &detection.alternatives {
        printer.data(format_args!("  not {} in {}: {} ({})", other.iac_type, other.root, other.reason, other.file));
    }
}

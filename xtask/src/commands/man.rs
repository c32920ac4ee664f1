//! `man`: the manual.

use super::Context;
use crate::manual;
use crate::outcome::Outcome;
use anyhow::{Context as _, Result};
use clap::{Args, Command, ValueEnum};
use std::path::PathBuf;

/// Options of `man`.
#[derive(Args, Clone, Debug)]
pub struct Man {
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Roff)]
    format: Format,
    /// Write a man page of each command into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For man
    Roff,
    /// docs/cli.md
    Markdown,
}

/// Prints the manual, or writes its pages.
///
/// # Errors
/// If a page cannot be written.
pub fn run(context: &Context, options: &Man, command: Command) -> Result<Outcome> {
    // A page's file has the name in it.
    let named = || command.clone().name("cargo-xtask").bin_name("cargo xtask");
    match (&options.out, options.format) {
        (Some(folder), _) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
            let pages = clap_mangen::generate_to(named(), folder);
            pages.with_context(|| format!("cannot write to {}", folder.display()))?;
            context.printer.step("Written", format_args!("man pages to {}", folder.display()));
        }
        (None, Format::Markdown) => context.printer.raw(manual::markdown(command)),
        (None, Format::Roff) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(named()).render(&mut page).context("cannot write the page")?;
            context.printer.raw(String::from_utf8_lossy(&page));
        }
    }
    Ok(Outcome::Success)
}

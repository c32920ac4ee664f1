//! `graph`: the SDLC workflow as a diagram.

use super::Context;
use crate::outcome::Outcome;
use anyhow::{Context as _, Result};
use asl::workflow::{Parameters, document, sdlc};
use clap::Args;

/// The page that shows it.
const PAGE: &str = "docs/workflow.md";

/// Options of `graph`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Graph {
    /// Put it into docs/workflow.md
    #[arg(long)]
    write: bool,
}

/// Prints the diagram, in Mermaid; it is made from the machine that is deployed.
///
/// # Errors
/// If the page cannot be read or written, or has lost the place where the diagram stands.
pub fn run(context: &Context, options: Graph) -> Result<Outcome> {
    let diagram = sdlc(&Parameters::default()).to_mermaid();
    if !options.write {
        context.printer.raw(diagram);
        return Ok(Outcome::Success);
    }
    let path = context.workspace.root().join(PAGE);
    let page = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let page = document(&page, &diagram).with_context(|| format!("{PAGE} has no ```mermaid block"))?;
    std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    context.printer.step("Written", PAGE);
    Ok(Outcome::Success)
}

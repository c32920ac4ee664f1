//! `outputs`: what the stack says about itself.

use super::Context;
use crate::cloud::Aws;
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone};
use anyhow::Result;
use std::collections::BTreeMap;

/// Prints the stack's outputs.
///
/// # Errors
/// If there is no stack, or AWS cannot be asked.
pub async fn run(context: &Context) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    if context.printer.is_json() {
        context.printer.json(&stack.outputs);
    } else {
        show(&context.printer, &stack.outputs);
    }
    Ok(Outcome::Success)
}

/// Names and values in two columns.
pub fn show(printer: &Printer, outputs: &BTreeMap<String, String>) {
    let width = outputs.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, value) in outputs {
        printer.data(format_args!("{}  {value}", printer.out(Tone::Strong, format_args!("{name:width$}"))));
    }
}

//! `outputs`: what the stack says about itself.

use super::Context;
use crate::cloud::Aws;
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone};
use anyhow::Result;
use clap::Args;
use std::collections::BTreeMap;

/// Options of `outputs`.
#[derive(Args, Clone, Debug)]
pub struct Outputs {
    /// As variables for a shell: eval "$(cargo xtask outputs --env)"
    #[arg(long, conflicts_with = "json")]
    env: bool,
}

/// Begins the names of the variables.
const PREFIX: &str = "DRYDOCK_";

/// Prints the stack's outputs.
///
/// # Errors
/// If there is no stack, or AWS cannot be asked.
pub async fn run(context: &Context, options: &Outputs) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    if context.printer.is_json() {
        context.printer.json(&stack.outputs);
    } else if options.env {
        for (name, value) in &stack.outputs {
            context.printer.data(format_args!("export {}={}", variable(name), quoted(value)));
        }
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

/// `ApiUrl` is `DRYDOCK_API_URL`.
fn variable(name: &str) -> String {
    let mut words = PREFIX.to_owned();
    let mut before = '_';
    for character in name.chars() {
        if character.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            words.push('_');
        }
        words.push(if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' });
        before = character;
    }
    words
}

/// For every shell that knows POSIX.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_become_variables() {
        for (name, expected) in [
            ("ApiUrl", "DRYDOCK_API_URL"),
            ("ModelKeySecretArn", "DRYDOCK_MODEL_KEY_SECRET_ARN"),
            ("A1B", "DRYDOCK_A1_B"),
        ] {
            assert_eq!(variable(name), expected);
        }
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}

//! `synth`: the template, to stdout.

use super::Context;
use crate::outcome::Outcome;
use clap::{Args, ValueEnum};

/// Options of `synth`.
#[derive(Args, Clone, Debug)]
pub struct Synth {
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Yaml,
}

/// Prints the template. It is the same text at any time on any machine.
pub fn run(context: &Context, options: &Synth) -> Outcome {
    let template = infra::drydock::template();
    match options.format {
        Format::Yaml if !context.printer.is_json() => context.printer.raw(template.to_yaml()),
        Format::Json | Format::Yaml => context.printer.data(template.to_json_pretty()),
    }
    Outcome::Success
}

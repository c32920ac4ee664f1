//! `completions`: what makes a shell complete our commands.

use super::Context;
use crate::outcome::Outcome;
use clap::{Args, Command};
use clap_complete::{Shell, generate};

/// Options of `completions`.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// The name that is completed; a shell knows no names of two words.
const NAME: &str = "xtask";

/// Prints the shell's script.
pub fn run(context: &Context, options: &Completions, command: Command) -> Outcome {
    let mut script = Vec::new();
    generate(options.shell, &mut command.name(NAME).bin_name(NAME), NAME, &mut script);
    context.printer.raw(String::from_utf8_lossy(&script));
    Outcome::Success
}

//! The manual, made from what the command line itself says: `docs/cli.md` and man pages.

use crate::config;
use crate::outcome::EXIT_CODES;
use clap::Command;

/// Columns of the help texts.
const WIDTH: usize = 100;

const HEAD: &str = "\
# The command line

All that an operator does with Drydock is `cargo xtask COMMAND`. This page is made from the program's own help by
`cargo xtask man --format markdown`, and a test compares the two.

Data goes to stdout; progress, warnings and errors go to stderr, so a pipe gets nothing but data. On a pipe there are no
colours and no questions: what would be asked is refused with exit code 3 unless `--yes` says it beforehand. Colours can
be switched off everywhere with `--no-color`, `NO_COLOR=1` or `CLICOLOR=0`, and forced with `CLICOLOR_FORCE=1`.
";

const CONFIGURATION: &str = "\
## drydock.toml

What an installation is always called with stands in `drydock.toml` beside `Cargo.toml`, or in the file that `--config`
or `DRYDOCK_CONFIG` names:

```toml
stack-name = \"drydock\"
region = \"eu-central-1\"
profile = \"operations\"

[parameters]
AlarmEmail = \"ops@example.com\"
MaximumConcurrency = 5

[tags]
team = \"platform\"
```

An option comes before the environment, the environment before this file, and the file before the default. A profile is
its credentials and its region: one that `--profile` names comes with both before the environment, and no other credentials
are looked for; `--region` alone comes before its region. Every key is checked by every command: one that is not known ends
it with exit code 2, the line, and the key that was probably meant.

";

const COMPLETION: &str = "\
## Completions and man pages

Shells complete the name that they are told, so give the command one:

```sh
alias xtask='cargo xtask'
source <(cargo xtask completions bash)      # also zsh, fish, elvish and powershell
cargo xtask man | man -l -                  # or --out DIR for a page of each command
```

";

/// `docs/cli.md`.
pub fn markdown(command: Command) -> String {
    let mut command = stable(command);
    // Options of every command get to the subcommands by this.
    command.build();
    let mut text = format!("{HEAD}\n{CONFIGURATION}{}\n{COMPLETION}", config::manual());
    text += &format!("## Exit codes\n\n```text\n{}\n```\n\n", EXIT_CODES.trim_start_matches("Exit codes:\n"));
    text += &format!("## Options of every command\n\n```text\n{}\n```\n", global_options(&command));
    let mut commands: Vec<(String, Command)> = Vec::new();
    collect(&command, "cargo xtask", &mut commands);
    for (path, command) in commands {
        let help = without_global_options(command.clone()).bin_name(&path).render_long_help().to_string();
        text += &format!("\n## {path}\n\n```text\n{}\n```\n", help.trim_end());
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// What depends neither on the terminal nor on the environment.
fn stable(command: Command) -> Command {
    let command =
        command.term_width(WIDTH).disable_help_subcommand(true).mut_args(|option| option.hide_env_values(true));
    command.mut_subcommands(stable)
}

fn without_global_options(command: Command) -> Command {
    command.mut_args(|option| {
        let hidden = option.is_hide_set() || option.is_global_set();
        option.hide(hidden)
    })
}

/// The part of the help about them.
fn global_options(command: &Command) -> String {
    let help = command.clone().render_long_help().to_string();
    let from = help.find("Global options:").unwrap_or_default();
    let to = help[from..].find("\nExit codes:").map_or(help.len(), |length| from + length);
    help[from..to].trim_end().to_owned()
}

/// Commands that do something, in the order of the help.
fn collect(command: &Command, path: &str, into: &mut Vec<(String, Command)>) {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        let path = format!("{path} {}", command.get_name());
        into.push((path.clone(), command.clone()));
        collect(command, &path, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction};

    #[test]
    fn each_command_has_a_section_with_its_own_options_only() {
        let option = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let global = option("json").global(true).help_heading("Global options");
        let command = Command::new("cargo xtask")
            .arg(global)
            .subcommand(Command::new("one").about("Does one").arg(option("own")).arg(option("secret").hide(true)))
            .subcommand(Command::new("two").subcommand(Command::new("inner").about("Does the inner")));
        let text = markdown(command);
        assert!(text.contains("## cargo xtask one\n\n```text\nDoes one\n\nUsage: cargo xtask one"), "{text}");
        assert!(text.contains("## cargo xtask two inner\n"), "{text}");
        assert_eq!(text.matches("--json").count(), 1, "{text}");
        assert_eq!(text.matches("--own").count(), 1, "{text}");
        assert!(!text.contains("--secret"), "{text}");
    }
}

//! Examples in the help of every command. Each line is tried out by a test: it must at least be understood.

use clap::Command;

/// By the command's words; a command with subcommands shows those of its first words.
pub const EXAMPLES: [(&str, &str); 24] = [
    (
        "synth",
        "\
cargo xtask synth
cargo xtask synth --format json | jq .Parameters",
    ),
    ("graph", "cargo xtask graph\ncargo xtask graph --write"),
    (
        "build",
        "\
cargo xtask build
cargo xtask build --out target/zips
cargo xtask build --target host --cargo-profile dev",
    ),
    (
        "deploy",
        "\
cargo xtask deploy
cargo xtask deploy --yes --json                            # in CI
cargo xtask deploy --parameter AlarmEmail=ops@example.com
cargo xtask deploy --stack-name drydock-test --region eu-west-1",
    ),
    (
        "diff",
        "\
cargo xtask diff
cargo xtask diff --exit-code --json                        # in CI",
    ),
    (
        "rollback",
        "\
cargo xtask rollback --list
cargo xtask rollback --previous                            # back to the version before this one
cargo xtask rollback --to 3f2a91bc04de
cargo xtask rollback                                       # undo an update that hangs or failed",
    ),
    ("drift", "cargo xtask drift\ncargo xtask drift --json"),
    ("events", "cargo xtask events\ncargo xtask events --json | jq .status"),
    ("destroy", "cargo xtask destroy\ncargo xtask destroy --stack-name drydock-test --yes"),
    ("outputs", "cargo xtask outputs\ncargo xtask outputs --json | jq -r .ApiUrl"),
    (
        "status",
        "\
cargo xtask status
cargo xtask status --sessions 20
cargo xtask status --json | jq '[.queues[].dead] | add'",
    ),
    (
        "logs",
        "\
cargo xtask logs                                           # the last ten minutes of all functions
cargo xtask logs deployer-deploy --since 2h
cargo xtask logs --session 0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11 --since 1d
cargo xtask logs --follow --json | jq 'select(.level == \"error\")'",
    ),
    (
        "doctor",
        "\
cargo xtask doctor
cargo xtask doctor --local                                 # what demo, local and test need, without AWS
cargo xtask doctor --json | jq '.findings[] | select(.grade != \"good\")'",
    ),
    (
        "dlq",
        "\
cargo xtask dlq list
cargo xtask dlq show deploy
cargo xtask dlq replay                                     # everything that helps a session
cargo xtask dlq replay deploy --session 0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11
cargo xtask dlq purge deploy --yes",
    ),
    (
        "secrets",
        "\
cargo xtask secrets status
cargo xtask secrets set git-token                          # asks for it, and shows nothing
cargo xtask secrets set git-token --host git.example.com < token.txt
cargo xtask secrets set model-key --from-env ANTHROPIC_API_KEY
cargo xtask secrets clear git-token",
    ),
    (
        "call",
        "\
cargo xtask call GET /deployments
cargo xtask call POST /deploy '{\"repository\": \"https://github.com/OWNER/NAME\", \"branch\": \"main\"}'
cargo xtask call POST /deploy @request.json --header Idempotency-Key=1",
    ),
    (
        "local",
        "\
cargo xtask local
cargo xtask local --port 4566 --keep-state
cargo xtask local -- cargo test --package drydock-e2e deployments",
    ),
    ("demo", "cargo xtask demo\ncargo xtask demo --example broken-template"),
    ("detect", "cargo xtask detect .\ncargo xtask detect ../shop --project-root backend --json"),
    ("test", "cargo xtask test\ncargo xtask test -- hostile_trees"),
    (
        "bench",
        "cargo xtask bench synth\ncargo xtask bench deploy\ncargo xtask bench cold-start --runs 5\ncargo xtask bench sdlc sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11",
    ),
    ("smoke", "cargo xtask smoke\ncargo xtask smoke --target host"),
    (
        "completions",
        "source <(cargo xtask completions bash)\ncargo xtask completions fish > ~/.config/fish/completions/xtask.fish",
    ),
    ("man", "cargo xtask man | man -l -\ncargo xtask man --out target/man"),
];

/// Adds them to a command line.
#[must_use]
pub fn add(command: Command) -> Command {
    command.mut_subcommands(|command| {
        let found = EXAMPLES.iter().find(|(name, _)| *name == command.get_name());
        let Some((_, text)) = found else { return command };
        let indented: String = text.lines().map(|line| format!("  {line}\n")).collect();
        let notes = command.get_after_help().map(|notes| format!("\n{notes}")).unwrap_or_default();
        let help = format!("Examples:\n{indented}{notes}");
        // Of subcommands the lines that call them.
        let own = |command: Command| {
            let call = format!("{} {}", found.map_or("", |(name, _)| name), command.get_name());
            let lines: String =
                text.lines().filter(|line| line.contains(&call)).map(|line| format!("  {line}\n")).collect();
            if lines.is_empty() { command } else { command.after_help(format!("Examples:\n{lines}")) }
        };
        command.after_help(help).mut_subcommands(own)
    })
}

/// The words of an example as a shell would hand them over, without comment, pipe and redirection. `None` if it does
/// not begin with a call of ours.
pub fn words(example: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in example.split("cargo xtask ").nth(1)?.chars() {
        match (quote, character) {
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), close) if open == close => quote = None,
            (None, ' ') => words.extend(word.take()),
            (None, '|' | '<' | '>' | '#' | ')') => break,
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let check = |example: &str, expected: &[&str]| assert_eq!(words(example).unwrap(), expected, "{example}");
        check("cargo xtask call POST /x '{\"a\": \"b c\"}' # d", &["call", "POST", "/x", "{\"a\": \"b c\"}"]);
        check("cargo xtask synth | jq .", &["synth"]);
        check("source <(cargo xtask completions bash)", &["completions", "bash"]);
    }
}

//! `cargo xtask`: everything an operator does with Drydock, from the template to the request.
//!
//! Arguments become one [`Command`], and each command has its own file in `commands/`.

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;
use xtask::commands::{
    Context, bench, build, call, completions, demo, deploy, destroy, detect, diff, dlq, doctor, drift, events, graph,
    local, logs, man, outputs, rollback, secrets, smoke, status, synth, test,
};
use xtask::config::Config;
use xtask::examples;
use xtask::options::{Given, Global};
use xtask::outcome::{EXIT_CODES, Outcome};
use xtask::printer::Printer;
use xtask::requests;
use xtask::workspace::Workspace;

/// Deploys and operates Drydock.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the CloudFormation template
    Synth(synth::Synth),
    /// Draw the SDLC workflow
    Graph(graph::Graph),
    /// Build and zip the handlers, and show their sizes
    Build(build::Build),
    /// Build, upload, show the changes, ask, and bring the stack up
    Deploy(deploy::Deploy),
    /// Show what deploy would change, and change nothing
    ///
    /// CloudFormation works it out, in a change set that is removed again. The template is too large for a request, so it
    /// is left in the code bucket; that is made if it is missing, like for deploy. No code is uploaded.
    Diff(diff::Diff),
    /// Go back to a version that was good, or undo an update that hangs or failed
    Rollback(rollback::Rollback),
    /// Delete the stack with all that it holds, after asking
    Destroy(destroy::Destroy),
    /// Print the stack's outputs
    Outputs(outputs::Outputs),
    /// Show what happened to the stack, or follow what is happening
    Events(events::Events),
    /// Show what somebody changed past CloudFormation
    Drift(drift::Drift),
    /// Show the stack, its functions, queues, alarms and last sessions
    Status(status::Status),
    /// Show what the functions write, as one stream
    Logs(logs::Logs),
    /// Say what is missing or wrong here and in AWS, and what to do about it
    Doctor(doctor::Doctor),
    /// Look at dead letters, replay or delete them
    Dlq(dlq::Dlq),
    /// Store the Git token and the model key
    Secrets(secrets::Secrets),
    /// Send a signed request to the API
    Call(call::Call),
    /// Run all of Drydock on this machine, or one COMMAND against it
    Local(local::Local),
    /// Run Drydock on this machine and deploy an example with it
    Demo(demo::Demo),
    /// Say what kind of project a folder holds, as the pipeline would
    Detect(detect::Detect),
    /// Run every test against the embedded engine, and validate the template
    Test(test::Test),
    /// Measure
    Bench(bench::Bench),
    /// Start every handler under a Lambda runtime of our own and expect an answer
    Smoke(smoke::Smoke),
    /// Print what makes a shell complete these commands
    Completions(completions::Completions),
    /// Print this manual
    Man(man::Man),
}

fn main() -> ExitCode {
    let workspace = Workspace::find();
    let arguments: Vec<_> = std::env::args_os().collect();
    let config = match Config::find(&workspace, &arguments) {
        Ok(config) => config,
        Err(error) => {
            Printer::new(false, false, false).error(error);
            return Outcome::Misunderstood.into();
        }
    };
    let matches = config.defaults(command_line()).get_matches_from(arguments);
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.global.given = Given::of(&matches);
    let context = Context::new(cli.global, config, workspace);
    requests::tell(context.printer);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            context.printer.error(format_args!("cannot start: {error}"));
            return Outcome::Failed.into();
        }
    };
    let outcome = runtime.block_on(run(&context, cli.command)).unwrap_or_else(|error| {
        context.printer.error(format_args!("{error:#}"));
        Outcome::Failed
    });
    // A thread may still wait for an answer at the terminal.
    runtime.shutdown_background();
    outcome.into()
}

/// The command line as the help shows it.
fn command_line() -> clap::Command {
    examples::add(Cli::command())
}

async fn run(context: &Context, command: Command) -> Result<Outcome> {
    match command {
        Command::Synth(options) => Ok(synth::run(context, &options)),
        Command::Graph(options) => graph::run(context, options),
        Command::Build(options) => build::run(context, &options).await,
        Command::Deploy(options) => deploy::run(context, &options).await,
        Command::Diff(options) => diff::run(context, &options).await,
        Command::Rollback(options) => rollback::run(context, &options).await,
        Command::Destroy(options) => destroy::run(context, &options).await,
        Command::Outputs(options) => outputs::run(context, &options).await,
        Command::Events(options) => events::run(context, &options).await,
        Command::Drift(options) => drift::run(context, &options).await,
        Command::Status(options) => status::run(context, &options).await,
        Command::Logs(options) => logs::run(context, &options).await,
        Command::Doctor(options) => Ok(doctor::run(context, &options).await),
        Command::Dlq(options) => dlq::run(context, &options).await,
        Command::Secrets(options) => secrets::run(context, &options).await,
        Command::Call(options) => call::run(context, &options).await,
        Command::Local(options) => local::run(context, options).await,
        Command::Demo(options) => demo::run(context, options).await,
        Command::Detect(options) => detect::run(context, &options),
        Command::Test(options) => test::run(context, options).await,
        Command::Bench(options) => bench::run(context, &options).await,
        Command::Smoke(options) => smoke::run(context, &options).await,
        Command::Completions(options) => Ok(completions::run(context, &options, command_line())),
        Command::Man(options) => man::run(context, &options, command_line()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    fn check(arguments: &str) {
        let words = std::iter::once("xtask").chain(arguments.split(' '));
        if let Err(error) = Cli::try_parse_from(words) {
            panic!("{arguments}: {error}");
        }
    }

    #[test]
    fn global_options_go_with_every_command() {
        for command in [
            "synth",
            "build --cargo-profile dev",
            "deploy --skip-build --parameter A=B",
            "deploy --hotswap --tag a=b --role-arn r --termination-protection on --allow-data-loss",
            "diff --skip-build --exit-code --parameter A=B",
            "rollback --continue --skip A --skip B",
            "rollback --list",
            "rollback --previous --allow-data-loss",
            "rollback --to 0123456789ab",
            "drift --exit-code",
            "events --follow",
            "destroy --keep-data --with-applications --retain A",
            "outputs",
            "status",
            "logs deployer-deploy --follow --since 2h",
            "doctor --local",
            "dlq list",
            "dlq show deploy",
            "dlq replay fixer --session fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11",
            "dlq purge",
            "secrets set git-token --host github.com",
            "call GET /deployments",
            "local --port 1 --keep-state --env A=B",
            "demo --example x",
            "detect .",
            "test",
            "bench synth",
            "smoke --target host",
            "completions zsh",
            "man --format markdown",
        ] {
            check(&format!("{command} --stack-name a --region b --profile c --json --yes --no-color --quiet"));
        }
        check("local -- env --quiet");
        check("test -- a_filter");
    }

    #[test]
    fn every_command_has_examples_and_each_is_understood() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let found = examples::EXAMPLES.iter().find(|(known, _)| *known == name);
            let (_, lines) = found.unwrap_or_else(|| panic!("{name} has no example in examples.rs"));
            for line in lines.lines() {
                let words = examples::words(line).unwrap_or_else(|| panic!("{line} is not a call of ours"));
                assert_eq!(words.first().map(String::as_str), Some(name), "{line}");
                if let Err(error) = Cli::try_parse_from(std::iter::once("xtask".to_owned()).chain(words)) {
                    panic!("{line}: {error}");
                }
            }
        }
        for (name, _) in examples::EXAMPLES {
            assert!(Cli::command().find_subcommand(name).is_some(), "there is no command {name}");
        }
    }

    #[test]
    fn the_manual_is_what_the_program_says() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
        let written = std::fs::read_to_string(page).unwrap_or_default();
        let current = xtask::manual::markdown(command_line());
        assert!(written == current, "write it anew: cargo xtask man --format markdown > docs/cli.md");
    }

    #[test]
    fn every_key_of_the_configuration_is_an_option() {
        let command = Cli::command();
        let options = |command: &clap::Command| {
            command.get_arguments().filter_map(|option| option.get_long().map(str::to_owned)).collect::<Vec<_>>()
        };
        let all: Vec<String> =
            options(&command).into_iter().chain(command.get_subcommands().flat_map(options)).collect();
        for key in &xtask::config::KEYS {
            assert!(all.iter().any(|option| option == key.name), "--{}", key.name);
        }
    }
}

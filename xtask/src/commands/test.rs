//! `test`: every test of the workspace against the embedded engine, cfn-lint over the template, and statelint over the
//! workflow.

use super::{Context, local};
use crate::build::target::Toolchain;
use crate::engine::{Purpose, Venv};
use crate::interrupt;
use crate::local::{Local, LocalOptions};
use crate::outcome::Outcome;
use crate::printer::elapsed;
use anyhow::{Context as _, Result};
use asl::workflow::{Parameters, sdlc};
use asl::{Dynamic, State, Wait, WaitFor};
use clap::Args;
use std::ffi::OsString;
use std::time::Instant;
use tokio::process::Command;

/// Options of `test`.
#[derive(Args, Clone, Debug)]
pub struct Test {
    #[command(flatten)]
    local: LocalOptions,
    /// Passed on to `cargo test --workspace`, such as a filter
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

/// Runs the tests. Everything is run even if something before it failed.
///
/// # Errors
/// If the engine does not come up, or a program cannot be started.
pub async fn run(context: &Context, options: Test) -> Result<Outcome> {
    let start = Instant::now();
    let printer = &context.printer;
    let local = context.workspace.local();
    let (running, validator) = tokio::select! {
        both = async {
            tokio::try_join!(Local::up(context, &options.local), Venv::ensure(printer, &local, Purpose::Validator))
        } => both?,
        () = interrupt::requested() => return Ok(Outcome::Interrupted),
    };
    printer.step("Testing", "the workspace (cargo test --workspace --no-fail-fast)");
    let mut arguments: Vec<OsString> =
        ["test", "--workspace", "--no-fail-fast", "--locked", "--ignore-rust-version"].map(Into::into).to_vec();
    arguments.extend(options.arguments);
    let cargo = Toolchain::new(None).cargo().as_std().get_program().to_os_string();
    let tests = local::execute(context, &running, &cargo, &arguments).await;
    running.engine.stop().await;
    let tests = tests?;
    let template = lint(context, &validator).await?;
    let workflow = lint_workflow(context, &validator).await?;
    for (what, passed) in [("tests", tests == Outcome::Success), ("template", template), ("workflow", workflow)] {
        if passed {
            printer.step("Passed", what);
        } else {
            printer.error(format_args!("{what} failed"));
        }
    }
    printer.step("Finished", format_args!("in {}", elapsed(start.elapsed())));
    Ok(match tests {
        Outcome::Success if !(template && workflow) => Outcome::Failed,
        tests => tests,
    })
}

/// True if cfn-lint finds no error and no warning.
async fn lint(context: &Context, venv: &Venv) -> Result<bool> {
    let printer = &context.printer;
    let template = context.workspace.local().join("template.json");
    let text = infra::drydock::template().to_json_pretty();
    std::fs::write(&template, text).with_context(|| format!("cannot write {}", template.display()))?;
    printer.step("Validating", "the template (cfn-lint)");
    let status = Command::new(venv.program("cfn-lint"))
        .args(["--non-zero-exit-code", "warning", "--template"])
        .arg(&template)
        .kill_on_drop(true)
        .status()
        .await
        .context("cannot run cfn-lint")?;
    Ok(status.success())
}

/// True if statelint finds nothing. It takes JSONata, but where the `Seconds` of a wait are an expression it says that
/// they "should be an Integer" (3.1): these are 1 for it. Everything else it sees as it is deployed; the whole machine, with
/// its waits, is what cfn-lint sees in the template.
async fn lint_workflow(context: &Context, venv: &Venv) -> Result<bool> {
    let printer = &context.printer;
    let mut machine = sdlc(&Parameters::default());
    for state in machine.states.values_mut() {
        if let State::Wait(Wait { wait_for: WaitFor::Seconds(seconds @ Dynamic::Expression(_)), .. }) = state {
            *seconds = Dynamic::from(1);
        }
    }
    let definition = context.workspace.local().join("workflow.asl.json");
    std::fs::write(&definition, machine.to_json()).with_context(|| format!("cannot write {}", definition.display()))?;
    printer.step("Validating", "the workflow (statelint)");
    let status = Command::new(venv.program("statelint")).arg(&definition).kill_on_drop(true).status().await;
    Ok(status.context("cannot run statelint")?.success())
}

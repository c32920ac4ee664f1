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
use asl::{Dynamic, State, StateMachine, Wait, WaitFor};
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

/// True if statelint finds nothing in the workflow, as it is deployed, but what it is known to be wrong about.
async fn lint_workflow(context: &Context, venv: &Venv) -> Result<bool> {
    let printer = &context.printer;
    let machine = sdlc(&Parameters::default());
    let definition = context.workspace.local().join("workflow.asl.json");
    std::fs::write(&definition, machine.to_json()).with_context(|| format!("cannot write {}", definition.display()))?;
    printer.step("Validating", "the workflow (statelint)");
    let ran = Command::new(venv.program("statelint")).arg(&definition).kill_on_drop(true).output().await;
    let ran = ran.context("cannot run statelint")?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let problems = problems(&said, &machine);
    for problem in &problems {
        printer.error(format_args!("statelint: {problem}"));
    }
    // It exits with 1 if it has found something; what it says of its own end stands in the other stream.
    let came_to_its_end = ran.status.success() || ran.status.code() == Some(1) && !said.is_empty();
    if !came_to_its_end {
        printer.error(format_args!("statelint: {}", String::from_utf8_lossy(&ran.stderr).trim_end()));
    }
    Ok(came_to_its_end && problems.is_empty())
}

/// What statelint has found, without what is none: it takes JSONata, but of each wait whose `Seconds` are an expression
/// it says (3.1) that they "should be an Integer".
fn problems<'said>(said: &'said str, machine: &StateMachine) -> Vec<&'said str> {
    let waits = machine.states.iter().filter_map(|(name, state)| match state {
        State::Wait(Wait { wait_for: WaitFor::Seconds(seconds @ Dynamic::Expression(_)), .. }) => Some((name, seconds)),
        _ => None,
    });
    let none: Vec<String> = waits
        .map(|(name, seconds)| {
            let seconds = serde_json::to_string(seconds).expect("an expression is a text");
            format!("State Machine.States.{name}.Seconds is {seconds} but should be an Integer")
        })
        .collect();
    // Its findings stand behind a space, under the line that counts them.
    let found = said.lines().filter_map(|line| line.strip_prefix(' '));
    found.filter(|problem| !none.iter().any(|none| none == problem)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_statelint_is_wrong_about_is_passed_over() {
        let machine = sdlc(&Parameters::default());
        let check = |said: &str, expected: &[&str]| assert_eq!(problems(said, &machine), expected, "{said}");
        let wait = r#"State Machine.States.WaitForFix.Seconds is "{% $wait %}" but should be an Integer"#;
        check("", &[]);
        check(&format!("One error:\n {wait}\n"), &[]);
        let other = wait.replace("WaitForFix", "Fix");
        let dangling = r#"No state found named "X", referenced at State Machine.States.Fix.Next"#;
        check(&format!("3 errors:\n {wait}\n {other}\n {dangling}\n"), &[&other, dangling]);
        let text = wait.replace("{% $wait %}", "5");
        check(&format!("One error:\n {text}\n"), &[&text]);
    }
}

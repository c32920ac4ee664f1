//! `local`: all of Drydock on this machine until Ctrl-C, or for as long as one command runs.

use super::Context;
use crate::build::target::belongs_to_this_program;
use crate::interrupt;
use crate::local::{Local as Running, LocalOptions};
use crate::outcome::Outcome;
use crate::printer::Tone;
use anyhow::{Context as _, Result};
use clap::Args;
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::time::Duration;
use tokio::process::{Child, Command};

/// What a command that is told to terminate gets to clean up behind it.
const GRACE: Duration = Duration::from_secs(10);

/// The variables that a user of another AWS tool needs to set.
const FOR_TOOLS: [&str; 4] = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];

/// Options of `local`.
#[derive(Args, Clone, Debug)]
pub struct Local {
    #[command(flatten)]
    local: LocalOptions,
    /// Run this against it and exit as it does
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs Drydock here.
///
/// # Errors
/// If it does not come up, or the command cannot be started.
pub async fn run(context: &Context, options: Local) -> Result<Outcome> {
    let running = tokio::select! {
        running = Running::up(context, &options.local) => running?,
        () = interrupt::requested() => return Ok(Outcome::Interrupted),
    };
    let outcome = match options.command.split_first() {
        None => {
            welcome(context, &running);
            interrupt::requested().await;
            context.printer.progress("");
            Ok(Outcome::Success)
        }
        Some((program, arguments)) => execute(context, &running, program, arguments).await,
    };
    running.engine.stop().await;
    if options.command.is_empty() {
        context.printer.step("Stopped", "the embedded engine");
    }
    outcome
}

/// Runs a command with everything in its environment that it needs to find what runs here.
///
/// Ctrl-C reaches the command too, and it decides what to do about it.
///
/// # Errors
/// If it cannot be started.
pub async fn execute(
    context: &Context,
    running: &Running,
    program: &OsString,
    arguments: &[OsString],
) -> Result<Outcome> {
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(belongs_to_this_program) {
            command.env_remove(name);
        }
    }
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] {
        command.env_remove(name);
    }
    command.envs(running.environment(context));
    let mut child = command.spawn().with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(Outcome::of_child(status.context("cannot wait for the command")?)),
            // The terminal has told the command, too; it decides when to end.
            () = interrupt::ctrl_c() => {}
            () = interrupt::termination() => return Ok(terminate(&mut child).await),
        }
    }
}

/// Passes a request to terminate on to the command, and ends it if it takes too long.
async fn terminate(child: &mut Child) -> Outcome {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
        // It may have ended just now; then there is nobody to tell.
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
    Outcome::Interrupted
}

fn welcome(context: &Context, running: &Running) {
    let printer = &context.printer;
    let url = running.api_url();
    if printer.is_json() {
        printer.json(&serde_json::json!({
            "apiUrl": url,
            "engine": running.engine.url(),
            "engineLog": running.engine.log(),
            "environment": running.environment(context).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "outputs": running.outputs,
        }));
        return;
    }
    let strong = |text: &str| printer.out(Tone::Strong, text);
    let curl = format!("curl -s --aws-sigv4 aws:amz:{}:execute-api --user test:test", running.aws.region());
    printer.data(format_args!("\n{}\n", strong("Drydock runs on this machine.")));
    printer.data(format_args!("  API  {url}"));
    printer.data(format_args!("  Log  {}\n", running.engine.log().display()));
    printer.data(format_args!("{}\n", strong("Deploy a repository, and see how it goes:")));
    printer.data(format_args!(
        "  {curl} {url}/deploy \\\n    -H 'content-type: application/json' \\\n    \
         -d '{{\"repository\": \"https://github.com/OWNER/NAME\", \"branch\": \"main\"}}'\n  \
         {curl} {url}/deployments\n"
    ));
    printer.data(format_args!("{}\n", strong("Point any AWS tool at it:")));
    for (name, value) in running.environment(context) {
        if FOR_TOOLS.contains(&name) {
            printer.data(format_args!("  export {name}={value}"));
        }
    }
    printer.data("\nCtrl-C ends it.");
}

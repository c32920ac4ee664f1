//! `bench deploy`: what an operator waits for. Whole runs of this very program against the embedded engine, where
//! CloudFormation itself takes next to no time, so what is left is ours.

use super::result::{Spread, write};
use crate::build::package::{Compression, Package};
use crate::build::{self, BuildOptions, Built, elf};
use crate::cloud::Aws;
use crate::cloud::deployment::Deployment;
use crate::cloud::follow::Detail;
use crate::commands::Context;
use crate::interrupt;
use crate::local::{Local, LocalOptions};
use crate::outcome::Outcome;
use crate::printer::table;
use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// Options of `bench deploy`.
#[derive(Args, Clone, Debug)]
pub struct Deploys {
    /// Do each so many times
    #[arg(long, default_value_t = 10, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

/// What something took.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    what: &'static str,
    runs: u32,
    ms: Spread,
}

/// Measures, prints a table and writes `target/bench/deploy.json`.
///
/// # Errors
/// If the engine or the stack does not come up, or a run fails.
pub(super) async fn run(context: &Context, options: &Deploys) -> Result<Outcome> {
    let engine = LocalOptions::default();
    let running = tokio::select! {
        running = Local::up(context, &engine) => running?,
        () = interrupt::requested() => return Ok(Outcome::Interrupted),
    };
    let rows = tokio::select! {
        rows = measure(context, &running, options.runs) => Some(rows),
        () = interrupt::requested() => None,
    };
    running.engine.stop().await;
    let Some(rows) = rows.transpose()? else { return Ok(Outcome::Interrupted) };
    let file = write(context, "deploy", &rows)?;
    if context.printer.is_json() {
        context.printer.json(&rows);
    } else {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| vec![row.what.to_owned(), row.runs.to_string(), row.ms.to_string()]).collect();
        context.printer.data(table(&["what", "runs", "median (least–most)"], &rows, &[1, 2]));
        context.printer.step("Written", file.display());
    }
    Ok(Outcome::Success)
}

async fn measure(context: &Context, running: &Local, runs: u32) -> Result<Vec<Row>> {
    let program = |arguments: &'static [&'static str]| async move { whole_run(context, running, arguments).await };
    let mut rows = vec![
        repeated(context, "synth", runs, || program(&["synth"])).await?,
        repeated(context, "deploy, nothing to do", runs, || {
            program(&["deploy", "--yes", "--target", "host", "--cargo-profile", "dev"])
        })
        .await?,
        repeated(context, "deploy --skip-build, nothing to do", runs, || program(&["deploy", "--yes", "--skip-build"]))
            .await?,
    ];
    let built = build::build(&context.printer, &context.workspace, &BuildOptions::host()).await?;
    let account = running.aws.account().await?;
    let mut change = 0_u32;
    rows.push(
        repeated(context, "deploy, one function changed (without compiling)", runs, || {
            change += 1;
            one_change(context, &running.aws, &account, built.clone(), change)
        })
        .await?,
    );
    Ok(rows)
}

/// Once for the caches, then as often as asked.
async fn repeated<F: Future<Output = Result<Duration>>>(
    context: &Context,
    what: &'static str,
    runs: u32,
    mut once: impl FnMut() -> F,
) -> Result<Row> {
    once().await.with_context(|| format!("{what} does not work"))?;
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(once().await?);
    }
    context.printer.step("Measured", what);
    Ok(Row { what, runs, ms: Spread::of(times.into_iter()) })
}

/// This program from its start to its end.
async fn whole_run(context: &Context, running: &Local, arguments: &[&str]) -> Result<Duration> {
    let program = context.workspace.program().context("this program does not know its own file")?;
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .envs(running.environment(context))
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run this program")?;
    let took = start.elapsed();
    if !output.status.success() {
        bail!("{} failed:\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(took)
}

/// One function with a byte more behind its program, which changes its zip and nothing that it does: from the finished
/// programs to the updated stack.
async fn one_change(
    context: &Context,
    aws: &Aws,
    account: &str,
    mut built: Vec<Built>,
    change: u32,
) -> Result<Duration> {
    let changed = built.first_mut().context("there is no function")?;
    let file = std::fs::read(&changed.program).with_context(|| format!("cannot read {}", changed.program.display()))?;
    let start = Instant::now();
    let mut file = elf::strip(file);
    file.extend(change.to_le_bytes());
    changed.package = Package::new(&file, Compression::Fast).context("cannot zip")?;
    let deployment = Deployment {
        aws,
        account,
        code: Some(&built),
        given: BTreeMap::new(),
        tags: BTreeMap::new(),
        role_arn: None,
        allow_data_loss: false,
        detail: Detail::Brief,
    };
    let prepared = deployment.prepare(context).await?;
    prepared.upload(&context.printer).await?;
    let applied = prepared.apply(context).await?;
    ensure!(applied.outcome == Outcome::Success, "the change could not be deployed");
    Ok(start.elapsed())
}

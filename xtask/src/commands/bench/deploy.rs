//! `bench deploy`: what an operator waits for. Every row is whole runs of this very program, from its start to its end,
//! against the embedded engine, where CloudFormation itself takes next to no time, so what is left is ours.

use super::result::{Spread, write};
use crate::build::{self, BuildOptions};
use crate::commands::Context;
use crate::interrupt;
use crate::local::{Local, LocalOptions};
use crate::outcome::Outcome;
use crate::printer::table;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
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

/// A deployment once everything is built.
const DEPLOY: [&str; 6] = ["deploy", "--yes", "--target", "host", "--cargo-profile", "dev"];

/// What it tells then if nothing has changed.
const NOTHING: &str = "nothing to do";

/// What a deployment with nothing to do may take, in milliseconds. On the same engine `sam deploy` takes 2900 for it, and
/// `cdk deploy` 5200.
const AIM_MS: u32 = 800;

/// What something took.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    what: &'static str,
    runs: u32,
    ms: Spread,
    /// What the median may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    aim_ms: Option<u32>,
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
        let aim = |row: &Row| row.aim_ms.map_or_else(|| "-".to_owned(), |aim| format!("{aim} ms"));
        let cells = |row: &Row| vec![row.what.to_owned(), row.runs.to_string(), row.ms.to_string(), aim(row)];
        let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
        context.printer.data(table(&["what", "runs", "median (least–most)", "aim"], &rows, &[1, 2, 3]));
        context.printer.step("Written", file.display());
    }
    Ok(Outcome::Success)
}

async fn measure(context: &Context, running: &Local, runs: u32) -> Result<Vec<Row>> {
    let program = |arguments: &'static [&'static str], told: &'static str| async move {
        whole_run(context, running, arguments, told).await
    };
    let nothing = repeated(context, "deploy, nothing to do", runs, || program(&DEPLOY, NOTHING)).await?;
    let skipped = || program(&["deploy", "--yes", "--skip-build"], NOTHING);
    let mut rows = vec![
        repeated(context, "synth", runs, || program(&["synth"], "")).await?,
        Row { aim_ms: Some(AIM_MS), ..nothing },
        repeated(context, "deploy --skip-build, nothing to do", runs, skipped).await?,
    ];
    let built = build::build(&context.printer, &context.workspace, &BuildOptions::host()).await?;
    let changed = &built.first().context("there is no function")?.program;
    let another = Another::of(changed).with_context(|| format!("cannot change {}", changed.display()))?;
    let mut number = 0_u32;
    let what = "deploy, one function changed, once it is compiled";
    rows.push(
        repeated(context, what, runs, || {
            number += 1;
            let written = another.write(number);
            async {
                written.context("cannot change the program")?;
                program(&DEPLOY, "Applying the changes").await
            }
        })
        .await?,
    );
    Ok(rows)
}

/// A program that is changed as if it had just been compiled anew: its zip becomes another, and it does what it did. What
/// is written are bytes of its header that mean nothing. They are as they were once this is dropped.
struct Another(File);

/// `EI_PAD`, the first of the bytes that nobody reads: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>.
const UNUSED: u64 = 9;

impl Another {
    fn of(program: &Path) -> std::io::Result<Self> {
        File::options().write(true).open(program).map(Self)
    }

    fn write(&self, number: u32) -> std::io::Result<()> {
        self.0.write_all_at(&number.to_le_bytes(), UNUSED)
    }
}

impl Drop for Another {
    fn drop(&mut self) {
        // Should that fail, the next deployment sends one zip more.
        let _ = self.write(0);
    }
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
    Ok(Row { what, runs, ms: Spread::of(times.into_iter()), aim_ms: None })
}

/// This program from its start to its end, in which it must tell that it has done what is measured.
async fn whole_run(context: &Context, running: &Local, arguments: &[&str], told: &str) -> Result<Duration> {
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
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !stderr.contains(told) {
        bail!("{} did something else:\n{stderr}", arguments.join(" "));
    }
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_changed_runs_and_is_what_it_was_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let before = std::fs::read(&program).unwrap();
        let another = Another::of(&program).unwrap();
        another.write(7).unwrap();
        let changed = std::fs::read(&program).unwrap();
        assert_ne!(crate::build::elf::strip(changed.clone()), crate::build::elf::strip(before.clone()));
        std::fs::write(folder.path().join("copy"), changed).unwrap();
        std::fs::set_permissions(folder.path().join("copy"), std::fs::metadata(&program).unwrap().permissions())
            .unwrap();
        let listed = std::process::Command::new(folder.path().join("copy")).arg("--list").output().unwrap();
        assert!(listed.status.success());
        drop(another);
        assert_eq!(std::fs::read(&program).unwrap(), before);
    }
}

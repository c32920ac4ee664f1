//! `bench cold-start`: what Lambda's users wait for. Each handler's release binary is started many times against a
//! Runtime API on loopback; what counts is the median, and the most memory that any run had.

use crate::build::target::Target;
use crate::build::{self, BuildOptions, Built, Profile};
use crate::cold_start::{self, ColdStart};
use crate::commands::Context;
use crate::commands::smoke::default_runner;
use crate::outcome::Outcome;
use crate::printer::{size, table};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// Options of `bench cold-start`.
#[derive(Args, Clone, Debug)]
pub struct ColdStarts {
    /// Start each handler so many times
    #[arg(long, default_value_t = 20, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Build for this target; another machine's programs run in an emulator and say little about time
    #[arg(long, default_value_t = Target::Host, value_name = "TARGET")]
    target: Target,
    /// Only this function; may be given more than once
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
}

/// What the runs of one handler took.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    function: &'static str,
    runs: usize,
    first_next_ms: Spread,
    response_ms: Spread,
    /// `None` where the system does not say.
    peak_bytes: Option<u64>,
    binary_bytes: u64,
    zip_bytes: usize,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(times: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        let median = if times.len() % 2 == 0 { f64::midpoint(times[middle - 1], times[middle]) } else { times[middle] };
        Self { median, min: times[0], max: times[times.len() - 1] }
    }
}

/// Measures, prints a table and writes `target/bench/cold-start.json`.
///
/// # Errors
/// If a handler does not build, start or answer.
pub(super) async fn run(context: &Context, options: &ColdStarts) -> Result<Outcome> {
    let printer = &context.printer;
    let what = BuildOptions {
        target: options.target,
        cargo_profile: Some(Profile::Release),
        functions: options.functions.clone(),
        cargo: None,
    };
    let built = build::build(printer, &context.workspace, &what).await?;
    let runner = default_runner(options.target);
    let mut rows = Vec::with_capacity(built.len());
    for built in &built {
        rows.push(measure(built, &runner, options.runs).await?);
        printer.step("Measured", built.function.package);
    }
    let file = write(context, &rows)?;
    if printer.is_json() {
        printer.json(&rows);
    } else {
        printer.data(show(&rows));
        printer.step("Written", file.display());
    }
    Ok(Outcome::Success)
}

async fn measure(built: &Built, runner: &[String], runs: u32) -> Result<Row> {
    let function = built.function.package;
    let mut starts: Vec<ColdStart> = Vec::new();
    // One that does not count: it brings the program into the file cache.
    for _ in 0..=runs {
        let start = cold_start::start(built, runner).await;
        starts.push(start.with_context(|| format!("{function} does not work"))?);
    }
    starts.remove(0);
    if starts.is_empty() {
        bail!("nothing was measured");
    }
    Ok(Row {
        function,
        runs: starts.len(),
        first_next_ms: Spread::of(starts.iter().map(|start| start.first_next)),
        response_ms: Spread::of(starts.iter().map(|start| start.response)),
        peak_bytes: starts.iter().filter_map(|start| start.peak_bytes).max(),
        binary_bytes: built.program_bytes,
        zip_bytes: built.package.bytes.len(),
    })
}

fn write(context: &Context, rows: &[Row]) -> Result<PathBuf> {
    let file = context.workspace.target().join("bench/cold-start.json");
    let text = serde_json::to_string_pretty(rows).context("cannot write the result as JSON")?;
    std::fs::create_dir_all(context.workspace.target().join("bench"))
        .and_then(|()| std::fs::write(&file, text))
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

fn show(rows: &[Row]) -> String {
    let times = |spread: Spread| format!("{:.1} ({:.1}–{:.1}) ms", spread.median, spread.min, spread.max);
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.function.to_owned(),
                times(row.first_next_ms),
                times(row.response_ms),
                row.peak_bytes.map_or_else(|| "-".to_owned(), size),
                size(row.binary_bytes),
                size(row.zip_bytes as u64),
            ]
        })
        .collect();
    table(
        &["function", "spawn to first next", "spawn to response", "peak memory", "binary", "zip"],
        &rows,
        &[1, 2, 3, 4, 5],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let check = |times: &[u64], expected: (f64, f64, f64)| {
            let spread = Spread::of(times.iter().map(|time| Duration::from_millis(*time)));
            assert_eq!((spread.median, spread.min, spread.max), expected, "{times:?}");
        };
        check(&[5], (5.0, 5.0, 5.0));
        check(&[9, 1, 2], (2.0, 1.0, 9.0));
        check(&[4, 1, 2, 9], (3.0, 1.0, 9.0));
    }
}

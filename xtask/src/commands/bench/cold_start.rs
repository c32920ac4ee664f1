//! `bench cold-start`: what Lambda's users wait for. Each handler's release binary is started many times against a
//! Runtime API on loopback; what counts is the median, and the most memory that any run had.

use super::result::{Spread, write};
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
    zip_bytes: u64,
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
    let file = write(context, "cold-start", &rows)?;
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
        zip_bytes: built.package.size,
    })
}

fn show(rows: &[Row]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.function.to_owned(),
                row.first_next_ms.to_string(),
                row.response_ms.to_string(),
                row.peak_bytes.map_or_else(|| "-".to_owned(), size),
                size(row.binary_bytes),
                size(row.zip_bytes),
            ]
        })
        .collect();
    table(
        &["function", "spawn to first next", "spawn to response", "peak memory", "binary", "zip"],
        &rows,
        &[1, 2, 3, 4, 5],
    )
}

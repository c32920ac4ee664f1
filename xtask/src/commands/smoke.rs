//! `smoke`: every handler as it was built, started under a Lambda runtime of our own, must answer an event.
//!
//! It reaches no AWS: the event needs none. So this shows that the program runs on the target, finds its
//! configuration, asks for work and answers.

use super::Context;
use crate::build::target::Target;
use crate::build::{self, BuildOptions};
use crate::cold_start;
use crate::outcome::Outcome;
use crate::printer::table;
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Options of `smoke`.
#[derive(Args, Clone, Debug)]
pub struct Smoke {
    #[command(flatten)]
    build: BuildOptions,
    /// Start only this function; may be given more than once
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
    /// Run programs with this [default: qemu-aarch64-static for arm64 elsewhere]
    #[arg(long, value_name = "COMMAND")]
    runner: Option<String>,
}

/// Builds the handlers and starts each.
///
/// # Errors
/// If one does not build, does not start or gives another answer than expected.
pub async fn run(context: &Context, options: &Smoke) -> Result<Outcome> {
    let printer = &context.printer;
    let what = BuildOptions { functions: options.functions.clone(), ..options.build.clone() };
    let built = build::build(printer, &context.workspace, &what).await?;
    let runner = options.runner.clone().map_or_else(
        || default_runner(options.build.target),
        |runner| runner.split_whitespace().map(ToOwned::to_owned).collect(),
    );
    let mut timings = Vec::new();
    for built in &built {
        let function = built.function.package;
        let started = cold_start::start(built, &runner).await.with_context(|| format!("{function} does not work"))?;
        printer.step("Answered", function);
        timings.push((function, started));
    }
    let milliseconds = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0);
    if printer.is_json() {
        let list: Vec<Value> = timings
            .iter()
            .map(|(function, timing)| {
                json!({
                    "function": function,
                    "firstNextMs": timing.first_next.as_secs_f64() * 1000.0,
                    "responseMs": timing.response.as_secs_f64() * 1000.0,
                })
            })
            .collect();
        printer.json(&list);
    } else {
        let rows: Vec<Vec<String>> = timings
            .iter()
            .map(|(function, timing)| {
                vec![(*function).to_owned(), milliseconds(timing.first_next), milliseconds(timing.response)]
            })
            .collect();
        printer.data(table(&["function", "spawn to first next", "spawn to response"], &rows, &[1, 2]));
    }
    Ok(Outcome::Success)
}

/// What runs arm64 programs on another machine. Dynamic ones find their libraries where Debian's cross packages are,
/// unless the machine has arm64 libraries of its own: a loader of the one and a C library of the other do not fit.
pub(crate) fn default_runner(target: Target) -> Vec<String> {
    if target == Target::Host || cfg!(target_arch = "aarch64") {
        return Vec::new();
    }
    let mut runner: Vec<String> = ["qemu-aarch64-static", "-cpu", "neoverse-n1"].map(Into::into).to_vec();
    let (own_loader, libraries) = ("/lib/ld-linux-aarch64.so.1", "/usr/aarch64-linux-gnu");
    if target == Target::Arm64Gnu && !Path::new(own_loader).exists() && Path::new(libraries).is_dir() {
        runner.extend(["-L".to_owned(), libraries.to_owned()]);
    }
    runner
}

//! `doctor`: what is missing or wrong, and what to do about it.

use super::Context;
use crate::build::BuildOptions;
use crate::doctor::{Finding, Grade, aws, machine};
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone};
use clap::Args;
use serde_json::json;

/// Options of `doctor`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Exit code 1 if there is a problem; warnings and what could not be found out do not count.")]
pub struct Doctor {
    #[command(flatten)]
    build: BuildOptions,
    /// Look at this machine only
    #[arg(long)]
    local: bool,
}

/// Examines everything and prints what was found.
pub async fn run(context: &Context, options: &Doctor) -> Outcome {
    let machine = machine::examine(&context.workspace, options.build.target, options.build.cargo.as_deref());
    let findings = if options.local {
        machine.await
    } else {
        let (machine, aws) = tokio::join!(machine, aws::examine(context));
        [vec![configuration(context)], machine, aws].concat()
    };
    let problems = findings.iter().filter(|finding| finding.grade == Grade::Problem).count();
    let printer = &context.printer;
    if printer.is_json() {
        printer.json(&json!({"problems": problems, "findings": findings}));
    } else {
        for finding in &findings {
            printer.data(shown(printer, finding));
        }
        let count = |grade| findings.iter().filter(|finding| finding.grade == grade).count();
        printer.data(format_args!(
            "\nproblems: {problems}, warnings: {}, unknown: {}, good: {}",
            count(Grade::Warning),
            count(Grade::Unknown),
            count(Grade::Good)
        ));
    }
    if problems == 0 { Outcome::Success } else { Outcome::Failed }
}

fn configuration(context: &Context) -> Finding {
    let text = context.config.file.as_ref().map_or_else(
        || "no drydock.toml; the defaults are those of --help".to_owned(),
        |file| format!("defaults from {}", file.display()),
    );
    Finding::good("configuration", text)
}

fn shown(printer: &Printer, finding: &Finding) -> String {
    let (word, tone) = match finding.grade {
        Grade::Good => ("good", Tone::Good),
        Grade::Unknown => ("unknown", Tone::Warning),
        Grade::Warning => ("warning", Tone::Warning),
        Grade::Problem => ("problem", Tone::Bad),
    };
    let mut text = format!("{} {}: {}", printer.out(tone, format_args!("{word:>8}")), finding.check, finding.text);
    if let Some(remedy) = &finding.remedy {
        text += &format!("\n         {} {remedy}", printer.out(Tone::Strong, "to do:"));
    }
    text
}

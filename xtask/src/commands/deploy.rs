//! `deploy`: build, zip, upload what is new, show the changes, ask, execute, tell, end with outputs or the root cause.

use super::{Context, outputs, stack_engine};
use crate::build::target::Target;
use crate::build::{self, BuildOptions, Built};
use crate::cloud::Aws;
use crate::cloud::apply::{Applied, Apply};
use crate::cloud::code_bucket::CodeBucket;
use crate::cloud::follow::Detail;
use crate::options::KeyValue;
use crate::outcome::Outcome;
use crate::printer::{elapsed, size};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Instant;

/// Options of `deploy`.
#[derive(Args, Clone, Debug)]
pub struct Deploy {
    #[command(flatten)]
    build: BuildOptions,
    /// Deploy with the code that the stack has already
    #[arg(long)]
    skip_build: bool,
    /// Set a template parameter; those not named keep their value
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<KeyValue>,
}

/// Deploys our own stack.
///
/// # Errors
/// If the build, an upload or CloudFormation refuses. A deployment that fails is an outcome, and has said why.
pub async fn run(context: &Context, options: &Deploy) -> Result<Outcome> {
    let start = Instant::now();
    let printer = &context.printer;
    let aws = Aws::connect(&context.options).await?;
    if aws.endpoint().is_none() && options.build.target == Target::Host {
        bail!("the functions run on arm64 in AWS; --target host is for the embedded engine (cargo xtask local)");
    }
    let account = aws.account().await?;
    printer.step("Deploying", format_args!("stack {} to account {account}, {}", context.stack(), aws.region()));
    let given = options.parameters.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
    let given = context.config.parameters_and(given);
    let code = if options.skip_build {
        context.standing_stack(&aws).await?;
        None
    } else {
        let built = build::build(printer, &context.workspace, &options.build).await?;
        if !printer.is_json() {
            printer.progress(format_args!("\n{}\n", build::sizes(&built)));
        }
        Some(built)
    };
    let request = Deployment { aws: &aws, account: &account, code: code.as_deref(), given, detail: Detail::Full };
    let applied = apply(context, request).await?;
    report(context, &applied, start)
}

/// What to bring up.
pub struct Deployment<'a> {
    /// Where.
    pub aws: &'a Aws,
    /// The account there.
    pub account: &'a str,
    /// The handlers; without them the stack keeps those that it has.
    pub code: Option<&'a [Built]>,
    /// Template parameters.
    pub given: BTreeMap<String, String>,
    /// How much to tell.
    pub detail: Detail,
}

/// Uploads what is new and brings the stack to the template.
///
/// # Errors
/// If an upload or CloudFormation refuses.
pub async fn apply(context: &Context, deployment: Deployment<'_>) -> Result<Applied> {
    let Deployment { aws, account, code, given, detail } = deployment;
    let printer = &context.printer;
    let (bucket, made) = CodeBucket::ensure(aws, account).await?;
    if made && detail == Detail::Full {
        printer.step("Created", format_args!("the code bucket {}", bucket.name()));
    }
    let mut parameters = BTreeMap::new();
    if let Some(built) = code {
        let packages: Vec<_> = built.iter().map(|built| built.package.clone()).collect();
        let keys = bucket
            .put_packages(&packages, |at| {
                if detail == Detail::Full {
                    let bytes = size(packages[at].bytes.len() as u64);
                    printer.step("Uploaded", format_args!("{} ({bytes})", built[at].function.package));
                }
            })
            .await?;
        parameters.insert("CodeBucket".to_owned(), bucket.name().to_owned());
        parameters
            .extend(built.iter().zip(keys).map(|(built, key)| (built.function.code_key_parameter.to_owned(), key)));
    }
    if let Some(own) = given.keys().find(|name| parameters.contains_key(*name)) {
        bail!("the parameter {own} is set by deploy itself");
    }
    parameters.extend(given);
    let template = infra::drydock::template().to_json();
    let engine = stack_engine(aws);
    let apply = Apply {
        printer,
        engine: &engine,
        stack: context.stack(),
        template: &template,
        bucket: &bucket,
        parameters: &parameters,
        yes: context.options.yes,
        detail,
    };
    apply.run().await
}

fn report(context: &Context, applied: &Applied, start: Instant) -> Result<Outcome> {
    let printer = &context.printer;
    let outputs = applied.stack.as_ref().map(|stack| &stack.outputs);
    if printer.is_json() {
        let result = match (applied.outcome, applied.changes.is_empty()) {
            (Outcome::Success, true) => "unchanged",
            (Outcome::Success, false) => "deployed",
            (Outcome::Declined, _) => "declined",
            (Outcome::Interrupted, _) => "interrupted",
            (_, _) => "failed",
        };
        printer.json(&json!({
            "stack": context.stack(),
            "result": result,
            "changes": applied.changes,
            "outputs": outputs,
            "rootCause": applied.cause,
        }));
        return Ok(applied.outcome);
    }
    match applied.outcome {
        Outcome::Success => {
            let what = if applied.changes.is_empty() { "nothing to do: the stack is as it should be" } else { "done" };
            printer.progress("");
            printer.step("Finished", format_args!("in {}, {what}", elapsed(start.elapsed())));
            if let Some(outputs) = outputs {
                printer.progress("");
                outputs::show(printer, outputs);
            }
        }
        Outcome::Declined => printer.step("Nothing", "was changed"),
        _ => {}
    }
    Ok(applied.outcome)
}

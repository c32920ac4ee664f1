//! `deploy`: build, zip, upload what is new, show the changes, ask, execute, tell, end with outputs or the root cause.

use super::{Context, outputs, stack_engine};
use crate::build::target::Target;
use crate::build::{self, BuildOptions, Built};
use crate::cloud::Aws;
use crate::cloud::apply::{Applied, confirmed};
use crate::cloud::code_bucket::CodeBucket;
use crate::cloud::deployment::{Deployment, Prepared, Site, Wish};
use crate::cloud::follow::Detail;
use crate::cloud::former::Former;
use crate::cloud::hotswap::{self, Swapped};
use crate::cloud::view::{line, warning};
use crate::outcome::Outcome;
use crate::printer::elapsed;
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::time::Instant;

/// Options of `deploy`.
#[derive(Args, Clone, Debug)]
pub struct Deploy {
    #[command(flatten)]
    build: BuildOptions,
    /// Deploy with the code that the stack has already, or with what CodeBucket and the other parameters name
    #[arg(long)]
    skip_build: bool,
    #[command(flatten)]
    wish: Wish,
    /// While developing: if only code changed, give it to the functions directly, in seconds. The next deployment
    /// without this sets the stack right
    #[arg(long, conflicts_with = "skip_build")]
    hotswap: bool,
    /// Deploy even if the stack loses a table, a bucket or a secret with all that it holds, or gets an empty one
    #[arg(long)]
    allow_data_loss: bool,
    /// Protect the stack from being deleted, or do so no more
    #[arg(long, value_name = "ON|OFF")]
    termination_protection: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Deploy {
    /// Whether the stack is to be protected from being deleted, if that is said.
    fn protected(&self) -> Option<bool> {
        self.termination_protection.map(|switch| switch == Switch::On)
    }
}

/// Deploys our own stack.
///
/// # Errors
/// If the build, an upload or CloudFormation refuses. A deployment that fails is an outcome, and has said why.
pub async fn run(context: &Context, options: &Deploy) -> Result<Outcome> {
    let start = Instant::now();
    context.told(deploy(context, options, start).await)
}

async fn deploy(context: &Context, options: &Deploy, start: Instant) -> Result<Outcome> {
    let printer = &context.printer;
    let (aws, account) = connect(context, &options.build, "Deploying").await?;
    let site = Site::ready(context, &aws, &account, Detail::Full, false);
    let (code, site) = ready(context, &aws, &options.build, options.skip_build, &options.wish, site).await?;
    let target = Deployment {
        allow_data_loss: options.allow_data_loss,
        ..Deployment::new(context, &aws, &account, code.as_deref(), &options.wish, Detail::Full)
    };
    let prepared = target.on(site)?;
    let ((), swapped) = tokio::try_join!(prepared.upload(printer), Swapped::read(&prepared.bucket, context.stack()))?;
    if options.hotswap
        && let Some(outcome) = hot_swap(context, options, &prepared, &swapped, start).await?
    {
        return Ok(outcome);
    }
    if !swapped.functions.is_empty() {
        let names = swapped.names();
        warning(
            printer,
            &format!("{names} got other code than the stack says (--hotswap); this deployment sets it right"),
        );
    }
    let applied = prepared.apply(context).await?;
    if let (Outcome::Success, Some(stack)) = (applied.outcome, &applied.stack) {
        if !swapped.functions.is_empty() {
            hotswap::reconcile(printer, &aws, &prepared.bucket, stack, &swapped).await?;
        }
        if let Some(on) = options.protected().filter(|on| *on != stack.termination_protection) {
            stack_engine(&aws).protect(&stack.id, on).await.context("cannot set the termination protection")?;
            printer.step(if on { "Protected" } else { "Unprotected" }, format_args!("stack {}", stack.name));
        }
    }
    report(context, &applied, start);
    Ok(applied.outcome)
}

/// The way to AWS, with the account there; says what will be done.
pub(super) async fn connect(context: &Context, build: &BuildOptions, doing: &str) -> Result<(Aws, String)> {
    let aws = Aws::connect(&context.options).await?;
    if aws.endpoint().is_none() && build.target == Target::Host {
        bail!("the functions run on arm64 in AWS; --target host is for the embedded engine (cargo xtask local)");
    }
    let account = aws.account().await?;
    let place = format_args!("stack {} to account {account}, {}", context.stack(), aws.region());
    context.printer.step(doing, place);
    Ok((aws, account))
}

/// The handlers, if they are to be built, and what else a deployment needs.
pub(super) async fn ready(
    context: &Context,
    aws: &Aws,
    options: &BuildOptions,
    skip_build: bool,
    wish: &Wish,
    site: impl Future<Output = Result<Site>>,
) -> Result<(Option<Vec<Built>>, Site)> {
    if skip_build {
        // The code is that of the stack, unless the operator says where other code lies.
        if !wish.names_code() {
            must_have_code(context, aws).await?;
        }
        return Ok((None, site.await?));
    }
    let (built, site) = tokio::try_join!(code(context, options), site)?;
    Ok((Some(built), site))
}

/// Its code is known of a stack that stands, and of one that an earlier run deleted to make it again.
async fn must_have_code(context: &Context, aws: &Aws) -> Result<()> {
    let Err(error) = context.standing_stack(aws).await else { return Ok(()) };
    let remembered = async {
        let (bucket, _) = CodeBucket::find(aws, &aws.account().await?).await?;
        Former::remembered(&bucket, context.stack()).await
    };
    // There being no stack says more than that nothing can be read of an earlier one.
    if let Ok(Some(_)) = remembered.await { Ok(()) } else { Err(error) }
}

/// The handlers, with their sizes shown.
async fn code(context: &Context, options: &BuildOptions) -> Result<Vec<Built>> {
    let built = build::build(&context.printer, &context.workspace, options).await?;
    if !context.printer.is_json() {
        context.printer.progress(format_args!("\n{}\n", build::sizes(&built)));
    }
    Ok(built)
}

/// Swaps code if nothing else changes; `None` if the stack is to be deployed after all.
async fn hot_swap(
    context: &Context,
    options: &Deploy,
    prepared: &Prepared<'_>,
    swapped: &Swapped,
    start: Instant,
) -> Result<Option<Outcome>> {
    let (printer, aws) = (&context.printer, prepared.aws());
    let engine = stack_engine(aws);
    let stack = engine.describe(context.stack()).await.context("cannot look at the stack")?;
    let planned = match &stack {
        Some(stack) if stack.status.next_step() == drydock_stack::NextStep::Update => {
            let standing = engine.template(&stack.id).await.context("cannot read the stack's template")?;
            let standing: Value = serde_json::from_str(&standing).unwrap_or_default();
            let template: Value = serde_json::from_str(prepared.template()).context("the template is not JSON")?;
            let wanted = hotswap::Wanted {
                template: &template,
                parameters: prepared.parameters(),
                tags: prepared.tags(),
                role_arn: prepared.role_arn(),
                protected: options.protected(),
            };
            hotswap::plan(&standing, &wanted, stack, swapped)
        }
        Some(stack) => Err(vec![format!("the stack is in {}", stack.status)]),
        None => Err(vec!["there is no stack yet".to_owned()]),
    };
    let (stack, functions) = match (stack, planned) {
        (Some(stack), Ok(functions)) => (stack, functions),
        (_, planned) => {
            let against = planned.err().unwrap_or_default();
            warning(printer, &format!("code alone cannot be swapped: {}", against.join("; ")));
            if confirmed(printer, context.options.yes, "Deploy with CloudFormation instead?").await {
                return Ok(None);
            }
            report(context, &Applied::ended(Outcome::Declined), start);
            return Ok(Some(Outcome::Declined));
        }
    };
    hotswap::swap(printer, aws, &prepared.bucket, &stack, swapped.clone(), &functions).await?;
    let names: Vec<&str> = functions.iter().map(|(function, _)| function.logical_id).collect();
    if printer.is_json() {
        let seconds = start.elapsed().as_secs_f64();
        let result = if names.is_empty() { "unchanged" } else { "hot-swapped" };
        let result = json!({"stack": stack.name, "result": result, "functions": names, "seconds": seconds});
        line(printer, "result", result);
    } else if names.is_empty() {
        printer.step("Finished", format_args!("in {}, every function has its code", elapsed(start.elapsed())));
    } else {
        let took = elapsed(start.elapsed());
        printer.step("Finished", format_args!("in {took}; a deployment without --hotswap sets the stack right"));
    }
    Ok(Some(Outcome::Success))
}

pub(super) fn report(context: &Context, applied: &Applied, start: Instant) {
    let printer = &context.printer;
    let outputs = applied.stack.as_ref().map(|stack| &stack.outputs);
    if printer.is_json() {
        for (name, value) in outputs.into_iter().flatten() {
            line(printer, "output", json!({"name": name, "value": value}));
        }
        let result = match (applied.outcome, applied.changed) {
            (Outcome::Success, false) => "unchanged",
            (Outcome::Success, true) => "deployed",
            (Outcome::Declined, _) => "declined",
            (Outcome::Interrupted, _) => "interrupted",
            _ => "failed",
        };
        let result = json!({
            "stack": context.stack(),
            "result": result,
            "status": applied.stack.as_ref().map(|stack| &stack.status),
            "seconds": start.elapsed().as_secs_f64(),
            "slowest": applied.slowest,
            "before": applied.before,
            "rootCause": applied.cause,
        });
        line(printer, "result", result);
        return;
    }
    match applied.outcome {
        Outcome::Success => {
            let what = if applied.changed { "done" } else { "nothing to do: the stack is as it should be" };
            printer.progress("");
            printer.step("Finished", format_args!("in {}, {what}", elapsed(start.elapsed())));
            if let Some(outputs) = outputs {
                printer.progress("");
                outputs::show(printer, outputs);
            }
        }
        Outcome::Declined => match applied.before {
            None => printer.step("Nothing", "was changed"),
            Some(before) => printer.step("Nothing", format_args!("else was changed: {before}")),
        },
        _ => {}
    }
}

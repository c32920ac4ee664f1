//! `destroy`: shows what goes, asks, empties the buckets, deletes the stack, and says what is left.

use super::{Context, stack_engine};
use crate::cloud::apply::confirmed;
use crate::cloud::follow::{Detail, Ended, follow};
use crate::cloud::{Aws, bucket};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::{Tone, elapsed};
use anyhow::{Context as _, Result, bail};
use drydock_stack::{Deletion, Engine, ResourceStatus, StackInfo, StackResource, StackStatus};
use std::time::Instant;

/// More resources than a stack can have.
const ALL: usize = 10_000;
/// The type of what must be emptied first.
const BUCKET: &str = "AWS::S3::Bucket";

/// Deletes our own stack with all that it holds.
///
/// # Errors
/// If AWS refuses. A deletion that fails half-way is an outcome, and has said what is left.
pub async fn run(context: &Context) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let found = engine.describe(context.stack()).await.context("cannot look at the stack")?;
    let Some(stack) = found else {
        printer.step("Nothing", format_args!("to do: there is no stack {} in {}", context.stack(), aws.region()));
        return Ok(Outcome::Success);
    };
    if stack.termination_protection {
        bail!("stack {} is protected from termination; switch that off first", stack.name);
    }
    let resources = engine.resources(&stack.id, ALL).await.context("cannot list the stack's resources")?;
    preview(context, &aws, &stack, &resources);
    if !agreed(context, &stack).await {
        printer.step("Nothing", "was deleted");
        return Ok(Outcome::Declined);
    }
    tokio::select! {
        outcome = delete(context, &aws, &engine, &stack, &resources) => outcome,
        () = interrupt::requested() => {
            printer.diagnostic("");
            printer.warning("interrupted; what has begun goes on in AWS. Run the same command again to finish");
            Ok(Outcome::Interrupted)
        }
    }
}

fn standing(resources: &[StackResource]) -> impl Iterator<Item = &StackResource> {
    resources.iter().filter(|resource| resource.status != ResourceStatus::DeleteComplete)
}

fn preview(context: &Context, aws: &Aws, stack: &StackInfo, resources: &[StackResource]) {
    let printer = &context.printer;
    if context.options.yes && printer.is_quiet() {
        return;
    }
    printer.diagnostic(format_args!("Stack {} in {} ({}):\n", stack.name, aws.region(), stack.status));
    for resource in standing(resources) {
        let id = resource.physical_id.as_deref().unwrap_or("");
        let kind = printer.err(Tone::Faint, &resource.resource_type);
        let contents = if matches!(resource.resource_type.as_str(), BUCKET | "AWS::DynamoDB::Table") {
            printer.err(Tone::Bad, " with all that it holds")
        } else {
            String::new()
        };
        printer.diagnostic(format_args!(
            "{} {:<30} {kind} {id}{contents}",
            printer.err(Tone::Bad, format_args!("{:>11}", "DELETE")),
            resource.logical_id
        ));
    }
    printer.diagnostic(
        "\nWhat Drydock has deployed for users stays: those are stacks and functions of their own.\n\
         The code bucket stays too: other stacks may use it.\n",
    );
}

/// Deleting data wants more than a `y`: the stack's name.
async fn agreed(context: &Context, stack: &StackInfo) -> bool {
    if context.options.yes {
        return true;
    }
    match context.printer.ask(format!("Type the stack's name to delete it [{}]:", stack.name)).await {
        Some(answer) => answer == stack.name,
        None => confirmed(&context.printer, false, "").await,
    }
}

async fn delete(
    context: &Context,
    aws: &Aws,
    engine: &Engine,
    stack: &StackInfo,
    resources: &[StackResource],
) -> Result<Outcome> {
    let start = Instant::now();
    let printer = &context.printer;
    if stack.status.is_in_progress() && stack.status != StackStatus::DeleteInProgress {
        printer.step("Following", format_args!("the operation that is going on ({})", stack.status));
        follow(printer, engine, &stack.id, "", Detail::Full).await?;
    }
    for resource in standing(resources).filter(|resource| resource.resource_type == BUCKET) {
        if let Some(name) = &resource.physical_id {
            let count = bucket::empty(&aws.s3(), name).await?;
            printer.step("Emptied", format_args!("{name} ({count} object versions)"));
        }
    }
    let token = format!("drydock-{}", jiff::Timestamp::now().as_millisecond());
    let deletion = Deletion { token: Some(token), ..Deletion::default() };
    engine.delete_stack(&stack.id, &deletion).await.context("cannot delete the stack")?;
    match follow(printer, engine, &stack.id, "", Detail::Full).await? {
        Ended::Good(None) => {
            printer.step("Deleted", format_args!("stack {} in {}", stack.name, elapsed(start.elapsed())));
            Ok(Outcome::Success)
        }
        Ended::Good(Some(now)) | Ended::Bad { stack: Some(now), .. } => {
            let left = engine.resources(&now.id, ALL).await.context("cannot list what is left")?;
            printer.error(format_args!("stack {} is still there ({}); left in it:", now.name, now.status));
            for resource in standing(&left) {
                printer.diagnostic(format_args!(
                    "  {} ({}) {}: {}",
                    resource.logical_id,
                    resource.resource_type,
                    resource.physical_id.as_deref().unwrap_or("-"),
                    resource.reason.as_deref().unwrap_or(resource.status.as_str())
                ));
            }
            Ok(Outcome::Failed)
        }
        Ended::Bad { stack: None, .. } => Ok(Outcome::Failed),
    }
}

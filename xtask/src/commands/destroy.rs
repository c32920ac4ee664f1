//! `destroy`: shows what goes and what stays, asks, empties the buckets, deletes the stack, and says what is left.

use super::{Context, stack_engine};
use crate::cloud::applications::Applications;
use crate::cloud::apply::confirmed;
use crate::cloud::code_bucket::CodeBucket;
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::preview::HOLDS_DATA;
use crate::cloud::stuck::{self, ALL, standing};
use crate::cloud::view::{line, warning};
use crate::cloud::{Aws, bucket, deletion, keep};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::{Tone, elapsed};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use drydock_stack::{Engine, ResourceStatus, StackInfo, StackResource, StackStatus};
use serde_json::json;
use std::time::Instant;

/// The type of what must be emptied first.
const BUCKET: &str = "AWS::S3::Bucket";

/// Options of `destroy`.
#[derive(Args, Clone, Debug, Default)]
pub struct Destroy {
    /// Keep the table, the bucket and the secrets with what they hold
    #[arg(long)]
    keep_data: bool,
    /// Delete what Drydock has deployed for users, too, and first
    #[arg(long)]
    with_applications: bool,
    /// Leave a resource standing that could not be deleted; can be repeated
    #[arg(long, value_name = "RESOURCE")]
    retain: Vec<String>,
}

/// Deletes our own stack with all that it holds.
///
/// # Errors
/// If AWS refuses. A deletion that fails half-way is an outcome, and has said what is left.
pub async fn run(context: &Context, options: &Destroy) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let found = engine.describe(context.stack()).await.context("cannot look at the stack")?;
    let Some(stack) = found else {
        printer.step("Nothing", format_args!("to do: there is no stack {} in {}", context.stack(), aws.region()));
        result(context, "absent", &[]);
        return Ok(Outcome::Success);
    };
    if stack.termination_protection {
        bail!(
            "stack {0} is protected from being deleted; lift that with\n  \
             cargo xtask deploy --skip-build --termination-protection off --stack-name {0}",
            stack.name
        );
    }
    if !options.retain.is_empty() && stack.status != StackStatus::DeleteFailed {
        bail!(
            "stack {} is in {}: CloudFormation leaves single resources standing only after a deletion has failed",
            stack.name,
            stack.status
        );
    }
    let resources = engine.resources(&stack.id, ALL).await.context("cannot list the stack's resources")?;
    let applications = Applications::find(&aws, &engine, &stack.name).await?;
    let work = Work { context, options, aws: &aws, engine: &engine, stack: &stack, resources: &resources };
    work.preview(&applications);
    if !work.agreed().await {
        printer.step("Nothing", "was deleted");
        result(context, "declined", &[]);
        return Ok(Outcome::Declined);
    }
    tokio::select! {
        outcome = work.run(&applications) => outcome,
        () = interrupt::requested() => {
            printer.diagnostic("");
            warning(printer, "interrupted; what has begun goes on in AWS. Run the same command again to finish");
            Ok(Outcome::Interrupted)
        }
    }
}

fn result(context: &Context, word: &str, left: &[StackResource]) {
    if context.printer.is_json() {
        line(&context.printer, "result", json!({"stack": context.stack(), "result": word, "left": left}));
    }
}

struct Work<'a> {
    context: &'a Context,
    options: &'a Destroy,
    aws: &'a Aws,
    engine: &'a Engine,
    stack: &'a StackInfo,
    resources: &'a [StackResource],
}

impl Work<'_> {
    fn stays(&self, resource: &StackResource) -> bool {
        let keeps_data = self.options.keep_data && keep::is_kept(&resource.resource_type);
        keeps_data || self.options.retain.contains(&resource.logical_id)
    }

    fn preview(&self, applications: &Applications) {
        let printer = &self.context.printer;
        if self.context.options.yes && (printer.is_quiet() || printer.is_json()) {
            return;
        }
        let stack = self.stack;
        printer.diagnostic(format_args!("Stack {} in {} ({}):\n", stack.name, self.aws.region(), stack.status));
        // What goes, then what stays, each in the stack's order.
        let mut resources: Vec<&StackResource> = standing(self.resources).collect();
        resources.sort_by_key(|resource| self.stays(resource));
        for resource in resources {
            let (word, tone) = if self.stays(resource) { ("keep", Tone::Good) } else { ("DELETE", Tone::Bad) };
            let id = resource.physical_id.as_deref().unwrap_or("");
            let kind = printer.err(Tone::Faint, &resource.resource_type);
            let holds = HOLDS_DATA.contains(&resource.resource_type.as_str());
            let contents = if holds && !self.stays(resource) {
                printer.err(Tone::Bad, " with all that it holds")
            } else {
                String::new()
            };
            let mark = printer.err(tone, format_args!("{word:>11}"));
            printer.diagnostic(format_args!("{mark} {:<30} {kind} {id}{contents}", resource.logical_id));
        }
        printer.diagnostic("");
        self.preview_applications(applications);
        printer.diagnostic("The code bucket stays: other stacks may use it.\n");
    }

    fn preview_applications(&self, applications: &Applications) {
        let printer = &self.context.printer;
        if applications.is_empty() {
            return;
        }
        let (word, tone) = if self.options.with_applications { ("DELETE", Tone::Bad) } else { ("keep", Tone::Good) };
        for name in applications.names() {
            printer.diagnostic(format_args!("{} {name}", printer.err(tone, format_args!("{word:>11}"))));
        }
        if !self.options.with_applications {
            let mut advice = "What Drydock has deployed for users stays.".to_owned();
            if !applications.stacks.is_empty() {
                advice.push_str(
                    " CloudFormation acts for those stacks as a role that goes with this stack: to delete them later \
                     takes another role (aws cloudformation delete-stack --role-arn). To delete them now, pass \
                     --with-applications.",
                );
            }
            printer.diagnostic("");
            warning(printer, &advice);
        }
        printer.diagnostic("");
    }

    /// Deleting data wants more than a `y`: the stack's name.
    async fn agreed(&self) -> bool {
        if self.context.options.yes {
            return true;
        }
        let printer = &self.context.printer;
        match printer.ask(format!("Type the stack's name to delete it [{}]:", self.stack.name)).await {
            Some(answer) => answer == self.stack.name,
            None => confirmed(printer, false, "").await,
        }
    }

    async fn run(&self, applications: &Applications) -> Result<Outcome> {
        let start = Instant::now();
        let (printer, engine, stack) = (&self.context.printer, self.engine, self.stack);
        if stack.status.is_in_progress() && stack.status != StackStatus::DeleteInProgress {
            printer.step("Following", format_args!("the operation that is going on ({})", stack.status));
            let (stack_id, wanted) = (stack.id.as_str(), Wanted::of(&stack.status));
            Follow { printer, engine, stack_id, token: "", detail: Detail::Full, wanted }.run().await?;
        }
        if self.options.with_applications && !applications.delete(printer, self.aws, engine).await? {
            printer.error(format_args!(
                "stack {} stays, too: without its role what is left could not be deleted any more",
                stack.name
            ));
            result(self.context, "failed", &[]);
            return Ok(Outcome::Failed);
        }
        if self.options.keep_data && stack.status != StackStatus::DeleteFailed && !stack.status.is_shell() {
            let (code, _) = CodeBucket::ensure(self.aws, &self.aws.account().await?).await?;
            if !keep::keep(printer, engine, &code, stack).await? {
                printer.error("nothing was deleted: the stack cannot be made to keep its data");
                result(self.context, "failed", &[]);
                return Ok(Outcome::Failed);
            }
        }
        for resource in standing(self.resources).filter(|it| it.resource_type == BUCKET && !self.stays(it)) {
            if let Some(name) = &resource.physical_id {
                let count = bucket::empty(&self.aws.s3(), name).await?;
                printer.step("Emptied", format_args!("{name} ({count} object versions)"));
            }
        }
        let token = deletion::begin(engine, &stack.id, &self.options.retain).await?;
        self.finish(token, start).await
    }

    /// Follows the deletion; where something holds it, offers to leave that standing.
    async fn finish(&self, mut token: String, start: Instant) -> Result<Outcome> {
        let (printer, engine, StackInfo { id, name, .. }) = (&self.context.printer, self.engine, self.stack);
        loop {
            let now = match deletion::follow(printer, engine, id, &token, Detail::Full).await? {
                Ended::Good { .. } => return self.deleted(start).await,
                Ended::Bad { stack, .. } => stack,
            };
            let status = now.map(|now| now.status).unwrap_or(StackStatus::DeleteFailed);
            let left = engine.resources(id, ALL).await.context("cannot list what is left")?;
            let held = self.held(&status, &left);
            let names: Vec<String> = held.iter().map(|it| it.logical_id.clone()).collect();
            let question = format!("Leave {} standing and delete the rest?", names.join(", "));
            if held.is_empty() || self.context.options.yes || !printer.is_interactive() {
                let keep = stuck::options("retain", &held);
                printer.diagnostic(format_args!("to try again              cargo xtask destroy --stack-name {name}"));
                if !held.is_empty() {
                    printer.diagnostic(format_args!(
                        "to leave that standing    cargo xtask destroy{keep} --stack-name {name}"
                    ));
                }
            } else if confirmed(printer, false, &question).await {
                token = deletion::begin(engine, id, &names).await?;
                continue;
            }
            let left: Vec<StackResource> = standing(&left).cloned().collect();
            result(self.context, "failed", &left);
            return Ok(Outcome::Failed);
        }
    }

    /// What holds a deletion that did not finish, and says so. Nothing does where CloudFormation has called it off, because
    /// another stack imports what this one exports, for instance; that reason has been told.
    fn held(&self, status: &StackStatus, left: &[StackResource]) -> Vec<StackResource> {
        let (printer, name) = (&self.context.printer, &self.stack.name);
        let failed = |it: &&StackResource| *status == StackStatus::DeleteFailed && it.status.is_failure();
        let held: Vec<StackResource> = left.iter().filter(failed).cloned().collect();
        let holds = if held.is_empty() { "" } else { "; what holds it:" };
        printer.error(format_args!("stack {name} is still there ({status}){holds}"));
        stuck::show(printer, &held);
        held
    }

    /// Says what is left although the stack is gone.
    async fn deleted(&self, start: Instant) -> Result<Outcome> {
        let printer = &self.context.printer;
        printer.step("Deleted", format_args!("stack {} in {}", self.stack.name, elapsed(start.elapsed())));
        // A deleted stack still tells what became of its resources. Where it does not, we know what was asked for.
        let told = self.engine.resources(&self.stack.id, ALL).await.unwrap_or_default();
        let mut left: Vec<StackResource> =
            told.iter().filter(|it| it.status == ResourceStatus::DeleteSkipped).cloned().collect();
        if told.is_empty() {
            left = standing(self.resources).filter(|it| self.stays(it)).cloned().collect();
        }
        for resource in &left {
            let id = resource.physical_id.as_deref().unwrap_or("");
            printer.step("Kept", format_args!("{} ({}) {id}", resource.logical_id, resource.resource_type));
        }
        if !left.is_empty() {
            printer.progress("What was kept belongs to no stack any more; a new stack makes its own.");
        }
        result(self.context, "deleted", &left);
        Ok(Outcome::Success)
    }
}

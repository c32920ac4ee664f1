//! `destroy`: shows what goes and what stays, asks, empties the buckets, deletes the stack, and says what is left.

mod preview;

use super::{Context, stack_engine};
use crate::cloud::applications::Applications;
use crate::cloud::apply::confirmed;
use crate::cloud::code_bucket::CodeBucket;
use crate::cloud::follow::{Detail, Ended, Follow, Wanted};
use crate::cloud::former::Former;
use crate::cloud::stuck::{self, ALL, standing};
use crate::cloud::view::{line, warning};
use crate::cloud::{Aws, bucket, deletion, keep};
use crate::interrupt;
use crate::outcome::Outcome;
use crate::printer::{Printer, elapsed};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use drydock_stack::{Engine, ResourceStatus, StackInfo, StackResource, StackStatus};
use serde_json::{Value, json};
use std::collections::BTreeSet;
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
    context.told(destroy(context, options).await)
}

async fn destroy(context: &Context, options: &Destroy) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let engine = stack_engine(&aws);
    let printer = &context.printer;
    let Some(stack) = settled(printer, &engine, context.stack(), options.keep_data).await? else {
        printer.step("Nothing", format_args!("to do: there is no stack {} in {}", context.stack(), aws.region()));
        forget_the_former(context, &aws).await;
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
    if let Some(other) = options.retain.iter().find(|id| standing(&resources).all(|it| it.logical_id != **id)) {
        let names: Vec<&str> = standing(&resources).map(|it| it.logical_id.as_str()).collect();
        bail!("{other} is not among what is left of stack {}: {}", stack.name, names.join(", "));
    }
    let applications = Applications::find(&aws, &engine, &stack.name).await?;
    let template = keep::template(&engine, &stack).await?;
    let retained = keep::retained(&template);
    let work =
        Work { context, options, aws: &aws, engine: &engine, stack: &stack, resources: &resources, template, retained };
    if standing(&resources).any(|it| work.keeps(it)) {
        keep::must_be_possible(&stack)?;
    }
    work.preview(&applications);
    if !work.agreed().await {
        printer.step("Nothing", "was deleted");
        result(context, "declined", &[]);
        return Ok(Outcome::Declined);
    }
    // A deletion that failed may be that of a stack that `deploy` makes again, and has sent here first.
    if stack.status != StackStatus::DeleteFailed {
        forget_the_former(context, &aws).await;
    }
    tokio::select! {
        outcome = work.run(&applications) => outcome,
        () = interrupt::requested() => {
            printer.diagnostic("");
            warning(printer, "interrupted; what has begun goes on in AWS. Run the same command again to finish");
            result(context, "interrupted", &[]);
            Ok(Outcome::Interrupted)
        }
    }
}

/// The stack, once what is going on there has ended: what goes and what stays is told of how it stands then. A deletion
/// is not waited for, and neither is a creation, which nothing else can stop, unless what it makes is to be kept.
async fn settled(printer: &Printer, engine: &Engine, name: &str, keep_data: bool) -> Result<Option<StackInfo>> {
    let found = engine.describe(name).await.context("cannot look at the stack")?;
    let going_on = |stack: &StackInfo| match stack.status {
        StackStatus::DeleteInProgress => false,
        StackStatus::CreateInProgress => keep_data,
        _ => stack.status.is_in_progress(),
    };
    let Some(StackInfo { id, status, .. }) = found.as_ref().filter(|stack| going_on(stack)) else { return Ok(found) };
    printer.step("Following", format_args!("the operation that is going on ({status})"));
    let wanted = Wanted::AsBegun;
    Follow { printer, engine, stack_id: id, token: "", detail: Detail::Full, wanted }.run().await?;
    engine.describe(name).await.context("cannot look at the stack")
}

/// Whoever makes a stack of this name later begins with the defaults.
async fn forget_the_former(context: &Context, aws: &Aws) {
    let forgotten = async {
        let (bucket, _) = CodeBucket::find(aws, &aws.account().await?).await?;
        Former::forget(&bucket, context.stack()).await
    };
    if let Err(error) = forgotten.await {
        let told =
            format!("a stack {} that is made later may be asked for what this one was: {error:#}", context.stack());
        warning(&context.printer, &told);
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
    template: Value,
    /// What stays because the stack's template says so.
    retained: BTreeSet<String>,
}

impl Work<'_> {
    fn stays(&self, resource: &StackResource) -> bool {
        let id = &resource.logical_id;
        self.keeps(resource) || self.retained.contains(id) || self.options.retain.contains(id)
    }

    /// True for what is to stay and would go if CloudFormation were not told.
    fn keeps(&self, resource: &StackResource) -> bool {
        let asked = self.options.keep_data && keep::is_kept(&resource.resource_type);
        asked && !self.retained.contains(&resource.logical_id)
    }

    /// What a stack whose deletion has failed is to go without: what was asked for, `more`, and what holds data if that is
    /// kept. CloudFormation takes everything that still stands.
    fn to_retain(&self, left: &[StackResource], more: &[String]) -> Vec<String> {
        let wanted = |it: &&StackResource| {
            self.keeps(it) || more.contains(&it.logical_id) || self.options.retain.contains(&it.logical_id)
        };
        let skipped = |it: &&StackResource| it.status == ResourceStatus::DeleteSkipped;
        standing(left).filter(|it| !skipped(it)).filter(wanted).map(|it| it.logical_id.clone()).collect()
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
        if self.options.with_applications && !applications.delete(printer, self.aws, engine).await? {
            printer.error(format_args!(
                "stack {} stays, too: without its role what is left could not be deleted any more",
                stack.name
            ));
            result(self.context, "failed", &[]);
            return Ok(Outcome::Failed);
        }
        let deletion_failed = stack.status == StackStatus::DeleteFailed;
        if !deletion_failed && standing(self.resources).any(|it| self.keeps(it)) {
            let (code, _) = CodeBucket::ensure(self.aws, &self.aws.account().await?).await?;
            if !keep::keep(printer, engine, &code, stack, self.template.clone()).await? {
                printer.error("nothing was deleted: the stack cannot be made to keep its data");
                result(self.context, "failed", &[]);
                return Ok(Outcome::Failed);
            }
        }
        for resource in standing(self.resources).filter(|it| it.resource_type == BUCKET && !self.stays(it)) {
            if let Some(name) = &resource.physical_id {
                let count = bucket::empty(&self.aws.s3(), name).await;
                let count = count.with_context(|| format!("stack {} is not deleted", stack.name))?;
                printer.step("Emptied", format_args!("{name} ({count} object versions)"));
            }
        }
        let retain = if deletion_failed { self.to_retain(self.resources, &[]) } else { Vec::new() };
        let token = deletion::begin(engine, &stack.id, &retain).await?;
        self.finish(token, start).await
    }

    /// Follows the deletion; where something holds it, offers to leave that standing.
    async fn finish(&self, mut token: String, start: Instant) -> Result<Outcome> {
        let (printer, engine, id) = (&self.context.printer, self.engine, &self.stack.id);
        loop {
            let now = match deletion::follow(printer, engine, id, &token, Detail::Full).await? {
                Ended::Good { .. } => return self.deleted(start).await,
                Ended::Bad { stack, .. } => stack,
            };
            let status = now.map_or(StackStatus::DeleteFailed, |now| now.status);
            let left = engine.resources(id, ALL).await.context("cannot list what is left")?;
            let held = self.held(&status, &left);
            let names: Vec<String> = held.iter().map(|it| it.logical_id.clone()).collect();
            let question = format!("Leave {} standing and delete the rest?", names.join(", "));
            if held.is_empty() || self.context.options.yes || !printer.is_interactive() {
                printer.diagnostic(format_args!("to try again              {}", self.again(&status, &left, &[])));
                if !held.is_empty() {
                    printer.diagnostic(format_args!("to leave that standing    {}", self.again(&status, &left, &held)));
                }
            } else if confirmed(printer, false, &question).await {
                token = deletion::begin(engine, id, &self.to_retain(&left, &names)).await?;
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

    /// The command that goes on from here, with what was asked for: without it, what is to stay would go.
    fn again(&self, status: &StackStatus, left: &[StackResource], held: &[StackResource]) -> String {
        let Destroy { keep_data, with_applications, retain } = self.options;
        let word = |option: &'static str, given: bool| if given { option } else { "" };
        let (keep, applications) = (word(" --keep-data", *keep_data), word(" --with-applications", *with_applications));
        let mut command = format!("cargo xtask destroy{keep}{applications}");
        let named = |it: &&StackResource| retain.contains(&it.logical_id) || held.contains(it);
        if *status == StackStatus::DeleteFailed {
            let named: Vec<StackResource> = standing(left).filter(named).cloned().collect();
            command.push_str(&stuck::options("retain", &named));
        }
        format!("{command} --stack-name {}", self.stack.name)
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

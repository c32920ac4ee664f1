//! `deploy`: build, zip, upload what is new, show the changes, ask, execute, tell, end with outputs or the root cause.

use super::{Context, outputs, stack_engine};
use crate::build::target::Target;
use crate::build::{self, BuildOptions, Built};
use crate::cloud::Aws;
use crate::cloud::apply::{Applied, Apply, confirmed};
use crate::cloud::code_bucket::{CodeBucket, package_key};
use crate::cloud::follow::Detail;
use crate::cloud::hotswap::{self, Swapped};
use crate::cloud::validate;
use crate::cloud::view::{line, warning};
use crate::options::KeyValue;
use crate::outcome::Outcome;
use crate::printer::{Printer, elapsed, size};
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use drydock_stack::check;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

/// The parameter that says in which bucket the zips are.
const CODE_BUCKET: &str = "CodeBucket";

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
    /// Deploy even if that replaces or deletes a table, a bucket or a secret with all that it holds
    #[arg(long)]
    allow_data_loss: bool,
    /// Protect the stack from being deleted, or do so no more
    #[arg(long, value_name = "ON|OFF")]
    termination_protection: Option<Switch>,
}

/// What the stack is to be like, for `deploy` and `diff`.
#[derive(Args, Clone, Debug)]
pub struct Wish {
    /// Set a template parameter; those not named keep their value
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<KeyValue>,
    /// Tag the stack and all that is in it; naming none leaves the tags that it has
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<KeyValue>,
    /// Service role that CloudFormation takes on; it stays with the stack
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Deploys our own stack.
///
/// # Errors
/// If the build, an upload or CloudFormation refuses. A deployment that fails is an outcome, and has said why.
pub async fn run(context: &Context, options: &Deploy) -> Result<Outcome> {
    let start = Instant::now();
    let deployed = deploy(context, options, start).await;
    if let (Err(error), true) = (&deployed, context.printer.is_json()) {
        let result = json!({"stack": context.stack(), "result": "failed", "error": format!("{error:#}")});
        line(&context.printer, "result", result);
    }
    deployed
}

async fn deploy(context: &Context, options: &Deploy, start: Instant) -> Result<Outcome> {
    let printer = &context.printer;
    let (aws, account) = connect(context, &options.build, "Deploying").await?;
    let code = code(context, &aws, &options.build, options.skip_build, &options.wish).await?;
    let target = Deployment {
        allow_data_loss: options.allow_data_loss,
        ..Deployment::new(context, &aws, &account, code.as_deref(), &options.wish, Detail::Full)
    };
    let prepared = target.prepare(context).await?;
    prepared.upload(printer).await?;
    let swapped = Swapped::read(&prepared.bucket, context.stack()).await?;
    if options.hotswap
        && let Some(outcome) = hot_swap(context, &prepared, &swapped, start).await?
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
        let wanted = options.termination_protection.map(|switch| switch == Switch::On);
        if let Some(on) = wanted.filter(|on| *on != stack.termination_protection) {
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

/// The handlers, with their sizes shown; `None` if they are not to be built.
pub(super) async fn code(
    context: &Context,
    aws: &Aws,
    options: &BuildOptions,
    skip_build: bool,
    wish: &Wish,
) -> Result<Option<Vec<Built>>> {
    if skip_build {
        // The code is that of the stack, unless the operator says where other code lies.
        if wish.parameters.iter().all(|pair| pair.key != CODE_BUCKET) {
            context.standing_stack(aws).await?;
        }
        return Ok(None);
    }
    let built = build::build(&context.printer, &context.workspace, options).await?;
    if !context.printer.is_json() {
        context.printer.progress(format_args!("\n{}\n", build::sizes(&built)));
    }
    Ok(Some(built))
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
    /// Tags of the stack; none leaves those that it has.
    pub tags: BTreeMap<String, String>,
    /// Service role of CloudFormation.
    pub role_arn: Option<String>,
    /// Data may be lost.
    pub allow_data_loss: bool,
    /// How much to tell.
    pub detail: Detail,
}

impl<'a> Deployment<'a> {
    /// With what was wished for on the command line and in `drydock.toml`.
    pub fn new(
        context: &Context,
        aws: &'a Aws,
        account: &'a str,
        code: Option<&'a [Built]>,
        wish: &Wish,
        detail: Detail,
    ) -> Self {
        let pairs = |pairs: &[KeyValue]| {
            let owned = pairs.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
            owned.collect::<Vec<_>>()
        };
        let given = context.config.parameters_and(pairs(&wish.parameters));
        let tags = context.config.tags.clone().into_iter().chain(pairs(&wish.tags)).collect();
        let role_arn = wish.role_arn.clone();
        Self { aws, account, code, given, tags, role_arn, allow_data_loss: false, detail }
    }

    /// Everything that needs no change in the account but the code bucket: the template, checked, and the parameters.
    ///
    /// # Errors
    /// If the template would be refused, a parameter is not the operator's to set, or there can be no code bucket.
    pub async fn prepare(self, context: &Context) -> Result<Prepared<'a>> {
        let synthesized = infra::drydock::template();
        let template = synthesized.to_json();
        let found = check::check(&template);
        if !found.is_empty() {
            for finding in &found {
                context.printer.error(format_args!("{}: {}", finding.place, finding.problem));
            }
            bail!("AWS would refuse the template");
        }
        if self.detail == Detail::Full {
            validate::validate(&context.printer, &context.workspace, &synthesized).await?;
        }
        let (bucket, made) = CodeBucket::ensure(self.aws, self.account).await?;
        if made && self.detail == Detail::Full {
            context.printer.step("Created", format_args!("the code bucket {}", bucket.name()));
        }
        let mut parameters = BTreeMap::new();
        if let Some(code) = self.code {
            parameters.insert(CODE_BUCKET.to_owned(), bucket.name().to_owned());
            let keys =
                code.iter().map(|built| (built.function.code_key_parameter.to_owned(), package_key(&built.package)));
            parameters.extend(keys);
        }
        if let Some(own) = self.given.keys().find(|name| parameters.contains_key(*name)) {
            bail!("the parameter {own} is set by deploy itself");
        }
        parameters.extend(self.given.clone());
        Ok(Prepared { deployment: self, template, bucket, parameters })
    }
}

/// A deployment that is ready to be compared with what stands, or brought up.
pub struct Prepared<'a> {
    deployment: Deployment<'a>,
    template: String,
    parameters: BTreeMap<String, String>,
    /// The code bucket.
    pub bucket: CodeBucket,
}

impl Prepared<'_> {
    /// Sends the zips that are not in the code bucket yet.
    ///
    /// # Errors
    /// If AWS refuses one.
    pub async fn upload(&self, printer: &Printer) -> Result<()> {
        let Some(code) = self.deployment.code else { return Ok(()) };
        let packages: Vec<_> = code.iter().map(|built| built.package.clone()).collect();
        let told = |at: usize| {
            if self.deployment.detail == Detail::Full {
                let bytes = size(packages[at].bytes.len() as u64);
                printer.step("Uploaded", format_args!("{} ({bytes})", code[at].function.package));
            }
        };
        self.bucket.put_packages(&packages, told).await.map(|_| ())
    }

    /// Brings the stack to the template.
    ///
    /// # Errors
    /// If CloudFormation refuses.
    pub async fn apply(&self, context: &Context) -> Result<Applied> {
        let engine = stack_engine(self.deployment.aws);
        self.to_apply(context, &engine).run().await
    }

    /// What `apply` works with.
    pub(super) fn to_apply<'s>(&'s self, context: &'s Context, engine: &'s drydock_stack::Engine) -> Apply<'s> {
        let Deployment { aws, account, tags, role_arn, allow_data_loss, detail, .. } = &self.deployment;
        Apply {
            printer: &context.printer,
            engine,
            stack: context.stack(),
            place: (account, aws.region()),
            template: &self.template,
            bucket: &self.bucket,
            parameters: &self.parameters,
            tags,
            role_arn: role_arn.as_deref(),
            allow_data_loss: *allow_data_loss,
            yes: context.options.yes,
            detail: *detail,
        }
    }
}

/// Swaps code if nothing else changes; `None` if the stack is to be deployed after all.
async fn hot_swap(
    context: &Context,
    prepared: &Prepared<'_>,
    swapped: &Swapped,
    start: Instant,
) -> Result<Option<Outcome>> {
    let (printer, aws) = (&context.printer, prepared.deployment.aws);
    let engine = stack_engine(aws);
    let stack = engine.describe(context.stack()).await.context("cannot look at the stack")?;
    let planned = match &stack {
        Some(stack) if stack.status.next_step() == drydock_stack::NextStep::Update => {
            let standing = engine.template(&stack.id).await.context("cannot read the stack's template")?;
            let standing: Value = serde_json::from_str(&standing).unwrap_or_default();
            let wanted: Value = serde_json::from_str(&prepared.template).context("the template is not JSON")?;
            hotswap::plan(&standing, &wanted, stack, &prepared.parameters, swapped)
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
            printer.step("Nothing", "was changed");
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

fn report(context: &Context, applied: &Applied, start: Instant) {
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
        Outcome::Declined => printer.step("Nothing", "was changed"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_template_is_within_every_limit() {
        assert_eq!(check::check(&infra::drydock::template().to_json()), []);
    }
}

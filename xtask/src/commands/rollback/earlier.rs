//! Back to a version that was deployed before, by a change set of its template and its parameters.

use super::super::deploy::report;
use super::super::{Context, stack_engine};
use crate::cloud::Aws;
use crate::cloud::apply::Apply;
use crate::cloud::code_bucket::CodeBucket;
use crate::cloud::deployment::CODE_BUCKET;
use crate::cloud::follow::Detail;
use crate::cloud::history::{History, Record, recorded};
use crate::cloud::hotswap::{self, Swapped};
use crate::cloud::view::warning;
use crate::outcome::Outcome;
use crate::printer::{harmless, table};
use anyhow::{Context as _, Result, bail};
use drydock_stack::StackInfo;
use infra::drydock::FUNCTIONS;
use serde_json::{Value, json};
use std::time::Instant;

/// Which version to go back to.
pub(super) enum Wanted<'a> {
    /// The one before the one that stands.
    Previous,
    /// The one of that name.
    Version(&'a str),
}

/// Where the records are, and what they say.
struct Found {
    aws: Aws,
    account: String,
    bucket: CodeBucket,
    stack: StackInfo,
    history: History,
}

async fn find(context: &Context) -> Result<Found> {
    let aws = Aws::connect(&context.options).await?;
    let account = aws.account().await?;
    let stack = context.standing_stack(&aws).await?;
    let (bucket, there) = CodeBucket::find(&aws, &account).await?;
    let history = if there { History::read(&bucket, &stack).await? } else { History::default() };
    Ok(Found { aws, account, bucket, stack, history })
}

/// Lists what was deployed, newest first.
pub(super) async fn list(context: &Context) -> Result<Outcome> {
    let Found { stack, history, .. } = find(context).await?;
    let printer = &context.printer;
    let standing = history.standing(&stack);
    let is_standing = |record: &Record| standing.is_some_and(|standing| standing.version == record.version);
    if printer.is_json() {
        let described = |record: &Record| {
            let mut object = json!(record);
            object["standing"] = Value::Bool(is_standing(record));
            object
        };
        printer.json(&history.records.iter().rev().map(described).collect::<Vec<_>>());
        return Ok(Outcome::Success);
    }
    if history.records.is_empty() {
        printer.data(format_args!("no deployment of stack {} is on record", stack.name));
        return Ok(Outcome::Success);
    }
    let row = |record: &Record| {
        let mark = if is_standing(record) { "*" } else { "" };
        let how = if record.rollback { "rollback" } else { "deploy" };
        let source = record.source.as_deref().map_or_else(|| "-".to_owned(), harmless);
        vec![mark.to_owned(), record.version.clone(), record.at.clone(), how.to_owned(), source, who(record)]
    };
    let rows: Vec<Vec<String>> = history.records.iter().rev().map(row).collect();
    printer.data(table(&["", "version", "at", "by way of", "from", "by"], &rows, &[]));
    if standing.is_none() {
        warning(printer, "something else than this command has changed the stack since; what stands is not on record");
    }
    Ok(Outcome::Success)
}

/// Shows what going back would change, asks, and does it.
pub(super) async fn go_back(context: &Context, wanted: Wanted<'_>, allow_data_loss: bool) -> Result<Outcome> {
    let start = Instant::now();
    context.told(try_to(context, &wanted, allow_data_loss, start).await)
}

async fn try_to(context: &Context, wanted: &Wanted<'_>, allow_data_loss: bool, start: Instant) -> Result<Outcome> {
    let printer = &context.printer;
    let found = find(context).await?;
    let Found { aws, account, bucket, stack, .. } = &found;
    let record = found.chosen(wanted)?;
    let template = found.template_of(record).await?;
    // Something is left there once it is done, so it must be as it should be.
    CodeBucket::ensure(aws, account).await?;
    let from = record.source.as_deref().map_or_else(String::new, |source| format!(" from {}", harmless(source)));
    let told = format!("of {}{from} by {}", record.at, who(record));
    printer.step("Going back", format_args!("to version {} {told}", record.version));
    let engine = stack_engine(aws);
    let apply = Apply {
        printer,
        engine: &engine,
        stack: context.stack(),
        place: (account, aws.region()),
        template: &template,
        bucket,
        parameters: &record.parameters,
        tags: &record.tags,
        role_arn: None,
        allow_data_loss,
        yes: context.options.yes,
        detail: Detail::Full,
    };
    let swapped = Swapped::read(bucket, &stack.name).await?;
    let applied = recorded(aws, &context.workspace, &apply, true).await?;
    if let (Outcome::Success, Some(stack), false) = (applied.outcome, &applied.stack, swapped.functions.is_empty()) {
        hotswap::reconcile(printer, aws, bucket, stack, &swapped).await?;
    }
    report(context, &applied, start);
    Ok(applied.outcome)
}

impl Found {
    fn chosen(&self, wanted: &Wanted<'_>) -> Result<&Record> {
        let list = "`cargo xtask rollback --list` shows what was deployed, and --to goes there";
        match wanted {
            Wanted::Version(name) => self.history.named(name),
            Wanted::Previous if self.history.standing(&self.stack).is_none() => {
                // The same command again finishes what was interrupted, and does not go further back.
                self.history.unfinished(&self.stack).with_context(|| {
                    format!("what stands is not on record, so there is no telling which version came before it; {list}")
                })
            }
            Wanted::Previous => self.history.previous().with_context(|| {
                format!(
                    "nothing that was deployed to stack {} before this version is on record; {list}",
                    self.stack.name
                )
            }),
        }
    }

    /// The template of a version, all of whose code is still there.
    async fn template_of(&self, record: &Record) -> Result<String> {
        let bucket = &self.bucket;
        let gone = |what: &str| {
            format!(
                "{what} of version {} is not in {} any more: check out {} and deploy it",
                record.version,
                bucket.name(),
                record.source.as_deref().map_or_else(|| "what it came from".to_owned(), harmless)
            )
        };
        let template = bucket.note(&record.template).await?.with_context(|| gone("the template"))?;
        // Code that lies elsewhere is for CloudFormation to find.
        if record.parameters.get(CODE_BUCKET).is_some_and(|name| name == bucket.name()) {
            for function in FUNCTIONS {
                let key = record.parameters.get(function.code_key_parameter);
                if let Some(key) = key
                    && !bucket.has(key).await?
                {
                    bail!(gone(&format!("the code of {}", function.package)));
                }
            }
        }
        Ok(template)
    }
}

/// Who deployed, without what all ARNs of an account have in common.
fn who(record: &Record) -> String {
    let arn = record.by.as_deref().unwrap_or("somebody");
    harmless(arn.splitn(6, ':').last().unwrap_or(arn))
}

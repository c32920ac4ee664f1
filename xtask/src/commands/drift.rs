//! `drift`: what somebody changed past CloudFormation.

use super::{Context, stack_engine};
use crate::cloud::Aws;
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone, harmless};
use anyhow::{Result, bail};
use clap::Args;
use drydock_stack::{Drift as Found, DriftedProperty, StackError};

/// Options of `drift`.
#[derive(Args, Clone, Debug)]
pub struct Drift {
    /// Exit with 1 if something drifted and with 2 on an error
    #[arg(long)]
    exit_code: bool,
}

/// Has CloudFormation compare the stack with what stands.
///
/// # Errors
/// If there is no stack, or CloudFormation cannot compare it.
pub async fn run(context: &Context, options: &Drift) -> Result<Outcome> {
    match drift(context).await {
        Ok(found) if options.exit_code && !found.drifted.is_empty() => Ok(Outcome::Child(1)),
        Ok(found) if options.exit_code && found.incomplete.is_some() => Ok(Outcome::Child(2)),
        Ok(found) if found.incomplete.is_some() => Ok(Outcome::Failed),
        Ok(_) => Ok(Outcome::Success),
        Err(error) if options.exit_code => {
            context.printer.error(format_args!("{error:#}"));
            Ok(Outcome::Child(2))
        }
        Err(error) => Err(error),
    }
}

async fn drift(context: &Context) -> Result<Found> {
    let printer = &context.printer;
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    printer.step("Comparing", format_args!("stack {} with what stands", stack.name));
    let found = match stack_engine(&aws).drift(&stack.name).await {
        Ok(found) => found,
        Err(StackError::Unexpected(said)) if says_unknown(&said) => {
            bail!("what answers here in CloudFormation's place cannot detect drift: {said}")
        }
        Err(error) => return Err(anyhow::Error::new(error).context("cannot detect drift")),
    };
    if printer.is_json() {
        printer.json(&found);
    } else {
        show(printer, &found);
    }
    if let Some(reason) = &found.incomplete {
        printer.error(format_args!("not all resources could be looked at: {}", harmless(reason)));
    }
    Ok(found)
}

fn says_unknown(said: &str) -> bool {
    said.contains("InvalidAction") || said.contains("UnknownOperation")
}

fn show(printer: &Printer, found: &Found) {
    for resource in &found.drifted {
        let (word, tone) = match resource.status.as_str() {
            "DELETED" => ("DELETED", Tone::Bad),
            _ => ("changed", Tone::Busy),
        };
        let mark = printer.out(tone, format_args!("{word:>11}"));
        let kind = printer.out(Tone::Faint, &resource.resource_type);
        let id = resource.physical_id.as_deref().unwrap_or("");
        printer.data(format_args!("{mark} {}  {kind} {id}", resource.logical_id));
        for property in &resource.properties {
            printer.data(format_args!("{:11}   {}", "", difference(property)));
        }
    }
    let checked = found.in_sync + found.drifted.len();
    let not = match (found.not_checked, &found.incomplete) {
        (0, _) => String::new(),
        (1, None) => "; 1 is of a type that CloudFormation cannot look at".to_owned(),
        (count, None) => format!("; {count} are of types that CloudFormation cannot look at"),
        (count, Some(_)) => format!("; {count} not looked at"),
    };
    printer.data(format_args!("{} of {checked} resources drifted{not}", found.drifted.len()));
}

fn difference(property: &DriftedProperty) -> String {
    let path = property.path.trim_start_matches('/').replace('/', ".");
    let side = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), harmless);
    format!("{path}: the stack says {}, there is {}", side(&property.expected), side(&property.actual))
}

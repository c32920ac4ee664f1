//! `diff`: what `deploy` would do, and nothing is done.

use super::deploy::{connect, ready};
use super::{Context, stack_engine};
use crate::build::BuildOptions;
use crate::cloud::apply::Previewed;
use crate::cloud::deployment::{Deployment, Site, Wish};
use crate::cloud::follow::Detail;
use crate::cloud::hotswap::Swapped;
use crate::cloud::preview;
use crate::cloud::view::warning;
use crate::outcome::Outcome;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

/// Options of `diff`.
#[derive(Args, Clone, Debug)]
pub struct Diff {
    #[command(flatten)]
    build: BuildOptions,
    /// Compare with the code that the stack has already
    #[arg(long)]
    skip_build: bool,
    #[command(flatten)]
    wish: Wish,
    /// Exit with 1 if there are changes and with 2 on an error
    #[arg(long)]
    exit_code: bool,
}

/// Exit code for changes under `--exit-code`.
const CHANGES: u8 = 1;
/// Exit code for an error under `--exit-code`.
const ERROR: u8 = 2;

/// Shows the changes. Nothing stays behind: no change set, no empty stack. Only a template that is too large for a request
/// lies in the code bucket afterwards.
///
/// # Errors
/// If the build or CloudFormation refuses, or the stack is in a state in which nothing can be said.
pub async fn run(context: &Context, options: &Diff) -> Result<Outcome> {
    match diff(context, options).await {
        Ok(None) => Ok(Outcome::Interrupted),
        Ok(Some(true)) if options.exit_code => Ok(Outcome::Child(CHANGES)),
        Ok(Some(_)) => Ok(Outcome::Success),
        Err(error) if options.exit_code => {
            context.printer.error(format_args!("{error:#}"));
            Ok(Outcome::Child(ERROR))
        }
        Err(error) => Err(error),
    }
}

/// True if there are changes; `None` if somebody has pressed Ctrl-C.
async fn diff(context: &Context, options: &Diff) -> Result<Option<bool>> {
    let printer = &context.printer;
    let (aws, account) = connect(context, &options.build, "Comparing").await?;
    let site = Site::ready(context, &aws, &account, Detail::Full, true);
    let (code, site) = ready(context, &aws, &options.build, options.skip_build, &options.wish, site).await?;
    let target = Deployment::new(context, &aws, &account, code.as_deref(), &options.wish, Detail::Full);
    let prepared = target.on(site)?;
    let engine = stack_engine(&aws);
    let found = match prepared.to_apply(context, &engine).preview().await? {
        Previewed::Changes(preview) => Some(preview),
        Previewed::Nothing => None,
        Previewed::Interrupted => {
            warning(printer, "interrupted; nothing was changed");
            return Ok(None);
        }
    };
    let swapped = Swapped::read(&prepared.bucket, context.stack()).await?;
    let changes = found.is_some() || !swapped.functions.is_empty();
    if printer.is_json() {
        let mut object = found.as_deref().map_or_else(
            || json!({"stack": context.stack(), "creates": false, "parameters": [], "resources": []}),
            preview::Preview::json,
        );
        object["changes"] = Value::Bool(changes);
        object["hotSwapped"] = json!(swapped.functions.keys().collect::<Vec<_>>());
        printer.json(&object);
        return Ok(Some(changes));
    }
    match &found {
        Some(preview) => {
            printer.progress("");
            printer.data(preview::render(preview, &|tone, text| printer.out(tone, text)));
        }
        None => printer.step("Nothing", "differs: the stack is as it should be"),
    }
    if !swapped.functions.is_empty() {
        let names = swapped.names();
        warning(printer, &format!("{names} got other code than the stack says (--hotswap); `deploy` sets it right"));
    }
    Ok(Some(changes))
}

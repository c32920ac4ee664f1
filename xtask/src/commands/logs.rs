//! `logs`: what the functions write, as one stream.

use super::Context;
use crate::cloud::Aws;
use crate::json_api::JsonApi;
use crate::logs::{Level, Line, Reader, Source};
use crate::outcome::Outcome;
use crate::printer::Printer;
use anyhow::{Context as _, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;
use drydock_contract::SessionId;
use infra::drydock::FUNCTIONS;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use std::time::Duration;

/// Between two looks, in AWS and at an engine of one's own.
const LOOK: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(500));

/// Options of `logs`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Lambda's own lines about each invocation are shown with --verbose, and always in --json.")]
pub struct Logs {
    /// Only of this function
    #[arg(value_parser = PossibleValuesParser::new(FUNCTIONS.map(|function| function.package)))]
    function: Option<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Only lines that name this session
    #[arg(long, value_name = "ID", value_parser = session_id)]
    session: Option<SessionId>,
    /// From when on: how long ago, such as 30s, 10m, 2h or 1d, or a time, such as 2026-01-01T12:00:00Z
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = since)]
    since: Since,
}

/// How long ago, or when.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Since {
    Ago(SignedDuration),
    At(Timestamp),
}

fn since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Since::At(at));
    }
    let span = text.parse::<Span>().map_err(|_| "write it as 30s, 10m, 2h, 1d or 2026-01-01T12:00:00Z".to_owned())?;
    let ago = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())?;
    if ago.is_negative() { Err("that is in the future".to_owned()) } else { Ok(Since::Ago(ago)) }
}

fn session_id(text: &str) -> Result<SessionId, String> {
    SessionId::parse(text).map_err(|error| error.to_string())
}

/// Prints the lines.
///
/// # Errors
/// If there is no stack, or CloudWatch Logs refuses.
pub async fn run(context: &Context, options: &Logs) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    let sources = Source::of(&stack, options.function.as_deref());
    anyhow::ensure!(!sources.is_empty(), "stack {} names no such function; deploy it again", stack.name);
    let since = match options.since {
        Since::Ago(ago) => Timestamp::now().checked_sub(ago).context("that is too long ago")?,
        Since::At(at) => at,
    };
    let api = JsonApi::new(&aws).await?;
    let mut reader = Reader::new(api, sources, since, options.session.as_ref().map(SessionId::as_str));
    let look = if aws.endpoint().is_some() { LOOK.1 } else { LOOK.0 };
    let mut told = false;
    loop {
        for line in reader.next().await? {
            if is_wanted(&context.printer, &line) {
                told = true;
                if !tell(&context.printer, &line) {
                    return Ok(Outcome::Success);
                }
            }
        }
        if !options.follow {
            break;
        }
        tokio::time::sleep(look).await;
    }
    if !told {
        context.printer.step("Nothing", "was written in that time; --since 1d looks further back");
    }
    Ok(Outcome::Success)
}

const fn is_wanted(printer: &Printer, line: &Line) -> bool {
    !matches!(line.level, Level::Platform) || printer.is_json() || printer.is_verbose()
}

/// False if nobody reads any more.
fn tell(printer: &Printer, line: &Line) -> bool {
    if printer.is_json() { printer.json_line(line) } else { printer.stream(line.show(printer)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let ago = |seconds| Ok(Since::Ago(SignedDuration::from_secs(seconds)));
        assert_eq!(since("30s"), ago(30));
        assert_eq!(since("10m"), ago(600));
        assert_eq!(since("1h30m"), ago(5_400));
        assert_eq!(since("1d"), ago(86_400));
        assert_eq!(since("2026-01-01T00:00:00Z"), Ok(Since::At(Timestamp::from_second(1_767_225_600).unwrap())));
        assert!(since("soon").unwrap_err().starts_with("write it as"));
        assert!(since("-5m").is_err());
    }
}

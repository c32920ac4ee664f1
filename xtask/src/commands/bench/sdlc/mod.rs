//! `bench sdlc`: what one SDLC session took, from its own execution's history, its record and its functions' reports.

mod measure;

use super::result::write;
use crate::cloud::Aws;
use crate::commands::Context;
use crate::json_api::{JsonApi, STATES};
use crate::logs::{Reader, Source};
use crate::outcome::Outcome;
use crate::printer::table;
use anyhow::{Context as _, Result, bail};
use aws_sdk_dynamodb::types::AttributeValue;
use clap::Args;
use drydock_contract::{SessionId, SessionKind};
use drydock_stack::StackInfo;
use jiff::Timestamp;
use measure::{Event, Measured, Report};
use serde_json::{Value, json};

/// Options of `bench sdlc`.
#[derive(Args, Clone, Debug)]
pub struct Sdlc {
    /// The session, which has ended; nothing else should have run at the same time
    #[arg(value_name = "SESSION", value_parser = session_id)]
    session: SessionId,
}

fn session_id(text: &str) -> Result<SessionId, String> {
    let id = SessionId::parse(text).map_err(|error| error.to_string())?;
    if id.kind() == SessionKind::Sdlc { Ok(id) } else { Err("not the id of an SDLC session (sdlc-…)".to_owned()) }
}

/// Measures, prints tables and writes `target/bench/sdlc.json`.
///
/// # Errors
/// If there is no such execution, it has not ended, or AWS cannot be asked.
pub(super) async fn run(context: &Context, options: &Sdlc) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    let api = JsonApi::new(&aws).await?;
    let history = history(api.clone(), &stack, &options.session).await?;
    let Some(span) = measure::span(&history) else { bail!("{} has not ended", options.session) };
    let settled = settled(&aws, &stack, &options.session).await?;
    let reports = reports(api, &stack, span).await?;
    let measured = Measured::of(options.session.as_str(), &history, span, &settled, &reports);
    let file = write(context, "sdlc", &measured)?;
    if context.printer.is_json() {
        context.printer.json(&measured);
    } else {
        show(context, &measured);
        context.printer.step("Written", file.display());
    }
    Ok(Outcome::Success)
}

fn output<'a>(stack: &'a StackInfo, name: &str) -> Result<&'a str> {
    let value = stack.outputs.get(name).map(String::as_str);
    value.with_context(|| format!("stack {} has no output {name}; deploy it again", stack.name))
}

/// Everything that happened in the session's execution, which is named by it.
async fn history(mut api: JsonApi, stack: &StackInfo, session: &SessionId) -> Result<Vec<Event>> {
    let machine = output(stack, "SdlcStateMachineArn")?;
    let execution = format!("{}:{session}", machine.replace(":stateMachine:", ":execution:"));
    let mut events = Vec::new();
    let mut body = json!({"executionArn": execution, "maxResults": 1000, "includeExecutionData": false});
    loop {
        let page = api.call(STATES, "GetExecutionHistory", &body).await;
        let page = page.with_context(|| format!("cannot read what the execution of {session} did"))?;
        events.extend(page["events"].as_array().into_iter().flatten().filter_map(Event::read));
        match &page["nextToken"] {
            Value::String(token) => body["nextToken"] = token.clone().into(),
            _ => return Ok(events),
        }
    }
}

/// When the session's work came to an end for the workflow to look at, in seconds since 1970.
async fn settled(aws: &Aws, stack: &StackInfo, session: &SessionId) -> Result<Vec<f64>> {
    let client = aws_sdk_dynamodb::Client::new(aws.config());
    let mut pages = client
        .query()
        .table_name(output(stack, "DeploymentsTable")?)
        .key_condition_expression("sessionId = :id AND begins_with(entry, :transition)")
        .expression_attribute_values(":id", AttributeValue::S(session.to_string()))
        .expression_attribute_values(":transition", AttributeValue::S("transition#".to_owned()))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send();
    let mut times = Vec::new();
    while let Some(item) = pages.next().await {
        let item = item.map_err(|error| anyhow::Error::new(error.into_service_error()))?;
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
        if text("toStage") == Some("workflow")
            && let Some(at) = text("at").and_then(measure::seconds)
        {
            times.push(at);
        }
    }
    Ok(times)
}

/// What Lambda says about each invocation in that time. The API's handler, which only accepts, is left out: it also
/// sweeps and answers.
async fn reports(api: JsonApi, stack: &StackInfo, (start, end): (f64, f64)) -> Result<Vec<Report>> {
    let mut sources = Source::of(stack, None);
    sources.retain(|source| source.function != "api-handler");
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds of this century")]
    let since = Timestamp::from_second(start.floor() as i64).context("a time out of range")?;
    let lines = Reader::new(api, sources, since, None).next().await?;
    // A report is written a moment after its invocation has ended.
    let until = end + 5.0;
    let reports = lines.iter().filter_map(|line| Report::read(line.function, &line.message, line.at));
    Ok(reports.filter(|report| report.at <= until).collect())
}

fn show(context: &Context, measured: &Measured) {
    let printer = &context.printer;
    let steps: Vec<Vec<String>> = measured
        .steps
        .iter()
        .map(|step| vec![step.state.clone(), format!("{:.1}", step.seconds), format!("{:.1}", step.unnoticed_seconds)])
        .collect();
    printer.data(table(&["step", "seconds", "of which unnoticed"], &steps, &[1, 2]));
    let functions: Vec<Vec<String>> = measured
        .functions
        .iter()
        .map(|it| {
            vec![
                it.function.to_owned(),
                it.invocations.to_string(),
                format!("{:.3}", it.billed_seconds),
                it.memory_mb.to_string(),
                format!("{:.4}", it.gb_seconds),
                format!("${:.6}", it.cost_usd),
            ]
        })
        .collect();
    let head = ["function", "invocations", "billed seconds", "MB", "GB-seconds", "cost"];
    printer.data(table(&head, &functions, &[1, 2, 3, 4, 5]));
    let Measured { transitions, looks, seconds, unnoticed_seconds, transitions_cost_usd, cost_usd, .. } = measured;
    printer.data(format_args!("{transitions} state transitions, {looks} looks: ${transitions_cost_usd:.6}"));
    printer.data(format_args!(
        "{seconds:.1} s in all, {unnoticed_seconds:.1} s of it between the end of a piece of work and its notice"
    ));
    printer.data(format_args!("${cost_usd:.6} together, without what was deployed and what the model cost"));
}

//! `status`: the stack, its functions, queues and alarms and the last sessions, at a glance.

use super::{Context, call::api_address};
use crate::cloud::Aws;
use crate::cloud::sign::{Request, Signer};
use crate::outcome::Outcome;
use crate::overview::{self, AlarmState, FunctionState, QueueState};
use crate::printer::{Printer, Tone, elapsed, harmless, size, table};
use anyhow::{Context as _, Result};
use clap::Args;
use drydock_contract::api::DeploymentsBody;
use drydock_stack::StackInfo;
use serde::Serialize;
use std::time::Duration;

/// Options of `status`.
#[derive(Args, Clone, Debug)]
pub struct Status {
    /// How many of the last sessions to show
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    sessions: u8,
}

/// Everything that is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    stack: String,
    status: String,
    changed_at: Option<String>,
    functions: Vec<FunctionState>,
    queues: Vec<QueueState>,
    alarms: Option<Vec<AlarmState>>,
    sessions: Option<DeploymentsBody>,
}

/// Prints the overview.
///
/// # Errors
/// If there is no stack, or AWS cannot be asked.
pub async fn run(context: &Context, options: &Status) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    let (functions, queues, alarms, sessions) = tokio::join!(
        overview::functions(&aws, &stack),
        overview::queues(&aws, &stack),
        overview::alarms(&aws, &stack),
        sessions(&aws, &stack, options.sessions)
    );
    let overview = Overview {
        changed_at: stack.updated_at.clone().or_else(|| stack.created_at.clone()),
        status: stack.status.to_string(),
        stack: stack.name,
        functions: functions?,
        queues: queues?,
        alarms: or_warn(&context.printer, "the alarms cannot be told", alarms),
        sessions: or_warn(&context.printer, "the API does not tell the sessions", sessions),
    };
    if context.printer.is_json() {
        context.printer.json(&overview);
    } else {
        show(&context.printer, &overview);
    }
    Ok(Outcome::Success)
}

/// A part that may be missing.
fn or_warn<T>(printer: &Printer, what: &str, result: Result<T>) -> Option<T> {
    result.map_err(|error| printer.warning(format_args!("{what}: {error:#}"))).ok()
}

async fn sessions(aws: &Aws, stack: &StackInfo, count: u8) -> Result<DeploymentsBody> {
    let address = api_address(aws, &stack.outputs)?.join(&format!("/deployments?limit={count}"));
    let request = Request { method: "GET", address: &address, headers: &[], body: "" };
    let answer = Signer::new(aws).await?.send(request).await?;
    anyhow::ensure!(answer.is_success(), "HTTP {} {}", answer.status, answer.body);
    serde_json::from_str(&answer.body).context("its answer is not the list of sessions")
}

fn show(printer: &Printer, overview: &Overview) {
    let tone = if overview.status.ends_with("_COMPLETE") && !overview.status.contains("ROLLBACK") {
        Tone::Good
    } else if overview.status.ends_with("_IN_PROGRESS") {
        Tone::Busy
    } else {
        Tone::Bad
    };
    printer.data(format_args!(
        "{}  {}  {}\n",
        printer.out(Tone::Strong, &overview.stack),
        printer.out(tone, &overview.status),
        overview.changed_at.as_deref().unwrap_or("")
    ));
    printer.data(functions(&overview.functions));
    printer.data(format_args!("\n{}", queues(&overview.queues)));
    if let Some(all) = overview.alarms.as_deref().filter(|all| !all.is_empty()) {
        printer.data(format_args!("\n{}", alarms(printer, all)));
    }
    if let Some(sessions) = &overview.sessions {
        printer.data(format_args!("\n{}", last(sessions)));
    }
}

fn functions(functions: &[FunctionState]) -> String {
    let row = |function: &FunctionState| {
        let state = match function.last_update.as_str() {
            "" | "Successful" => function.state.clone(),
            update => format!("{}, update {update}", function.state),
        };
        vec![
            function.name.clone(),
            state,
            format!("{} MB", function.memory_mb),
            size(u64::try_from(function.code_bytes).unwrap_or(0)),
            function.last_modified.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = functions.iter().map(row).collect();
    table(&["function", "state", "memory", "code", "modified"], &rows, &[2, 3])
}

fn queues(queues: &[QueueState]) -> String {
    let age =
        |seconds: Option<u64>| seconds.map_or_else(|| "-".to_owned(), |seconds| elapsed(Duration::from_secs(seconds)));
    let row = |queue: &QueueState| {
        vec![
            queue.name.clone(),
            queue.waiting.to_string(),
            queue.delayed.to_string(),
            queue.in_flight.to_string(),
            age(queue.oldest_seconds),
            queue.dead.to_string(),
            age(queue.oldest_dead_seconds),
        ]
    };
    let rows: Vec<Vec<String>> = queues.iter().map(row).collect();
    let head = ["queue", "waiting", "delayed", "in flight", "oldest", "dead", "oldest dead"];
    table(&head, &rows, &[1, 2, 3, 4, 5, 6])
}

/// One line for all, and one for each that rings.
fn alarms(printer: &Printer, alarms: &[AlarmState]) -> String {
    let count = |state: &str| alarms.iter().filter(|alarm| alarm.state == state).count();
    let (ringing, quiet) = (count("ALARM"), count("OK"));
    let mut text = format!("alarms: {ringing} ringing, {quiet} quiet, {} without data", alarms.len() - ringing - quiet);
    for alarm in alarms.iter().filter(|alarm| alarm.state == "ALARM") {
        let word = printer.out(Tone::Bad, "ALARM");
        text += &format!("\n  {word} {}: {}", alarm.name, harmless(&alarm.reason));
    }
    text
}

fn last(sessions: &DeploymentsBody) -> String {
    if sessions.deployments.is_empty() {
        return "No sessions yet.".to_owned();
    }
    let rows: Vec<Vec<String>> = sessions
        .deployments
        .iter()
        .map(|session| {
            vec![
                session.session_id.to_string(),
                session.status.to_string(),
                session.last_updated.clone(),
                harmless(&session.repository),
                harmless(&session.branch),
            ]
        })
        .collect();
    table(&["session", "status", "updated", "repository", "branch"], &rows, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_that_ring_say_why() {
        let alarm = |name: &str, state: &str| AlarmState { name: name.into(), state: state.into(), reason: "r".into() };
        let all = [alarm("a", "OK"), alarm("b", "ALARM"), alarm("c", "INSUFFICIENT_DATA")];
        let text = alarms(&Printer::new(false, false, true), &all);
        assert_eq!(text, "alarms: 1 ringing, 1 quiet, 1 without data\n  ALARM b: r");
    }

    #[test]
    fn ages_are_shown_where_they_are_known() {
        let queue = QueueState {
            name: "q".into(),
            waiting: 1,
            in_flight: 2,
            delayed: 3,
            oldest_seconds: Some(125),
            dead: 0,
            oldest_dead_seconds: None,
        };
        assert_eq!(
            queues(&[queue]),
            "queue  waiting  delayed  in flight  oldest  dead  oldest dead\n\
             q            1        3          2  2m 05s     0            -"
        );
    }
}

//! `dlq`: what lies in the dead-letter queues, and how it gets back or away.

use super::Context;
use crate::cloud::Aws;
use crate::cloud::apply::confirmed;
use crate::cloud::error::Explain;
use crate::dead_letters::{Letter, Letters, Queue, QueueName, Replayer, Report, Verdict, warn_of_hidden};
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone, harmless, table};
use anyhow::{Context as _, Result};
use aws_sdk_sqs::types::QueueAttributeName;
use clap::{Args, Subcommand};
use drydock_contract::SessionId;
use drydock_stack::StackInfo;
use drydock_store::Store;
use serde_json::{Value, json};

/// How much of a body that no handler understands is shown.
const BODY: usize = 120;

/// Options of `dlq`.
#[derive(Args, Clone, Debug)]
pub struct Dlq {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Say how many messages lie in each dead-letter queue
    List,
    /// Show the messages, and what a replay would do with each
    Show {
        /// Only of this queue
        queue: Option<QueueName>,
        /// Only those of this session
        #[arg(long, value_name = "ID", value_parser = session_id)]
        session: Option<SessionId>,
    },
    /// Send messages again to the queues that they came from, so that their sessions go on
    ///
    /// The session is taken up again first, then the message is sent, then it is deleted. A message that helps no
    /// session is left and named. It can be repeated whenever it was interrupted.
    Replay {
        /// Only of this queue
        queue: Option<QueueName>,
        /// Only those of this session
        #[arg(long, value_name = "ID", value_parser = session_id)]
        session: Option<SessionId>,
    },
    /// Delete the messages for good, after asking
    Purge {
        /// Only of this queue
        queue: Option<QueueName>,
    },
}

fn session_id(text: &str) -> Result<SessionId, String> {
    SessionId::parse(text).map_err(|error| error.to_string())
}

/// Runs one of the actions.
///
/// # Errors
/// If there is no stack, or AWS refuses.
pub async fn run(context: &Context, options: &Dlq) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    match &options.action {
        Action::List => list(context, &aws, &Queue::chosen(&stack, None)?).await,
        Action::Show { queue, session } => {
            show(context, &aws, &stack, &Queue::chosen(&stack, *queue)?, session.as_ref()).await
        }
        Action::Replay { queue, session } => {
            replay(context, &aws, &stack, &Queue::chosen(&stack, *queue)?, session.as_ref()).await
        }
        Action::Purge { queue } => purge(context, &aws, &Queue::chosen(&stack, *queue)?).await,
    }
}

async fn list(context: &Context, aws: &Aws, queues: &[Queue]) -> Result<Outcome> {
    let counts = counts(aws, queues).await?;
    if context.printer.is_json() {
        let list: Vec<Value> = counts
            .iter()
            .map(|(queue, count)| json!({"queue": queue.name.as_str(), "messages": count, "url": queue.dead_url}))
            .collect();
        context.printer.json(&list);
    } else {
        let rows: Vec<Vec<String>> = counts
            .iter()
            .map(|(queue, count)| vec![queue.name.to_string(), count.to_string(), name(&queue.dead_url)])
            .collect();
        context.printer.data(table(&["queue", "messages", "dead-letter queue"], &rows, &[1]));
    }
    Ok(Outcome::Success)
}

fn name(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).to_owned()
}

/// Messages in each dead-letter queue, those that somebody looks at just now with them.
async fn counts<'a>(aws: &Aws, queues: &'a [Queue]) -> Result<Vec<(&'a Queue, u64)>> {
    let names =
        [QueueAttributeName::ApproximateNumberOfMessages, QueueAttributeName::ApproximateNumberOfMessagesNotVisible];
    let sqs = aws.sqs();
    let mut counts = Vec::new();
    for queue in queues {
        let request = sqs.get_queue_attributes().queue_url(&queue.dead_url);
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await;
        let answer = answer.map_err(|error| error.explain(&format!("cannot look at {}", queue.dead_url)))?;
        let all = answer.attributes.unwrap_or_default();
        let count = names.iter().filter_map(|name| all.get(name)?.parse::<u64>().ok()).sum();
        counts.push((queue, count));
    }
    Ok(counts)
}

fn store(aws: &Aws, stack: &StackInfo) -> Result<Store> {
    let table = stack.outputs.get("DeploymentsTable");
    let table = table.with_context(|| format!("stack {} names no table; deploy it again", stack.name))?;
    Ok(Store::new(aws_sdk_dynamodb::Client::new(aws.config()), table))
}

async fn show(
    context: &Context,
    aws: &Aws,
    stack: &StackInfo,
    queues: &[Queue],
    session: Option<&SessionId>,
) -> Result<Outcome> {
    let (sqs, store, printer) = (aws.sqs(), store(aws, stack)?, &context.printer);
    let mut found: Vec<(QueueName, Letter)> = Vec::new();
    for queue in queues {
        let letters = Letters::hold(&sqs, &store, queue).await?;
        letters.release().await;
        warn_of_hidden(printer, queue, &letters).await?;
        let wanted = letters.all.into_iter().filter(|one| session.is_none() || one.verdict.session() == session);
        found.extend(wanted.map(|letter| (queue.name, letter)));
    }
    if printer.is_json() {
        printer.json(&found.iter().map(|(queue, letter)| described(*queue, letter)).collect::<Vec<_>>());
    } else if found.is_empty() {
        printer.data("no dead letters");
    } else {
        let rows: Vec<Vec<String>> = found.iter().map(|(queue, letter)| row(*queue, letter)).collect();
        printer.data(table(&["queue", "sent", "message", "a replay"], &rows, &[]));
    }
    Ok(Outcome::Success)
}

fn row(queue: QueueName, letter: &Letter) -> Vec<String> {
    let sent = letter.sent.map_or_else(|| "-".to_owned(), |sent| format!("{sent:.0}"));
    vec![queue.to_string(), sent, subject(letter), letter.verdict.sentence()]
}

/// Whose message it is, or the beginning of what is none.
fn subject(letter: &Letter) -> String {
    letter
        .verdict
        .session()
        .map_or_else(|| harmless(&letter.body).chars().take(BODY).collect(), |session| format!("session {session}"))
}

fn described(queue: QueueName, letter: &Letter) -> Value {
    let verdict = match &letter.verdict {
        Verdict::Parked(_) => "parked",
        Verdict::Waits(_) => "waits",
        Verdict::Past(..) => "past",
        Verdict::Unknown(_) => "unknown",
        Verdict::Poison(_) => "poison",
        Verdict::Event(_) => "event",
    };
    json!({
        "queue": queue.as_str(),
        "messageId": letter.id,
        "sent": letter.sent.map(|sent| sent.to_string()),
        "sessionId": letter.verdict.session(),
        "body": letter.body,
        "verdict": verdict,
        "replay": letter.verdict.sentence(),
    })
}

async fn replay(
    context: &Context,
    aws: &Aws,
    stack: &StackInfo,
    queues: &[Queue],
    session: Option<&SessionId>,
) -> Result<Outcome> {
    let (sqs, store, printer) = (aws.sqs(), store(aws, stack)?, &context.printer);
    let replayer = Replayer { sqs: &sqs, store: &store, printer };
    let mut reports = Vec::new();
    for queue in queues {
        let report = replayer.replay(queue, session).await?;
        tell(printer, &report);
        reports.push(report);
    }
    let replayed: usize = reports.iter().map(|report| report.replayed.len()).sum();
    let left: usize = reports.iter().map(|report| report.left.len()).sum();
    if printer.is_json() {
        let left: Vec<Value> =
            reports.iter().flat_map(|report| report.left.iter().map(|left| described(report.queue, left))).collect();
        let replayed: Vec<Value> = reports
            .iter()
            .flat_map(|report| {
                report.replayed.iter().map(|work| json!({"queue": report.queue.as_str(), "sessionId": work.session_id}))
            })
            .collect();
        printer.json(&json!({"replayed": replayed, "left": left}));
    } else {
        printer.step("Replayed", format_args!("{replayed} of {} dead letters", replayed + left));
    }
    Ok(Outcome::Success)
}

fn tell(printer: &Printer, report: &Report) {
    for work in &report.replayed {
        printer.step("Resumed", format_args!("session {} in stage {}", work.session_id, work.stage));
    }
    for (letter, reason) in report.reasons() {
        printer.warning(format_args!("{}: {}: {reason}", report.queue, subject(letter)));
    }
}

async fn purge(context: &Context, aws: &Aws, queues: &[Queue]) -> Result<Outcome> {
    let printer = &context.printer;
    let full: Vec<(&Queue, u64)> = counts(aws, queues).await?.into_iter().filter(|(_, count)| *count > 0).collect();
    if full.is_empty() {
        printer.step("Nothing", "to do: no dead letters");
        return Ok(Outcome::Success);
    }
    for (queue, count) in &full {
        let word = printer.err(Tone::Bad, format_args!("{:>11}", "DELETE"));
        printer.diagnostic(format_args!("{word} {count} messages in {}", name(&queue.dead_url)));
    }
    if !confirmed(printer, context.options.yes, "Delete them? They cannot be replayed then.").await {
        printer.step("Nothing", "was deleted");
        return Ok(Outcome::Declined);
    }
    for (queue, count) in &full {
        let purged = aws.sqs().purge_queue().queue_url(&queue.dead_url).send().await;
        purged.map_err(|error| error.explain(&format!("cannot empty {}", queue.dead_url)))?;
        printer.step("Purged", format_args!("{} ({count} messages)", name(&queue.dead_url)));
    }
    Ok(Outcome::Success)
}

//! `status`: the stack, its functions, its queues and the last sessions, at a glance.

use super::{Context, call::api_address};
use crate::cloud::Aws;
use crate::cloud::error::Explain;
use crate::cloud::sign::{Request, Signer};
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone, table};
use anyhow::{Context as _, Result};
use aws_sdk_sqs::types::QueueAttributeName;
use drydock_contract::api::DeploymentsBody;
use drydock_stack::StackInfo;
use infra::drydock::FUNCTIONS;
use serde::Serialize;

/// How many sessions are shown.
const SESSIONS: usize = 5;

/// Everything that is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    stack: String,
    status: String,
    changed_at: Option<String>,
    functions: Vec<FunctionState>,
    queues: Vec<QueueDepth>,
    sessions: Option<DeploymentsBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionState {
    name: String,
    state: String,
    last_update: String,
    memory_mb: i32,
    code_bytes: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueueDepth {
    name: String,
    waiting: u64,
    in_flight: u64,
    dead: u64,
}

/// Prints the overview.
///
/// # Errors
/// If there is no stack, or AWS cannot be asked.
pub async fn run(context: &Context) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    let (functions, queues) = tokio::try_join!(functions(&aws, &stack), queues(&aws, &stack))?;
    let sessions = match sessions(&aws, &stack).await {
        Ok(sessions) => Some(sessions),
        Err(error) => {
            context.printer.warning(format_args!("the API does not tell the sessions: {error:#}"));
            None
        }
    };
    let overview = Overview {
        changed_at: stack.updated_at.clone().or_else(|| stack.created_at.clone()),
        status: stack.status.to_string(),
        stack: stack.name,
        functions,
        queues,
        sessions,
    };
    if context.printer.is_json() {
        context.printer.json(&overview);
    } else {
        show(&context.printer, &overview);
    }
    Ok(Outcome::Success)
}

async fn functions(aws: &Aws, stack: &StackInfo) -> Result<Vec<FunctionState>> {
    let lambda = aws.lambda();
    let asked = FUNCTIONS.into_iter().filter_map(|function| {
        let name = stack.outputs.get(&format!("{}Name", function.logical_id))?.clone();
        let lambda = lambda.clone();
        Some(tokio::spawn(async move {
            let configuration = lambda.get_function_configuration().function_name(&name).send().await;
            let found = configuration.map_err(|error| error.explain(&format!("cannot look at function {name}")))?;
            Ok::<_, anyhow::Error>(FunctionState {
                name,
                state: found.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
                last_update: found.last_update_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
                memory_mb: found.memory_size.unwrap_or_default(),
                code_bytes: found.code_size,
            })
        }))
    });
    let mut states = Vec::new();
    for task in asked.collect::<Vec<_>>() {
        states.push(task.await.context("asking was cut off")??);
    }
    Ok(states)
}

async fn queues(aws: &Aws, stack: &StackInfo) -> Result<Vec<QueueDepth>> {
    let sqs = aws.sqs();
    let mut depths = Vec::new();
    for (output, url) in &stack.outputs {
        let Some(dead) = output.strip_suffix("QueueUrl").and_then(|queue| stack.outputs.get(&format!("{queue}DlqUrl")))
        else {
            continue;
        };
        let ((waiting, in_flight), (dead, _)) = tokio::try_join!(depth(&sqs, url), depth(&sqs, dead))?;
        let name = url.rsplit('/').next().unwrap_or(url).to_owned();
        depths.push(QueueDepth { name, waiting, in_flight, dead });
    }
    Ok(depths)
}

async fn depth(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<(u64, u64)> {
    let (waiting, in_flight) =
        (QueueAttributeName::ApproximateNumberOfMessages, QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
    let request = sqs.get_queue_attributes().queue_url(url);
    let answer = request
        .attribute_names(waiting.clone())
        .attribute_names(in_flight.clone())
        .send()
        .await
        .map_err(|error| error.explain(&format!("cannot look at the queue {url}")))?;
    let count = |name| {
        answer.attributes.as_ref().and_then(|all| all.get(name)).and_then(|value| value.parse().ok()).unwrap_or(0)
    };
    Ok((count(&waiting), count(&in_flight)))
}

async fn sessions(aws: &Aws, stack: &StackInfo) -> Result<DeploymentsBody> {
    let address = api_address(aws, &stack.outputs)?.join(&format!("/deployments?limit={SESSIONS}"));
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
    let rows: Vec<Vec<String>> = overview
        .functions
        .iter()
        .map(|function| {
            vec![
                function.name.clone(),
                function.state.clone(),
                function.last_update.clone(),
                format!("{} MB", function.memory_mb),
                crate::printer::size(u64::try_from(function.code_bytes).unwrap_or(0)),
            ]
        })
        .collect();
    printer.data(table(&["function", "state", "last update", "memory", "code"], &rows, &[3, 4]));
    let rows: Vec<Vec<String>> = overview
        .queues
        .iter()
        .map(|queue| {
            vec![queue.name.clone(), queue.waiting.to_string(), queue.in_flight.to_string(), queue.dead.to_string()]
        })
        .collect();
    printer.data(format_args!("\n{}", table(&["queue", "waiting", "in flight", "dead"], &rows, &[1, 2, 3])));
    let Some(sessions) = &overview.sessions else { return };
    if sessions.deployments.is_empty() {
        printer.data("\nNo sessions yet.");
        return;
    }
    let rows: Vec<Vec<String>> = sessions
        .deployments
        .iter()
        .map(|session| {
            vec![
                session.session_id.to_string(),
                session.status.to_string(),
                session.last_updated.clone(),
                session.repository.clone(),
                session.branch.clone(),
            ]
        })
        .collect();
    printer.data(format_args!("\n{}", table(&["session", "status", "updated", "repository", "branch"], &rows, &[])));
}

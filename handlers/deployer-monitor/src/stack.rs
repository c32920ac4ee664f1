//! A look at a stack.

use crate::schedule::MAX_IDLE_LOOKS;
use crate::told::{one_line, tell};
use crate::urls::{self, Region};
use crate::verdict::Verdict;
use crate::{Monitor, function};
use drydock_contract::SessionId;
use drydock_contract::session::{DeployedResource, DeployedResources};
use drydock_runtime::WorkError;
use drydock_stack::event::StackEvent;
use drydock_stack::{Look, Outcome, RootCause, StackInfo, StackResource};
use std::collections::{BTreeMap, HashMap};
use tracing::warn;

/// Resources that a session lists.
const MAX_RESOURCES: usize = 200;

/// Function URLs that are asked for.
const MAX_FUNCTION_URLS: usize = 20;

/// Longest reason in a failure, in characters.
const MAX_REASON: usize = 1500;

/// The operation that is watched.
pub(crate) struct Watched<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: Option<&'a str>,
    pub(crate) token: Option<&'a str>,
    pub(crate) look: u32,
}

pub(crate) async fn look(monitor: &Monitor, session: &SessionId, watched: &Watched<'_>) -> Result<Verdict, WorkError> {
    let name = watched.name;
    let looked = match monitor.engine.look(watched.id.unwrap_or(name), watched.token).await {
        Ok(looked) => looked,
        // A look that saw nothing is no failure of the deployment: the next one is due anyway.
        Err(error) if error.is_retryable() => {
            warn!(session = %session, stack = name, %error, "this look saw nothing");
            return Ok(Verdict::Continues { message: format!("waiting for news of stack {name}") });
        }
        Err(error) => return Err(WorkError::Retry(format!("cannot look at stack {name}: {error}"))),
    };
    tell(&monitor.store, session, &looked.events).await?;
    let Some(stack) = &looked.stack else { return Ok(gone(name)) };
    match looked.outcome {
        Outcome::InProgress if looked.events.is_empty() && watched.look >= MAX_IDLE_LOOKS => Ok(never_began(name)),
        Outcome::InProgress => Ok(Verdict::Continues { message: progress(stack, &looked.events) }),
        Outcome::Complete => complete(monitor, stack).await,
        Outcome::Failed => {
            let cause = monitor.engine.root_cause_in(&looked.events).await;
            Ok(failed(&looked, stack, cause))
        }
        Outcome::Gone => Ok(gone(name)),
    }
}

async fn complete(monitor: &Monitor, stack: &StackInfo) -> Result<Verdict, WorkError> {
    if stack.status == drydock_stack::StackStatus::DeleteComplete {
        return Ok(gone(&stack.name));
    }
    let found = monitor.engine.resources(&stack.id, MAX_RESOURCES).await;
    let found =
        found.map_err(|error| WorkError::Retry(format!("cannot list what stack {} has: {error}", stack.name)))?;
    let resources: Vec<_> = found.into_iter().map(deployed).collect();
    let mut addresses = urls::of_outputs(&stack.outputs);
    for url in function_urls(monitor, &resources).await {
        urls::add(&mut addresses, url);
    }
    if let Some(region) = Region::of_arn(&stack.id) {
        // An output usually names a path below the API's address: then the bare address says nothing new.
        for url in urls::of_apis(&resources, &region) {
            if !addresses.iter().any(|known| known.starts_with(&url)) {
                addresses.push(url);
            }
        }
    }
    let message = format!(
        "stack {} stands: {}, {}",
        stack.name,
        count(resources.len(), "resource"),
        count(addresses.len(), "URL")
    );
    let resources = DeployedResources {
        stack_name: Some(stack.name.clone()),
        stack_id: Some(stack.id.clone()),
        outputs: stack.outputs.clone(),
        urls: addresses,
        resources,
        ..DeployedResources::default()
    };
    Ok(Verdict::Succeeded { resources: Box::new(resources), message })
}

/// The URLs of functions that have one. A URL that cannot be read is missing from the list, which is no reason to
/// call a deployment that stands a failure.
async fn function_urls(monitor: &Monitor, resources: &[DeployedResource]) -> Vec<String> {
    let mut found = Vec::new();
    let functions = resources.iter().filter(|it| it.resource_type == "AWS::Lambda::Url" && !it.physical_id.is_empty());
    for resource in functions.take(MAX_FUNCTION_URLS) {
        match function::url(&monitor.lambda, &resource.physical_id).await {
            Ok(url) => found.extend(url),
            Err(error) => warn!(resource = resource.logical_id, error, "a function URL is left out"),
        }
    }
    found
}

fn deployed(resource: StackResource) -> DeployedResource {
    DeployedResource {
        logical_id: resource.logical_id,
        physical_id: resource.physical_id.unwrap_or_default(),
        resource_type: resource.resource_type,
        status: resource.status.to_string(),
    }
}

/// `stack demo: CREATE_IN_PROGRESS, 4 resources done, 2 in progress`
fn progress(stack: &StackInfo, events: &[StackEvent]) -> String {
    let mut last = HashMap::new();
    for event in events.iter().filter(|event| !event.is_about_the_stack()) {
        last.insert(event.logical_id.as_str(), &event.status);
    }
    let working = last.values().filter(|status| status.is_in_progress()).count();
    let done = count(last.len() - working, "resource");
    format!("stack {}: {}, {done} done, {working} in progress", stack.name, stack.status)
}

fn failed(look: &Look, stack: &StackInfo, cause: Option<RootCause>) -> Verdict {
    let undone =
        if stack.status.as_str().contains("ROLLBACK_COMPLETE") { "; what it had made was rolled back" } else { "" };
    let Some(cause) = cause else {
        let own = look.events.iter().rev().find(|event| event.is_about_the_stack()).and_then(|it| it.reason.clone());
        let reason =
            own.or_else(|| stack.status_reason.clone()).unwrap_or_else(|| "CloudFormation gave no reason".into());
        let message = one_line(&format!("stack {} ended as {}: {reason}", stack.name, stack.status), MAX_REASON);
        return Verdict::failed("stack-failed", format!("{message}{undone}"), None, None);
    };
    let inside =
        if cause.stack_name == stack.name { String::new() } else { format!(" in nested stack {}", cause.stack_name) };
    let others: BTreeMap<&str, ()> = look
        .events
        .iter()
        .filter(|event| {
            event.status.is_failure() && !event.is_about_the_stack() && event.logical_id != cause.logical_id
        })
        .filter(|event| !RootCause::of(event).reason.class.is_consequence())
        .map(|event| (event.logical_id.as_str(), ()))
        .collect();
    let also = if others.is_empty() || !inside.is_empty() {
        String::new()
    } else {
        format!("; {} failed too", others.into_keys().collect::<Vec<_>>().join(", "))
    };
    let message = one_line(&format!("{}{inside}", cause.sentence()), MAX_REASON);
    let remedy = format!("{} {}", cause.meaning, cause.remedy);
    Verdict::failed("stack-failed", format!("{message}{also}{undone}"), Some(remedy), Some(cause.logical_id))
}

fn gone(name: &str) -> Verdict {
    Verdict::failed(
        "stack-gone",
        format!("the stack {name} is not there any more"),
        Some("somebody deleted it while it was being deployed; request the deployment again".to_owned()),
        Some(name.to_owned()),
    )
}

fn never_began(name: &str) -> Verdict {
    Verdict::failed(
        "stack-not-started",
        format!("CloudFormation did not begin to work on stack {name} within five minutes"),
        Some("request the deployment again".to_owned()),
        Some(name.to_owned()),
    )
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

//! A look at a stack.

use crate::failed::failed;
use crate::schedule::MAX_IDLE_LOOKS;
use crate::told::tell;
use crate::urls::{self, Region};
use crate::verdict::Verdict;
use crate::{Monitor, function};
use drydock_contract::SessionId;
use drydock_contract::session::{DeployedResource, DeployedResources};
use drydock_runtime::WorkError;
use drydock_stack::event::StackEvent;
use drydock_stack::{Outcome, StackInfo, StackResource, StackStatus};
use std::collections::HashMap;
use tracing::warn;

/// Resources that a session lists.
const MAX_RESOURCES: usize = 200;

/// Function URLs that are asked for.
const MAX_FUNCTION_URLS: usize = 20;

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
            Ok(failed(stack, &looked.events, cause))
        }
        Outcome::Gone => Ok(gone(name)),
    }
}

async fn complete(monitor: &Monitor, stack: &StackInfo) -> Result<Verdict, WorkError> {
    if let Some(verdict) = taken_away(stack) {
        return Ok(verdict);
    }
    let found = monitor.engine.resources(&stack.id, MAX_RESOURCES).await;
    let found =
        found.map_err(|error| WorkError::Retry(format!("cannot list what stack {} has: {error}", stack.name)))?;
    let resources: Vec<_> = found.into_iter().map(deployed).collect();
    let function_urls = function_urls(monitor, &resources).await;
    Ok(stands(stack, resources, function_urls))
}

/// A stack that was brought up and that somebody takes away already: a success would tell of what is not there.
fn taken_away(stack: &StackInfo) -> Option<Verdict> {
    match stack.status {
        StackStatus::DeleteComplete => Some(gone(&stack.name)),
        StackStatus::DeleteInProgress => {
            Some(Verdict::Continues { message: format!("stack {} is being deleted", stack.name) })
        }
        _ => None,
    }
}

fn stands(stack: &StackInfo, resources: Vec<DeployedResource>, function_urls: Vec<String>) -> Verdict {
    let mut addresses = urls::of_outputs(&stack.outputs);
    for url in function_urls {
        urls::add(&mut addresses, url);
    }
    // An output usually names a path below the API's address: then the bare address says nothing new.
    for url in Region::of_arn(&stack.id).iter().flat_map(|region| urls::of_apis(&resources, region)) {
        if !addresses.iter().any(|known| known.starts_with(&url)) {
            addresses.push(url);
        }
    }
    let (has, answers) = (count(resources.len(), "resource"), count(addresses.len(), "URL"));
    let mut resources = DeployedResources {
        stack_name: Some(stack.name.clone()),
        stack_id: Some(stack.id.clone()),
        outputs: stack.outputs.clone(),
        urls: addresses,
        resources,
        ..DeployedResources::default()
    };
    let left_out = resources.fit().map(|left_out| format!("; {left_out}")).unwrap_or_default();
    let message = format!("stack {} stands: {has}, {answers}{left_out}", stack.name);
    Verdict::Succeeded { resources: Box::new(resources), message }
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

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_stack::ResourceStatus;

    fn stack(status: &str, outputs: &[(&str, &str)]) -> StackInfo {
        StackInfo {
            id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1".into(),
            name: "demo".into(),
            status: StackStatus::parse(status),
            status_reason: None,
            created_at: None,
            updated_at: None,
            outputs: outputs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            parameters: Default::default(),
            tags: Default::default(),
            change_set_id: None,
            role_arn: None,
            termination_protection: false,
            parent_id: None,
        }
    }

    fn event(logical_id: &str, status: &str) -> StackEvent {
        StackEvent {
            id: "e".into(),
            at: "t".into(),
            stack_id: "arn:stack".into(),
            stack_name: "demo".into(),
            logical_id: logical_id.into(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".into(),
            status: ResourceStatus::parse(status),
            reason: None,
            token: None,
        }
    }

    #[test]
    fn progress_counts_each_resource_once() {
        let events =
            [event("A", "CREATE_IN_PROGRESS"), event("B", "CREATE_IN_PROGRESS"), event("A", "CREATE_COMPLETE")];
        let told = progress(&stack("CREATE_IN_PROGRESS", &[]), &events);
        assert_eq!(told, "stack demo: CREATE_IN_PROGRESS, 1 resource done, 1 in progress");
    }

    #[test]
    fn what_is_taken_away_is_no_success() {
        let check = |status: &str, expected: Option<&str>| {
            let found = taken_away(&stack(status, &[])).map(|verdict| match verdict {
                Verdict::Continues { message } => message,
                Verdict::Failed(failure) => failure.code,
                Verdict::Succeeded { .. } => unreachable!(),
            });
            assert_eq!(found.as_deref(), expected, "{status}");
        };
        check("CREATE_COMPLETE", None);
        check("UPDATE_IN_PROGRESS", None);
        check("DELETE_IN_PROGRESS", Some("stack demo is being deleted"));
        check("DELETE_COMPLETE", Some("stack-gone"));
    }

    #[test]
    fn what_stands_fits_into_a_head() {
        let long = "x".repeat(4096);
        let names: Vec<String> = (0..200).map(|at| format!("O{at}")).collect();
        let outputs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), long.as_str())).collect();
        let Verdict::Succeeded { resources, message } = stands(&stack("CREATE_COMPLETE", &outputs), vec![], vec![])
        else {
            panic!("it stands")
        };
        assert!(serde_json::to_string(&resources).unwrap().len() < 110_000 && resources.outputs.len() > 20);
        let left = 200 - resources.outputs.len();
        assert!(message.ends_with(&format!("; not listed for their size: {left} outputs")), "{message}");
    }

    #[test]
    fn what_stands_lists_every_address_once() {
        let check = |outputs: &[(&str, &str)], function_urls: &[&str], expected: &[&str]| {
            let resource = |resource_type: &str, physical_id: &str| DeployedResource {
                logical_id: "L".into(),
                physical_id: physical_id.into(),
                resource_type: resource_type.into(),
                status: "CREATE_COMPLETE".into(),
            };
            let resources =
                vec![resource("AWS::ApiGateway::RestApi", "abc"), resource("AWS::ApiGateway::Stage", "Prod")];
            let function_urls = function_urls.iter().map(|url| (*url).to_owned()).collect();
            let Verdict::Succeeded { resources, message } =
                stands(&stack("CREATE_COMPLETE", outputs), resources, function_urls)
            else {
                panic!("it stands")
            };
            assert_eq!(resources.urls, expected);
            assert!(message.starts_with("stack demo stands: 2 resources, "), "{message}");
        };
        let api = "https://abc.execute-api.eu-west-1.amazonaws.com/Prod";
        check(&[], &[], &[api]);
        check(&[("Api", &format!("{api}/hello"))], &[], &[&format!("{api}/hello")]);
        let url = "https://x.lambda-url.eu-west-1.on.aws/";
        check(&[("Url", url)], &[url], &[url, api]);
    }
}

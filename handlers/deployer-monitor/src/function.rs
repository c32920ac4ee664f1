//! A look at a function of its own.

use crate::verdict::Verdict;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::types::FunctionConfiguration;
use drydock_aws::explain;
use drydock_contract::session::DeployedResources;
use drydock_runtime::WorkError;

/// How a function stands, of all that `GetFunction` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    state: String,
    update: String,
    reason: Option<String>,
}

/// `known` is what the stage before has recorded.
pub(crate) async fn look(lambda: &Client, name: &str, known: Option<&DeployedResources>) -> Result<Verdict, WorkError> {
    let found = match lambda.get_function().function_name(name).send().await {
        Ok(found) => found.configuration.unwrap_or_else(|| FunctionConfiguration::builder().build()),
        Err(error) if is_not_found(&error) => {
            return Ok(Verdict::failed(
                "function-gone",
                format!("the function {name} is not there any more"),
                Some("somebody deleted it while it was being deployed; request the deployment again".to_owned()),
                Some(name.to_owned()),
            ));
        }
        Err(error) if is_passing(&error) => {
            return Ok(Verdict::Continues { message: format!("waiting for the function {name}") });
        }
        Err(error) => return Err(WorkError::Retry(format!("cannot look at function {name}: {}", explain(&error)))),
    };
    let state = State {
        state: found.state.as_ref().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        update: found.last_update_status.as_ref().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: found.state_reason.clone().or_else(|| found.last_update_status_reason.clone()),
    };
    if let Some(verdict) = unfinished(name, &state) {
        return Ok(verdict);
    }
    let url = url(lambda, name).await.map_err(WorkError::Retry)?;
    let message = match &url {
        Some(url) => format!("the function {name} answers at {url}"),
        None => format!("the function {name} is active"),
    };
    let resources = stands(known, name, found.function_arn, url);
    Ok(Verdict::Succeeded { resources: Box::new(resources), message })
}

/// What was recorded, with what this look has seen.
fn stands(
    known: Option<&DeployedResources>,
    name: &str,
    arn: Option<String>,
    url: Option<String>,
) -> DeployedResources {
    let known = known.cloned().unwrap_or_default();
    DeployedResources {
        function_name: Some(name.to_owned()),
        function_arn: arn.or(known.function_arn),
        urls: url.into_iter().collect(),
        ..known
    }
}

/// The function's URL; `None` if it has none.
pub(crate) async fn url(lambda: &Client, function: &str) -> Result<Option<String>, String> {
    match lambda.get_function_url_config().function_name(function).send().await {
        Ok(config) => Ok(Some(config.function_url)),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(format!("cannot read the URL of function {function}: {}", explain(&error))),
    }
}

/// `None` if it is ready. An `Inactive` function is ready too: it wakes up when it is called.
fn unfinished(name: &str, state: &State) -> Option<Verdict> {
    let reason = || state.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    if state.state == "Failed" || state.update == "Failed" {
        let what = if state.state == "Failed" { "cannot be run" } else { "could not be updated" };
        let remedy = drydock_stack::Reason::parse(state.reason.as_deref().unwrap_or_default()).remedy();
        return Some(Verdict::failed(
            "function-failed",
            format!("the function {name} {what}{}", reason()),
            Some(remedy),
            Some(name.to_owned()),
        ));
    }
    let moves = state.state == "Pending" || state.update == "InProgress";
    moves.then(|| Verdict::Continues { message: format!("the function {name} is being prepared{}", reason()) })
}

fn is_not_found<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("ResourceNotFoundException")
}

/// True for what the next look will not meet again.
fn is_passing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    match error {
        SdkError::ServiceError(service) => {
            service.raw().status().as_u16() >= 500 || service.err().code() == Some("TooManyRequestsException")
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::session::DeployedResource;

    #[test]
    fn what_the_deployment_recorded_stays() {
        let role = DeployedResource {
            logical_id: "Role".into(),
            physical_id: "f".into(),
            resource_type: "AWS::IAM::Role".into(),
            status: "CREATE_COMPLETE".into(),
        };
        let known = DeployedResources {
            function_name: Some("f".into()),
            function_arn: Some("arn:f".into()),
            urls: vec!["https://old".into()],
            resources: vec![role],
            ..DeployedResources::default()
        };
        let found = stands(Some(&known), "f", None, Some("https://new".into()));
        assert_eq!(found, DeployedResources { urls: vec!["https://new".into()], ..known });
        let found = stands(None, "f", Some("arn:f".into()), None);
        assert_eq!((found.function_name.as_deref(), found.function_arn.as_deref()), (Some("f"), Some("arn:f")));
    }

    #[test]
    fn a_function_is_ready_pending_or_failed() {
        let check = |state: &str, update: &str, expected: &str| {
            let state = State { state: state.into(), update: update.into(), reason: Some("why".into()) };
            let found = match unfinished("f", &state) {
                None => "ready".to_owned(),
                Some(Verdict::Continues { message }) => message,
                Some(Verdict::Failed(failure)) => failure.message,
                Some(Verdict::Succeeded { .. }) => unreachable!(),
            };
            assert_eq!(found, expected);
        };
        check("Active", "Successful", "ready");
        check("Active", "", "ready");
        check("Inactive", "Successful", "ready");
        check("Pending", "InProgress", "the function f is being prepared: why");
        check("Active", "InProgress", "the function f is being prepared: why");
        check("Failed", "Successful", "the function f cannot be run: why");
        check("Active", "Failed", "the function f could not be updated: why");
    }
}

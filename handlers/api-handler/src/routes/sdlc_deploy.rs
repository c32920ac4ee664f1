//! `POST /sdlc-deploy`

use crate::opening::{Opening, example_repository};
use drydock_contract::SessionKind;
use drydock_contract::api::SessionRequest;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::InvalidInput;
use serde_json::{Value, json};

/// Reads a request: the same as for a deployment, which is what the workflow begins with, what its tests need beside
/// that, and how often it may repair.
///
/// # Errors
/// Names the field.
pub fn read(mut request: SessionRequest, hosts: &AllowedHosts) -> Result<Opening, InvalidInput> {
    let (most, details) = (request.max_fix_attempts, request.stack_details.take());
    let mut opening = Opening::read(SessionKind::Sdlc, &request, hosts)?.with_deployment(request)?;
    opening.request.stack_details = details;
    opening.with_workflow(most)
}

/// A body that is accepted.
pub fn example(hosts: &AllowedHosts) -> Value {
    json!({"repository": example_repository(hosts), "branch": "main", "customRootFolder": "services/api"})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workflow_takes_what_a_deployment_takes_and_what_its_tests_need() {
        let request = SessionRequest {
            repository: Some("https://github.com/o/n".into()),
            branch: Some("main".into()),
            custom_root_folder: Some("api".into()),
            stack_name: Some("shop".into()),
            stack_details: Some(json!({"credentialsSecret": "drydock-sanity-shop"})),
            ..SessionRequest::default()
        };
        let opening = read(request, &AllowedHosts::parse("github.com").unwrap()).unwrap();
        assert_eq!(opening.project_root.as_deref(), Some("api"));
        assert_eq!(opening.request.stack_name.as_deref(), Some("shop"));
        assert_eq!(opening.request.stack_details, Some(json!({"credentialsSecret": "drydock-sanity-shop"})));
    }

    #[test]
    fn it_repairs_as_often_as_it_may() {
        let read = |most: Option<u64>| {
            let request = SessionRequest {
                repository: Some("https://github.com/o/n".into()),
                branch: Some("main".into()),
                max_fix_attempts: most,
                ..SessionRequest::default()
            };
            read(request, &AllowedHosts::parse("github.com").unwrap()).map(|opening| opening.max_fix_attempts)
        };
        for (asked, expected) in [(None, 3), (Some(0), 0), (Some(3), 3)] {
            assert_eq!(read(asked), Ok(Some(expected)), "{asked:?}");
        }
        for asked in [4, u64::MAX] {
            assert_eq!(read(Some(asked)).unwrap_err().to_string(), "`maxFixAttempts` must be a number from 0 to 3");
        }
    }
}

//! `POST /sanity-test`

use crate::opening::{Opening, example_repository, required};
use drydock_contract::SessionKind;
use drydock_contract::api::SessionRequest;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::{self, InvalidInput, invalid};
use serde_json::{Value, json};

/// Reads a request.
///
/// # Errors
/// Names the field.
pub fn read(request: SessionRequest, hosts: &AllowedHosts) -> Result<Opening, InvalidInput> {
    const FIELD: &str = "stackDetails";
    let mut opening = Opening::read(SessionKind::Sanity, &request, hosts)?;
    match &request.stack_details {
        Some(Value::Object(details)) if details.is_empty() => return invalid(FIELD, "must not be empty"),
        Some(Value::Object(_)) => {}
        details => {
            required(FIELD, details.as_ref().and_then(Value::as_str))?;
        }
    }
    opening.request.stack_details = request.stack_details;
    opening.request.plan_id = request.plan_id.map(|id| input::plan_id(&id).map(str::to_owned)).transpose()?;
    opening.request.allow_destructive = request.allow_destructive;
    Ok(opening)
}

/// A body that is accepted.
pub fn example(hosts: &AllowedHosts) -> Value {
    json!({
        "repository": example_repository(hosts),
        "branch": "main",
        "stackDetails": {
            "stackName": "hello-world",
            "apiUrl": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_to_test_is_needed() {
        let hosts = AllowedHosts::parse("github.com").unwrap();
        let check = |stack_details: Option<Value>, expected: Option<&str>| {
            let request = SessionRequest {
                repository: Some("https://github.com/o/n".into()),
                branch: Some("main".into()),
                stack_details: stack_details.clone(),
                ..SessionRequest::default()
            };
            match (read(request, &hosts), expected) {
                (Ok(opening), None) => assert_eq!(opening.request.stack_details, stack_details),
                (read, expected) => assert_eq!(read.unwrap_err().to_string(), expected.unwrap_or("accepted")),
            }
        };
        check(Some(json!({"apiUrl": "https://x"})), None);
        check(Some(json!("the stack my-api")), None);
        check(None, Some("`stackDetails` is required"));
        check(Some(json!({})), Some("`stackDetails` must not be empty"));
        check(Some(json!(" ")), Some("`stackDetails` must not be empty"));
    }
}

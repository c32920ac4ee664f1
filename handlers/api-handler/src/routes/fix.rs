//! `POST /fix`

use crate::opening::{Opening, example_repository, required};
use drydock_contract::SessionKind;
use drydock_contract::api::SessionRequest;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::InvalidInput;
use serde_json::{Value, json};

/// Reads a request.
///
/// # Errors
/// Names the field.
pub fn read(request: SessionRequest, hosts: &AllowedHosts) -> Result<Opening, InvalidInput> {
    let mut opening = Opening::read(SessionKind::Fixer, &request, hosts)?;
    required("fixInstructions", request.fix_instructions.as_deref())?;
    opening.request.fix_instructions = request.fix_instructions;
    opening.request.stack_details = request.stack_details;
    opening.request.open_pull_request = request.open_pull_request;
    Ok(opening)
}

/// A body that is accepted.
pub fn example(hosts: &AllowedHosts) -> Value {
    json!({
        "repository": example_repository(hosts),
        "branch": "main",
        "fixInstructions": "The function's Handler is app.main; the file defines lambda_handler.",
        "stackDetails": {"stackName": "hello-world"}
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fix_instructions: Option<&str>) -> SessionRequest {
        SessionRequest {
            repository: Some("https://github.com/o/n".into()),
            branch: Some("main".into()),
            fix_instructions: fix_instructions.map(str::to_owned),
            ..SessionRequest::default()
        }
    }

    #[test]
    fn instructions_are_needed_and_kept() {
        let hosts = AllowedHosts::parse("github.com").unwrap();
        let check = |given, expected: Result<&str, &str>| {
            let read = read(request(given), &hosts);
            let read = read
                .map(|opening| opening.request.fix_instructions.unwrap_or_default())
                .map_err(|error| error.to_string());
            assert_eq!(read, expected.map(str::to_owned).map_err(str::to_owned));
        };
        check(Some("do it\n"), Ok("do it\n"));
        check(None, Err("`fixInstructions` is required"));
        check(Some(" \n"), Err("`fixInstructions` must not be empty"));
    }
}

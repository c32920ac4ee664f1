//! `POST /deploy`

use crate::opening::{Opening, example_repository};
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
    Opening::read(SessionKind::Deploy, &request, hosts)?.with_deployment(request)
}

/// A body that is accepted.
pub fn example(hosts: &AllowedHosts) -> Value {
    json!({"repository": example_repository(hosts), "branch": "main", "projectRoot": "services/api"})
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::detection::IacType;

    #[test]
    fn a_deployment_takes_its_settings_and_no_others() {
        let request = SessionRequest {
            repository: Some("https://github.com/o/n".into()),
            branch: Some("main".into()),
            iac_type: Some(IacType::Sam),
            tags: Some([("team".to_owned(), "shop".to_owned())].into()),
            fix_instructions: Some("ignored here".into()),
            ..SessionRequest::default()
        };
        let opening = read(request, &AllowedHosts::parse("github.com").unwrap()).unwrap();
        assert_eq!(opening.request.iac_type, Some(IacType::Sam));
        assert_eq!(opening.request.tags["team"], "shop");
        assert_eq!(opening.request.fix_instructions, None);
    }
}

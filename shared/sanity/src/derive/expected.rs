//! What is expected of an endpoint's answers, as far as evidence supports it.

use crate::endpoint::{Endpoint, OriginKind};
use crate::plan::{Auth, Capture, Demand, DemandCheck, StatusMatch};

/// The documented statuses. With `default` any status is; a documented 5xx is still a fault.
pub(super) fn documented(endpoint: &Endpoint) -> Vec<StatusMatch> {
    let Some(operation) = &endpoint.operation else { return Vec::new() };
    if operation.responses.contains_key("default") {
        return Vec::new();
    }
    let keys = operation.responses.keys().filter(|key| !key.starts_with('5'));
    let mut statuses: Vec<StatusMatch> = keys.filter_map(|key| status(key)).collect();
    // Who may do what is not the document's business. That the gateway lets nobody in fails a check of its own.
    if !statuses.is_empty() && endpoint.auth != Auth::None {
        for code in [401, 403] {
            if !statuses.iter().any(|known| known.matches(code)) {
                statuses.push(StatusMatch::Code(code));
            }
        }
    }
    statuses
}

pub(super) fn status(key: &str) -> Option<StatusMatch> {
    match key.parse::<u16>() {
        Ok(code) if (100..600).contains(&code) => Some(StatusMatch::Code(code)),
        Ok(_) => None,
        Err(_) => (key.len() == 3 && key.ends_with("XX")).then(|| StatusMatch::Class(key.to_owned())),
    }
}

/// The documented statuses of a class: 2 for success.
pub(super) fn documented_class(endpoint: &Endpoint, class: u8) -> Vec<StatusMatch> {
    let digit = char::from(b'0' + class);
    let keys = endpoint.operation.iter().flat_map(|operation| operation.responses.keys());
    keys.filter(|key| key.starts_with(digit)).filter_map(|key| status(key)).collect()
}

/// True if a route of the deployment or the template is exactly this endpoint's.
pub(super) fn is_routed(endpoint: &Endpoint) -> bool {
    endpoint.operation.is_some()
        || endpoint
            .origins
            .iter()
            .any(|origin| matches!(origin.kind, OriginKind::DeployedStack | OriginKind::Template | OriginKind::Code))
}

/// True if the account itself lists a route for it.
pub(super) fn is_listed(endpoint: &Endpoint) -> bool {
    endpoint.origins.iter().any(|origin| origin.kind == OriginKind::DeployedStack)
}

/// True if it is known what it asks for: only then something is wrong if that is shown and not enough.
pub(super) fn lets_in(endpoint: &Endpoint) -> bool {
    let knows = |kind| matches!(kind, OriginKind::DeployedStack | OriginKind::Template);
    endpoint.auth != Auth::None || endpoint.origins.iter().any(|origin| knows(origin.kind))
}

/// A demand for a class of statuses, or for several.
pub(super) fn demand(check: DemandCheck, classes: &[&str]) -> Option<Demand> {
    let status = |class: &&str| match class.parse() {
        Ok(code) => StatusMatch::Code(code),
        Err(_) => StatusMatch::Class((*class).to_owned()),
    };
    Some(Demand { check, status: classes.iter().map(status).collect() })
}

/// A value that may be missing.
pub(super) fn optional(path: &str) -> Capture {
    Capture::Optional(path.to_owned())
}

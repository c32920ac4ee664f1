//! One file per route.

pub mod cancel;
pub mod deploy;
pub mod deployments;
pub mod fix;
pub mod sanity_test;
pub mod sdlc_deploy;
pub mod status;
pub mod teardown;

use crate::opening::Opening;
use drydock_contract::SessionKind;
use drydock_contract::api::SessionRequest;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::{InvalidInput, invalid};
use serde_json::Value;

/// Reads what the route that opens a session of `kind` takes.
///
/// # Errors
/// Names the field.
pub fn read(kind: SessionKind, request: SessionRequest, hosts: &AllowedHosts) -> Result<Opening, InvalidInput> {
    match kind {
        SessionKind::Deploy => deploy::read(request, hosts),
        SessionKind::Fixer => fix::read(request, hosts),
        SessionKind::Sanity => sanity_test::read(request, hosts),
        SessionKind::Sdlc => sdlc_deploy::read(request, hosts),
        SessionKind::Teardown => invalid("body", "is not read; the session stands in the path"),
    }
}

/// A body that the route that opens a session of `kind` accepts.
pub fn example(kind: SessionKind, hosts: &AllowedHosts) -> Value {
    match kind {
        SessionKind::Deploy => deploy::example(hosts),
        SessionKind::Fixer => fix::example(hosts),
        SessionKind::Sanity => sanity_test::example(hosts),
        SessionKind::Sdlc => sdlc_deploy::example(hosts),
        SessionKind::Teardown => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;

    #[test]
    fn every_route_accepts_its_own_example() {
        for list in ["github.com", "http://127.0.0.1:*"] {
            let hosts = AllowedHosts::parse(list).unwrap();
            for kind in SessionKind::ALL.into_iter().filter(|kind| *kind != SessionKind::Teardown) {
                let Value::Object(body) = example(kind, &hosts) else { panic!("the example is no object") };
                let opening = read(kind, fields::read(body).unwrap(), &hosts).unwrap();
                assert_eq!(opening.kind, kind);
            }
        }
    }
}

//! Where requests go: the guard over the deployment's hosts, and the client that connects through it.

use crate::shown::Shown;
use drydock_aws::address::Address;
use drydock_aws::{AwsSetupError, Roots};
use drydock_sanity::evidence::{Deployed, Targets};
use drydock_sanity::guard::{Guard, GuardedResolver, SystemLookup};
use drydock_sanity::run::Sender;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use url::Url;

/// Most bytes of one answer that are read.
const ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// Takes out the targets that may never be asked, each with a note, and allows the others' hosts.
pub(crate) fn guard(targets: &mut Targets, endpoint: Option<&str>) -> Guard {
    let mut allowed = Vec::new();
    let mut notes = Vec::new();
    targets.found.retain(|target| match Guard::new([target.base_url.as_str()]) {
        Ok(_) => {
            allowed.push(target.base_url.clone());
            true
        }
        Err(refusal) => {
            notes.push(format!("{} was not asked: {refusal}.", target.base_url));
            false
        }
    });
    targets.notes.extend(notes);
    let guard = Guard::new(allowed.iter().map(String::as_str)).expect("each of them was allowed by itself");
    match endpoint.and_then(engine) {
        Some(engine) => guard.with_engine(engine),
        None => guard,
    }
}

/// The address of what stands in for AWS, if it is one.
fn engine(endpoint: &str) -> Option<SocketAddr> {
    let url = Url::parse(endpoint).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).parse().ok()?;
    Some(SocketAddr::new(host, url.port_or_known_default()?))
}

/// A sender that goes through the guard.
pub(crate) fn sender(guard: Guard, shown: Shown) -> Result<Sender, AwsSetupError> {
    let guard = Arc::new(guard);
    let resolver = GuardedResolver::new(guard.clone(), SystemLookup);
    let client = drydock_aws::reqwest_builder(Roots::Bundled)?
        .dns_resolver(Arc::new(resolver))
        .build()
        .map_err(|error| AwsSetupError::Client(error.to_string()))?;
    let endpoint = shown.signed.endpoint().map(str::to_owned);
    Ok(Sender {
        client,
        guard,
        addresses: Arc::new(move |url: &str| {
            let address = Address::of(url, endpoint.as_deref());
            (address.url, address.host)
        }),
        credentials: Arc::new(shown),
        answer_bytes: ANSWER_BYTES,
    })
}

/// The hosts of what the account itself lists, letter by letter.
pub(crate) fn own_hosts(deployed: &Deployed) -> BTreeSet<String> {
    let apis = deployed.apis.iter().map(|api| format!("{}.execute-api.{}.amazonaws.com", api.id, deployed.region));
    let urls = deployed.function_urls.iter().filter_map(|url| Url::parse(&url.url).ok()?.host_str().map(str::to_owned));
    apis.chain(urls).chain(deployed.domains.iter().map(|domain| domain.name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_sanity::endpoint::{Origin, OriginKind};
    use drydock_sanity::evidence::FoundTarget;

    #[test]
    fn an_address_is_no_target_and_the_report_says_so() {
        let target = |base_url: &str| FoundTarget {
            name: "api".to_owned(),
            base_url: base_url.to_owned(),
            origin: Origin { kind: OriginKind::Request, place: "stackDetails".to_owned() },
            id: None,
            logical_id: None,
            hint: None,
        };
        let found = vec![target("https://api.example/v1"), target("https://169.254.169.254"), target("https://[::1]")];
        let mut targets = Targets { found, notes: Vec::new() };
        let guard = guard(&mut targets, Some("http://127.0.0.1:4566"));
        assert_eq!(targets.found.len(), 1);
        assert_eq!(targets.notes.len(), 2, "{:?}", targets.notes);
        assert!(targets.notes[0].starts_with("https://169.254.169.254 was not asked: 169.254.169.254 is an address"));
        assert!(guard.permit("https://api.example/v1/x").is_ok());
        assert!(
            guard.permit("http://127.0.0.1:4566/").is_err() && guard.permit_mapped("http://127.0.0.1:4566/").is_ok()
        );
    }
}

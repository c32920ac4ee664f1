//! What a deployment's callers must show: our role's signature for APIs of Drydock's own stacks, and what the operator
//! has put aside for tests in a secret. Neither reaches a report: the runner adds them after a request is recorded.

use crate::account::Signed;
use drydock_aws::address::{Address, Service};
use drydock_sanity::plan::{Auth, Method};
use drydock_sanity::run::{Credentials, Secrets, Showing};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use url::Url;

/// The field of `stackDetails` that names the secret.
pub(crate) const SECRET_FIELD: &str = "credentialsSecret";

/// What a secret for tests holds, as JSON.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestSecret {
    api_key: Option<String>,
    bearer: Option<String>,
    /// To whom they are shown; without it, to the hosts of the deployed stack. A request names the secret and the
    /// address independently, so the operator says which belong together.
    hosts: Option<Vec<String>>,
}

impl fmt::Debug for TestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = |secret: &Option<String>| secret.as_ref().map(|_| "…");
        f.debug_struct("TestSecret")
            .field("api_key", &there(&self.api_key))
            .field("bearer", &there(&self.bearer))
            .field("hosts", &self.hosts)
            .finish()
    }
}

impl TestSecret {
    /// Reads a secret's text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// True if there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.api_key.is_none() && self.bearer.is_none()
    }

    /// What must not appear anywhere.
    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::new([&self.api_key, &self.bearer].into_iter().flatten().map(String::as_str))
    }
}

/// Shows what is there, to whom it is meant for.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) signed: Signed,
    /// Hosts of Drydock's own stacks: only to them the role's signature is shown.
    pub(crate) own_hosts: BTreeSet<String>,
    pub(crate) secret: TestSecret,
}

impl Shown {
    /// The kinds that can be shown to one of these addresses at least.
    pub(crate) fn kinds(&self, urls: &[&str]) -> Vec<Auth> {
        let can = |auth: &Auth| urls.iter().any(|url| self.lacks(*auth, url).is_none());
        [Auth::Iam, Auth::ApiKey, Auth::Bearer].into_iter().filter(can).collect()
    }

    /// True if what the operator has put aside is meant for this address.
    pub(crate) fn is_meant_for(&self, url: &str) -> bool {
        let host = host(url);
        match &self.secret.hosts {
            Some(hosts) => hosts.iter().any(|meant| host.as_deref() == Some(meant.to_ascii_lowercase().as_str())),
            None => host.is_some_and(|host| self.own_hosts.contains(&host)),
        }
    }

    async fn sign(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, String> {
        let address = Address::of(url, self.signed.endpoint());
        let service = address.service.map_or("execute-api", Service::as_str);
        // Signed as it is sent: where the engine stands in for AWS, to its address and with the host that it knows.
        let mut headers = headers.to_vec();
        headers.extend(address.host.map(|host| ("host".to_owned(), host)));
        self.signed.headers(service, method.as_str(), &address.url, &headers, body).await
    }
}

impl Credentials for Shown {
    fn lacks(&self, auth: Auth, url: &str) -> Option<String> {
        let stored = |what: &str, text: &Option<String>| {
            if text.is_none() {
                return Some(format!("it asks for {what}, and the secret for tests holds none"));
            }
            let refused = || format!("it asks for {what}, and the secret for tests is not meant for its host");
            (!self.is_meant_for(url)).then(refused)
        };
        match auth {
            Auth::None => None,
            Auth::Iam if host(url).is_some_and(|host| self.own_hosts.contains(&host)) => None,
            Auth::Iam => {
                Some("it asks for a signature, which is only made for APIs that Drydock has deployed".to_owned())
            }
            Auth::ApiKey => stored("an API key", &self.secret.api_key),
            Auth::Bearer => stored("a bearer token", &self.secret.bearer),
            Auth::Other => Some("it asks for something that the tester cannot show".to_owned()),
        }
    }

    fn secrets(&self) -> Secrets {
        self.secret.secrets()
    }

    fn headers<'a>(
        &'a self,
        auth: Auth,
        method: Method,
        url: &'a str,
        headers: &'a [(String, String)],
        body: &'a [u8],
    ) -> Showing<'a> {
        Box::pin(async move {
            if let Some(reason) = self.lacks(auth, url) {
                return Err(reason);
            }
            let mut shown = match auth {
                Auth::None => return Ok(Vec::new()),
                Auth::Iam => self.sign(method, url, headers, body).await?,
                Auth::ApiKey | Auth::Other => Vec::new(),
                Auth::Bearer => {
                    let bearer = format!("Bearer {}", self.secret.bearer.as_deref().unwrap_or_default());
                    vec![("authorization".to_owned(), bearer)]
                }
            };
            // A method may ask for a key as well. It is no part of what is signed.
            let key = self.secret.api_key.clone().filter(|_| self.is_meant_for(url));
            shown.extend(key.map(|key| ("x-api-key".to_owned(), key)));
            Ok(shown)
        })
    }
}

fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials as Keys;
    use aws_credential_types::provider::SharedCredentialsProvider;

    const OWN: &str = "https://a1.execute-api.eu-central-1.amazonaws.com/x";
    const OTHER: &str = "https://b2.execute-api.eu-central-1.amazonaws.com/x";

    fn shown(secret: &str) -> Shown {
        let http = drydock_aws::reqwest_client(drydock_aws::Roots::Bundled).unwrap();
        let keys = SharedCredentialsProvider::new(Keys::new("AKID", "key", Some("session".into()), None, "test"));
        let signed = Signed::new(http, keys, "eu-central-1", None);
        let own_hosts = [Url::parse(OWN).unwrap().host_str().unwrap().to_owned()].into();
        Shown { signed, own_hosts, secret: TestSecret::parse(secret).unwrap() }
    }

    async fn check(shown: &Shown, auth: Auth, url: &str) -> Result<Vec<(String, String)>, String> {
        shown.headers(auth, Method::Get, url, &[], b"").await
    }

    #[tokio::test]
    async fn the_roles_signature_is_shown_to_its_own_apis_only() {
        let shown = shown("{}");
        let names: Vec<String> =
            check(&shown, Auth::Iam, OWN).await.unwrap().into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"authorization".to_owned()) && names.contains(&"x-amz-security-token".to_owned()));
        assert!(check(&shown, Auth::Iam, OTHER).await.unwrap_err().contains("only made for APIs that Drydock"));
        assert_eq!(shown.kinds(&[OTHER, OWN]), [Auth::Iam]);
        assert_eq!(shown.kinds(&[OTHER]), []);
    }

    #[tokio::test]
    async fn what_the_operator_put_aside_is_shown_where_it_is_asked_for() {
        let full = shown(r#"{"apiKey": "k-1", "bearer": "t-1"}"#);
        assert_eq!(check(&full, Auth::ApiKey, OWN).await.unwrap(), [("x-api-key".to_owned(), "k-1".to_owned())]);
        let bearer = check(&full, Auth::Bearer, OWN).await.unwrap();
        let key = ("x-api-key".to_owned(), "k-1".to_owned());
        assert_eq!(bearer, [("authorization".to_owned(), "Bearer t-1".to_owned()), key.clone()]);
        // A method may ask for a key besides a signature, too.
        assert!(check(&full, Auth::Iam, OWN).await.unwrap().contains(&key));
        let elsewhere = shown(r#"{"apiKey": "k-1", "hosts": ["api.example.com"]}"#);
        assert!(!check(&elsewhere, Auth::Iam, OWN).await.unwrap().contains(&key), "it is meant for another host");
        assert_eq!(check(&full, Auth::None, OTHER).await.unwrap(), []);
        assert!(check(&shown("{}"), Auth::Bearer, OWN).await.unwrap_err().contains("holds none"));
        assert!(!format!("{full:?}").contains("k-1"));
    }

    #[tokio::test]
    async fn it_is_shown_to_the_hosts_that_it_is_meant_for_only() {
        let may = async |secret: &str, url: &str| check(&shown(secret), Auth::Bearer, url).await.is_ok();
        let own = r#"{"bearer": "t-1"}"#;
        assert!(may(own, OWN).await && !may(own, OTHER).await && !may(own, "https://evil.example/").await);
        let named = r#"{"bearer": "t-1", "hosts": ["API.example.com"]}"#;
        assert!(may(named, "https://api.example.com/v1").await && may(named, "https://API.example.com:8443/").await);
        for other in [
            OWN,
            "https://evil.example/?api.example.com",
            "https://api.example.com.evil.example/",
            "https://api.example.com@evil.example/",
        ] {
            assert!(!may(named, other).await, "{other}");
        }
        assert!(!may(r#"{"bearer": "t-1", "hosts": []}"#, OWN).await);
        assert_eq!(shown(named).kinds(&[OWN]), [Auth::Iam]);
        assert_eq!(shown(named).kinds(&["https://api.example.com/"]), [Auth::Bearer]);
        assert!(TestSecret::parse(r#"{"bearer": "t-1", "hosts": "api.example.com"}"#).is_none());
    }
}

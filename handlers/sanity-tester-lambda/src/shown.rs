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
}

impl fmt::Debug for TestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let there = |secret: &Option<String>| secret.as_ref().map(|_| "…");
        f.debug_struct("TestSecret")
            .field("api_key", &there(&self.api_key))
            .field("bearer", &there(&self.bearer))
            .finish()
    }
}

impl TestSecret {
    /// Reads a secret's text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
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
    /// The kinds that can be shown.
    pub(crate) fn kinds(&self) -> Vec<Auth> {
        let mut kinds = Vec::new();
        kinds.extend((!self.own_hosts.is_empty()).then_some(Auth::Iam));
        kinds.extend(self.secret.api_key.as_ref().map(|_| Auth::ApiKey));
        kinds.extend(self.secret.bearer.as_ref().map(|_| Auth::Bearer));
        kinds
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
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let stored = |what: &str| format!("it asks for {what}, and the secret for tests holds none");
        match auth {
            Auth::None => None,
            Auth::Iam if host.is_some_and(|host| self.own_hosts.contains(&host)) => None,
            Auth::Iam => {
                Some("it asks for a signature, which is only made for APIs that Drydock has deployed".to_owned())
            }
            Auth::ApiKey => self.secret.api_key.is_none().then(|| stored("an API key")),
            Auth::Bearer => self.secret.bearer.is_none().then(|| stored("a bearer token")),
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
            let one = |name: &str, value: String| Ok(vec![(name.to_owned(), value)]);
            match auth {
                Auth::None => Ok(Vec::new()),
                Auth::Iam => self.sign(method, url, headers, body).await,
                Auth::ApiKey => one("x-api-key", self.secret.api_key.clone().unwrap_or_default()),
                Auth::Bearer => {
                    one("authorization", format!("Bearer {}", self.secret.bearer.as_deref().unwrap_or_default()))
                }
            }
        })
    }
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
        assert_eq!(shown.kinds(), [Auth::Iam]);
    }

    #[tokio::test]
    async fn what_the_operator_put_aside_is_shown_where_it_is_asked_for() {
        let full = shown(r#"{"apiKey": "k-1", "bearer": "t-1"}"#);
        assert_eq!(check(&full, Auth::ApiKey, OTHER).await.unwrap(), [("x-api-key".to_owned(), "k-1".to_owned())]);
        let bearer = check(&full, Auth::Bearer, OTHER).await.unwrap();
        assert_eq!(bearer, [("authorization".to_owned(), "Bearer t-1".to_owned())]);
        assert_eq!(check(&full, Auth::None, OTHER).await.unwrap(), []);
        assert!(check(&shown("{}"), Auth::Bearer, OWN).await.unwrap_err().contains("holds none"));
        assert!(!format!("{full:?}").contains("k-1"));
    }
}

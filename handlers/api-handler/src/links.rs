//! Addresses at which reports can be read. They are signed when they are asked for, for a while, by this function's
//! own role, which may read reports and nothing else in the bucket.

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use drydock_aws::sign::{Scope, presigned};
use drydock_contract::sanity::Reports;
use std::time::Duration;

/// How long an address is valid, if the role's own session lasts that long.
const VALID: Duration = Duration::from_secs(60 * 60);

/// Signs addresses of one bucket.
#[derive(Clone, Debug)]
pub struct Links {
    credentials: SharedCredentialsProvider,
    region: String,
    /// Where the bucket's objects are, without a slash at the end.
    base: String,
}

impl Links {
    /// Addresses in `bucket`; `endpoint` is what stands in for AWS, where buckets are addressed by path.
    pub fn new(credentials: SharedCredentialsProvider, region: &str, bucket: &str, endpoint: Option<&str>) -> Self {
        let base = match endpoint {
            Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        };
        Self { credentials, region: region.to_owned(), base }
    }

    /// Addresses of the reports with these keys. Without credentials there are none, which is no reason to keep the
    /// rest of a status back.
    pub async fn of(&self, keys: &Reports) -> Option<Reports> {
        match self.sign(keys).await {
            Ok(links) => Some(links),
            Err(error) => {
                tracing::error!(error, "cannot sign the addresses of reports");
                None
            }
        }
    }

    async fn sign(&self, keys: &Reports) -> Result<Reports, String> {
        let credentials = self.credentials.provide_credentials().await.map_err(|error| error.to_string())?;
        let scope = Scope { credentials: &credentials, region: &self.region, service: "s3" };
        let link = |key: &str| presigned(&scope, &format!("{}/{key}", self.base), VALID);
        Ok(Reports { html: link(&keys.html)?, json: link(&keys.json)?, junit: link(&keys.junit)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials;

    #[tokio::test]
    async fn every_form_has_its_address() {
        let credentials = SharedCredentialsProvider::new(Credentials::new("AKID", "key", None, None, "test"));
        let check = async |endpoint: Option<&str>, expected: &str| {
            let links = Links::new(credentials.clone(), "eu-central-1", "b", endpoint);
            let keys = Reports { html: "r/a.html".into(), json: "r/a.json".into(), junit: "r/a.xml".into() };
            let found = links.of(&keys).await.unwrap();
            assert!(found.html.starts_with(&format!("{expected}/r/a.html?X-Amz-")), "{}", found.html);
            assert!(found.junit.contains("/r/a.xml?") && found.json.contains("/r/a.json?"));
        };
        check(None, "https://b.s3.eu-central-1.amazonaws.com").await;
        check(Some("http://127.0.0.1:4566/"), "http://127.0.0.1:4566/b").await;
    }
}

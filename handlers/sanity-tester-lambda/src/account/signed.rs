//! Signed requests to services and to what was deployed.

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use drydock_aws::sign::{self, Scope};
use serde_json::Value;
use std::time::Duration;

/// Longest time for one answer of a service.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Tries of a request that a service is too busy for.
const TRIES: u32 = 4;

/// Signs as the function's own role.
#[derive(Clone, Debug)]
pub struct Signed {
    http: reqwest::Client,
    credentials: SharedCredentialsProvider,
    region: String,
    /// What stands in for AWS, if anything does.
    endpoint: Option<String>,
}

/// One request to a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub service: &'a str,
    pub method: &'a str,
    /// With the query.
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a str,
}

impl Signed {
    /// Requests over `http` in one region; `endpoint` is what stands in for AWS.
    pub fn new(
        http: reqwest::Client,
        credentials: SharedCredentialsProvider,
        region: impl Into<String>,
        endpoint: Option<String>,
    ) -> Self {
        Self { http, credentials, region: region.into(), endpoint }
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// What stands in for AWS.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The headers that sign a request.
    ///
    /// # Errors
    /// If there are no credentials, in words.
    pub async fn headers(
        &self,
        service: &str,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, String> {
        let credentials = self.credentials.provide_credentials().await.map_err(|error| error.to_string())?;
        let scope = Scope { credentials: &credentials, region: &self.region, service };
        sign::headers(&scope, method, url, headers, body)
    }

    /// Asks a service, again if it is too busy, and reads its answer as JSON.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Value, String> {
        let usual = || format!("https://{}.{}.amazonaws.com", ask.service, self.region);
        let base = self.endpoint.clone().unwrap_or_else(usual);
        let url = format!("{}{}", base.trim_end_matches('/'), ask.path);
        let mut pause = Duration::from_millis(300);
        for _ in 1..TRIES {
            match self.once(&url, ask).await? {
                (429 | 500..=599, _) => tokio::time::sleep(pause).await,
                answer => return read(answer),
            }
            pause *= 2;
        }
        read(self.once(&url, ask).await?)
    }

    async fn once(&self, url: &str, ask: Ask<'_>) -> Result<(u16, String), String> {
        let given: Vec<(String, String)> =
            ask.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let signed = self.headers(ask.service, ask.method, url, &given, ask.body.as_bytes()).await?;
        let method = ask.method.parse::<reqwest::Method>().map_err(|error| error.to_string())?;
        let mut request = self.http.request(method, url).timeout(TIMEOUT).body(ask.body.to_owned());
        for (name, value) in given.into_iter().chain(signed) {
            request = request.header(name, value);
        }
        let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.map_err(|error| error.without_url().to_string())?))
    }
}

fn read((status, body): (u16, String)) -> Result<Value, String> {
    let json: Value = serde_json::from_str(&body).unwrap_or_default();
    if (200..300).contains(&status) {
        return Ok(json);
    }
    let said = json.get("message").or_else(|| json.get("Message")).and_then(Value::as_str).unwrap_or_default();
    Err(format!("HTTP {status} {}", said.chars().take(300).collect::<String>()).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_what_the_service_says() {
        assert_eq!(read((403, r#"{"Message":"not you"}"#.to_owned())), Err("HTTP 403 not you".to_owned()));
        assert_eq!(read((404, "<html>".to_owned())), Err("HTTP 404".to_owned()));
        assert_eq!(read((200, r#"{"item":[]}"#.to_owned())).unwrap()["item"], serde_json::json!([]));
    }
}

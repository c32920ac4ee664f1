//! Calls to services of which we need one or two operations: AWS's JSON protocol, signed here.
//!
//! The SDK's crates for CloudWatch and CloudWatch Logs have more than two hundred operations and take 75 seconds of
//! `cargo check` on two cores, for the three calls that are made here.

use crate::cloud::Aws;
use crate::cloud::sign::Signer;
use anyhow::{Context, Result};
use serde_json::Value;
use std::time::Duration;

/// Longer than any of these calls takes.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Tries of one call.
const TRIES: u32 = 6;

/// A service that speaks JSON.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Host name before the region, and the name in a signature.
    name: &'static str,
    /// What its operations are called by.
    target: &'static str,
    /// Of the protocol.
    version: &'static str,
}

/// CloudWatch Logs.
pub const LOGS: Service = Service { name: "logs", target: "Logs_20140328", version: "1.1" };
/// Step Functions.
pub const STATES: Service = Service { name: "states", target: "AWSStepFunctions", version: "1.0" };
/// CloudWatch: alarms and metrics.
pub const CLOUDWATCH: Service = Service { name: "monitoring", target: "GraniteServiceVersion20100801", version: "1.0" };

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Refused {
    /// AWS's word for it, such as `ResourceNotFoundException`.
    pub code: String,
    /// What it says.
    pub message: String,
}

impl Refused {
    fn read(status: u16, body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let code = body["__type"].as_str().or(body["code"].as_str()).unwrap_or_default();
        let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or("no reason given");
        let code = code.rsplit('#').next().filter(|code| !code.is_empty());
        Self { code: code.map_or_else(|| format!("HTTP {status}"), str::to_owned), message: message.to_owned() }
    }

    /// True if another try may succeed.
    fn is_passing(&self, status: u16) -> bool {
        status >= 500 || status == 429 || self.code.contains("Throttl") || self.code.contains("TooManyRequests")
    }

    /// True if new credentials help.
    fn is_expired(&self) -> bool {
        self.code.contains("ExpiredToken")
    }
}

/// A way to such services.
#[derive(Clone, Debug)]
pub struct JsonApi {
    aws: Aws,
    signer: Signer,
    pause: Duration,
}

impl JsonApi {
    /// With the credentials of `aws`.
    ///
    /// # Errors
    /// As [`Signer::new`].
    pub async fn new(aws: &Aws) -> Result<Self> {
        Ok(Self { aws: aws.clone(), signer: Signer::new(aws).await?, pause: Duration::from_millis(200) })
    }

    /// Calls an operation. Throttling, outages and expired credentials are tried again.
    ///
    /// # Errors
    /// [`Refused`] if the service refuses, or that it cannot be reached.
    pub async fn call(&mut self, service: Service, operation: &str, body: &Value) -> Result<Value> {
        let mut pause = self.pause;
        for _ in 1..TRIES {
            match self.once(service, operation, body).await {
                Ok((status, text)) if status < 300 => return read(&text),
                Ok((status, text)) => {
                    let refused = Refused::read(status, &text);
                    if refused.is_expired() {
                        self.signer = Signer::new(&self.aws).await?;
                    } else if !refused.is_passing(status) {
                        return Err(refused.into());
                    }
                }
                Err(error) => tracing::debug!(%error, operation, "trying again"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        let (status, text) = self.once(service, operation, body).await?;
        if status < 300 { read(&text) } else { Err(Refused::read(status, &text).into()) }
    }

    async fn once(&self, service: Service, operation: &str, body: &Value) -> Result<(u16, String)> {
        let address = self.address(service);
        let mut request = http::Request::builder()
            .method("POST")
            .uri(&address)
            .header(http::header::CONTENT_TYPE, format!("application/x-amz-json-{}", service.version))
            .header("x-amz-target", format!("{}.{operation}", service.target))
            .body(body.to_string())
            .context("not a valid request")?;
        self.signer.sign(&mut request, service.name)?;
        let mut request = reqwest::Request::try_from(request).context("not a valid request")?;
        *request.timeout_mut() = Some(TIMEOUT);
        let answer = self.signer.client.execute(request).await.with_context(|| format!("cannot reach {address}"))?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.with_context(|| format!("the answer of {address} broke off"))?))
    }

    fn address(&self, service: Service) -> String {
        match self.aws.endpoint() {
            Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
            None => format!("https://{}.{}.amazonaws.com/", service.name, self.aws.region()),
        }
    }
}

/// An answer; an operation that has nothing to say may say nothing.
fn read(text: &str) -> Result<Value> {
    if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(text).context("not JSON") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{Recorded, answer};
    use serde_json::json;

    async fn called(answers: Vec<(u16, Value)>) -> (Result<Value>, usize) {
        let recorded = Recorded::serve(answers).await;
        let mut api = JsonApi::new(&recorded.aws().await).await.unwrap();
        api.pause = Duration::ZERO;
        let result = api.call(LOGS, "FilterLogEvents", &json!({})).await;
        (result, recorded.operations().len())
    }

    fn refusal(code: &str) -> (u16, Value) {
        (400, json!({"__type": format!("com.amazonaws.logs#{code}"), "message": "m"}))
    }

    #[tokio::test]
    async fn what_passes_is_tried_again() {
        for passing in [refusal("ThrottlingException"), refusal("ExpiredTokenException"), (503, Value::Null)] {
            let (result, tries) = called(vec![passing, answer(json!({"events": []}))]).await;
            assert_eq!((result.unwrap(), tries), (json!({"events": []}), 2));
        }
    }

    #[tokio::test]
    async fn what_does_not_pass_is_said_at_once() {
        let (result, tries) = called(vec![refusal("ResourceNotFoundException")]).await;
        let refused = result.unwrap_err().downcast::<Refused>().unwrap();
        assert_eq!((refused.code.as_str(), tries), ("ResourceNotFoundException", 1));
        assert_eq!(refused.to_string(), "m (ResourceNotFoundException)");
    }

    #[tokio::test]
    async fn trying_ends() {
        let (result, tries) = called(vec![refusal("ThrottlingException"); 9]).await;
        assert_eq!((result.unwrap_err().to_string().as_str(), tries), ("m (ThrottlingException)", 6));
    }
}

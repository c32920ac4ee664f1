//! Requests to an API or a function of the stack, signed with SigV4.

use super::Aws;
use crate::engine::address::Address;
use anyhow::{Context, Result, bail};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use std::time::{Duration, SystemTime};

/// An API's own time-out is 30 seconds; this is a little more.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Sends signed requests.
#[derive(Clone, Debug)]
pub struct Signer {
    pub(crate) client: reqwest::Client,
    credentials: Credentials,
    region: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// True for 2xx.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..300)
    }
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Such as `POST`.
    pub method: &'a str,
    /// Where to.
    pub address: &'a Address,
    /// More headers; they are signed too.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; JSON if it is not empty.
    pub body: &'a str,
}

impl Signer {
    /// Signs with the credentials of `aws`.
    ///
    /// # Errors
    /// If there are none, or HTTPS cannot be set up.
    pub async fn new(aws: &Aws) -> Result<Self> {
        let Some(provider) = aws.config().credentials_provider() else { bail!("no AWS credentials are configured") };
        let credentials = provider.provide_credentials().await.context("no AWS credentials")?;
        let client = drydock_aws::reqwest_client(drydock_aws::Roots::Native)?;
        Ok(Self { client, credentials, region: aws.region().to_owned() })
    }

    /// Sends a request. It is signed if the address belongs to a service that checks signatures.
    ///
    /// # Errors
    /// If it cannot be sent, or nothing comes back in time.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer> {
        let Request { method, address, headers, body } = request;
        let mut builder = http::Request::builder().method(method).uri(address.url.as_str());
        if let Some(host) = &address.host {
            builder = builder.header(http::header::HOST, host);
        }
        if !body.is_empty() {
            builder = builder.header(http::header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let mut request = builder.body(body.to_owned()).context("not a valid request")?;
        if let Some(service) = address.service {
            self.sign(&mut request, service.as_str())?;
        }
        let mut request = reqwest::Request::try_from(request).context("not a valid request")?;
        *request.timeout_mut() = Some(TIMEOUT);
        let answer = self.client.execute(request).await.with_context(|| format!("cannot reach {address}"))?;
        let status = answer.status().as_u16();
        let body = answer.text().await.with_context(|| format!("the answer of {address} broke off"))?;
        Ok(Answer { status, body })
    }

    /// Signs a request to `service`.
    pub(crate) fn sign(&self, request: &mut http::Request<String>, service: &str) -> Result<()> {
        let identity = self.credentials.clone().into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .context("cannot sign")?
            .into();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| Ok((name.to_string(), value.to_str().context("a header is not text")?.to_owned())))
            .collect::<Result<_>>()?;
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(request.body().as_bytes()),
        )
        .context("cannot sign")?;
        let (instructions, _) = sign(signable, &parameters).context("cannot sign")?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

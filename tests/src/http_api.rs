//! HTTP as a client speaks it: signed requests to the API, plain ones to what was deployed.

use crate::environment::Environment;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// One request to the API. Signed unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    path: String,
    body: Option<Vec<u8>>,
    headers: Vec<(&'static str, String)>,
    signed: bool,
}

impl Request {
    /// `GET`, with the query as part of the path.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: None, headers: Vec::new(), signed: true }
    }

    /// `POST` with a JSON body.
    pub fn post(path: &str, body: &Value) -> Self {
        Self::post_bytes(path, body.to_string().into_bytes())
    }

    /// `POST` with any bytes as the body.
    pub fn post_bytes(path: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", path: path.to_owned(), body: Some(body), headers, signed: true }
    }

    /// The same with `Idempotency-Key`.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.headers.push(("idempotency-key", key.to_owned()));
        self
    }

    /// The same without a signature.
    pub fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `content-type`, empty if there is none.
    pub content_type: String,
    /// The body, as JSON if it is that, else as text.
    pub body: Value,
}

impl Answer {
    /// The body, once the status is the expected one.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }

    async fn of(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, content_type, body }
    }
}

/// The client of everything that is not the AWS SDK.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    environment: Environment,
    credentials: Credentials,
    region: String,
}

impl Http {
    /// A client with the credentials that the environment has.
    pub fn new(environment: Environment, credentials: Credentials, region: String) -> Self {
        let client = drydock_aws::reqwest_client(drydock_aws::Roots::Native).expect("an HTTP client");
        Self { client, environment, credentials, region }
    }

    /// Sends a request to Drydock's API.
    pub async fn send(&self, request: Request) -> Answer {
        let url = format!("{}{}", self.environment.api_url, request.path);
        let mut message = http::Request::builder().method(request.method).uri(&url);
        for (name, value) in &request.headers {
            message = message.header(*name, value);
        }
        if let Some(host) = &self.environment.api_host {
            message = message.header("host", host);
        }
        let mut message = message.body(request.body.unwrap_or_default()).expect("a request");
        if request.signed {
            self.sign(&mut message);
        }
        self.execute(message).await
    }

    /// Asks what was deployed, at the address that its stack or function says. The engine has no such host names:
    /// it takes them as the `Host` header of a request to itself.
    pub async fn ask(&self, method: &str, url: &str, body: Option<&Value>) -> Answer {
        let rest = url.strip_prefix("https://").unwrap_or_else(|| panic!("not an HTTPS address: {url}"));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = self.environment.endpoint.rsplit(':').next().unwrap_or_default();
        let host = match host.split_once(".execute-api.") {
            Some((id, _)) => format!("{id}.execute-api.localhost:{port}"),
            None => host.to_owned(),
        };
        let message = http::Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.environment.endpoint))
            .header("host", host)
            .header("content-type", "application/json")
            .body(body.map(ToString::to_string).unwrap_or_default().into_bytes())
            .expect("a request");
        self.execute(message).await
    }

    fn sign(&self, message: &mut http::Request<Vec<u8>>) {
        let identity = self.credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("execute-api")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("signing parameters")
            .into();
        let headers = message.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let uri = message.uri().to_string();
        let body = SignableBody::Bytes(message.body());
        let signable = SignableRequest::new(message.method().as_str(), uri, headers, body).expect("signable");
        let (instructions, _) = sign(signable, &params).expect("a signature").into_parts();
        instructions.apply_to_request_http1x(message);
    }

    async fn execute(&self, message: http::Request<Vec<u8>>) -> Answer {
        let uri = message.uri().clone();
        let mut request = reqwest::Request::try_from(message).expect("a request");
        *request.timeout_mut() = Some(Duration::from_secs(60));
        let response = self.client.execute(request).await;
        Answer::of(response.unwrap_or_else(|error| panic!("no answer from {uri}: {error:?}"))).await
    }
}

//! HTTP as a client speaks it: requests to the API and to what was deployed, with the signatures and addresses of
//! `cargo xtask call`.

use crate::environment::Environment;
use serde_json::Value;
use xtask::cloud::Aws;
use xtask::cloud::sign::{Request as Message, Signer};
use xtask::engine::address::{Address, Service};

/// One request to the API. Signed unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    path: String,
    body: String,
    idempotency_key: Option<String>,
    signed: bool,
}

impl Request {
    /// `GET`, with the query as part of the path.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: String::new(), idempotency_key: None, signed: true }
    }

    /// `POST` with a JSON body.
    pub fn post(path: &str, body: &Value) -> Self {
        Self::post_text(path, &body.to_string())
    }

    /// `POST` with any text as the body.
    pub fn post_text(path: &str, body: &str) -> Self {
        Self { method: "POST", body: body.to_owned(), ..Self::get(path) }
    }

    /// `DELETE`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: "DELETE", ..Self::get(path) }
    }

    /// The same with `Idempotency-Key`.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
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
}

/// The client of everything that is not the AWS SDK.
#[derive(Clone, Debug)]
pub struct Http {
    signer: Signer,
    api: Address,
    endpoint: String,
}

impl Http {
    /// A client with the credentials that the environment has.
    pub async fn new(environment: &Environment, aws: &Aws) -> Self {
        let signer = Signer::new(aws).await.expect("a signing client");
        let api = Address {
            url: environment.api_url.clone(),
            host: environment.api_host.clone(),
            service: Some(Service::ExecuteApi),
        };
        Self { signer, api, endpoint: environment.endpoint.clone() }
    }

    /// Sends a request to Drydock's API.
    pub async fn send(&self, request: Request) -> Answer {
        let address = self.api.join(&request.path);
        let address = Address { service: address.service.filter(|_| request.signed), ..address };
        let key = request.idempotency_key.as_deref().map(|key| ("idempotency-key", key));
        self.exchange(request.method, &address, key.as_slice(), &request.body).await
    }

    /// Asks what was deployed, at the address that its stack or function says.
    pub async fn ask(&self, method: &str, url: &str, body: &str, signed: bool) -> Answer {
        let address = Address::of(url, Some(&self.endpoint));
        let address = Address { service: address.service.filter(|_| signed), ..address };
        self.exchange(method, &address, &[], body).await
    }

    async fn exchange(&self, method: &str, address: &Address, headers: &[(&str, &str)], body: &str) -> Answer {
        let answer = self.signer.send(Message { method, address, headers, body }).await;
        let answer = answer.unwrap_or_else(|error| panic!("{method} {address}: {error:#}"));
        let body = serde_json::from_str(&answer.body).unwrap_or(Value::String(answer.body));
        Answer { status: answer.status, body }
    }
}

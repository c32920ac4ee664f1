//! A CloudFormation that answers from a list.

#[expect(dead_code, reason = "it serves other tests, too")]
mod answers;

pub use answers::*;

use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use drydock_stack::{Engine, Pace};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers each request with the next of the list, and fails on any other request than the one expected.
#[derive(Clone, Debug)]
pub struct Recorded {
    answers: Arc<Mutex<VecDeque<(&'static str, Answer)>>>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    pub fn new(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), bodies: Arc::default() }
    }

    /// An engine that hardly waits and leaves retries to itself.
    pub fn engine(&self) -> Engine {
        let recorded = self.clone();
        let config = aws_sdk_cloudformation::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(recorded.clone())))
            .build();
        let soon = Duration::from_millis(1);
        let pace = Pace { first: soon, longest: soon, look: soon, limit: Duration::from_secs(5) };
        Engine::new(aws_sdk_cloudformation::Client::from_conf(config)).with_pace(pace)
    }

    /// The requests that came, as they were sent.
    pub fn asked(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    pub fn assert_all_asked(&self) {
        let left: Vec<_> = self.answers.lock().unwrap().iter().map(|(action, _)| *action).collect();
        assert_eq!(left, Vec::<&str>::new(), "never asked for");
    }
}

impl HttpConnector for Recorded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        self.bodies.lock().unwrap().push(body.clone());
        let asked = body.strip_prefix("Action=").and_then(|rest| rest.split('&').next()).unwrap_or_default().to_owned();
        let (expected, answer) =
            self.answers.lock().unwrap().pop_front().unwrap_or_else(|| panic!("nothing is recorded for {asked}"));
        assert_eq!(asked, expected, "{body}");
        HttpConnectorFuture::ready(match answer.parts() {
            Some((status, body)) => Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))),
            None => Err(ConnectorError::io("connection reset by peer".into())),
        })
    }
}

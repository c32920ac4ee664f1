//! The SDK's HTTP client: hyper with our TLS configuration. `aws-smithy-http-client` would bring a TLS stack that
//! compiles C.

use crate::CONNECT_TIMEOUT;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use std::fmt;
use std::time::Duration;

/// One pool of connections, and how long an answer may take to begin.
#[derive(Clone)]
struct Connector {
    client: Client<HttpsConnector<connect::HttpConnector>, SdkBody>,
    read_timeout: Option<Duration>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("read_timeout", &self.read_timeout).finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let Self { client, read_timeout } = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = client.request(request);
            let answer = match read_timeout {
                Some(limit) => {
                    tokio::time::timeout(limit, answer).await.map_err(|error| ConnectorError::timeout(error.into()))?
                }
                None => answer.await,
            };
            // Refused, reset and incomplete are all worth another try; the SDK's retry strategy decides.
            let answer = answer.map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// A client that every service shares, so that connections are reused across them.
pub(crate) fn http_client(tls: ClientConfig) -> SharedHttpClient {
    let mut tcp = connect::HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https);
    http_client_fn(move |settings: &HttpConnectorSettings, _| {
        SharedHttpConnector::new(Connector { client: client.clone(), read_timeout: settings.read_timeout() })
    })
}

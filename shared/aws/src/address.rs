//! Where an address of AWS answers when the embedded engine stands in for AWS. The one place that knows.
//!
//! The engine has one port and tells APIs and functions apart by the `Host` header.

use std::fmt;

/// An address to send a request to, and the `Host` header to send with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `http://` or `https://`, host, path and query.
    pub url: String,
    /// The host that is meant, if it is not the one in `url`.
    pub host: Option<String>,
    /// The AWS service that checks the signature there.
    pub service: Option<Service>,
}

/// A service that answers requests of an API's or a function's callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// API Gateway.
    ExecuteApi,
    /// A function URL.
    Lambda,
}

impl Service {
    /// The name in a signature's scope.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExecuteApi => "execute-api",
            Self::Lambda => "lambda",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl Address {
    /// An address as it stands in a stack's outputs. `endpoint` is what stands in for AWS
    /// (`http://127.0.0.1:4566`); without one the address is its own.
    pub fn of(url: &str, endpoint: Option<&str>) -> Self {
        let (authority, rest) = split(url);
        let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
        });
        let mut labels = host.splitn(3, '.');
        let service = match (labels.next(), labels.next()) {
            (Some(_), Some("execute-api")) => Some(Service::ExecuteApi),
            (Some(_), Some("lambda-url")) => Some(Service::Lambda),
            _ => None,
        };
        match (endpoint, service) {
            (Some(endpoint), Some(service)) => {
                let endpoint = endpoint.trim_end_matches('/');
                let host = match service {
                    Service::ExecuteApi => execute_api_host(host.split('.').next().unwrap_or(host), endpoint),
                    Service::Lambda => host.to_owned(),
                };
                Self { url: format!("{endpoint}{rest}"), host: Some(host), service: Some(service) }
            }
            _ => Self { url: url.to_owned(), host: None, service },
        }
    }

    /// An API of the engine at `endpoint`.
    pub fn of_api(api_id: &str, endpoint: &str) -> Self {
        Self {
            url: endpoint.trim_end_matches('/').to_owned(),
            host: Some(execute_api_host(api_id, endpoint)),
            service: Some(Service::ExecuteApi),
        }
    }

    /// This address with `path` (which starts with `/`) behind it.
    #[must_use]
    pub fn join(&self, path: &str) -> Self {
        Self { url: format!("{}{path}", self.url.trim_end_matches('/')), ..self.clone() }
    }
}

/// The host name under which the engine at `endpoint` serves an API.
pub fn execute_api_host(api_id: &str, endpoint: &str) -> String {
    let port = split(endpoint).0.rsplit_once(':').map_or("80", |(_, port)| port);
    format!("{api_id}.execute-api.localhost:{port}")
}

/// Authority and what follows it.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    rest.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, endpoint: Option<&str>, expected: (&str, Option<&str>)) {
        let address = Address::of(url, endpoint);
        assert_eq!((address.url.as_str(), address.host.as_deref()), expected, "{url}");
    }

    const ENGINE: Option<&str> = Some("http://127.0.0.1:4605");

    #[test]
    fn addresses_of_aws_are_mapped_to_the_engine() {
        check(
            "https://0a1b2c3d.execute-api.us-east-1.amazonaws.com/Prod/hello?x=1",
            ENGINE,
            ("http://127.0.0.1:4605/Prod/hello?x=1", Some("0a1b2c3d.execute-api.localhost:4605")),
        );
        check(
            "http://0a1b2c3d.execute-api.localhost:4605/hello",
            ENGINE,
            ("http://127.0.0.1:4605/hello", Some("0a1b2c3d.execute-api.localhost:4605")),
        );
        check(
            "https://abc.lambda-url.us-east-1.on.aws/",
            ENGINE,
            ("http://127.0.0.1:4605/", Some("abc.lambda-url.us-east-1.on.aws")),
        );
    }

    #[test]
    fn other_addresses_and_real_ones_stay() {
        check("https://example.com/x", ENGINE, ("https://example.com/x", None));
        check("https://abc.lambda-url.us-east-1.on.aws/", None, ("https://abc.lambda-url.us-east-1.on.aws/", None));
    }

    #[test]
    fn the_service_is_known_from_the_host() {
        for endpoint in [None, ENGINE] {
            let service = |url| Address::of(url, endpoint).service;
            assert_eq!(service("https://a.execute-api.eu-west-1.amazonaws.com"), Some(Service::ExecuteApi));
            assert_eq!(service("https://a.lambda-url.eu-west-1.on.aws/"), Some(Service::Lambda));
            assert_eq!(service("https://example.com"), None);
        }
    }

    #[test]
    fn paths_are_joined_with_one_slash() {
        let api = Address::of_api("0a1b2c3d", "http://127.0.0.1:4605/");
        assert_eq!(api.join("/status/x").url, "http://127.0.0.1:4605/status/x");
        assert_eq!(api.host.as_deref(), Some("0a1b2c3d.execute-api.localhost:4605"));
    }
}

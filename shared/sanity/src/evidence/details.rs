//! Addresses in what clients send as `stackDetails`. There is no one form of it: `apiUrl`, `ApiUrl`, `baseUrl`,
//! `endpoint`, `outputs` as a map, a list of `OutputKey` and `OutputValue`, or only an address.

use super::found::{Api, Found, Verb};
use super::path;
use crate::endpoint::{Origin, OriginKind};
use serde_json::Value;

/// An address and the name that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The path of keys to it.
    pub name: String,
    /// As it was written.
    pub url: String,
}

impl Named {
    /// True if the address stands beside what a deployment recorded, and not in it: `apiUrl`, `endpoints`, or alone.
    pub fn is_clients_own(&self) -> bool {
        !self.name.contains('.') && !self.name.eq_ignore_ascii_case("urls")
    }
}

/// Deepest nesting that is looked at.
const MAX_DEPTH: usize = 8;

/// Most addresses that are taken.
const MAX_URLS: usize = 20;

/// Words of which one must be in the name of an address on a host that does not speak for itself.
const WORDS: [&str; 7] = ["url", "uri", "endpoint", "api", "host", "domain", "address"];

/// Names of addresses that are no APIs, whatever else is in them.
const OTHERS: [&str; 10] =
    ["repo", "console", "queue", "bucket", "website", "docs", "template", "callback", "issuer", "git"];

/// Every address of an API.
pub(super) fn urls(details: &Value) -> Vec<Named> {
    let mut found = Vec::new();
    walk(details, "", 0, &mut found);
    found.truncate(MAX_URLS);
    found
}

/// Every route that is written down: `"GET /items"`, or an object with a method and a path.
pub(super) fn routes(details: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    walk_routes(details, "stackDetails", 0, &mut found);
    found.truncate(MAX_ROUTES);
    found
}

/// Most routes that are taken.
const MAX_ROUTES: usize = 200;

fn walk_routes(value: &Value, name: &str, depth: usize, found: &mut Vec<Found>) {
    if depth > MAX_DEPTH {
        return;
    }
    let mut push = |method: &str, path: &str| {
        let is_path = path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || c.is_control());
        let Some(verb) = Verb::parse(method).filter(|_| is_path && !method.is_empty()) else { return };
        found.push(Found {
            partial: true,
            ..Found::new(
                Api::Unknown,
                verb,
                path::normal(path),
                Origin { kind: OriginKind::Request, place: name.to_owned() },
            )
        });
    };
    match value {
        Value::String(text) => {
            if let Some((method, path)) = text.trim().split_once(' ') {
                push(method, path.trim());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk_routes(item, name, depth + 1, found)),
        Value::Object(members) => {
            let text = |keys: &[&str]| keys.iter().find_map(|key| members.get(*key)?.as_str());
            let method = text(&["method", "httpMethod", "Method", "verb"]);
            let path = text(&["path", "resourcePath", "route", "Path"]);
            if let (Some(method), Some(path)) = (method, path) {
                push(method, path);
                return;
            }
            for (key, value) in members {
                walk_routes(value, &join(name, key), depth + 1, found);
            }
        }
        _ => {}
    }
}

fn walk(value: &Value, name: &str, depth: usize, found: &mut Vec<Named>) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::String(text) => found.extend(url(name, text)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, name, depth + 1, found)),
        Value::Object(members) => {
            let text = |keys: &[&str]| keys.iter().find_map(|key| members.get(*key)?.as_str());
            let key = text(&["OutputKey", "outputKey", "Key", "key", "name"]);
            let value = text(&["OutputValue", "outputValue", "Value", "value"]);
            if let (Some(key), Some(value)) = (key, value) {
                found.extend(url(&join(name, key), value));
                return;
            }
            for (key, value) in members {
                walk(value, &join(name, key), depth + 1, found);
            }
        }
        _ => {}
    }
}

fn join(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

fn url(name: &str, text: &str) -> Option<Named> {
    let text = text.trim();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let whole = match text.split_once("://") {
        Some(("http" | "https", _)) => text.to_owned(),
        Some(_) => return None,
        // A host without a scheme.
        None if is_api_host(text.split('/').next().unwrap_or_default()) => format!("https://{text}"),
        None => return None,
    };
    let host = url::Url::parse(&whole).ok()?.host_str()?.to_owned();
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let named = name.is_empty()
        || WORDS.iter().any(|word| last.contains(word)) && !OTHERS.iter().any(|word| last.contains(word));
    (is_api_host(&host) || named && !is_other_service(&host)).then(|| Named { name: name.to_owned(), url: whole })
}

/// Hosts that only APIs have.
pub(super) fn is_api_host(host: &str) -> bool {
    host.contains(".execute-api.") || host.contains(".lambda-url.")
}

/// AWS's own services, and where code is kept: no deployment's API is there.
pub(super) fn is_other_service(host: &str) -> bool {
    const HOSTS: [&str; 9] = [
        "amazonaws.com",
        "amazonaws.com.cn",
        "aws.amazon.com",
        "amazoncognito.com",
        "aws.dev",
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "amazon.com",
    ];
    let below = |of: &str| host == of || host.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    !is_api_host(host) && !host.contains(".elb.") && HOSTS.into_iter().any(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_that_clients_send_is_read() {
        let check = |details: Value, expected: &[(&str, &str)]| {
            let found = urls(&details);
            let found: Vec<_> = found.iter().map(|named| (named.name.as_str(), named.url.as_str())).collect();
            assert_eq!(found, expected, "{details}");
        };
        let api = "https://abc.execute-api.eu-central-1.amazonaws.com/Prod";
        check(json!({"apiUrl": api}), &[("apiUrl", api)]);
        check(json!({"ApiUrl": api, "stackName": "x"}), &[("ApiUrl", api)]);
        check(json!({"outputs": {"Base": api, "Table": "t"}}), &[("outputs.Base", api)]);
        check(json!({"Outputs": [{"OutputKey": "Api", "OutputValue": api}]}), &[("Outputs.Api", api)]);
        check(
            json!([{"key": "baseUrl", "value": "https://api.example.com"}]),
            &[("baseUrl", "https://api.example.com")],
        );
        check(json!(api), &[("", api)]);
        check(json!({"endpoint": &api[8..]}), &[("endpoint", api)]);
        check(json!({"endpoints": [api]}), &[("endpoints", api)]);
    }

    #[test]
    fn what_is_no_api_is_left_alone() {
        for details in [
            json!({"queueUrl": "https://sqs.eu-central-1.amazonaws.com/1/q"}),
            json!({"repositoryUrl": "https://example.com/o/n"}),
            json!({"url": "https://github.com/o/n"}),
            json!({"console": "https://eu-central-1.console.aws.amazon.com/x"}),
            json!({"homepage": "https://example.com"}),
            json!({"url": "ftp://example.com", "note": "see https://x.example/ there"}),
            json!(7),
        ] {
            assert_eq!(urls(&details), [], "{details}");
        }
    }

    #[test]
    fn routes_that_are_written_down_are_read() {
        let details = json!({
            "endpoints": ["GET /items", "see /docs", {"method": "post", "path": "/items"}, {"path": "/x"}],
            "api": {"routes": [{"httpMethod": "DELETE", "resourcePath": "/items/:id"}]},
        });
        let shown: Vec<_> =
            routes(&details).iter().map(|f| format!("{:?} {} {}", f.verb, f.path, f.origin.place)).collect();
        assert_eq!(
            shown,
            [
                "One(Get) /items stackDetails.endpoints",
                "One(Post) /items stackDetails.endpoints",
                "One(Delete) /items/{id} stackDetails.api.routes",
            ]
        );
    }
}

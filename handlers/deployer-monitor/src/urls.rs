//! The HTTPS addresses of what was deployed: those among the outputs, and those that follow from the resources.

use drydock_contract::session::DeployedResource;
use std::collections::BTreeMap;

/// Every HTTPS address among the outputs, in the order of their names, each once.
pub(crate) fn of_outputs(outputs: &BTreeMap<String, String>) -> Vec<String> {
    let mut urls = Vec::new();
    for value in outputs.values().map(|value| value.trim()) {
        if is_https(value) {
            add(&mut urls, value.to_owned());
        }
    }
    urls
}

/// Adds `url` unless it is there, with or without a slash at its end.
pub(crate) fn add(urls: &mut Vec<String>, url: String) {
    let bare = url.trim_end_matches('/');
    if !urls.iter().any(|known| known.trim_end_matches('/') == bare) {
        urls.push(url);
    }
}

/// Stage addresses of the API Gateway APIs among `resources`.
///
/// A stage does not say which API it belongs to, so an address is only derived where there is one API of the kind.
/// Named stages of `AWS::ApiGatewayV2` may belong to a WebSocket API; `$default` only exists for HTTP.
pub(crate) fn of_apis(resources: &[DeployedResource], region: &Region) -> Vec<String> {
    let ids = |kind: &str| {
        let of_kind = |resource: &&DeployedResource| resource.resource_type == kind && !resource.physical_id.is_empty();
        resources.iter().filter(of_kind).map(|resource| resource.physical_id.as_str()).collect::<Vec<_>>()
    };
    let mut urls = Vec::new();
    if let [api] = ids("AWS::ApiGateway::RestApi")[..] {
        for stage in ids("AWS::ApiGateway::Stage") {
            add(&mut urls, format!("{}/{stage}", region.api(api)));
        }
    }
    if let [api] = ids("AWS::ApiGatewayV2::Api")[..]
        && ids("AWS::ApiGatewayV2::Stage").contains(&"$default")
    {
        add(&mut urls, region.api(api));
    }
    urls
}

/// Where a stack stands: region and the domain of its partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    name: String,
    domain: &'static str,
}

impl Region {
    /// Reads it from `arn:<partition>:cloudformation:<region>:…`.
    pub(crate) fn of_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let (Some("arn"), Some(partition), Some(_), Some(name)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let domain = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        (!name.is_empty()).then(|| Self { name: name.to_owned(), domain })
    }

    fn api(&self, id: &str) -> String {
        format!("https://{id}.execute-api.{}.{}", self.name, self.domain)
    }
}

fn is_https(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1";

    fn resource((resource_type, physical_id): (&str, &str)) -> DeployedResource {
        DeployedResource {
            logical_id: "L".into(),
            physical_id: physical_id.into(),
            resource_type: resource_type.into(),
            status: "CREATE_COMPLETE".into(),
        }
    }

    #[test]
    fn outputs_that_are_addresses_are_found_once() {
        let check = |outputs: &[(&str, &str)], expected: &[&str]| {
            let outputs = outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            assert_eq!(of_outputs(&outputs), expected);
        };
        check(
            &[("A", "https://a.example/x"), ("B", "https://a.example/x/"), ("C", "arn:aws:sqs:x")],
            &["https://a.example/x"],
        );
        check(
            &[("A", "http://a.example"), ("B", "https://"), ("C", "see https://a.example"), ("D", "https:///etc")],
            &[],
        );
        check(&[("A", " https://a.example/ ")], &["https://a.example/"]);
    }

    #[test]
    fn api_addresses_follow_from_the_resources() {
        let check = |resources: &[(&str, &str)], expected: &[&str]| {
            let resources: Vec<_> = resources.iter().copied().map(resource).collect();
            assert_eq!(of_apis(&resources, &Region::of_arn(ARN).unwrap()), expected, "{resources:?}");
        };
        let rest = ("AWS::ApiGateway::RestApi", "abc");
        let http = ("AWS::ApiGatewayV2::Api", "xyz");
        check(&[rest, ("AWS::ApiGateway::Stage", "Prod")], &["https://abc.execute-api.eu-west-1.amazonaws.com/Prod"]);
        check(&[http, ("AWS::ApiGatewayV2::Stage", "$default")], &["https://xyz.execute-api.eu-west-1.amazonaws.com"]);
        check(&[http, ("AWS::ApiGatewayV2::Stage", "live")], &[]);
        check(&[rest, ("AWS::ApiGateway::RestApi", "def"), ("AWS::ApiGateway::Stage", "Prod")], &[]);
        check(&[rest], &[]);
    }

    #[test]
    fn a_region_stands_in_the_arn() {
        let china = Region::of_arn("arn:aws-cn:cloudformation:cn-north-1:1:stack/a/b").unwrap();
        assert_eq!(china.api("abc"), "https://abc.execute-api.cn-north-1.amazonaws.com.cn");
        assert_eq!(Region::of_arn("demo"), None);
    }
}

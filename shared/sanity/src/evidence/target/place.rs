//! Hosts and stages.

use crate::evidence::ApiKind;
use url::Url;

/// The embedded engine writes addresses of its own into outputs; they stand for these.
pub(super) fn public(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let host = host.strip_suffix(".localhost").filter(|_| url.scheme() == "http");
    let Some(host) = host else { return Some(url.clone()) };
    let at = match host.split('.').collect::<Vec<_>>()[..] {
        [id, "execute-api"] => format!("{id}.execute-api.us-east-1.amazonaws.com"),
        [id, "execute-api", region] => format!("{id}.execute-api.{region}.amazonaws.com"),
        [id, "lambda-url", region] => format!("{id}.lambda-url.{region}.on.aws"),
        _ => return None,
    };
    Url::parse(&format!("https://{at}{}", url.path())).ok()
}

/// What people call their stages.
pub(super) const STAGES: [&str; 12] =
    ["Prod", "prod", "production", "Stage", "stage", "staging", "dev", "development", "test", "live", "default", "v1"];

/// The stage that is tested. SAM makes one called `Stage` that nobody asked for.
pub(super) fn usual_stage(kind: ApiKind, stages: &[String]) -> Option<&str> {
    let first = |wanted: &dyn Fn(&str) -> bool| stages.iter().map(String::as_str).find(|stage| wanted(stage));
    if kind == ApiKind::Http
        && let Some(stage) = first(&|stage| stage == "$default")
    {
        return Some(stage);
    }
    first(&|stage| stage != "Stage").or_else(|| first(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_own_addresses_stand_for_the_public_ones() {
        let check = |from: &str, to: Option<&str>| {
            assert_eq!(public(&Url::parse(from).unwrap()).map(|url| url.to_string()).as_deref(), to);
        };
        check("http://abc.execute-api.localhost:4566/x", Some("https://abc.execute-api.us-east-1.amazonaws.com/x"));
        check("http://x.lambda-url.eu-west-1.localhost:4566/", Some("https://x.lambda-url.eu-west-1.on.aws/"));
        check("http://localhost:4566/", Some("http://localhost:4566/"));
        check("http://sqs.us-east-1.localhost:4566/q", None);
    }
}

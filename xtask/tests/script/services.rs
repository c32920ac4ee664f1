//! What other services than CloudFormation answer: IAM's simulator, and S3 with the code bucket.

use super::said;
use crate::answers::Answer;
use crate::loopback::{Asked, Reply};
use std::collections::BTreeMap;

/// What IAM's simulator says of each action that it is asked for.
pub(super) fn simulated(body: &str, forbidden: &[(&str, &str)]) -> Reply {
    let body = body.replace("%3A", ":").replace("%2F", "/");
    let of = |start: &'static str| body.split('&').filter(move |part| part.starts_with(start));
    let value = |part: &str| part.split_once('=').map(|(_, value)| value.to_owned()).unwrap_or_default();
    let who = of("PolicySourceArn=").map(value).next().unwrap_or_default();
    let results = of("ActionNames.").map(value).map(|action| {
        let refused = forbidden.iter().any(|(end, known)| who.ends_with(end) && *known == action);
        let decision = if refused { "implicitDeny" } else { "allowed" };
        format!("<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>")
    });
    let results = format!("<EvaluationResults>{}</EvaluationResults>", results.collect::<String>());
    said(Answer::of("SimulatePrincipalPolicy", &results))
}

/// S3: the code bucket is there. Templates and zips are there, too, unless the test says what it holds.
pub(super) fn storage(request: &Asked, objects: &BTreeMap<String, String>) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let key = path.splitn(3, '/').nth(2).unwrap_or_default();
    let none = || Reply::Answer(404, "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>".to_owned());
    match request.method.as_str() {
        "GET" if query.contains("tagging") => {
            let tags = "<Tagging><TagSet><Tag><Key>drydock:purpose</Key><Value>code</Value></Tag></TagSet></Tagging>";
            Reply::Answer(200, tags.to_owned())
        }
        "GET" if query.contains("list-type=2") => listed(query, objects),
        "GET" => objects.get(key).map_or_else(none, |body| Reply::Answer(200, body.clone())),
        "HEAD" if !objects.is_empty() && !objects.contains_key(key) => none(),
        _ => Reply::Answer(200, String::new()),
    }
}

fn listed(query: &str, objects: &BTreeMap<String, String>) -> Reply {
    let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default().replace("%2F", "/");
    let keys = objects.keys().filter(|key| key.starts_with(&prefix));
    let contents: String = keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    Reply::Answer(200, format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"))
}

//! What other services than CloudFormation answer: IAM's simulator, and S3 with the code bucket.

use super::said;
use crate::answers::Answer;
use crate::loopback::{Asked, Reply};
use std::collections::BTreeMap;

/// What IAM's simulator says of each action that it is asked for.
pub(super) fn simulated(body: &str, forbidden: &[(&str, &str)]) -> Reply {
    let body = readable(body);
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

/// Who passes which role to which service, of what the simulator is asked.
pub(super) fn passed(body: &str) -> Option<(String, String, String)> {
    let body = readable(body);
    let value =
        |name: &str| body.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
    (value("ActionNames.member.1")? == "iam:PassRole").then_some(())?;
    let key = value("ContextEntries.member.1.ContextKeyName").unwrap_or_default();
    let service = value("ContextEntries.member.1.ContextKeyValues.member.1").unwrap_or_default();
    let told = if key == "iam:PassedToService" { service } else { String::new() };
    Some((value("PolicySourceArn")?, value("ResourceArns.member.1")?, told))
}

fn readable(body: &str) -> String {
    body.replace("%3A", ":").replace("%2F", "/")
}

/// What lies in the code bucket.
pub(super) struct Objects {
    pub(super) by_key: BTreeMap<String, String>,
    /// True if nothing else is there; otherwise templates and zips are.
    only: bool,
}

impl Objects {
    pub(super) fn of(by_key: BTreeMap<String, String>) -> Self {
        Self { only: !by_key.is_empty(), by_key }
    }
}

/// S3: the code bucket is there. Templates and zips are there, too, unless the test says what it holds.
pub(super) fn storage(request: &Asked, objects: &mut Objects) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let key = path.splitn(3, '/').nth(2).unwrap_or_default();
    let none = || Reply::Answer(404, "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>".to_owned());
    match request.method.as_str() {
        "GET" if query.contains("tagging") => {
            let tags = "<Tagging><TagSet><Tag><Key>drydock:purpose</Key><Value>code</Value></Tag></TagSet></Tagging>";
            Reply::Answer(200, tags.to_owned())
        }
        "GET" if query.contains("list-type=2") => listed(query, &objects.by_key),
        "GET" => objects.by_key.get(key).map_or_else(none, |body| Reply::Answer(200, body.clone())),
        "HEAD" if objects.only && !objects.by_key.contains_key(key) => none(),
        "PUT" if !key.is_empty() => {
            objects.by_key.insert(key.to_owned(), request.body.clone());
            Reply::Answer(200, String::new())
        }
        "DELETE" => {
            objects.by_key.remove(key);
            Reply::Answer(204, String::new())
        }
        _ => Reply::Answer(200, String::new()),
    }
}

fn listed(query: &str, objects: &BTreeMap<String, String>) -> Reply {
    let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default().replace("%2F", "/");
    let keys = objects.keys().filter(|key| key.starts_with(&prefix));
    let contents: String = keys.map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    Reply::Answer(200, format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"))
}

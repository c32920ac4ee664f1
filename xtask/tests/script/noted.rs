//! What is noted of a command: what it asked to change, without what differs from run to run.

use crate::loopback::Asked;
use std::collections::BTreeMap;

/// Actions that change something.
const CHANGING: [&str; 11] = [
    "CreateChangeSet",
    "ExecuteChangeSet",
    "DeleteChangeSet",
    "DeleteStack",
    "ContinueUpdateRollback",
    "CancelUpdateStack",
    "RollbackStack",
    "SetStackPolicy",
    "UpdateTerminationProtection",
    "UpdateStack",
    "CreateStack",
];

/// Notes a request that changes something.
pub(super) fn note(request: &Asked, noted: &mut Vec<String>) {
    let action = request.action();
    // A bucket is an address with nothing behind its name.
    let of_a_bucket = request.path.trim_matches('/').bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if action.is_empty() && request.method == "PUT" && of_a_bucket {
        noted.push("CreateBucket".to_owned());
    }
    if !CHANGING.contains(&action) {
        return;
    }
    let telling = [
        "ChangeSetType=",
        "ResourcesToSkip",
        "RetainResources",
        "EnableTerminationProtection",
        "TemplateURL=",
        "RoleARN=",
    ];
    let body = request.body.replace("%3A", ":").replace("%2F", "/").replace("%40", "@");
    let own = body.split('&').filter(|part| telling.iter().any(|start| part.starts_with(start)));
    let told: Vec<String> = own.map(str::to_owned).chain(pairs(&body)).collect();
    noted.push(format!("{action} {}", told.join(" ")).trim_end().to_owned());
}

/// What a request sets of a whole bucket.
pub(super) fn of_the_bucket(request: &Asked) -> Option<(String, String)> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let of_a_bucket = request.method == "PUT" && path.trim_matches('/').starts_with("drydock-code-");
    let what = query.split('&').find(|part| !part.is_empty() && !part.contains("x-id"))?;
    (of_a_bucket && !path.trim_matches('/').contains('/'))
        .then(|| (what.trim_end_matches('=').to_owned(), request.body.clone()))
}

/// Parameters and tags that are asked for, as `NAME=VALUE`; a parameter that keeps its value is none.
fn pairs(body: &str) -> Vec<String> {
    let fields: BTreeMap<&str, &str> = body.split('&').filter_map(|part| part.split_once('=')).collect();
    let of = |key_field: &str, value_field: &str| {
        let keys = fields.iter().filter_map(|(field, key)| Some((field.strip_suffix(key_field)?, key)));
        let with_values =
            keys.filter_map(|(member, key)| Some((key, fields.get(format!("{member}{value_field}").as_str())?)));
        let mut pairs: Vec<String> = with_values.map(|(key, value)| format!("{key}={value}")).collect();
        pairs.sort();
        pairs
    };
    [of(".ParameterKey", ".ParameterValue"), of(".Key", ".Value")].concat()
}

/// Without what differs from run to run.
pub(super) fn stable(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            words.push(replaced(word));
        }
        out.push_str(&words.join(" "));
    }
    out
}

fn replaced(word: &str) -> String {
    let bare = word.trim_end_matches([',', '\n', ';', ':']);
    let end = &word[bare.len()..];
    if let Some(number) =
        bare.strip_suffix('s').filter(|number| number.parse::<f64>().is_ok_and(|_| number.contains('.')))
    {
        return format!("{}[elapsed]{end}", if number.is_empty() { "s" } else { "" });
    }
    match bare.strip_prefix("TemplateURL=") {
        Some(_) => format!("TemplateURL=…{end}"),
        None => word.to_owned(),
    }
}

//! What a document promises of an answer.

use super::checks::{Check, CheckName, Seen, clip, conforms, content_type, is_media};
use super::{Answer, Secrets};
use crate::endpoint::{Header, Response};
use crate::schema::Schema;
use serde_json::Value;

/// What a document promises of an answer with this status. An answer without a body, to which HTTP gives none
/// (`HEAD`, 204, 304), has no media type either.
pub(super) fn checks(promise: &Response, answer: &Answer, seen: &Seen<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let bodyless = answer.body.is_empty() && (answer.bodyless || matches!(answer.status, 204 | 304));
    if !promise.content.is_empty() && !bodyless {
        let wanted: Vec<String> = promise.content.keys().cloned().collect();
        checks.push(content_type(&wanted, answer));
        let found = answer.header("content-type").unwrap_or_default();
        let schema =
            promise.content.iter().find(|(media, _)| is_media(media, found)).and_then(|(_, schema)| schema.as_ref());
        checks.extend(schema.and_then(|schema| conforms(schema, answer, seen)));
    }
    for (name, header) in &promise.headers {
        checks.extend(promised_header(name, header, answer, seen.secrets));
    }
    checks
}

/// A header is a text; its schema may speak of a number or of true and false.
fn promised_header(name: &str, header: &Header, answer: &Answer, secrets: &Secrets) -> Option<Check> {
    let check = CheckName::ResponseHeadersConformance;
    let Some(value) = answer.header(name) else {
        return header
            .required
            .then(|| Check::new(check, false, format!("{name} is there"), format!("{name} is not there")));
    };
    let schema = header.schema.as_ref()?;
    let schema = Schema::for_answers(schema).ok()?;
    let readings = [Some(Value::from(value)), serde_json::from_str(value).ok()];
    let allowed: Option<Vec<bool>> = readings.iter().flatten().map(|reading| schema.allows(reading)).collect();
    let passed = allowed?.contains(&true);
    Some(Check::new(
        check,
        passed,
        format!("{name} conforms to its schema"),
        clip(&format!("{name} is {value}"), secrets),
    ))
}

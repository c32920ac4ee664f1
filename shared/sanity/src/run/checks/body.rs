//! The body of an answer: its media type and its schema.

use super::{Check, CheckName, Seen, clip};
use crate::run::Answer;
use crate::schema::Schema;
use serde_json::Value;

pub(in crate::run) fn content_type(wanted: &[String], answer: &Answer) -> Check {
    let found = answer.header("content-type").unwrap_or_default();
    let passed = wanted.iter().any(|wanted| is_media(wanted, found));
    let actual = if found.is_empty() { "no content type" } else { found };
    Check::new(CheckName::ContentTypeConformance, passed, wanted.join(" or "), actual)
}

/// True if `found` is what `wanted` says, which may be a range: `text/*`.
pub(in crate::run) fn is_media(wanted: &str, found: &str) -> bool {
    let (wanted, found) = (media_type(wanted), media_type(found));
    match wanted.split_once('/') {
        Some(("*", "*")) => true,
        Some((kind, "*")) => found.split_once('/').is_some_and(|(found, _)| found == kind),
        _ => wanted == found,
    }
}

/// Type and subtype, without parameters.
fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Nothing can be said of a body that was not read to its end, nor of one that it would take too long to compare.
pub(in crate::run) fn conforms(schema: &Value, answer: &Answer, seen: &Seen<'_>) -> Option<Check> {
    let expected = "a body that conforms to the schema";
    let check = |passed, actual: String| Check::new(CheckName::ResponseSchemaConformance, passed, expected, actual);
    if answer.truncated {
        return None;
    }
    let Some(json) = seen.json.get() else { return Some(check(false, "a body that is no JSON".to_owned())) };
    let errors = match Schema::for_answers(schema) {
        Err(error) => return Some(check(false, format!("a schema that cannot be used: {error}"))),
        Ok(schema) => schema.errors(json)?,
    };
    let passed = errors.is_empty();
    Some(check(passed, if passed { "it does".to_owned() } else { clip(&errors.join("; "), seen.secrets) }))
}

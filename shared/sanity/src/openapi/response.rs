//! What a document promises of answers.

use super::schema::{self, Direction, Source};
use super::{MAX_NAME, MAX_PARTS, is_json};
use crate::endpoint::{Header, Response};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most media types and headers of one answer.
const MAX_MEDIA: usize = 10;
const MAX_HEADERS: usize = 20;

/// The answers by status: `200`, `4XX` or `default`.
pub(super) fn responses(source: Source<'_>, operation: &Map<String, Value>) -> BTreeMap<String, Response> {
    let Some(responses) = operation.get("responses").and_then(Value::as_object) else { return BTreeMap::new() };
    let produces = operation.get("produces").or_else(|| source.document.get("produces")).and_then(Value::as_array);
    let known = responses.iter().filter(|(status, _)| status.len() <= "default".len()).take(MAX_PARTS);
    known
        .map(|(status, response)| {
            let response = source.resolve(response);
            let headers = response.get("headers").and_then(Value::as_object).into_iter().flatten();
            let headers = headers
                // OpenAPI: a header `Content-Type` here is to be ignored.
                .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type") && name.len() <= MAX_NAME)
                .take(MAX_HEADERS)
                .map(|(name, header)| (name.clone(), read_header(source, header)))
                .collect();
            let response = Response { content: content(source, response, produces), headers };
            (status.to_ascii_uppercase().replace("DEFAULT", "default"), response)
        })
        .collect()
}

/// The media types, and the schemas of those that are JSON.
fn content(source: Source<'_>, response: &Value, produces: Option<&Vec<Value>>) -> BTreeMap<String, Option<Value>> {
    let whole = |media: &str, schema: Option<&Value>| {
        let schema = schema.filter(|_| is_json(media)).map(|schema| schema::whole(source, schema, Direction::Response));
        (media.to_owned(), schema.filter(|schema| !schema.is_null()))
    };
    let is_short = |media: &&str| media.len() <= MAX_NAME;
    if let Some(medias) = response.get("content").and_then(Value::as_object) {
        let medias = medias.iter().filter(|(media, _)| is_short(&media.as_str())).take(MAX_MEDIA);
        return medias.map(|(media, value)| whole(media, value.get("schema"))).collect();
    }
    let Some(schema) = response.get("schema") else { return BTreeMap::new() };
    let medias = produces.into_iter().flatten().filter_map(Value::as_str).filter(is_short).take(MAX_MEDIA);
    medias.map(|media| whole(media, Some(schema))).collect()
}

fn read_header(source: Source<'_>, header: &Value) -> Header {
    let header = source.resolve(header);
    let schema = header.get("schema").map(|schema| schema::whole(source, schema, Direction::Response));
    Header {
        required: header.get("required") == Some(&Value::Bool(true)),
        schema: schema.filter(|schema| !schema.is_null()),
    }
}

//! What a document promises of answers.

use super::schema::{self, Direction};
use super::{MAX_PARTS, is_json};
use crate::endpoint::{Header, Response};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The answers by status: `200`, `4XX` or `default`.
pub(super) fn responses(document: &Value, operation: &Map<String, Value>) -> BTreeMap<String, Response> {
    let Some(responses) = operation.get("responses").and_then(Value::as_object) else { return BTreeMap::new() };
    let produces = operation.get("produces").or_else(|| document.get("produces")).and_then(Value::as_array);
    responses
        .iter()
        .take(MAX_PARTS)
        .map(|(status, response)| {
            let response = schema::resolve(document, response);
            let mut content = BTreeMap::new();
            if let Some(medias) = response.get("content").and_then(Value::as_object) {
                for (media, value) in medias {
                    let schema = value.get("schema").filter(|_| is_json(media));
                    content.insert(
                        media.clone(),
                        schema.map(|schema| schema::whole(document, schema, Direction::Response)),
                    );
                }
            } else if let Some(schema) = response.get("schema") {
                for media in produces.into_iter().flatten().filter_map(Value::as_str) {
                    content.insert(
                        media.to_owned(),
                        Some(schema::whole(document, schema, Direction::Response)).filter(|_| is_json(media)),
                    );
                }
            }
            let headers = response.get("headers").and_then(Value::as_object).into_iter().flatten();
            let headers = headers
                // OpenAPI: a header `Content-Type` here is to be ignored.
                .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
                .map(|(name, header)| (name.clone(), read_header(document, header)))
                .collect();
            (status.to_ascii_uppercase().replace("DEFAULT", "default"), Response { content, headers })
        })
        .collect()
}

fn read_header(document: &Value, header: &Value) -> Header {
    let header = schema::resolve(document, header);
    Header {
        required: header.get("required") == Some(&Value::Bool(true)),
        schema: header.get("schema").map(|schema| schema::whole(document, schema, Direction::Response)),
    }
}

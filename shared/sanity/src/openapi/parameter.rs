//! Parameters, and how their values are written.

use super::schema::{self, Direction, Source};
use super::{example, json_media};
use crate::endpoint::{Parameter, Style};
use serde_json::Value;
use std::borrow::Cow;

/// The schema of what is not described.
pub(super) static ANYTHING: Value = Value::Bool(true);

pub(super) fn read(source: Source<'_>, parameter: &Value) -> Parameter {
    let field = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, place) = (field("name").to_owned(), field("in").to_owned());
    let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(place == "path");
    let schema = own_schema(parameter);
    let (example, given) = example::of(source, parameter, &schema);
    let schema = Some(schema::whole(source, &schema, Direction::Request));
    let is_query = place == "query";
    Parameter { name, place, required, example, given, schema, style: style(parameter, is_query) }
}

/// How lists and objects are written: OpenAPI 3 says it by `style` and `explode`, Swagger 2.0 by `collectionFormat`.
/// Queries and forms repeat the name unless they say otherwise; paths and headers have commas.
pub(super) fn style(holder: &Value, is_query: bool) -> Style {
    let field = |name: &str| holder.get(name).and_then(Value::as_str);
    if json_media(holder.get("content")).is_some() {
        return Style::Json;
    }
    // In Swagger 2.0 a parameter has a type of its own.
    if let Some(format) = field("collectionFormat").or_else(|| field("type").map(|_| "csv")) {
        return match format {
            "multi" => Style::Repeated,
            "ssv" => Style::Joined(' '),
            "tsv" => Style::Joined('\t'),
            "pipes" => Style::Joined('|'),
            _ => Style::Joined(','),
        };
    }
    let explode = holder.get("explode").and_then(Value::as_bool);
    match field("style") {
        Some("deepObject") => Style::Deep,
        Some("spaceDelimited") if explode != Some(true) => Style::Joined(' '),
        Some("pipeDelimited") if explode != Some(true) => Style::Joined('|'),
        _ if is_query && explode != Some(false) => Style::Repeated,
        _ => Style::Joined(','),
    }
}

/// A parameter's schema; in Swagger 2.0 the parameter is its own.
pub(super) fn own_schema(parameter: &Value) -> Cow<'_, Value> {
    if let Some(schema) = parameter.get("schema") {
        return Cow::Borrowed(schema);
    }
    if let Some(media) = json_media(parameter.get("content")) {
        return Cow::Borrowed(media.get("schema").unwrap_or(&ANYTHING));
    }
    let own = ["name", "in", "required", "description", "collectionFormat", "allowEmptyValue", "content"];
    let members = parameter.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| !own.contains(&name.as_str()));
    Cow::Owned(Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_style_is_understood() {
        let check = |parameter: Value, expected: Style| {
            assert_eq!(style(&parameter, parameter["in"] == "query"), expected, "{parameter}");
        };
        check(json!({"in": "query", "schema": {}}), Style::Repeated);
        check(json!({"in": "query", "explode": false}), Style::Joined(','));
        check(json!({"in": "query", "style": "pipeDelimited"}), Style::Joined('|'));
        check(json!({"in": "query", "style": "spaceDelimited", "explode": false}), Style::Joined(' '));
        check(json!({"in": "query", "style": "deepObject", "explode": true}), Style::Deep);
        check(json!({"in": "query", "content": {"application/json": {}}}), Style::Json);
        check(json!({"in": "header", "schema": {}}), Style::Joined(','));
        check(json!({"in": "path", "schema": {}}), Style::Joined(','));
        check(json!({"in": "query", "type": "array"}), Style::Joined(','));
        check(json!({"in": "query", "type": "array", "collectionFormat": "multi"}), Style::Repeated);
        check(json!({"in": "query", "type": "array", "collectionFormat": "tsv"}), Style::Joined('\t'));
    }
}

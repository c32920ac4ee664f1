//! Values that conform: the document's own examples first, else made from the schema. The same document gives the
//! same values.

use super::schema::resolve;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Deepest nesting that is filled in; optional members beyond it are left out.
const MAX_DEPTH: usize = 6;

/// A value for a parameter or a body: `example`, the first of `examples`, else from the schema. True with it if the
/// document itself gives the value.
pub(super) fn of(document: &Value, holder: &Value, schema: &Value) -> (Value, bool) {
    let given = holder.get("example").or_else(|| holder.get("x-example")).cloned();
    match given.or_else(|| named(document, holder).into_values().next()) {
        Some(given) => (given, true),
        None => (from_schema(document, schema, 0), given_by(resolve(document, schema)).is_some()),
    }
}

/// All of a holder's `examples`.
pub(super) fn named(document: &Value, holder: &Value) -> BTreeMap<String, Value> {
    let examples = holder.get("examples").and_then(Value::as_object).into_iter().flatten();
    examples
        .filter_map(|(name, example)| Some((name.clone(), resolve(document, example).get("value")?.clone())))
        .collect()
}

/// The value that a schema itself gives.
fn given_by(schema: &Value) -> Option<&Value> {
    let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|list| list.first());
    let given = schema.get("const").or_else(|| schema.get("example")).or_else(|| schema.get("default"));
    given.or_else(|| first("examples")).or_else(|| first("enum"))
}

fn from_schema(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    if let Some(given) = given_by(schema) {
        return given.clone();
    }
    let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|list| list.first());
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return merged(document, schema, parts, depth);
    }
    if let Some(choice) = first("oneOf").or_else(|| first("anyOf")) {
        return from_schema(document, choice, depth + 1);
    }
    let kind = schema.get("type").and_then(|kind| kind.as_str().or_else(|| kind.as_array()?.first()?.as_str()));
    match kind {
        Some("string") => Value::String(string(schema)),
        Some("integer") => number(schema, 1),
        Some("number") => number(schema, 1),
        Some("boolean") => Value::Bool(true),
        Some("null") => Value::Null,
        Some("array") => array(document, schema, depth),
        _ if kind == Some("object") || schema.get("properties").is_some() => {
            Value::Object(object(document, schema, depth))
        }
        _ => json!("string"),
    }
}

/// The members of all parts together.
fn merged(document: &Value, schema: &Value, parts: &[Value], depth: usize) -> Value {
    let mut members = object(document, schema, depth);
    for part in parts {
        match from_schema(document, part, depth + 1) {
            Value::Object(more) => members.extend(more),
            other => return other,
        }
    }
    Value::Object(members)
}

/// All members while nesting is shallow, so that an example shows what there is; then only what is required.
fn object(document: &Value, schema: &Value, depth: usize) -> Map<String, Value> {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut members = Map::new();
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let needed = required.contains(&name.as_str());
        let read_only = resolve(document, member).get("readOnly") == Some(&Value::Bool(true));
        // A member that refers back to what it is in would never end.
        let nested = member.get("$ref").is_some() || resolve(document, member).get("properties").is_some();
        if !read_only && depth < MAX_DEPTH && (needed || !nested) {
            members.insert(name.clone(), from_schema(document, member, depth + 1));
        }
    }
    members
}

fn array(document: &Value, schema: &Value, depth: usize) -> Value {
    let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).min(10);
    match schema.get("items") {
        Some(items) if depth < MAX_DEPTH => (0..least).map(|_| from_schema(document, items, depth + 1)).collect(),
        _ => json!([]),
    }
}

fn number(schema: &Value, usual: i64) -> Value {
    let of = |name: &str| schema.get(name).filter(|value| value.is_number());
    if let Some(least) = of("minimum") {
        return least.clone();
    }
    if let Some(least) = of("exclusiveMinimum").and_then(Value::as_i64) {
        return json!(least + 1);
    }
    match of("maximum").and_then(Value::as_f64) {
        #[expect(clippy::cast_precision_loss, reason = "the usual number is small")]
        Some(most) if most < usual as f64 => of("maximum").cloned().unwrap_or_default(),
        _ => json!(usual),
    }
}

fn string(schema: &Value) -> String {
    let usual = match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        Some("date-time") => "2024-01-01T00:00:00Z",
        Some("date") => "2024-01-01",
        Some("time") => "00:00:00Z",
        Some("email") => "user@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("byte") => "c3RyaW5n",
        _ => "string",
    };
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    let mut text = usual.to_owned();
    if let Some(least) = limit("minLength").filter(|least| *least <= 1000) {
        while text.len() < least {
            text.push('x');
        }
    }
    if let Some(most) = limit("maxLength") {
        text.truncate(most);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_conforms_to_its_schema() {
        for schema in [
            json!({"type": "string", "minLength": 10}),
            json!({"type": "string", "maxLength": 3}),
            json!({"type": "string", "format": "uuid"}),
            json!({"type": "integer", "minimum": 5}),
            json!({"type": "integer", "exclusiveMinimum": 5}),
            json!({"type": "number", "maximum": 0.5}),
            json!({"enum": ["b", "a"]}),
            json!({"type": ["string", "null"]}),
            json!({"type": "array", "minItems": 2, "items": {"type": "boolean"}}),
            json!({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
                             {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}]}),
            json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}),
            json!({"type": "object", "required": ["o"], "properties": {"o": {"type": "object", "required": ["x"],
                   "properties": {"x": {"type": "string", "format": "date-time"}}}}}),
        ] {
            let (value, _) = of(&json!({}), &json!({}), &schema);
            assert!(jsonschema::is_valid(&schema, &value), "{schema}: {value}");
        }
    }

    #[test]
    fn the_documents_own_examples_come_first() {
        let check = |holder: Value, expected: Value| {
            assert_eq!(of(&json!({}), &holder, holder.get("schema").unwrap_or(&json!({}))), (expected, true));
        };
        check(json!({"example": 7, "schema": {"example": 8}}), json!(7));
        check(json!({"examples": {"one": {"value": 9}}, "schema": {}}), json!(9));
        check(json!({"schema": {"type": "integer", "example": 8}}), json!(8));
    }

    #[test]
    fn a_schema_that_holds_itself_ends() {
        let document = json!({"definitions": {"Node": {"type": "object", "required": ["next"], "properties": {
            "next": {"$ref": "#/definitions/Node"}, "name": {"type": "string"}}}}});
        let (value, given) = of(&document, &json!({}), &json!({"$ref": "#/definitions/Node"}));
        assert!(!given);
        assert!(value.pointer("/next/next").is_some());
    }
}

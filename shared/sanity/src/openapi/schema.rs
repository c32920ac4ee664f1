//! References and schemas of a document.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Longest chain of references that is followed.
const MAX_STEPS: usize = 32;

/// Follows `$ref` within the document; what cannot be followed stays as it is.
pub(crate) fn resolve<'doc>(document: &'doc Value, mut value: &'doc Value) -> &'doc Value {
    for _ in 0..MAX_STEPS {
        let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        match target.and_then(|pointer| document.pointer(pointer)) {
            Some(next) => value = next,
            None => break,
        }
    }
    value
}

/// Which way a body travels: members that are `readOnly` are not sent, `writeOnly` ones do not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

/// A schema that is whole in itself: the parts that it refers to travel with it, under the names by which it refers
/// to them, and no others. What OpenAPI 3.0 writes in its own way is put into JSON Schema's.
pub(super) fn whole(document: &Value, schema: &Value, direction: Direction) -> Value {
    let mut whole = json!({"allOf": [translate(document, schema, direction)]});
    let mut open = references(schema);
    let mut done = BTreeSet::new();
    while let Some(reference) = open.pop_first() {
        if !done.insert(reference.clone()) || done.len() > MAX_PARTS {
            continue;
        }
        let pointer = reference.trim_start_matches('#');
        let Some(part) = document.pointer(pointer) else { continue };
        open.extend(references(part));
        put(&mut whole, pointer, translate(document, part, direction));
    }
    whole
}

/// Most parts that travel with a schema.
const MAX_PARTS: usize = 300;

/// What a schema refers to within its document.
fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).filter(|text| text.starts_with("#/"));
            members.values().flat_map(references).chain(own.map(str::to_owned)).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Puts a value where a pointer leads, making what is on the way.
fn put(whole: &mut Value, pointer: &str, value: Value) {
    let mut at = whole;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(members) = at.as_object_mut() else { return };
        at = members.entry(part).or_insert(Value::Null);
    }
    *at = value;
}

/// `nullable: true` beside a `type` becomes a second type; boolean `exclusiveMinimum` and `exclusiveMaximum` become
/// the numbers that they speak of; members that do not travel in this direction are not required.
fn translate(document: &Value, value: &Value, direction: Direction) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| translate(document, item, direction)).collect(),
        Value::Object(members) => {
            let mut members: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), translate(document, value, direction))).collect();
            relax(document, &mut members, direction);
            if members.get("nullable") == Some(&Value::Bool(true)) {
                members.remove("nullable");
                nullable(&mut members);
            }
            for (exclusive, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                let Some(Value::Bool(is_exclusive)) = members.get(exclusive).cloned() else { continue };
                members.remove(exclusive);
                if let Some(number) = members.remove(limit) {
                    members.insert(if is_exclusive { exclusive } else { limit }.to_owned(), number);
                }
            }
            Value::Object(members)
        }
        other => other.clone(),
    }
}

fn nullable(members: &mut Map<String, Value>) {
    if let Some(Value::String(kind)) = members.get("type").cloned() {
        members.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(Value::Array(values)) = members.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

/// Takes members that do not travel out of `required`.
fn relax(document: &Value, members: &mut Map<String, Value>, direction: Direction) {
    let word = if direction == Direction::Request { "readOnly" } else { "writeOnly" };
    let Some(Value::Object(properties)) = members.get("properties") else { return };
    let stays: Vec<String> = properties
        .iter()
        .filter(|(_, property)| resolve(document, property).get(word) == Some(&Value::Bool(true)))
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(Value::Array(required)) = members.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|name| stays.iter().any(|stay| stay == name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openapi_writes_in_its_own_way_is_translated() {
        let check = |from: Value, to: Value| assert_eq!(translate(&json!({}), &from, Direction::Request), to);
        check(json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]}));
        check(json!({"minimum": 1, "exclusiveMinimum": true}), json!({"exclusiveMinimum": 1}));
        check(json!({"minimum": 1, "exclusiveMinimum": false}), json!({"minimum": 1}));
        check(json!({"enum": ["a"], "nullable": true}), json!({"enum": ["a", null]}));
    }

    #[test]
    fn a_reference_in_a_circle_ends() {
        let document = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}});
        assert!(resolve(&document, &document["a"]).get("$ref").is_some());
    }

    #[test]
    fn only_what_is_referred_to_travels_along() {
        let document = json!({"components": {"schemas": {
            "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}}, "B": {"type": "string"}, "C": {"type": "null"}
        }}});
        let whole = whole(&document, &json!({"$ref": "#/components/schemas/A"}), Direction::Response);
        assert!(whole.pointer("/components/schemas/B").is_some() && whole.pointer("/components/schemas/C").is_none());
        assert!(!jsonschema::is_valid(&whole, &json!({"b": 1})));
    }

    #[test]
    fn what_does_not_travel_is_not_required() {
        let schema = json!({"required": ["id", "password"], "properties": {"id": {"readOnly": true}, "password": {"writeOnly": true}}});
        let required = |direction| translate(&json!({}), &schema, direction)["required"].clone();
        assert_eq!(required(Direction::Request), json!(["password"]));
        assert_eq!(required(Direction::Response), json!(["id"]));
    }
}

//! References and schemas of a document.

use super::Budget;
use jsonschema::Draft;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

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

/// A document, and how much may be taken out of it.
#[derive(Clone, Copy)]
pub(super) struct Source<'d> {
    pub document: &'d Value,
    pub budget: &'d Budget,
}

impl<'d> Source<'d> {
    /// Follows `$ref` within the document; what cannot be followed stays as it is.
    pub fn resolve(self, value: &'d Value) -> &'d Value {
        resolve(self.document, value)
    }

    /// A copy of a value of the document's own, if there is room for it.
    pub fn copy(self, value: &Value) -> Option<Value> {
        let fits = self.budget.take(value);
        if !fits {
            self.budget.pass_over();
        }
        fits.then(|| value.clone())
    }
}

/// Which way a body travels: members that are `readOnly` are not sent, `writeOnly` ones do not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

/// A schema that is whole in itself: the parts that it refers to travel with it, under the names by which it refers
/// to them, and no others. What OpenAPI 3.0 writes in its own way is put into JSON Schema's. `null`, which is no schema,
/// for one that cannot be used: it is too large, or has a part in another file, or an expression that no engine knows.
pub(super) fn whole(source: Source<'_>, schema: &Value, direction: Direction) -> Value {
    let room = source.budget.room();
    let whole = whole_if_it_fits(source, schema, direction);
    let whole = whole.filter(|whole| source.budget.is_usable(whole));
    whole.unwrap_or_else(|| {
        source.budget.give_back(room);
        source.budget.pass_over();
        Value::Null
    })
}

fn whole_if_it_fits(source: Source<'_>, schema: &Value, direction: Direction) -> Option<Value> {
    let document = source.document;
    if !source.budget.take(schema) {
        return None;
    }
    let mut parts: BTreeMap<String, &Value> = BTreeMap::new();
    let mut open = references(schema);
    while let Some(reference) = open.pop_first() {
        let pointer = reference.trim_start_matches('#').to_owned();
        let Some(part) = document.pointer(&pointer).filter(|_| !parts.contains_key(&pointer)) else { continue };
        // Each is weighed before what is in it is looked at: it may be as large as the document.
        if parts.len() >= MAX_PARTS || !source.budget.take(part) {
            return None;
        }
        open.extend(references(part));
        parts.insert(pointer, part);
    }
    let mut whole = json!({"allOf": [translate(document, schema, direction)]});
    for (pointer, part) in parts {
        // It may be in a larger part, which comes before it.
        if whole.pointer(&pointer).is_none() {
            put(&mut whole, &pointer, translate(document, part, direction));
        }
    }
    Some(whole)
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
/// the numbers that they speak of; members that do not travel in this direction are not required. With that what OpenAPI
/// and API Gateway have of draft 4 is as well 2020-12, and needs not say otherwise.
fn translate(document: &Value, value: &Value, direction: Direction) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| translate(document, item, direction)).collect(),
        Value::Object(members) => {
            let mut members: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), translate(document, value, direction))).collect();
            relax(document, &mut members, direction);
            let dialect = members.get("$schema").and_then(Value::as_str);
            if dialect.is_some_and(|dialect| Draft::from_schema_uri(dialect) == Draft::Draft4) {
                members.remove("$schema");
            }
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
        check(json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "null"}), json!({"type": "null"}));
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
        let source = Source { document: &document, budget: &Budget::default() };
        let whole = whole(source, &json!({"$ref": "#/components/schemas/A"}), Direction::Response);
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

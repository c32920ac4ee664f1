//! Values that conform: the document's own examples first, else made from the schema. The same document gives the
//! same values.

use super::MAX_NAME;
use super::schema::{Source, resolve};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Deepest nesting that is filled in; optional members beyond it are left out.
const MAX_DEPTH: usize = 6;

/// Longest chain of parts and choices, which need not be nested.
const MAX_STEPS: usize = 16;

/// Most values in one that is made.
const MOST_VALUES: usize = 1000;

/// Most examples that are taken from one place.
const MOST_NAMED: usize = 10;

/// A value for a parameter or a body: `example`, the first of `examples`, else from the schema. True with it if the
/// document itself gives the value.
pub(super) fn of(source: Source<'_>, holder: &Value, schema: &Value) -> (Value, bool) {
    let given = holder.get("example").or_else(|| holder.get("x-example")).and_then(|given| source.copy(given));
    match given.or_else(|| named(source, holder).into_values().next()) {
        Some(given) => (given, true),
        None => {
            let value = Maker { source, left: MOST_VALUES }.value(schema, 0, 0);
            (value, given_by(source.resolve(schema)).is_some())
        }
    }
}

/// A holder's `examples`.
pub(super) fn named(source: Source<'_>, holder: &Value) -> BTreeMap<String, Value> {
    let examples = holder.get("examples").and_then(Value::as_object).into_iter().flatten();
    let examples = examples.filter(|(name, _)| name.len() <= MAX_NAME).take(MOST_NAMED);
    let value = |example| source.copy(source.resolve(example).get("value")?);
    examples.filter_map(|(name, example)| Some((name.clone(), value(example)?))).collect()
}

/// The value that a schema itself gives.
fn given_by(schema: &Value) -> Option<&Value> {
    let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|list| list.first());
    let given = schema.get("const").or_else(|| schema.get("example")).or_else(|| schema.get("default"));
    given.or_else(|| first("examples")).or_else(|| first("enum"))
}

/// Makes a value of a schema, up to a size: a schema may hold its parts more often than anybody can write down.
struct Maker<'s> {
    source: Source<'s>,
    left: usize,
}

impl Maker<'_> {
    /// `depth` is how deep the value is in others, `steps` how many parts and choices led to it.
    fn value(&mut self, schema: &Value, depth: usize, steps: usize) -> Value {
        let schema = resolve(self.source.document, schema);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || steps > MAX_STEPS || !self.source.budget.take_made(0) {
            return Value::Null;
        }
        if let Some(given) = given_by(schema) {
            return self.source.copy(given).unwrap_or_default();
        }
        let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|list| list.first());
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.merged(schema, parts, depth, steps + 1);
        }
        if let Some(choice) = first("oneOf").or_else(|| first("anyOf")) {
            return self.value(choice, depth, steps + 1);
        }
        let kind = schema.get("type").and_then(|kind| kind.as_str().or_else(|| kind.as_array()?.first()?.as_str()));
        match kind {
            Some("string") => {
                let text = string(schema);
                if self.source.budget.take_made(text.len()) { Value::String(text) } else { Value::Null }
            }
            Some("integer" | "number") => number(schema, 1),
            Some("boolean") => Value::Bool(true),
            Some("null") => Value::Null,
            Some("array") => self.array(schema, depth),
            _ if kind == Some("object") || schema.get("properties").is_some() => {
                Value::Object(self.object(schema, depth))
            }
            _ => json!("string"),
        }
    }

    /// The members of all parts together.
    fn merged(&mut self, schema: &Value, parts: &[Value], depth: usize, steps: usize) -> Value {
        let mut members = self.object(schema, depth);
        for part in parts {
            match self.value(part, depth, steps) {
                Value::Object(more) => members.extend(more),
                // There was no room for it.
                Value::Null => {}
                other => return other,
            }
        }
        Value::Object(members)
    }

    /// All members while nesting is shallow, so that an example shows what there is; then only what is required.
    fn object(&mut self, schema: &Value, depth: usize) -> Map<String, Value> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required: BTreeSet<&str> = required.filter_map(Value::as_str).take(MOST_VALUES).collect();
        let mut members = Map::new();
        for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if self.left == 0 {
                break;
            }
            let needed = required.contains(name.as_str());
            let resolved = resolve(self.source.document, member);
            let read_only = resolved.get("readOnly") == Some(&Value::Bool(true));
            // A member that refers back to what it is in would never end.
            let nested = member.get("$ref").is_some() || resolved.get("properties").is_some();
            let is_wanted = !read_only && depth < MAX_DEPTH && (needed || !nested);
            if is_wanted && self.source.budget.take_made(name.len()) {
                members.insert(name.clone(), self.value(member, depth + 1, 0));
            }
        }
        members
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).min(10);
        match schema.get("items") {
            Some(items) if depth < MAX_DEPTH => (0..least).map(|_| self.value(items, depth + 1, 0)).collect(),
            _ => json!([]),
        }
    }
}

fn number(schema: &Value, usual: i64) -> Value {
    let of = |name: &str| schema.get(name).filter(|value| value.is_number());
    if let Some(least) = of("minimum") {
        return least.clone();
    }
    if let Some(least) = of("exclusiveMinimum").and_then(Value::as_i64) {
        return json!(least.saturating_add(1));
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
    use crate::openapi::Budget;

    fn example(document: &Value, holder: &Value, schema: &Value) -> (Value, bool) {
        of(Source { document, budget: &Budget::default() }, holder, schema)
    }

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
            let (value, _) = example(&json!({}), &json!({}), &schema);
            assert!(jsonschema::is_valid(&schema, &value), "{schema}: {value}");
        }
    }

    #[test]
    fn the_documents_own_examples_come_first() {
        let check = |holder: Value, expected: Value| {
            assert_eq!(example(&json!({}), &holder, holder.get("schema").unwrap_or(&json!({}))), (expected, true));
        };
        check(json!({"example": 7, "schema": {"example": 8}}), json!(7));
        check(json!({"examples": {"one": {"value": 9}}, "schema": {}}), json!(9));
        check(json!({"schema": {"type": "integer", "example": 8}}), json!(8));
    }

    #[test]
    fn a_schema_that_holds_itself_ends() {
        let document = json!({"definitions": {"Node": {"type": "object", "required": ["next"], "properties": {
            "next": {"$ref": "#/definitions/Node"}, "name": {"type": "string"}}}}});
        let (value, given) = example(&document, &json!({}), &json!({"$ref": "#/definitions/Node"}));
        assert!(!given);
        assert!(value.pointer("/next/next").is_some());
    }
    #[test]
    fn a_schema_of_which_there_is_no_end_of_parts_gives_a_small_value() {
        let circle = json!({"allOf": [{"$ref": "#/a"}], "oneOf": [{"$ref": "#/a"}]});
        example(&json!({"a": circle}), &json!({}), &circle);
        let choice = json!({"oneOf": [{"$ref": "#/a"}]});
        example(&json!({"a": choice}), &json!({}), &choice);
        let parts: Map<String, Value> = (0..40)
            .map(|at| (format!("x{at}"), json!({"allOf": vec![json!({"$ref": format!("#/x{}", at + 1)}); 2]})))
            .collect();
        example(&Value::Object(parts), &json!({}), &json!({"$ref": "#/x0"}));
        let list = |items: Value| json!({"type": "array", "minItems": 10, "items": items});
        let lists = (0..6).fold(json!({"type": "string"}), |inner, _| list(inner));
        let (value, _) = example(&json!({}), &json!({}), &lists);
        assert!(value.to_string().len() < 20_000);
    }
}

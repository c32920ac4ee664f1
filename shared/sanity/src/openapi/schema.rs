//! References and schemas of a document.

use serde_json::{Map, Value, json};

/// Longest chain of references that is followed.
const MAX_STEPS: usize = 32;

/// Follows `$ref` within the document; what cannot be followed stays as it is.
pub(super) fn resolve<'doc>(document: &'doc Value, mut value: &'doc Value) -> &'doc Value {
    for _ in 0..MAX_STEPS {
        let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        match target.and_then(|pointer| document.pointer(pointer)) {
            Some(next) => value = next,
            None => break,
        }
    }
    value
}

/// A schema that is whole in itself: the parts that it refers to travel with it, under the names by which it refers
/// to them. What OpenAPI 3.0 writes in its own way is put into JSON Schema's.
pub(super) fn whole(document: &Value, schema: &Value) -> Value {
    let mut parts = Map::new();
    parts.insert("allOf".to_owned(), json!([translate(schema)]));
    if schema.to_string().contains("\"$ref\"") {
        for name in ["components", "definitions"] {
            let part = match name {
                "components" => {
                    document.pointer("/components/schemas").map(|schemas| json!({"schemas": translate(schemas)}))
                }
                _ => document.get(name).map(translate),
            };
            if let Some(part) = part {
                parts.insert(name.to_owned(), part);
            }
        }
    }
    Value::Object(parts)
}

/// `nullable: true` beside a `type` becomes a second type; boolean `exclusiveMinimum` and `exclusiveMaximum` become
/// the numbers that they speak of.
fn translate(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(translate).collect(),
        Value::Object(members) => {
            let mut members: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), translate(value))).collect();
            if members.remove("nullable") == Some(Value::Bool(true)) {
                if let Some(Value::String(kind)) = members.get("type").cloned() {
                    members.insert("type".to_owned(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = members.get_mut("enum")
                    && !values.contains(&Value::Null)
                {
                    values.push(Value::Null);
                }
            }
            for (exclusive, limit) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                match members.get(exclusive) {
                    Some(Value::Bool(true)) => {
                        if let Some(number) = members.remove(limit) {
                            members.insert(exclusive.to_owned(), number);
                        }
                    }
                    Some(Value::Bool(false)) => {
                        members.remove(exclusive);
                    }
                    _ => {}
                }
            }
            Value::Object(members)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openapi_writes_in_its_own_way_is_translated() {
        let check = |from: Value, to: Value| assert_eq!(translate(&from), to);
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
}

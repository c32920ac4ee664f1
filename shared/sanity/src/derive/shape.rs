//! What a schema that is whole in itself says of an object's members and of a value's limits.

use crate::openapi::resolve;
use crate::schema::Schema;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Longest chain and deepest nesting of `allOf`.
const MAX_STEPS: usize = 16;

/// Most parts of `allOf` in all: a part may be there often.
const MAX_PARTS: usize = 200;

/// An object's members.
#[derive(Debug, Default)]
pub(super) struct Shape<'s> {
    pub members: BTreeMap<&'s str, &'s Value>,
    pub required: BTreeSet<&'s str>,
}

/// The members that a schema names, in its own parts and in those of `allOf`.
pub(super) fn of(whole: &Value) -> Shape<'_> {
    inside(whole, whole)
}

/// As [`of`], for a part of a schema: what it refers to stands in the whole.
pub(super) fn inside<'s>(whole: &'s Value, part: &'s Value) -> Shape<'s> {
    let (mut shape, mut left) = (Shape::default(), MAX_PARTS);
    collect(whole, part, &mut left, 0, &mut shape);
    shape
}

fn collect<'s>(whole: &'s Value, schema: &'s Value, left: &mut usize, depth: usize, shape: &mut Shape<'s>) {
    if depth > MAX_STEPS || *left == 0 {
        return;
    }
    *left -= 1;
    let schema = resolve(whole, schema);
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        shape.members.insert(name, leaf(whole, member));
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    shape.required.extend(required.filter_map(Value::as_str));
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        collect(whole, part, left, depth + 1, shape);
    }
}

/// The schema that a value is really described by: behind references and an `allOf` of one.
pub(super) fn leaf<'s>(whole: &'s Value, mut schema: &'s Value) -> &'s Value {
    for _ in 0..MAX_STEPS {
        schema = resolve(whole, schema);
        match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            Some([single]) if schema.get("type").is_none() => schema = single,
            _ => break,
        }
    }
    schema
}

/// The type of a schema, the first if there are several.
pub(super) fn kind(schema: &Value) -> Option<&str> {
    let kind = schema.get("type")?;
    kind.as_str().or_else(|| kind.as_array()?.iter().filter_map(Value::as_str).find(|kind| *kind != "null"))
}

/// True if the value conforms; a schema that cannot be used says nothing.
pub(super) fn allows(whole: &Value, value: &Value) -> Option<bool> {
    Schema::for_plans(whole).ok()?.allows(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_found_behind_references() {
        let whole = json!({"allOf": [{"$ref": "#/components/schemas/A"}], "components": {"schemas": {
            "A": {"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["x"], "properties": {"x": {"$ref": "#/components/schemas/X"}}}]},
            "B": {"required": ["y"], "properties": {"y": {"type": ["null", "integer"]}}},
            "X": {"type": "string"}}}});
        let shape = of(&whole);
        assert_eq!(shape.required, BTreeSet::from(["x", "y"]));
        assert_eq!((kind(shape.members["x"]), kind(shape.members["y"])), (Some("string"), Some("integer")));
    }
}

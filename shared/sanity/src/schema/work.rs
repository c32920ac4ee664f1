//! What it takes to compare a value with a schema: how many parts of the schema are looked at, each as often as the
//! validator looks at it, and more rather than less.

use serde_json::{Map, Value};

/// Deepest nesting of parts of schema and value together: the validator goes as deep.
const MOST_LEVELS: usize = 400;

/// What an expression with look-around may take for one text, besides its length.
const LOOK_AROUND: u64 = 3_000;

/// The work, if it is at most `most`.
pub(super) fn of(whole: &Value, value: &Value, has_look_around: bool, most: u64) -> Option<u64> {
    let mut walk = Walk { whole, has_look_around, left: most };
    walk.part(whole, value, 0)?;
    Some(most - walk.left)
}

struct Walk<'s> {
    whole: &'s Value,
    has_look_around: bool,
    left: u64,
}

impl Walk<'_> {
    fn spend(&mut self, work: u64) -> Option<()> {
        self.left = self.left.checked_sub(work)?;
        Some(())
    }

    fn part(&mut self, schema: &Value, value: &Value, level: usize) -> Option<()> {
        self.spend(1)?;
        let Some(members) = schema.as_object() else { return Some(()) };
        if level >= MOST_LEVELS {
            return None;
        }
        // To know what the others have looked at, they are asked once more.
        let is_repeated = members.keys().any(|name| name.starts_with("unevaluated"));
        for _ in 0..if is_repeated { 2 } else { 1 } {
            for (keyword, schema) in members {
                self.same_value(keyword, schema, value, level + 1)?;
            }
        }
        for (keyword, schema) in members {
            self.inner_values(members, (keyword, schema), value, level + 1)?;
            self.plain(keyword, schema, value)?;
        }
        Some(())
    }

    /// Keywords whose schemas look at the value itself.
    fn same_value(&mut self, keyword: &str, schema: &Value, value: &Value, level: usize) -> Option<()> {
        match (keyword, schema) {
            ("$ref", Value::String(reference)) => match find(self.whole, reference) {
                Some(target) => self.part(target, value, level),
                // Nobody can say what it takes.
                None => None,
            },
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => self.parts(schemas, value, level),
            ("dependentSchemas" | "dependencies", Value::Object(schemas)) => self.parts(schemas.values(), value, level),
            ("not" | "if" | "then" | "else", schema) => self.part(schema, value, level),
            _ => Some(()),
        }
    }

    /// A keyword, one of `all`, whose schemas look at what is in the value.
    fn inner_values(
        &mut self,
        all: &Map<String, Value>,
        (keyword, schema): (&str, &Value),
        value: &Value,
        level: usize,
    ) -> Option<()> {
        match (keyword, schema, value) {
            ("properties", Value::Object(schemas), Value::Object(members)) => {
                self.spend(length(schemas.len()))?;
                schemas.iter().try_for_each(|(name, schema)| match members.get(name) {
                    Some(member) => self.part(schema, member, level),
                    None => Some(()),
                })
            }
            ("patternProperties", Value::Object(schemas), Value::Object(members)) => {
                schemas.values().try_for_each(|schema| {
                    members.iter().try_for_each(|(name, member)| {
                        self.text(name.len())?;
                        self.part(schema, member, level)
                    })
                })
            }
            ("additionalProperties" | "unevaluatedProperties", schema, Value::Object(members)) => {
                let named = all.get("properties").and_then(Value::as_object);
                let mut others =
                    members.iter().filter(|(name, _)| named.is_none_or(|named| !named.contains_key(*name)));
                others.try_for_each(|(_, member)| self.part(schema, member, level))
            }
            ("propertyNames", schema, Value::Object(members)) => self.names(schema, members, level),
            ("items" | "prefixItems", Value::Array(schemas), Value::Array(items)) => {
                schemas.iter().zip(items).try_for_each(|(schema, item)| self.part(schema, item, level))
            }
            ("items" | "additionalItems" | "unevaluatedItems" | "contains", schema, Value::Array(items)) => {
                items.iter().try_for_each(|item| self.part(schema, item, level))
            }
            _ => Some(()),
        }
    }

    /// Keywords that look at the value without a schema.
    fn plain(&mut self, keyword: &str, schema: &Value, value: &Value) -> Option<()> {
        match (keyword, schema, value) {
            ("pattern", _, Value::String(text)) => self.text(text.len()),
            ("format" | "minLength" | "maxLength", _, Value::String(text)) => self.spend(length(text.len() / 32)),
            ("enum", Value::Array(values), _) => {
                self.spend(length(values.len()))?;
                let mut alike = values
                    .iter()
                    .filter(|known| known.is_array() && value.is_array() || known.is_object() && value.is_object());
                alike.try_for_each(|_| self.whole_value(value))
            }
            ("required", Value::Array(names), _) => self.spend(length(names.len())),
            ("uniqueItems", _, Value::Array(_)) => self.whole_value(value),
            _ => Some(()),
        }
    }

    fn parts<'v>(&mut self, schemas: impl IntoIterator<Item = &'v Value>, value: &Value, level: usize) -> Option<()> {
        schemas.into_iter().try_for_each(|schema| self.part(schema, value, level))
    }

    fn names(&mut self, schema: &Value, members: &Map<String, Value>, level: usize) -> Option<()> {
        members.keys().try_for_each(|name| self.part(schema, &Value::from(name.as_str()), level))
    }

    fn text(&mut self, bytes: usize) -> Option<()> {
        let bytes = length(bytes);
        self.spend(if self.has_look_around { LOOK_AROUND.saturating_mul(1 + bytes / 256) } else { 1 + bytes })
    }

    fn whole_value(&mut self, value: &Value) -> Option<()> {
        self.spend(1)?;
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.whole_value(item)),
            Value::Object(members) => members.values().try_for_each(|member| self.whole_value(member)),
            _ => Some(()),
        }
    }
}

/// What a reference leads to, by its place: `#` or `#/…`, and nothing that the validator may read in another way. It
/// would take `/#/a` for the same place, `%61` for `a`, and keep `~` before what is no escape.
pub(super) fn find<'s>(whole: &'s Value, reference: &str) -> Option<&'s Value> {
    let is_plain = |part: &str| !part.contains('%') && part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    whole.pointer(reference.strip_prefix('#').filter(|place| is_plain(place))?)
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

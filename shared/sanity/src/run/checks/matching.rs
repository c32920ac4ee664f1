//! Comparing values.

use super::{Check, CheckName, Seen, clip};
use crate::plan::{Matcher, fill_value};
use serde_json::Value;
use serde_json_path::JsonPath;

/// Compares a value with what it must be.
pub(super) fn matches(
    name: CheckName,
    place: &str,
    matcher: &Matcher,
    found: Option<&Value>,
    seen: &Seen<'_>,
) -> Check {
    let actual = found
        .map_or_else(|| format!("{place} is not there"), |found| clip(&format!("{place} is {found}"), seen.secrets));
    let filled = |wanted: &Value| fill_value(wanted, seen.values).unwrap_or_else(|_| wanted.clone());
    let (passed, expected) = match matcher {
        Matcher::Exists(wanted) => {
            (found.is_some() == *wanted, if *wanted { "is there" } else { "is not there" }.to_owned())
        }
        Matcher::Equals(wanted) => {
            let wanted = filled(wanted);
            (found.is_some_and(|found| equal(found, &wanted)), format!("equals {wanted}"))
        }
        Matcher::Contains(wanted) => {
            let wanted = filled(wanted);
            (found.is_some_and(|found| contains(found, &wanted)), format!("contains {wanted}"))
        }
        Matcher::Type(wanted) => (found.is_some_and(|found| is_of_type(found, wanted)), format!("is of type {wanted}")),
        Matcher::MinLength(least) => {
            (found.and_then(length).is_some_and(|length| length >= *least), format!("has a length of at least {least}"))
        }
    };
    Check::new(name, passed, clip(&format!("{place} {expected}"), seen.secrets), actual)
}

/// The first value that a JSONPath finds.
pub(in crate::run) fn find<'json>(json: &'json Value, path: &str) -> Option<&'json Value> {
    JsonPath::parse(path).ok()?.query(json).first()
}

/// Equality of JSON values, with numbers by value: `1` is `1.0`.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| equal(one, other)))
        }
        // Headers are texts; an expected number compares by what it looks like.
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        _ => one == other,
    }
}

fn contains(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => found.contains(wanted.as_str()),
        (Value::String(found), Value::Number(wanted)) => found.contains(&wanted.to_string()),
        (Value::Array(found), wanted) => found.iter().any(|found| equal(found, wanted)),
        (Value::Object(found), Value::String(wanted)) => found.contains_key(wanted),
        _ => false,
    }
}

fn is_of_type(found: &Value, wanted: &str) -> bool {
    match wanted {
        "string" => found.is_string(),
        "number" => found.is_number(),
        "integer" => found.is_i64() || found.is_u64() || found.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => found.is_boolean(),
        "object" => found.is_object(),
        "array" => found.is_array(),
        "null" => found.is_null(),
        _ => false,
    }
}

fn length(found: &Value) -> Option<u64> {
    let length = match found {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => return None,
    };
    u64::try_from(length).ok()
}

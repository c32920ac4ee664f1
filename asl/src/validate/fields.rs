//! Which fields go with which query language, and what paths look like.

use super::{Check, Defect};
use crate::dynamic::jsonata;
use crate::{QueryLanguage, State};
use serde_json::Value;

/// Fields that only JSONPath knows, besides those that end with `Path`.
const JSONPATH: [&str; 4] = ["Parameters", "Result", "ResultSelector", "Variable"];
/// Fields that only JSONata knows.
const JSONATA: [&str; 4] = ["Arguments", "Condition", "Items", "Output"];
/// Fields whose inside is the state's own, too.
const PARTS: [&str; 9] =
    ["And", "Catch", "Choices", "ItemBatcher", "ItemReader", "Not", "Or", "ReaderConfig", "ResultWriter"];
/// Fields with JSON that is the user's: in JSONPath, every field in it that ends with `.$` is a path.
const TEMPLATES: [&str; 6] = ["Assign", "BatchInput", "Credentials", "ItemSelector", "Parameters", "ResultSelector"];

pub(super) fn check(name: &str, state: &State, check: &mut Check<'_>) {
    let language = state.query_language().unwrap_or(check.language);
    if check.language == QueryLanguage::Jsonata && language == QueryLanguage::JsonPath {
        check.misfit(name, "QueryLanguage: a JSONata machine has no JSONPath states");
    }
    let value = serde_json::to_value(state).expect("states are texts, numbers and JSON, which serialize");
    walk(&value, language, &mut |reason| {
        check.defects.push(Defect::Misfit { state: Some(name.to_owned()), reason });
    });
}

fn walk(part: &Value, language: QueryLanguage, report: &mut impl FnMut(String)) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| walk(part, language, report)),
        Value::Object(fields) => {
            for (name, value) in fields {
                field(name, value, language, report);
            }
        }
        _ => {}
    }
}

fn field(name: &str, value: &Value, language: QueryLanguage, report: &mut impl FnMut(String)) {
    // `StringEqualsPath` stands beside `Variable`, which is reported.
    let is_path = name.ends_with("Path");
    match language {
        QueryLanguage::Jsonata if JSONPATH.contains(&name) || is_path => {
            report(format!("{name}: a field of JSONPath in a JSONata state"));
        }
        QueryLanguage::JsonPath if JSONATA.contains(&name) => {
            report(format!("{name}: a field of JSONata in a JSONPath state"));
        }
        QueryLanguage::JsonPath if value.as_str().and_then(jsonata).is_some() => {
            report(format!("{name}: a JSONata expression in a JSONPath state"));
        }
        QueryLanguage::JsonPath if is_path || name == "Variable" => path(name, value, report),
        QueryLanguage::JsonPath if TEMPLATES.contains(&name) => template(name, value, report),
        _ => {}
    }
    if PARTS.contains(&name) {
        walk(value, language, report);
    }
}

/// A path begins with `$`. `null` is no path but may stand in its place.
fn path(name: &str, value: &Value, report: &mut impl FnMut(String)) {
    let Some(text) = value.as_str() else { return };
    let intrinsic = text.starts_with("States.") && text.ends_with(')');
    if !text.starts_with('$') && !intrinsic {
        report(format!("{name}: `{text}` is no path, which begins with $"));
    }
}

fn template(name: &str, value: &Value, report: &mut impl FnMut(String)) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| template(name, value, report)),
        Value::Object(fields) => {
            for (field, value) in fields {
                match (field.ends_with(".$"), value) {
                    (true, Value::String(_)) => path(&format!("{name}, {field}"), value, report),
                    (true, _) => report(format!("{name}, {field}: not a text")),
                    (false, _) => template(name, value, report),
                }
            }
        }
        _ => {}
    }
}

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
/// Fields that hold no expressions of the state's own: what people read, names, and what runs by itself.
const PLAIN: [&str; 9] =
    ["Branches", "Comment", "Default", "ErrorEquals", "ItemProcessor", "Iterator", "Next", "Resource", "Type"];
/// The longest name of a variable, in characters.
const MAX_VARIABLE_LENGTH: usize = 80;

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
    if name == "Assign" {
        variables(value, language, report);
    }
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
        QueryLanguage::Jsonata if !PLAIN.contains(&name) && !PARTS.contains(&name) => expressions(name, value, report),
        _ => {}
    }
    if PARTS.contains(&name) {
        walk(value, language, report);
    }
}

/// The names of variables; in JSONPath with a `.$` behind those that take what stands at a path.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
fn variables(assigned: &Value, language: QueryLanguage, report: &mut impl FnMut(String)) {
    for name in assigned.as_object().into_iter().flat_map(serde_json::Map::keys) {
        let variable = match language {
            QueryLanguage::JsonPath => name.strip_suffix(".$").unwrap_or(name),
            QueryLanguage::Jsonata => name,
        };
        if variable == "states" {
            report("Assign: `states` is the language's own".to_owned());
        } else if !is_variable(variable) {
            report(format!("Assign: `{variable}` is no name of a variable: a letter, then letters, digits and _"));
        }
    }
}

/// Unicode's identifiers, without its tables: of what is not ASCII, only what can be in no identifier is refused.
fn is_variable(name: &str) -> bool {
    let foreign = |c: char| !c.is_ascii() && !c.is_whitespace() && !c.is_control();
    let continues = |c: char| c.is_ascii_alphanumeric() || c == '_' || foreign(c);
    let begins = |c: char| c.is_ascii_alphabetic() || (foreign(c) && !c.is_numeric());
    name.starts_with(begins) && name.chars().all(continues) && name.chars().count() <= MAX_VARIABLE_LENGTH
}

/// A text is an expression from its first character to its last, or none.
fn expressions(name: &str, value: &Value, report: &mut impl FnMut(String)) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| expressions(name, value, report)),
        Value::Object(fields) => fields.values().for_each(|value| expressions(name, value, report)),
        Value::String(text) => {
            let looks = text.trim_start().starts_with("{%") || text.trim_end().ends_with("%}");
            if looks && jsonata(text).is_none() {
                report(format!("{name}: `{text}` is no expression, which begins with {{% and ends with %}}"));
            }
        }
        _ => {}
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

//! Values where there is only text, in queries, headers, paths and forms: how they are written, and how an API may
//! read them again. What is wrong as a value may be right as a text: in a query a number is a text, too, and a text is
//! a list of one.

use super::shape;
use crate::endpoint::{Parameter, Style};
use crate::plan::{BodyType, Request, Texts};
use crate::schema::Schema;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A value as it stands in a path or a header; nested ones have no one form.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(items) => joined(items, ',')?,
        Value::Object(members) => joined_members(members, ',')?,
        other => text_of_one(other)?,
    };
    (!text.contains("{{")).then_some(text)
}

fn text_of_one(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn joined(items: &[Value], between: char) -> Option<String> {
    let texts: Option<Vec<String>> = items.iter().map(text_of_one).collect();
    texts.map(|texts| texts.join(&between.to_string()))
}

fn joined_members(members: &Map<String, Value>, between: char) -> Option<String> {
    let pairs = members.iter().flat_map(|(name, value)| [Some(name.clone()), text_of_one(value)]);
    pairs.collect::<Option<Vec<_>>>().map(|parts| parts.join(&between.to_string()))
}

/// The entries of a query that a value makes, by name; `None` if it cannot be written so.
pub(super) fn entries(name: &str, value: &Value, style: Style) -> Option<BTreeMap<String, Texts>> {
    let one = |text: String| BTreeMap::from([(name.to_owned(), Texts::One(text))]);
    let entries = match (value, style) {
        (value, Style::Json) => one(value.to_string()),
        (Value::Array(items), Style::Joined(between)) => one(joined(items, between)?),
        (Value::Object(members), Style::Joined(between)) => one(joined_members(members, between)?),
        (Value::Array(items), _) => {
            let texts: Vec<String> = items.iter().map(text_of_one).collect::<Option<_>>()?;
            match texts.as_slice() {
                // A list without elements is not there at all.
                [] => return None,
                [single] => one(single.clone()),
                _ => BTreeMap::from([(name.to_owned(), Texts::Many(texts))]),
            }
        }
        (Value::Object(members), style) => {
            let called =
                |member: &String| if style == Style::Deep { format!("{name}[{member}]") } else { member.clone() };
            let entry = |(member, value): (&String, &Value)| Some((called(member), Texts::One(text_of_one(value)?)));
            members.iter().map(entry).collect::<Option<BTreeMap<_, _>>>().filter(|entries| !entries.is_empty())?
        }
        (other, _) => one(text_of_one(other)?),
    };
    let is_plain = entries.iter().all(|(name, texts)| texts.all().chain([name.as_str()]).all(|t| !t.contains("{{")));
    is_plain.then_some(entries)
}

/// Takes a parameter's entries out of a query; true if there were some.
pub(super) fn take_out(request: &mut Request, parameter: &Parameter) -> bool {
    let before = request.query.len();
    let names = entries(&parameter.name, &parameter.example, parameter.style).unwrap_or_default();
    request.query.retain(|name, _| *name != parameter.name && !names.contains_key(name));
    before != request.query.len()
}

/// What an API may take a value for that was written as text, by the schema of what it expects.
fn readings(value: &Value, schema: &Value, style: Style) -> Vec<Value> {
    let guessed = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    if shape::kind(schema) == Some("array") && style != Style::Json {
        let texts: Vec<String> = match value {
            Value::Array(items) => items.iter().filter_map(text_of_one).collect(),
            other => match (text_of_one(other), style) {
                (Some(text), Style::Joined(between)) => text.split(between).map(str::to_owned).collect(),
                (text, _) => text.into_iter().collect(),
            },
        };
        let all = |read: &dyn Fn(&str) -> Value| texts.iter().map(|text| read(text)).collect::<Value>();
        return vec![all(&|text| Value::from(text)), all(&guessed)];
    }
    if style == Style::Json || value.is_array() {
        return vec![value.clone()];
    }
    let text = text_of_one(value).unwrap_or_else(|| value.to_string());
    match shape::kind(schema) {
        Some("string") => vec![Value::from(text)],
        _ => vec![guessed(&text), value.clone()],
    }
}

/// Whether a parameter may have this value, seen as it arrives. `None` if that cannot be said.
pub(super) fn allows(parameter: &Parameter, usable: &Schema<'_>, value: &Value) -> Option<bool> {
    let whole = parameter.schema.as_ref()?;
    let schema = shape::leaf(whole, whole);
    let style = parameter.style;
    // An object that is not named at all may be as good as none.
    if shape::kind(schema) == Some("object") && style != Style::Json {
        return None;
    }
    let readings = readings(value, schema, style);
    let allowed: Vec<bool> = readings.iter().filter_map(|reading| usable.allows(reading)).collect();
    (!allowed.is_empty()).then(|| allowed.contains(&true))
}

/// Whether a form may have this value for a member, seen as it arrives. `None` if what is sent and what arrives are
/// not the same in this: then it shows nothing.
pub(super) fn form_allows(
    whole: &Schema<'_>,
    members: &Map<String, Value>,
    name: &str,
    schema: &Value,
) -> Option<bool> {
    let value = members.get(name)?;
    if value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty) {
        return None;
    }
    let meant = whole.allows(&Value::Object(members.clone()))?;
    let arrives = readings(value, schema, Style::Repeated).into_iter().any(|reading| {
        let mut read = members.clone();
        read.insert(name.to_owned(), reading);
        whole.allows(&Value::Object(read)) == Some(true)
    });
    (meant == arrives).then_some(meant)
}

/// Writes the members of a form as its document says, and keeps what is said of files that are there.
pub(super) fn formed(mut request: Request, styles: &BTreeMap<String, Style>) -> Request {
    let Some(Value::Object(members)) = request.body.as_mut().filter(|_| request.body_type != BodyType::Json) else {
        request.files.clear();
        return request;
    };
    for (name, style) in styles {
        let Some(entries) = members.get(name).and_then(|value| match value {
            Value::Array(_) | Value::Object(_) => entries(name, value, *style),
            _ => None,
        }) else {
            continue;
        };
        members.remove(name);
        for (name, texts) in entries {
            let texts: Vec<Value> = texts.all().map(Value::from).collect();
            members.insert(name, if let [single] = texts.as_slice() { single.clone() } else { texts.into() });
        }
    }
    request.files.retain(|name, _| members.contains_key(name));
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_and_objects_are_written_in_every_style() {
        let check = |value: Value, style: Style, expected: Value| {
            let entries = entries("q", &value, style);
            assert_eq!(entries.map(|entries| json!(entries)).unwrap_or_default(), expected, "{value} {style:?}");
        };
        check(json!([1, "b"]), Style::Repeated, json!({"q": ["1", "b"]}));
        check(json!(["a"]), Style::Repeated, json!({"q": "a"}));
        check(json!([]), Style::Repeated, Value::Null);
        check(json!([1, 2]), Style::Joined('|'), json!({"q": "1|2"}));
        check(json!({"x": 1, "y": true}), Style::Deep, json!({"q[x]": "1", "q[y]": "true"}));
        check(json!({"x": 1}), Style::Repeated, json!({"x": "1"}));
        check(json!({"x": 1}), Style::Joined(','), json!({"q": "x,1"}));
        check(json!({"x": [1]}), Style::Json, json!({"q": "{\"x\":[1]}"}));
        check(json!({"x": [1]}), Style::Deep, Value::Null);
        check(json!("{{x}}"), Style::Repeated, Value::Null);
    }

    #[test]
    fn what_is_wrong_as_a_value_may_be_right_as_it_arrives() {
        let check = |schema: Value, style: Style, value: Value, expected: Option<bool>| {
            let parameter = Parameter {
                name: "q".into(),
                place: "query".into(),
                required: true,
                example: Value::Null,
                given: false,
                schema: Some(schema.clone()),
                style,
            };
            assert_eq!(allows(&parameter, &Schema::for_plans(&schema).unwrap(), &value), expected, "{schema} {value}");
        };
        let list = |item: &str| json!({"type": "array", "items": {"type": item}, "maxItems": 2});
        check(list("string"), Style::Repeated, json!("text"), Some(true));
        check(list("string"), Style::Repeated, json!(["a", "b", "c"]), Some(false));
        check(list("string"), Style::Joined(','), json!("a,b,c"), Some(false));
        check(list("integer"), Style::Repeated, json!([1, 2]), Some(true));
        check(list("integer"), Style::Repeated, json!("text"), Some(false));
        check(json!({"type": "string"}), Style::Repeated, json!(7), Some(true));
        check(json!({"type": "integer"}), Style::Repeated, json!("7"), Some(true));
        check(json!({"type": "object"}), Style::Deep, json!("text"), None);
        check(json!({"type": "object"}), Style::Json, json!("text"), Some(false));
    }

    #[test]
    fn a_wrong_field_is_wrong_as_it_arrives() {
        let whole = json!({"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string", "maxLength": 3},
                           "t": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 1}}});
        let check = |name: &str, value: Value, expected: Option<bool>| {
            let members = Map::from_iter([(name.to_owned(), value.clone())]);
            let schema = &whole["properties"][name];
            let usable = Schema::for_plans(&whole).unwrap();
            assert_eq!(form_allows(&usable, &members, name, schema), expected, "{name} {value}");
        };
        check("n", json!("text"), Some(false));
        check("n", json!(7), Some(true));
        // As text it is one.
        check("n", json!("7"), None);
        check("s", json!("long"), Some(false));
        check("s", json!(""), None);
        check("t", json!(["a", "b"]), Some(false));
        check("t", json!(["x"]), Some(false));
        check("t", json!("a"), None);
    }

    #[test]
    fn a_form_is_written_as_its_document_says() {
        let request: Request = serde_json::from_value(json!({"target": "api", "method": "POST", "path": "/", "bodyType": "multipart",
            "body": {"tags": ["a", "b"], "at": {"x": 1}, "file": "text"},
            "files": {"file": {"name": "f", "contentType": "text/plain"}, "gone": {"name": "g", "contentType": "text/plain"}}}))
        .unwrap();
        let styles = [("tags".to_owned(), Style::Joined(',')), ("at".to_owned(), Style::Deep)].into();
        let formed = formed(request, &styles);
        assert_eq!(formed.body.unwrap(), json!({"tags": "a,b", "at[x]": "1", "file": "text"}));
        assert_eq!(formed.files.into_keys().collect::<Vec<_>>(), ["file"]);
    }
}

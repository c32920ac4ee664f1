//! What makes a request the tests' own. An id in a document's example may be somebody's, and a POST that finds what it
//! would make may answer with that: so requests say ids that nobody has, and a text that no other run has.

use super::positive::NOBODYS;
use super::shape;
use crate::endpoint::Body;
use crate::plan::{Method, Request, says_which};
use serde_json::{Map, Value};

/// What people call texts that may say anything.
const TEXTS: [&str; 11] =
    ["name", "title", "text", "description", "label", "subject", "content", "message", "note", "comment", "summary"];

/// How long `{{unique}}` becomes, in characters: a UUID.
const UNIQUE_CHARS: u64 = 36;

/// How long it becomes with what may be put behind it.
const LONG_CHARS: u64 = 100;

/// A member of a body that may say anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub member: String,
    /// True if there is room for more than `{{unique}}`.
    pub is_long: bool,
}

/// The member that tells best whose a thing is, if there is one.
pub(super) fn text(body: &Body) -> Option<Text> {
    let members = shape::of(&body.schema).members;
    let is_there = |name: &&str| body.example.get(*name).is_some_and(Value::is_string);
    let name = TEXTS.into_iter().filter(is_there).find(|name| {
        let schema = members.get(name);
        let least = schema.and_then(|schema| schema.get("minLength")?.as_u64()).unwrap_or_default();
        // As it is written in a plan it has ten characters.
        schema.is_some_and(|schema| takes(schema, UNIQUE_CHARS)) && least <= 10
    })?;
    Some(Text { member: name.to_owned(), is_long: takes(members[name], LONG_CHARS) })
}

/// True if any text with `{{unique}}` and something behind it will do.
pub(super) fn is_free(schema: &Value) -> bool {
    takes(schema, LONG_CHARS)
}

fn takes(schema: &Value, chars: u64) -> bool {
    let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
    let is_any = ["enum", "const", "pattern", "format"].iter().all(|name| schema.get(name).is_none());
    shape::kind(schema) == Some("string") && is_any && most >= chars
}

/// Takes ids that a document gives for what nobody else has: below what the tests have made its own id, in what makes
/// something none at all, or one that nobody has.
pub(super) fn take_ids(request: &mut Request, body: Option<&Body>, step: &str) {
    let path = request.path.clone();
    let own = path.rsplit('/').find(|part| part.starts_with("{{") && part.ends_with("}}"));
    let makes = request.method == Method::Post;
    let (true, Some(Value::Object(members))) = (makes || request.method.is_destructive(), &mut request.body) else {
        return;
    };
    let shape = body.map(|body| shape::of(&body.schema)).unwrap_or_default();
    let names: Vec<String> = members
        .iter()
        .filter(|(name, id)| is_given(id) && says_which(&path, name))
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let schema = shape.members.get(name.as_str()).copied().unwrap_or(&Value::Null);
        let is_text = shape::kind(schema).is_none_or(|kind| kind == "string");
        match own {
            // What was captured is of the type that it has.
            Some(own) if own != "{{unique}}" || is_text => put(members, &name, own),
            None if makes && !shape.required.contains(name.as_str()) => {
                members.shift_remove(&name);
            }
            None if makes && is_free(schema) => put(members, &name, format!("{{{{unique}}}}-{step}")),
            None if makes && takes(schema, UNIQUE_CHARS) => put(members, &name, "{{unique}}"),
            None if makes && shape::allows(schema, &NOBODYS.into()) == Some(true) => put(members, &name, NOBODYS),
            _ => {}
        }
    }
}

/// True for an id that somebody may have.
fn is_given(id: &Value) -> bool {
    id.is_number() || id.as_str().is_some_and(|text| !text.contains("{{"))
}

fn put(members: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    members.insert(name.to_owned(), value.into());
}

/// Puts the text that no other run has into a body that makes something. One that shows how long a text may be stays as
/// long as it is.
pub(super) fn say_whose(body: &mut Map<String, Value>, text: &Text, step: &str, is_example: bool) {
    let Some(Value::String(value)) = body.get(&text.member) else { return };
    let chars = usize::try_from(UNIQUE_CHARS).unwrap_or_default();
    let is_filler = value.len() >= chars && value.bytes().all(|byte| byte == b'a');
    let own = match value.as_str() {
        _ if is_filler => format!("{{{{unique}}}}{}", &value[chars..]),
        "{{unique}}" if text.is_long => format!("{{{{unique}}}}-{step}"),
        _ if is_example && text.is_long => format!("{{{{unique}}}}-{step}"),
        _ if is_example => "{{unique}}".to_owned(),
        _ => return,
    };
    put(body, &text.member, own);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(schema: Value, example: Value) -> Body {
        Body { schema, example, ..Body::default() }
    }

    #[test]
    fn a_text_tells_whose_a_thing_is() {
        let check = |members: Value, example: Value, expected: Option<(&str, bool)>| {
            let found = text(&body(json!({"type": "object", "properties": members}), example));
            assert_eq!(found.as_ref().map(|text| (text.member.as_str(), text.is_long)), expected, "{members}");
        };
        let (any, short) = (json!({"type": "string"}), json!({"type": "string", "maxLength": 40}));
        check(json!({"currency": any, "title": any}), json!({"currency": "EUR", "title": "x"}), Some(("title", true)));
        check(json!({"name": short}), json!({"name": "x"}), Some(("name", false)));
        for other in
            [json!({"maxLength": 35}), json!({"pattern": "x"}), json!({"enum": ["x"]}), json!({"minLength": 11})]
        {
            let mut schema = json!({"type": "string"});
            schema.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
            check(json!({"name": schema}), json!({"name": "x"}), None);
        }
        check(json!({"name": any}), json!({}), None);
    }

    #[test]
    fn a_text_that_shows_a_limit_keeps_its_length() {
        let text = |is_long| Text { member: "name".to_owned(), is_long };
        let said = |value: &str, is_long: bool, is_example: bool| {
            let mut body = Map::from_iter([("name".to_owned(), value.into())]);
            say_whose(&mut body, &text(is_long), "step", is_example);
            body["name"].as_str().unwrap().to_owned()
        };
        assert_eq!(said(&"a".repeat(40), false, false), "{{unique}}aaaa");
        assert_eq!((said("a", true, false), said("", true, false)), ("a".into(), String::new()));
        assert_eq!(
            (said("lamp", true, true), said("lamp", false, true)),
            ("{{unique}}-step".into(), "{{unique}}".into())
        );
        assert_eq!(
            (said("{{unique}}", true, false), said("{{unique}}", false, false)),
            ("{{unique}}-step".into(), "{{unique}}".into())
        );
    }

    #[test]
    fn an_id_of_a_document_is_nobodys_in_what_is_sent() {
        let check = |method: &str, path: &str, id: Value, required: bool, expected: Value| {
            let schema = json!({"type": "object", "properties": {"id": id, "ownerId": {}}, "required": if required { vec!["id"] } else { vec![] }});
            let mut request: Request = serde_json::from_value(
                json!({"target": "api", "method": method, "path": path, "body": {"id": 1, "ownerId": 1}}),
            )
            .unwrap();
            take_ids(&mut request, Some(&body(schema, json!({}))), "step");
            assert_eq!(request.body.unwrap(), expected, "{method} {path} {id} {required}");
        };
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        let few = json!({"type": "integer", "maximum": 5});
        check("POST", "/users", number.clone(), false, json!({"ownerId": 1}));
        check("POST", "/users", number.clone(), true, json!({"id": NOBODYS, "ownerId": 1}));
        check("POST", "/users", few, true, json!({"id": 1, "ownerId": 1}));
        check("POST", "/users", text.clone(), true, json!({"id": "{{unique}}-step", "ownerId": 1}));
        check("POST", "/users/{{made}}/lock", number.clone(), true, json!({"id": "{{made}}", "ownerId": 1}));
        check("PUT", "/users/{{made}}", number.clone(), false, json!({"id": "{{made}}", "ownerId": 1}));
        check("PUT", "/users/{{unique}}", text, true, json!({"id": "{{unique}}", "ownerId": 1}));
        check("PUT", "/users/{{unique}}", number, true, json!({"id": 1, "ownerId": 1}));
    }
}

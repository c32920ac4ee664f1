//! What makes a request the tests' own. An id in a document's example may be somebody's, and a POST that finds what it
//! would make may answer with that: so requests say ids that nobody has, and a text that no other run has.

use super::positive::NOBODYS;
use super::shape;
use crate::endpoint::Body;
use crate::plan::{Method, Request, is_name_of, says_which};
use serde_json::{Map, Value};

/// What people call texts that may say anything.
const TEXTS: [&str; 11] =
    ["name", "title", "text", "description", "label", "subject", "content", "message", "note", "comment", "summary"];

/// How long `{{unique}}` becomes, in characters: a UUID.
const UNIQUE_CHARS: u64 = 36;

/// How long it becomes with what may be put behind it.
const LONG_CHARS: u64 = 100;

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

/// Puts the text that no other run has into a body that makes something: into what the thing may be known by, else into
/// a text that may say anything. Only what a document gives is replaced, for other values are there to show something;
/// one that shows how long a text may be stays as long as it is.
pub(super) fn say_whose(members: &mut Map<String, Value>, body: &Body, collection: &str, step: &str) {
    let shape = shape::of(&body.schema);
    let is_given = |name: &str, value: &Value| {
        let examples = body.examples.values().chain([&body.example]);
        examples.filter_map(|example| example.get(name)).any(|given| given == value)
    };
    let own = |name: &str| {
        let value = members.get(name).filter(|value| value.is_string())?;
        let schema = shape.members.get(name)?;
        if is_given(name, value) { own_text(schema, step) } else { filler(value.as_str()?) }
    };
    let named: Vec<(String, String)> = members
        .keys()
        .filter(|name| is_name_of(collection, name))
        .filter_map(|name| Some((name.clone(), own(name)?)))
        .collect();
    let texts = TEXTS.into_iter().filter_map(|name| Some((name.to_owned(), own(name)?)));
    let chosen = if named.is_empty() { texts.take(1).collect() } else { named };
    for (name, text) in chosen {
        put(members, &name, text);
    }
}

/// A text of the tests' own that a schema allows.
fn own_text(schema: &Value, step: &str) -> Option<String> {
    let is_address = schema.get("format").and_then(Value::as_str) == Some("email");
    let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
    if is_address && schema.get("pattern").is_none() && most >= LONG_CHARS {
        // What stands before the `@` has 64 characters at most.
        let end: String = step.chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect();
        return Some(format!("{{{{unique}}}}-{}@example.com", end.trim_matches('-')));
    }
    match () {
        () if takes(schema, LONG_CHARS) => Some(format!("{{{{unique}}}}-{step}")),
        () if takes(schema, UNIQUE_CHARS) => Some("{{unique}}".to_owned()),
        () => None,
    }
}

/// A text that shows a length and nothing else, of the tests' own and as long as it is.
fn filler(text: &str) -> Option<String> {
    let chars = usize::try_from(UNIQUE_CHARS).unwrap_or_default();
    let is_filler = text.len() >= chars && text.bytes().all(|byte| byte == b'a');
    is_filler.then(|| format!("{{{{unique}}}}{}", &text[chars..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(schema: Value, example: Value) -> Body {
        Body { schema, example, ..Body::default() }
    }

    #[test]
    fn what_a_thing_is_known_by_is_the_tests_own() {
        let said = |members: Value, example: Value, sent: Value| {
            let body = body(json!({"type": "object", "properties": members}), example);
            let mut sent = sent.as_object().unwrap().clone();
            say_whose(&mut sent, &body, "/users", "post-users");
            Value::Object(sent)
        };
        let (any, short) = (json!({"type": "string"}), json!({"type": "string", "maxLength": 40}));
        let address = json!({"type": "string", "format": "email"});
        let members =
            json!({"name": short, "email": address, "userCode": any, "title": any, "currency": any, "ownerCode": any});
        let example = json!({"name": "n", "email": "a@b.example", "userCode": "c", "title": "t", "currency": "EUR", "ownerCode": "o"});
        let expected = json!({"name": "{{unique}}", "email": "{{unique}}-post-users@example.com", "userCode": "{{unique}}-post-users",
                              "title": "t", "currency": "EUR", "ownerCode": "o"});
        assert_eq!(said(members, example.clone(), example), expected);
        // Where it is known by nothing, a text will do.
        let members = json!({"note": any, "size": any});
        let example = json!({"note": "n", "size": "s"});
        assert_eq!(
            said(members.clone(), example.clone(), example.clone()),
            json!({"note": "{{unique}}-post-users", "size": "s"})
        );
        // What is there to show something stays; how long it is, is what it shows.
        assert_eq!(said(members.clone(), example.clone(), json!({"note": ""})), json!({"note": ""}));
        assert_eq!(said(members, example, json!({"note": "a".repeat(40)})), json!({"note": "{{unique}}aaaa"}));
        for other in
            [json!({"maxLength": 35}), json!({"pattern": "x"}), json!({"enum": ["x"]}), json!({"format": "uuid"})]
        {
            let mut schema = json!({"type": "string"});
            schema.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
            assert_eq!(said(json!({"name": schema}), json!({"name": "x"}), json!({"name": "x"})), json!({"name": "x"}));
        }
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

//! What a request said itself. An answer that repeats it names nothing new: something of that name may have been there
//! before, and belong to somebody else.

use super::Sent;
use crate::plan::{is_id_word, path_parts};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Every text in a request, and every number that may be a name: parts of its path, its query, its headers and its body.
pub(super) fn said(sent: &Sent) -> BTreeSet<String> {
    let mut said: BTreeSet<String> = sent.headers.iter().map(|(_, value)| value.clone()).collect();
    if let Ok(url) = Url::parse(&sent.url) {
        said.extend(path_parts(url.path()));
        said.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    }
    match (&sent.form, &sent.body) {
        (Some(form), _) => form.parts.iter().for_each(|part| {
            let whole = Value::from(part.value.as_str());
            of_value(&whole, is_id_word(&part.name), &mut said);
            if let Ok(value @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(&part.value) {
                of_value(&value, is_id_word(&part.name), &mut said);
            }
        }),
        (None, Some(body)) => of_text(body, &mut said),
        (None, None) => {}
    }
    said
}

/// The text, and what it holds if it is JSON.
fn of_text(text: &str, said: &mut BTreeSet<String>) {
    said.insert(text.to_owned());
    if let Ok(value) = serde_json::from_str(text) {
        of_value(&value, true, said);
    }
}

/// A number is only taken for a name under a member that is called like one: `likeId: 7`. Elsewhere it is an amount,
/// and the first thing in a fresh database has the number 1 as well.
fn of_value(value: &Value, is_id: bool, said: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| of_value(item, is_id, said)),
        Value::Object(members) => members.iter().for_each(|(name, value)| of_value(value, is_id_word(name), said)),
        one => said.extend(plain(one).filter(|text| is_id || !is_number(text))),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A value as it stands in a path.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{BodyType, Form, Method};
    use serde_json::json;

    #[test]
    fn everything_that_a_request_names_is_known() {
        let body = json!({"aIds": [1, {"b": "two", "quantity": 3, "size": "4"}], "c": null});
        let mut sent = Sent {
            method: Method::Post,
            url: "https://h.example/customers/4%202/orders?q=x%2Fy&q=z".to_owned(),
            headers: vec![("x-tenant".to_owned(), "t1".to_owned())],
            body: Some(body.to_string()),
            form: None,
            token_header: None,
        };
        let all = said(&sent);
        for text in ["customers", "4 2", "orders", "x/y", "z", "t1", "1", "two"] {
            assert!(all.contains(text), "{text}: {all:?}");
        }
        assert!(!all.contains("3") && !all.contains("4"), "an amount is no name: {all:?}");
        sent.form = Form::of(&body, BodyType::Form, &[].into());
        assert!(said(&sent).contains("two"));
    }
}

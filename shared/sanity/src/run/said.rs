//! What a request said itself. An answer that repeats it names nothing new: something of that name may have been there
//! before, and belong to somebody else.

use super::Sent;
use crate::plan::path_parts;
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Every text and number in a request: parts of its path, its query, its headers and its body.
pub(super) fn said(sent: &Sent) -> BTreeSet<String> {
    let mut said: BTreeSet<String> = sent.headers.iter().map(|(_, value)| value.clone()).collect();
    if let Ok(url) = Url::parse(&sent.url) {
        said.extend(path_parts(url.path()));
        said.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    }
    match (&sent.form, &sent.body) {
        (Some(form), _) => form.parts.iter().for_each(|part| of_text(&part.value, &mut said)),
        (None, Some(body)) => of_text(body, &mut said),
        (None, None) => {}
    }
    said
}

/// The text, and what it holds if it is JSON.
fn of_text(text: &str, said: &mut BTreeSet<String>) {
    said.insert(text.to_owned());
    if let Ok(value) = serde_json::from_str(text) {
        of_value(&value, said);
    }
}

fn of_value(value: &Value, said: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| of_value(item, said)),
        Value::Object(members) => members.values().for_each(|value| of_value(value, said)),
        one => said.extend(plain(one)),
    }
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
        let body = json!({"a": [1, {"b": "two"}], "c": null});
        let mut sent = Sent {
            method: Method::Post,
            url: "https://h.example/customers/4%202/orders?q=x%2Fy&q=z".to_owned(),
            headers: vec![("x-tenant".to_owned(), "t1".to_owned())],
            body: Some(body.to_string()),
            form: None,
        };
        let all = said(&sent);
        for text in ["customers", "4 2", "orders", "x/y", "z", "t1", "1", "two"] {
            assert!(all.contains(text), "{text}: {all:?}");
        }
        assert!(!all.contains("3"));
        sent.form = Form::of(&body, BodyType::Form, &[].into());
        assert!(said(&sent).contains("two"));
    }
}

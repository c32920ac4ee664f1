//! Texts with `{{name}}` in them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The name that is always filled: a text that no other run has.
pub const UNIQUE: &str = "unique";

/// A text with placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template<'text>(pub &'text str);

/// A placeholder for which there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no value for {{{{{0}}}}}")]
pub struct Unfilled(pub String);

impl<'text> Template<'text> {
    /// The names of its placeholders.
    pub fn names(self) -> BTreeSet<&'text str> {
        let mut names = BTreeSet::new();
        let mut rest = self.0;
        while let Some((_, behind)) = rest.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else { break };
            names.insert(name.trim());
            rest = after;
        }
        names
    }

    /// How many placeholders it has.
    pub(crate) fn count(self) -> usize {
        let mut rest = self.0;
        let mut count = 0;
        while let Some((_, after)) = rest.split_once("{{").and_then(|(_, behind)| behind.split_once("}}")) {
            count += 1;
            rest = after;
        }
        count
    }

    /// The text with every placeholder replaced; `encode` is applied to what is put in.
    ///
    /// # Errors
    /// If a name has no value.
    pub fn fill(self, values: &BTreeMap<String, Value>, encode: impl Fn(&str) -> String) -> Result<String, Unfilled> {
        let mut filled = String::new();
        let mut rest = self.0;
        while let Some((before, behind)) = rest.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else { break };
            let value = values.get(name.trim()).ok_or_else(|| Unfilled(name.trim().to_owned()))?;
            filled += before;
            filled += &encode(&plain(value));
            rest = after;
        }
        Ok(filled + rest)
    }
}

/// A value as text: strings without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Fills every text in a JSON value. A text that is one placeholder and nothing else takes the value's own type.
///
/// # Errors
/// If a name has no value.
pub(crate) fn fill_value(value: &Value, values: &BTreeMap<String, Value>) -> Result<Value, Unfilled> {
    Ok(match value {
        Value::String(text) => {
            let whole = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).map(str::trim);
            match whole.filter(|name| !name.contains("{{")) {
                Some(name) => values.get(name).cloned().ok_or_else(|| Unfilled(name.to_owned()))?,
                None => Value::String(Template(text).fill(values, str::to_owned)?),
            }
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| fill_value(item, values)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill_value(value, values)?)))
                .collect::<Result<_, Unfilled>>()?,
        ),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> BTreeMap<String, Value> {
        BTreeMap::from([("id".to_owned(), json!(7)), ("name".to_owned(), json!("a b"))])
    }

    #[test]
    fn placeholders_are_filled_and_encoded() {
        let fill = |text: &str| Template(text).fill(&values(), |value| value.replace(' ', "%20"));
        assert_eq!(fill("/items/{{id}}/{{ name }}"), Ok("/items/7/a%20b".to_owned()));
        assert_eq!(fill("no {braces} {{"), Ok("no {braces} {{".to_owned()));
        assert_eq!(fill("{{other}}"), Err(Unfilled("other".to_owned())));
        let template = Template("{{a}}-{{ b }}-{{a}} {{");
        assert_eq!((template.names(), template.count()), (BTreeSet::from(["a", "b"]), 3));
        assert_eq!(Unfilled("x".into()).to_string(), "there is no value for {{x}}");
    }

    #[test]
    fn a_body_keeps_the_types_of_what_is_put_in() {
        let body = json!({"id": "{{id}}", "text": "no. {{id}}", "list": ["{{name}}", 1]});
        assert_eq!(fill_value(&body, &values()), Ok(json!({"id": 7, "text": "no. 7", "list": ["a b", 1]})));
        assert!(fill_value(&json!(["{{other}}"]), &values()).is_err());
    }
}

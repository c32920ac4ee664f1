//! Template parameters and stack tags: their limits, and the text that each value becomes.

use drydock_contract::input::{InvalidInput, invalid};
use serde_json::Value;
use std::collections::BTreeMap;

/// CloudFormation's own limits
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>);
/// some of its 50 tags are left for ours.
const MAX_PARAMETERS: usize = 200;
const MAX_PARAMETER_BYTES: usize = 4096;
const MAX_TAGS: usize = 40;

/// Checks template parameters. Numbers and booleans become text, lists become text with commas between the values.
///
/// # Errors
/// Names the parameter.
pub fn parameters(given: BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, InvalidInput> {
    const FIELD: &str = "parameters";
    if given.len() > MAX_PARAMETERS {
        return invalid(FIELD, format!("must not hold more than {MAX_PARAMETERS} values"));
    }
    let read = |(name, value): (String, Value)| {
        let good = (1..=255).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        if !good {
            return invalid(FIELD, "must have names of letters, digits, `_`, `-` and `.`, 255 at most");
        }
        match text(&value) {
            Some(text) if text.len() <= MAX_PARAMETER_BYTES => Ok((name, text)),
            Some(_) => invalid(FIELD, format!("must not have a value over {MAX_PARAMETER_BYTES} bytes, as `{name}`")),
            None => invalid(FIELD, format!("must hold texts, numbers, booleans or lists of them; `{name}` does not")),
        }
    };
    given.into_iter().map(read).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(values) if !values.iter().any(Value::is_array) => {
            Some(values.iter().map(text).collect::<Option<Vec<_>>>()?.join(","))
        }
        Value::Array(_) | Value::Object(_) | Value::Null => None,
    }
}

/// Checks stack tags
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html>).
///
/// # Errors
/// Names the tag.
pub fn tags(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, InvalidInput> {
    const FIELD: &str = "tags";
    if given.len() > MAX_TAGS {
        return invalid(FIELD, format!("must not hold more than {MAX_TAGS} tags"));
    }
    let allowed = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || " _.:/=+-@".contains(letter));
    for (name, value) in &given {
        if !(1..=128).contains(&name.chars().count()) || value.chars().count() > 256 {
            return invalid(FIELD, "must have names of 1 to 128 and values of at most 256 characters");
        }
        if name.to_ascii_lowercase().starts_with("aws:") {
            return invalid(FIELD, "must not have names that begin with `aws:`");
        }
        if !allowed(name) || !allowed(value) {
            return invalid(FIELD, "must hold letters, digits, spaces and any of _.:/=+-@ only");
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_become_text() {
        let check = |value: Value, expected: &str| {
            assert_eq!(parameters([("Name".to_owned(), value)].into()).unwrap()["Name"], expected);
        };
        check(json!("x"), "x");
        check(json!(""), "");
        check(json!(512), "512");
        check(json!(123_456_789_012_u64), "123456789012");
        check(json!(true), "true");
        check(json!(["a", 2, false]), "a,2,false");
    }

    #[test]
    fn other_parameters_are_refused_by_name() {
        let check = |name: &str, value: Value, expected: &str| {
            let error = parameters([(name.to_owned(), value)].into()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("A", json!({"b": 1}), "`A` does not");
        check("A", json!(null), "`A` does not");
        check("A", json!([["b"]]), "`A` does not");
        check("A", json!("x".repeat(4097)), "as `A`");
        check("", json!(1), "names of letters");
        check("a b", json!(1), "names of letters");
        let many = (0..=MAX_PARAMETERS).map(|at| (format!("P{at}"), json!(at))).collect();
        assert!(parameters(many).is_err());
    }

    #[test]
    fn tags_follow_the_rules_of_aws() {
        let one = |name: &str, value: &str| tags([(name.to_owned(), value.to_owned())].into());
        assert!(one("cost-center", "Größe 42/a").is_ok());
        assert!(one("empty", "").is_ok());
        for (name, value) in [("", "v"), ("AWS:x", "v"), ("a", "b\n"), ("a<b", "v"), ("a", &"v".repeat(257))] {
            assert!(one(name, value).is_err(), "{name:?}={value:?}");
        }
        assert!(tags((0..=MAX_TAGS).map(|at| (format!("t{at}"), String::new())).collect()).is_err());
    }
}

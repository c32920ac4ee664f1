//! What a change set is asked for with: its name, and the parameters.

use crate::suggest::hint;
use anyhow::{Context, Result, bail};
use drydock_stack::{ParameterValue, StackInfo};
use serde_json::Value;
use std::collections::BTreeMap;

/// Begins the names of our change sets; the time in milliseconds follows.
const NAME: &str = "drydock-";

/// A change set that is older than this was left behind by a run that was killed.
const LEFT_BEHIND_AFTER_MILLIS: i64 = 3_600_000;

/// A name that no change set has had.
pub fn new_name() -> String {
    format!("{NAME}{}", jiff::Timestamp::now().as_millisecond())
}

/// True for a change set of ours that a run which was killed has left behind.
pub fn is_left_behind(name: &str, now_millis: i64) -> bool {
    let made = name.strip_prefix(NAME).and_then(|millis| millis.parse::<i64>().ok());
    made.is_some_and(|made| now_millis - made > LEFT_BEHIND_AFTER_MILLIS)
}

/// What was asked for, and for the rest what the stack has already: an update does not reset what it is not told.
///
/// # Errors
/// If the template has no such parameter, or is not JSON.
pub fn parameters(
    template: &str,
    current: Option<&StackInfo>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, ParameterValue>> {
    let template: Value = serde_json::from_str(template).context("the template is not JSON")?;
    let known = template["Parameters"].as_object().cloned().unwrap_or_default();
    let unknown: Vec<&str> = given.keys().map(String::as_str).filter(|name| !known.contains_key(*name)).collect();
    if let Some(first) = unknown.first() {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let instead = hint(first, names.iter().copied());
        let instead = if instead.is_empty() { format!("; it has {}", names.join(", ")) } else { instead };
        bail!("the template has no parameter {}{instead}", unknown.join(", "));
    }
    let kept = known
        .keys()
        .filter(|name| current.is_some_and(|stack| stack.parameters.contains_key(*name)))
        .map(|name| (name.clone(), ParameterValue::Previous));
    let set = given.iter().map(|(name, value)| (name.clone(), ParameterValue::Value(value.clone())));
    Ok(kept.chain(set).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_stack::StackStatus;

    const TEMPLATE: &str = r#"{"Parameters": {"Old": {"Type": "String"}, "New": {"Type": "String", "Default": ""}}}"#;

    fn stack(parameters: &[(&str, &str)]) -> StackInfo {
        StackInfo {
            id: "id".into(),
            name: "name".into(),
            status: StackStatus::CreateComplete,
            status_reason: None,
            created_at: None,
            updated_at: None,
            outputs: BTreeMap::new(),
            parameters: parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            tags: BTreeMap::new(),
            change_set_id: None,
            role_arn: None,
            termination_protection: false,
        }
    }

    #[test]
    fn an_update_keeps_what_it_is_not_told() {
        let standing = stack(&[("Old", "1"), ("Gone", "2")]);
        let kept = parameters(TEMPLATE, Some(&standing), &BTreeMap::new()).unwrap();
        assert_eq!(kept, BTreeMap::from([("Old".to_owned(), ParameterValue::Previous)]));
        let given = BTreeMap::from([("Old".to_owned(), "3".to_owned())]);
        let set = parameters(TEMPLATE, Some(&standing), &given).unwrap();
        assert_eq!(set["Old"], ParameterValue::Value("3".to_owned()));
        assert!(parameters(TEMPLATE, None, &BTreeMap::new()).unwrap().is_empty());
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_one_that_was_meant_or_those_that_exist() {
        let check = |name: &str, expected: &str| {
            let given = BTreeMap::from([(name.to_owned(), "3".to_owned())]);
            assert_eq!(parameters(TEMPLATE, None, &given).unwrap_err().to_string(), expected);
        };
        check("Older", "the template has no parameter Older; did you mean `Old`?");
        check("Xyz", "the template has no parameter Xyz; it has Old, New");
    }

    #[test]
    fn only_old_change_sets_of_ours_are_left_behind() {
        let now = 1_800_000_000_000;
        assert!(is_left_behind("drydock-1799990000000", now));
        for other in ["drydock-1799999999999", "drydock-x", "change", "drydock-app-1799990000000"] {
            assert!(!is_left_behind(other, now), "{other}");
        }
    }
}

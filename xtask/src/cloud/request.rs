//! What a change set is asked for with: its name, and the parameters.

use super::former::Former;
use crate::suggest::hint;
use anyhow::{Context, Result, bail};
use drydock_stack::{ParameterValue, StackInfo};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Begins the names of our change sets; the time in milliseconds follows.
const NAME: &str = "drydock-";

/// A change set that is older than this was left behind by a run that was killed.
const LEFT_BEHIND_AFTER_MILLIS: i64 = 3_600_000;

/// What CloudFormation shows of a parameter that nobody may see.
pub const HIDDEN: &str = "****";

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
    let kept = known(template, given)?
        .into_iter()
        .filter(|(name, _)| current.is_some_and(|stack| stack.parameters.contains_key(name)))
        .map(|(name, _)| (name, ParameterValue::Previous));
    let set = given.iter().map(|(name, value)| (name.clone(), ParameterValue::Value(value.clone())));
    Ok(kept.chain(set).collect())
}

/// What was asked for, and for the rest what a stack had that is deleted before it is made again: CloudFormation knows
/// nothing of it then.
///
/// # Errors
/// If a parameter would be without a value, or with another than before because CloudFormation does not tell it; and as
/// [`parameters`].
pub fn carried_over(
    template: &str,
    deleted: &Former,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, parameter) in known(template, given)? {
        match given.get(&name).or_else(|| deleted.parameters.get(&name)) {
            Some(value) if value != HIDDEN || given.contains_key(&name) => {
                values.insert(name, value.clone());
            }
            None if parameter.get("Default").is_some() => {}
            _ => missing.push(format!("--parameter {name}=…")),
        }
    }
    if !missing.is_empty() {
        bail!("the stack cannot be made again with what is known of it; add {}", missing.join(" "));
    }
    Ok(values)
}

/// The parameters of a template, among which must be all that are given.
fn known(template: &str, given: &BTreeMap<String, String>) -> Result<Map<String, Value>> {
    let template: Value = serde_json::from_str(template).context("the template is not JSON")?;
    let known = template["Parameters"].as_object().cloned().unwrap_or_default();
    let unknown: Vec<&str> = given.keys().map(String::as_str).filter(|name| !known.contains_key(*name)).collect();
    if let Some(first) = unknown.first() {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let instead = hint(first, names.iter().copied());
        let instead = if instead.is_empty() { format!("; it has {}", names.join(", ")) } else { instead };
        bail!("the template has no parameter {}{instead}", unknown.join(", "));
    }
    Ok(known)
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
            parent_id: None,
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
    fn a_stack_that_is_made_again_is_what_it_was() {
        let check = |had: &[(&str, &str)], given: &[(&str, &str)], expected: Result<&[(&str, &str)], &str>| {
            let owned = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
                pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
            };
            let found =
                carried_over(TEMPLATE, &Former::from(&stack(had)), &owned(given)).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(owned).map_err(str::to_owned), "{had:?} {given:?}");
        };
        check(&[("Old", "1"), ("Gone", "2")], &[], Ok(&[("Old", "1")]));
        check(&[("Old", "1"), ("New", "2")], &[("Old", "3")], Ok(&[("New", "2"), ("Old", "3")]));
        let missing = "the stack cannot be made again with what is known of it; add --parameter Old=…";
        check(&[], &[], Err(missing));
        check(&[("Old", "****")], &[], Err(missing));
        check(&[("Old", "****")], &[("Old", "3")], Ok(&[("Old", "3")]));
        // It has a default, but that is not what it had.
        let hidden = "the stack cannot be made again with what is known of it; add --parameter New=…";
        check(&[("Old", "1"), ("New", "****")], &[], Err(hidden));
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

//! Parameter values for a template: from the request, from a file of the project, or left to the defaults.

mod file;
mod samconfig;

pub use file::{ParameterFile, ParameterFileError, find_parameter_file};

use crate::template::DeclaredParameter;
use std::collections::{BTreeMap, BTreeSet};

/// What a parameter gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// This.
    Value(String),
    /// What the stack has already.
    Previous,
}

/// Parameters that do not fit the template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A value in the request for something that the template does not declare.
    #[error("the template has no parameter `{name}`{}", closest.as_ref().map_or(String::new(), |closest| format!("; did you mean `{closest}`?")))]
    Unknown {
        /// As given.
        name: String,
        /// The declared name that is nearest.
        closest: Option<String>,
    },
    /// No value for parameters without a default.
    #[error("the template needs a value for {}", .0.join(", "))]
    Missing(Vec<String>),
}

/// Decides each parameter: the request's value, else the file's, else the template's default, else what the
/// existing stack has. Parameters that are left to their default are not in the answer.
///
/// What the file names beyond that is not looked at: it was not written for this request.
///
/// # Errors
/// If the request names what is not declared, or if declared ones get no value at all.
pub fn resolve(
    declared: &[DeclaredParameter],
    request: &BTreeMap<String, String>,
    file: &BTreeMap<String, String>,
    existing: &BTreeSet<String>,
) -> Result<BTreeMap<String, ParameterValue>, ParameterError> {
    for name in request.keys() {
        if !declared.iter().any(|parameter| parameter.name == *name) {
            return Err(ParameterError::Unknown { name: name.clone(), closest: closest(declared, name) });
        }
    }
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for parameter in declared {
        let name = &parameter.name;
        if let Some(value) = request.get(name).or_else(|| file.get(name)) {
            values.insert(name.clone(), ParameterValue::Value(value.clone()));
        } else if !parameter.has_default {
            if existing.contains(name) {
                values.insert(name.clone(), ParameterValue::Previous);
            } else {
                missing.push(name.clone());
            }
        }
    }
    if missing.is_empty() { Ok(values) } else { Err(ParameterError::Missing(missing)) }
}

/// The declared name that differs least, if it is near enough to be meant.
fn closest(declared: &[DeclaredParameter], name: &str) -> Option<String> {
    declared
        .iter()
        .map(|parameter| (distance(&parameter.name.to_lowercase(), &name.to_lowercase()), &parameter.name))
        .filter(|(distance, known)| *distance <= known.len().max(name.len()) / 2)
        .min()
        .map(|(_, known)| known.clone())
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(255).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, char) in one.chars().take(255).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..other.len() {
            let changed = diagonal + usize::from(char != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Vec<DeclaredParameter> {
        [("Stage", true), ("BucketName", false), ("Secret", false)]
            .map(|(name, has_default)| DeclaredParameter { name: name.to_owned(), has_default, no_echo: false })
            .to_vec()
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_request_comes_first_then_the_file_then_default_or_stack() {
        let existing = BTreeSet::from(["Secret".to_owned(), "Stage".to_owned()]);
        let values =
            resolve(&declared(), &map(&[("BucketName", "r")]), &map(&[("BucketName", "f"), ("Other", "f")]), &existing)
                .unwrap();
        let expected = [
            ("BucketName".to_owned(), ParameterValue::Value("r".to_owned())),
            ("Secret".to_owned(), ParameterValue::Previous),
        ];
        assert_eq!(values, BTreeMap::from(expected));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let check = |request: &[(&str, &str)], expected: &str| {
            let error = resolve(&declared(), &map(request), &BTreeMap::new(), &BTreeSet::new()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(&[], "the template needs a value for BucketName, Secret");
        check(&[("Buckename", "x")], "the template has no parameter `Buckename`; did you mean `BucketName`?");
        check(&[("VpcId", "x")], "the template has no parameter `VpcId`");
    }
}

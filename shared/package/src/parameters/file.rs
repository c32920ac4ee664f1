//! The file in which a project keeps parameter values. Three forms are in use and all are read:
//!
//! - the AWS CLI's: `[{"ParameterKey": "Stage", "ParameterValue": "prod"}]`
//! - CodePipeline's template configuration: `{"Parameters": {"Stage": "prod"}, "Tags": {"team": "a"}}`
//! - a plain mapping: `{"Stage": "prod"}`
//!
//! For a template `app.yaml` it is the first of `app.parameters.json`, `app-parameters.json`, `app.params.json`,
//! `app-params.json`, `parameters.json`, `params.json`, `template-configuration.json` and `configuration.json`, in the
//! template's folder or in its `parameters` or `params` folder; where there is none, `samconfig.toml`.

use super::samconfig;
use crate::template::DeclaredParameter;
use drydock_tree::Tree;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a parameter file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterFile {
    /// Its path in the repository.
    pub path: String,
    /// Values by name.
    pub parameters: BTreeMap<String, String>,
    /// Stack tags.
    pub tags: BTreeMap<String, String>,
    /// True for a file that serves several templates, and so may name parameters that this one does not have.
    pub shared: bool,
}

impl ParameterFile {
    /// The values that are meant for a template with these parameters.
    pub fn parameters_for(&self, declared: &[DeclaredParameter]) -> BTreeMap<String, String> {
        let mut values = self.parameters.clone();
        values.retain(|name, _| !self.shared || declared.iter().any(|parameter| parameter.name == *name));
        values
    }
}

/// A file under a parameter file's name that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} is no parameter file: {problem}")]
pub struct ParameterFileError {
    /// Its path in the repository.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

/// Reads the parameter file that lies beside the template, if there is one.
///
/// # Errors
/// If it has none of the known forms.
pub fn find_parameter_file(tree: &Tree, template: &str) -> Result<Option<ParameterFile>, ParameterFileError> {
    let (folder, name) =
        template.rsplit_once('/').map_or((String::new(), template), |(folder, name)| (format!("{folder}/"), name));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let own = [".parameters", "-parameters", ".params", "-params"].map(|ending| format!("{stem}{ending}.json"));
    let usual =
        ["parameters.json", "params.json", "template-configuration.json", "configuration.json"].map(str::to_owned);
    let names: Vec<String> = own.into_iter().chain(usual).chain([format!("{stem}.json")]).collect();
    for (place, names) in [("", &names[..8]), ("parameters/", &names[..]), ("params/", &names[..])] {
        for name in names {
            let path = format!("{folder}{place}{name}");
            if path != template
                && let Some(text) = tree.text(&path)
            {
                return parse(&path, text).map(Some);
            }
        }
    }
    let path = format!("{folder}samconfig.toml");
    let Some(text) = tree.text(&path) else { return Ok(None) };
    match samconfig::parse(text) {
        Ok((parameters, tags)) => Ok(Some(ParameterFile { path, parameters, tags, shared: true })),
        Err(problem) => Err(ParameterFileError { path, problem }),
    }
}

fn parse(path: &str, text: &str) -> Result<ParameterFile, ParameterFileError> {
    let fail = |problem: String| ParameterFileError { path: path.to_owned(), problem };
    let value: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| fail(error.to_string()))?;
    let mut file = ParameterFile { path: path.to_owned(), ..ParameterFile::default() };
    match &value {
        Value::Array(items) => {
            for item in items {
                let Some(name) = item.get("ParameterKey").and_then(Value::as_str) else {
                    return Err(fail("an entry has no `ParameterKey`".to_owned()));
                };
                // `UsePreviousValue` says nothing that leaving the parameter out does not say.
                if let Some(value) = item.get("ParameterValue") {
                    file.parameters.insert(name.to_owned(), scalar(name, value).map_err(fail)?);
                }
            }
        }
        Value::Object(entries) => match (entries.get("Parameters"), entries.get("Tags")) {
            (None, None) => file.parameters = scalars(entries).map_err(fail)?,
            (parameters, tags) => {
                let section = |value: Option<&Value>| match value {
                    None => Ok(BTreeMap::new()),
                    Some(Value::Object(entries)) => scalars(entries),
                    Some(_) => Err("`Parameters` and `Tags` must be mappings".to_owned()),
                };
                file.parameters = section(parameters).map_err(fail)?;
                file.tags = section(tags).map_err(fail)?;
            }
        },
        _ => return Err(fail("it is neither a list nor a mapping".to_owned())),
    }
    Ok(file)
}

fn scalars(entries: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    entries.iter().map(|(name, value)| Ok((name.clone(), scalar(name, value)?))).collect()
}

/// CloudFormation knows text only: numbers and truth values are written out, lists joined by commas.
fn scalar(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(items) => {
            Ok(items.iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Value::Null | Value::Object(_) => Err(format!("the value of `{name}` is no text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    fn find(path: &str, text: &str) -> Result<Option<ParameterFile>, ParameterFileError> {
        let tree: Tree = [(path.to_owned(), File::new(text))].into_iter().collect();
        find_parameter_file(&tree, "stack/app.yaml")
    }

    #[test]
    fn all_three_forms_are_read() {
        let check = |text: &str, parameters: &[(&str, &str)], tags: &[(&str, &str)]| {
            let file = find("stack/parameters.json", text).unwrap().unwrap();
            let pairs = |map: &BTreeMap<String, String>| map.clone().into_iter().collect::<Vec<_>>();
            let owned = |pairs: &[(&str, &str)]| {
                pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
            };
            assert_eq!(pairs(&file.parameters), owned(parameters));
            assert_eq!(pairs(&file.tags), owned(tags));
        };
        check(
            r#"[{"ParameterKey":"A","ParameterValue":"1"},{"ParameterKey":"B","UsePreviousValue":true}]"#,
            &[("A", "1")],
            &[],
        );
        check(r#"{"Parameters":{"A":1,"B":true},"Tags":{"t":"x"}}"#, &[("A", "1"), ("B", "true")], &[("t", "x")]);
        check(r#"{"A":"1","L":["a","b"]}"#, &[("A", "1"), ("L", "a,b")], &[]);
    }

    #[test]
    fn it_is_found_under_the_usual_names() {
        for path in [
            "stack/app.parameters.json",
            "stack/app-params.json",
            "stack/params.json",
            "stack/parameters/app.json",
            "stack/params/parameters.json",
            "stack/template-configuration.json",
        ] {
            assert_eq!(find(path, "{}").unwrap().map(|file| file.path).as_deref(), Some(path));
        }
        for path in ["parameters.json", "stack/app.json", "stack/other.parameters.json"] {
            assert_eq!(find(path, "{}"), Ok(None), "{path}");
        }
    }

    #[test]
    fn samconfig_serves_where_there_is_nothing_else() {
        let text = "[default.deploy.parameters]\nparameter_overrides = \"A=1 Other=2\"\n";
        let file = find("stack/samconfig.toml", text).unwrap().unwrap();
        let declared = [DeclaredParameter { name: "A".to_owned(), has_default: false, no_echo: false }];
        assert_eq!(file.parameters_for(&declared), BTreeMap::from([("A".to_owned(), "1".to_owned())]));
        assert!(find("stack/samconfig.toml", "[").is_err());
    }

    #[test]
    fn a_file_of_another_form_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = find("stack/params.json", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("{", "stack/params.json is no parameter file");
        check("[1]", "no `ParameterKey`");
        check(r#"{"A": {"b": 1}}"#, "the value of `A` is no text");
        check("3", "neither a list nor a mapping");
    }
}

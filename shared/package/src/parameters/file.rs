//! The file in which a project keeps parameter values. Three forms are in use and all are read:
//!
//! - the AWS CLI's: `[{"ParameterKey": "Stage", "ParameterValue": "prod"}]`
//! - CodePipeline's template configuration: `{"Parameters": {"Stage": "prod"}, "Tags": {"team": "a"}}`
//! - a plain mapping: `{"Stage": "prod"}`
//!
//! For a template `app.yaml` it is the first of `app.parameters.json`, `app-parameters.json`, `app.params.json`,
//! `app-params.json`, `parameters.json`, `params.json`, `template-configuration.json` and `configuration.json`, in the
//! template's folder or in its `parameters` or `params` folder; where there is none, `samconfig.toml`.
//!
//! A name such as `configuration.json` is no promise: applications keep their own settings under it. A file that does
//! not carry the template's name counts only if it has one of the first two forms, or if everything in it is a parameter
//! of the template; otherwise it is passed over.

use super::samconfig;
use crate::template::DeclaredParameter;
use drydock_tree::Tree;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a parameter file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterFile {
    /// Its path in the repository; empty if there is none.
    pub path: String,
    /// Values by name, of parameters that the template declares.
    pub parameters: BTreeMap<String, String>,
    /// Stack tags.
    pub tags: BTreeMap<String, String>,
    /// What was passed over, and why.
    pub warnings: Vec<String>,
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

/// Reads the parameter file that lies beside the template, for the parameters that it declares.
///
/// # Errors
/// If a file that carries the template's name has none of the known forms.
pub fn find_parameter_file(
    tree: &Tree,
    template: &str,
    declared: &[DeclaredParameter],
) -> Result<ParameterFile, ParameterFileError> {
    let mut warnings = Vec::new();
    for (path, own) in places(template) {
        let Some(text) = tree.text(&path).filter(|_| path != template) else { continue };
        match parse(text) {
            Ok((form, values)) if own || form == Form::Explicit || values.are_all(declared) => {
                let (parameters, unknown) = values.parameters.into_iter().partition(|(name, _)| knows(declared, name));
                let unknown: BTreeMap<String, String> = unknown;
                let unknown = unknown.keys().map(|name| format!("{path}: the template has no parameter `{name}`"));
                warnings.extend(unknown);
                return Ok(ParameterFile { path, parameters, tags: values.tags, warnings });
            }
            Ok(_) => warnings.push(format!("{path} is passed over: it holds what the template has no parameter for")),
            Err(problem) if own => return Err(ParameterFileError { path, problem }),
            Err(problem) => warnings.push(format!("{path} is passed over: {problem}")),
        }
    }
    let folder = template.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let path = format!("{folder}samconfig.toml");
    let Some(text) = tree.text(&path) else { return Ok(ParameterFile { warnings, ..ParameterFile::default() }) };
    match samconfig::parse(text) {
        Ok((mut parameters, tags)) => {
            // It serves several templates, so it may well name parameters of another one.
            parameters.retain(|name, _| knows(declared, name));
            Ok(ParameterFile { path, parameters, tags, warnings })
        }
        Err(problem) => Err(ParameterFileError { path, problem }),
    }
}

/// Where the file may be, in order, and whether it carries the template's name there.
fn places(template: &str) -> Vec<(String, bool)> {
    let (folder, name) =
        template.rsplit_once('/').map_or((String::new(), template), |(folder, name)| (format!("{folder}/"), name));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let own = [".parameters", "-parameters", ".params", "-params"].map(|ending| (format!("{stem}{ending}.json"), true));
    let usual = ["parameters.json", "params.json", "template-configuration.json", "configuration.json"];
    let names: Vec<(String, bool)> = own.into_iter().chain(usual.map(|name| (name.to_owned(), false))).collect();
    let mut places = Vec::new();
    for place in ["", "parameters/", "params/"] {
        places.extend(names.iter().map(|(name, own)| (format!("{folder}{place}{name}"), *own)));
        if !place.is_empty() {
            places.push((format!("{folder}{place}{stem}.json"), true));
        }
    }
    places
}

fn knows(declared: &[DeclaredParameter], name: &str) -> bool {
    declared.iter().any(|parameter| parameter.name == name)
}

/// How sure a file is one for parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Nothing else looks like it.
    Explicit,
    /// Names and values, of whatever.
    Plain,
}

#[derive(Debug, Default)]
struct Values {
    parameters: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
}

impl Values {
    fn are_all(&self, declared: &[DeclaredParameter]) -> bool {
        self.parameters.keys().all(|name| knows(declared, name))
    }
}

fn parse(text: &str) -> Result<(Form, Values), String> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())?;
    let mut values = Values::default();
    match &value {
        Value::Array(items) => {
            for item in items {
                let Some(name) = item.get("ParameterKey").and_then(Value::as_str) else {
                    return Err("an entry has no `ParameterKey`".to_owned());
                };
                // `UsePreviousValue` says nothing that leaving the parameter out does not say.
                if let Some(value) = item.get("ParameterValue") {
                    values.parameters.insert(name.to_owned(), scalar(name, value)?);
                }
            }
            Ok((Form::Explicit, values))
        }
        Value::Object(entries) => match (entries.get("Parameters"), entries.get("Tags")) {
            (None, None) => {
                values.parameters = scalars(entries)?;
                Ok((Form::Plain, values))
            }
            (parameters, tags) => {
                let section = |value: Option<&Value>| match value {
                    None => Ok(BTreeMap::new()),
                    Some(Value::Object(entries)) => scalars(entries),
                    Some(_) => Err("`Parameters` and `Tags` must be mappings".to_owned()),
                };
                let other = entries.keys().find(|key| !SECTIONS.contains(&key.as_str()));
                if let (None, Some(other)) = (parameters, other) {
                    return Err(format!("it has `{other}` beside `Tags`, and no `Parameters`"));
                }
                values.parameters = section(parameters)?;
                values.tags = section(tags)?;
                Ok((Form::Explicit, values))
            }
        },
        _ => Err("it is neither a list nor a mapping".to_owned()),
    }
}

/// What a template configuration consists of
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>).
const SECTIONS: [&str; 3] = ["Parameters", "StackPolicy", "Tags"];

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

    /// For a template with the parameters `A`, `B` and `L`.
    fn find(files: &[(&str, &str)]) -> Result<ParameterFile, ParameterFileError> {
        let tree: Tree = files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect();
        let declared =
            ["A", "B", "L"].map(|name| DeclaredParameter { name: name.to_owned(), has_default: false, no_echo: false });
        find_parameter_file(&tree, "stack/app.yaml", &declared)
    }

    fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
        map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn all_three_forms_are_read() {
        let check = |text: &str, parameters: &[(&str, &str)], tags: &[(&str, &str)]| {
            for path in ["stack/app.parameters.json", "stack/parameters.json"] {
                let file = find(&[(path, text)]).unwrap();
                assert_eq!((pairs(&file.parameters).as_slice(), pairs(&file.tags).as_slice()), (parameters, tags));
                assert_eq!((file.path.as_str(), file.warnings), (path, Vec::new()));
            }
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
            assert_eq!(find(&[(path, "{}")]).unwrap().path, path);
        }
        for path in ["parameters.json", "stack/app.json", "stack/other.parameters.json"] {
            assert_eq!(find(&[(path, "{}")]), Ok(ParameterFile::default()), "{path}");
        }
    }

    #[test]
    fn what_the_template_does_not_declare_is_left_out_and_told() {
        let check = |path: &str, text: &str, warning: &str| {
            let file = find(&[(path, text)]).unwrap();
            assert_eq!((file.path.as_str(), pairs(&file.parameters)), (path, vec![("A", "1")]));
            assert_eq!(file.warnings, [warning]);
        };
        let told = "stack/app.params.json: the template has no parameter `Other`";
        check("stack/app.params.json", r#"{"A": "1", "Other": "2"}"#, told);
        let told = "stack/params.json: the template has no parameter `Other`";
        check("stack/params.json", r#"{"Parameters": {"A": "1", "Other": "2"}}"#, told);
    }

    #[test]
    fn an_application_s_own_file_is_passed_over() {
        let check = |text: &str, warning: &str| {
            let own = r#"{"A": "1"}"#;
            let file = find(&[("stack/configuration.json", text), ("stack/params/app.json", own)]).unwrap();
            assert_eq!((file.path.as_str(), pairs(&file.parameters)), ("stack/params/app.json", vec![("A", "1")]));
            let warning = format!("stack/configuration.json is passed over: {warning}");
            assert!(file.warnings.len() == 1 && file.warnings[0].starts_with(&warning), "{:?}", file.warnings);
            assert_eq!(find(&[("stack/configuration.json", text)]).unwrap().path, "");
        };
        check(r#"{"A": "x", "logLevel": "debug"}"#, "it holds what the template has no parameter for");
        check(r#"{"database": {"host": "x"}}"#, "the value of `database` is no text");
        check(r#"{"Tags": ["a"]}"#, "`Parameters` and `Tags` must be mappings");
        check(r#"{"Tags": {"a": "b"}, "name": "x"}"#, "it has `name` beside `Tags`, and no `Parameters`");
        check(r#"[{"name": "x"}]"#, "an entry has no `ParameterKey`");
        check("{ // comment", "key must be a string");
    }

    #[test]
    fn samconfig_serves_where_there_is_nothing_else() {
        let text = "[default.deploy.parameters]\nparameter_overrides = \"A=1 Other=2\"\n";
        let file = find(&[("stack/samconfig.toml", text), ("stack/configuration.json", "[1]")]).unwrap();
        assert_eq!((file.path.as_str(), pairs(&file.parameters)), ("stack/samconfig.toml", vec![("A", "1")]));
        assert_eq!(file.warnings.len(), 1, "only the other file: {:?}", file.warnings);
        assert!(find(&[("stack/samconfig.toml", "[")]).is_err());
    }

    #[test]
    fn the_template_s_own_file_of_another_form_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = find(&[("stack/app.params.json", text)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("{", "stack/app.params.json is no parameter file");
        check("[1]", "no `ParameterKey`");
        check(r#"{"A": {"b": 1}}"#, "the value of `A` is no text");
        check("3", "neither a list nor a mapping");
    }
}

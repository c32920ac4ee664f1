//! Package manifests: what pip and npm would refuse to install from.

use crate::{Finding, json};
use serde_json::Value;

/// `package.json` (<https://docs.npmjs.com/cli/configuring-npm/package-json>).
pub(crate) fn package_json(file: &str, text: &str) -> Vec<Finding> {
    let manifest = match json::parse(file, text) {
        Ok(manifest) => manifest,
        Err(finding) => return vec![*finding],
    };
    let bad = |place: &str, message: &str| Finding::error(file, None, "package-json", message).at(place);
    let Some(fields) = manifest.as_object() else { return vec![bad("", "it must be an object")] };
    let mut findings = Vec::new();
    for field in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "scripts"] {
        match fields.get(field) {
            None => {}
            Some(Value::Object(entries)) => {
                findings.extend(
                    entries
                        .iter()
                        .filter(|(_, value)| !value.is_string())
                        .map(|(name, _)| bad(&format!("{field}.{name}"), "its value must be a text")),
                );
            }
            Some(_) => findings.push(bad(field, "it must be an object of names and texts")),
        }
    }
    if let Some(kind) = fields.get("type").filter(|kind| !matches!(kind.as_str(), Some("module" | "commonjs"))) {
        findings.push(bad("type", &format!("{kind} is neither \"module\" nor \"commonjs\"")));
    }
    for field in ["main", "name", "version"] {
        if fields.get(field).is_some_and(|value| !value.is_string()) {
            findings.push(bad(field, "it must be a text"));
        }
    }
    findings
}

/// A pip requirements file (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>).
pub(crate) fn requirements(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut continued = false;
    for (at, line) in text.lines().enumerate() {
        let whole = line.split(" #").next().unwrap_or_default().trim();
        let begins = !continued;
        continued = whole.ends_with('\\');
        let is_requirement = begins && !whole.is_empty() && !whole.starts_with(['#', '-', '.', '/']);
        if is_requirement && !whole.contains("://") && !is_specifier(whole.trim_end_matches('\\')) {
            let line = u32::try_from(at + 1).ok();
            let message = format!("`{whole}` is no requirement: write a name and versions, such as boto3>=1.34");
            findings.push(Finding::error(file, line, "requirements", message));
        }
    }
    findings
}

/// A name, perhaps extras, perhaps versions, perhaps a marker or options
/// (<https://packaging.python.org/en/latest/specifications/dependency-specifiers/>).
fn is_specifier(text: &str) -> bool {
    let text = text.split(';').next().unwrap_or_default().split(" --").next().unwrap_or_default().trim();
    let end = text
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let edge = |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
    if !edge(name.chars().next()) || !edge(name.chars().last()) {
        return false;
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => match extras.split_once(']') {
            Some((_, rest)) => rest.trim_start(),
            None => return false,
        },
        None => rest,
    };
    let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    rest.is_empty() || rest.split(',').all(|clause| is_clause(clause.trim()))
}

fn is_clause(clause: &str) -> bool {
    const OPERATORS: [&str; 8] = ["===", "==", ">=", "<=", "~=", "!=", ">", "<"];
    let version = OPERATORS.iter().find_map(|operator| clause.strip_prefix(operator)).map(str::trim);
    version.is_some_and(|version| {
        version.starts_with(|first: char| first.is_ascii_alphanumeric())
            && version.chars().all(|char| char.is_ascii_alphanumeric() || ".*+!-_".contains(char))
    })
}

/// TOML syntax.
pub(crate) fn toml(file: &str, text: &str) -> Vec<Finding> {
    match text.parse::<toml::Table>() {
        Ok(_) => Vec::new(),
        Err(error) => {
            let line = error.span().and_then(|span| crate::lines::line_at(text, span.start));
            vec![Finding::error(file, line, "toml-syntax", error.message())]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_names_with_versions() {
        for good in [
            "boto3",
            "boto3==1.34.0",
            "requests[security]>=2,<3",
            "a ~= 1.0 ; python_version < '3.9'",
            "-r base.txt",
            "# c",
            "x @ https://example.com/x.whl",
            "./local",
            "a==1.0 --hash=sha256:00",
            "a==1.0 \\\n    --hash=sha256:00",
            "a != 1.*  # why",
        ] {
            assert_eq!(requirements("r.txt", good), [], "{good}");
        }
        for bad in ["boto3=1.34", "boto3 1.34", "==1.0", "a[b", "a==", "import boto3"] {
            assert_eq!(requirements("r.txt", bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_package_json_has_its_shape() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> = package_json("package.json", text).iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
        };
        check(r#"{"name": "a", "type": "module", "dependencies": {"b": "^1"}}"#, &[]);
        check(r#"{"name": "a",}"#, &["json-syntax"]);
        check("[]", &["must be an object"]);
        check(r#"{"dependencies": {"b": 1}, "type": "esm", "main": 3}"#, &["dependencies.b", "esm", "main"]);
        check(r#"{"dependencies": ["b"]}"#, &["dependencies"]);
    }

    #[test]
    fn toml_is_read() {
        assert_eq!(toml("a.toml", "[a]\nb = 1\n"), []);
        assert_eq!(toml("a.toml", "[a]\nb = \n")[0].line, Some(2));
    }
}

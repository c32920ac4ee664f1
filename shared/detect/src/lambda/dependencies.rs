//! Libraries that a function declares and its repository does not hold. Nothing is installed here: what a package
//! runs while it is being installed is a stranger's code.

use super::toml;
use crate::folders;
use drydock_tree::Tree;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many are named.
const NAMED: usize = 5;

/// Folders that bundlers write to: what they hold needs only what it still imports.
const BUNDLES: [&str; 4] = ["dist", "build", "out", "bundle"];

/// Why a JavaScript function cannot run as it stands; `None` if it can.
pub(crate) fn node(tree: &Tree, root: &str, entry: &str) -> Option<String> {
    let manifest_path = folders::join(root, "package.json");
    let manifest: Value = serde_json::from_str(tree.text(&manifest_path)?).ok()?;
    let bundle = entry
        .split('/')
        .next()
        .filter(|folder| BUNDLES.contains(folder))
        .and_then(|_| tree.text(&folders::join(root, entry)));
    let missing: Vec<&str> = manifest
        .get("dependencies")?
        .as_object()?
        .keys()
        .map(String::as_str)
        // Every Node.js runtime brings the AWS SDK for JavaScript v3.
        .filter(|name| !name.starts_with("@aws-sdk/") && !name.starts_with("@smithy/") && !name.starts_with("@types/"))
        .filter(|name| !tree.has_folder(&folders::join(root, &format!("node_modules/{name}"))))
        .filter(|name| {
            bundle.is_none_or(|code| [format!("'{name}"), format!("\"{name}")].iter().any(|word| code.contains(word)))
        })
        .collect();
    let install = "run `npm ci --omit=dev` and commit node_modules, bundle them into the handler's file, or deploy it with a SAM template";
    says(&manifest_path, &missing, install)
}

/// Why a Python function cannot run as it stands; `None` if it can.
pub(crate) fn python(tree: &Tree, root: &str, entry: &str) -> Option<String> {
    let text = |name: &str| {
        let path = folders::join(root, name);
        tree.text(&path).map(|text| (path, text))
    };
    let (path, declared) = if let Some((path, text)) = text("requirements.txt") {
        (path, requirements(text))
    } else if let Some((path, text)) = text("pyproject.toml") {
        (path, pyproject(text))
    } else {
        let (path, text) = text("Pipfile")?;
        (path, toml::table(text, "packages").into_iter().map(|(name, _)| name.to_owned()).collect())
    };
    let vendored = vendored(tree, &[root.to_owned(), folders::parent(&folders::join(root, entry)).to_owned()]);
    let missing: Vec<&str> = declared
        .iter()
        .map(String::as_str)
        .filter(|name| !PROVIDED.contains(&normalized(name).as_str()) && !vendored.contains(&normalized(name)))
        .collect();
    let install = "run `pip install -r requirements.txt -t .` in that folder and commit the packages, or deploy it with a SAM template";
    says(&path, &missing, install)
}

/// What every Python runtime brings: the SDK and what it stands on.
const PROVIDED: [&str; 7] = ["boto3", "botocore", "s3transfer", "jmespath", "python_dateutil", "six", "urllib3"];

fn says(file: &str, missing: &[&str], install: &str) -> Option<String> {
    if missing.is_empty() {
        return None;
    }
    let more = if missing.len() > NAMED { format!(" and {} more", missing.len() - NAMED) } else { String::new() };
    let names: Vec<&str> = missing.iter().take(NAMED).copied().collect();
    Some(format!("`{file}` declares {}{more}, not in the repository: {install}", names.join(", ")))
}

/// Names in the lines of a `requirements.txt`; options, paths and URLs are left out.
fn requirements(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty() && !line.starts_with(['-', '.', '/']))
        .filter_map(package_name)
        .collect()
}

fn pyproject(text: &str) -> Vec<String> {
    let project = toml::table(text, "project").into_iter().filter(|(key, _)| *key == "dependencies");
    let listed =
        project.flat_map(|(_, list)| toml::strings(&list).into_iter().filter_map(package_name).collect::<Vec<_>>());
    let poetry = toml::table(text, "tool.poetry.dependencies").into_iter();
    let poetry = poetry.filter(|(key, value)| *key != "python" && !value.contains("optional = true"));
    listed.chain(poetry.map(|(name, _)| name.to_owned())).collect()
}

/// `requests` of `requests[socks]>=2 ; python_version < "3.9"`
fn package_name(requirement: &str) -> Option<String> {
    let end = requirement.find(|character: char| !character.is_ascii_alphanumeric() && !"-_.".contains(character));
    let name = &requirement[..end.unwrap_or(requirement.len())];
    (!name.is_empty()).then(|| name.to_owned())
}

/// As PEP 503 compares names, with `_`.
fn normalized(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}

/// Packages and modules that lie in these folders, by the names that they are installed and imported as.
fn vendored(tree: &Tree, roots: &[String]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for root in roots {
        for (path, _) in tree.below(root) {
            let first = path.split('/').next().unwrap_or_default();
            let name = match first.strip_suffix(".dist-info") {
                Some(installed) => installed.split('-').next().unwrap_or_default(),
                None => first.strip_suffix(".py").unwrap_or(first),
            };
            names.insert(normalized(name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect()
    }

    #[test]
    fn declared_packages_must_be_there() {
        let check = |files: &[(&str, &str)], expected: Option<&str>| {
            let says = python(&tree(files), ".", "app.py");
            let declares = says.as_deref().map(|says| says.split(", not in").next().unwrap_or_default());
            assert_eq!(declares, expected, "{files:?}");
        };
        check(&[], None);
        check(&[("requirements.txt", "boto3>=1.34\n# comment\n-r dev.txt\n")], None);
        check(
            &[("requirements.txt", "requests[socks]>=2 # http\nFlask==3\n")],
            Some("`requirements.txt` declares requests, Flask"),
        );
        check(&[("requirements.txt", "requests\n"), ("requests/__init__.py", "")], None);
        check(&[("requirements.txt", "PyYAML==6\n"), ("PyYAML-6.0.dist-info/METADATA", "")], None);
        check(
            &[("pyproject.toml", "[project]\ndependencies = [\n 'httpx>=0.27',\n]\n")],
            Some("`pyproject.toml` declares httpx"),
        );
        check(
            &[("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.12'\npydantic = '^2'\n")],
            Some("`pyproject.toml` declares pydantic"),
        );
        check(&[("Pipfile", "[packages]\nredis = '*'\n")], Some("`Pipfile` declares redis"));
    }

    #[test]
    fn declared_modules_must_be_there() {
        let check = |manifest: &str, other: &[&str], expected: Option<&str>| {
            let mut files = vec![("package.json", manifest)];
            files.extend(other.iter().map(|path| (*path, "require('kept')")));
            let says = node(&tree(&files), ".", other.first().unwrap_or(&"index.js"));
            let declares = says.as_deref().map(|says| says.split(", not in").next().unwrap_or_default());
            assert_eq!(declares, expected, "{manifest} {other:?}");
        };
        check(r#"{"devDependencies": {"esbuild": "1"}}"#, &[], None);
        check(r#"{"dependencies": {"@aws-sdk/client-s3": "3"}}"#, &[], None);
        check(r#"{"dependencies": {"axios": "1", "lodash": "4"}}"#, &[], Some("`package.json` declares axios, lodash"));
        check(r#"{"dependencies": {"axios": "1"}}"#, &["index.js", "node_modules/axios/index.js"], None);
        check(
            r#"{"dependencies": {"axios": "1", "kept": "1"}}"#,
            &["dist/index.js"],
            Some("`package.json` declares kept"),
        );
    }
}

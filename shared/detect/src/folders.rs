//! Paths inside a repository, and which folders are worth looking into.

/// `.` for the root, else parts joined by `/`.
pub(crate) fn normal(folder: &str) -> String {
    let parts: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// The folder that a file lies in.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// The part after the last `/`.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `path` seen from `folder`, which it lies in.
pub(crate) fn relative<'path>(path: &'path str, folder: &str) -> &'path str {
    if folder == "." { path } else { path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path) }
}

/// True if `path` is `folder` or lies in it.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    folder == "." || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Where `reference` leads from `folder`; `None` if out of the repository.
pub(crate) fn resolve(folder: &str, reference: &str) -> Option<String> {
    let mut parts: Vec<&str> = if folder == "." { Vec::new() } else { folder.split('/').collect() };
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// `file` in `folder`.
pub(crate) fn join(folder: &str, file: &str) -> String {
    if folder == "." { file.to_owned() } else { format!("{folder}/{file}") }
}

/// How seriously a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Part of a project.
    Project,
    /// In a folder of examples, documentation or tool settings: counts only if nothing else is there.
    Aside,
}

/// What tools wrote or downloaded, and what tests work on: never a project.
const IGNORED: [&str; 31] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "site-packages",
    "__pycache__",
    "venv",
    "virtualenv",
    "cdk.out",
    "cdktf.out",
    "test",
    "tests",
    "__tests__",
    "testing",
    "testdata",
    "test-data",
    "fixtures",
    "__fixtures__",
    "__mocks__",
    ".git",
    ".github",
    ".gitlab",
    ".circleci",
    ".aws-sam",
    ".serverless",
    ".terraform",
    ".venv",
    ".tox",
    ".idea",
    ".vscode",
    ".devcontainer",
    ".cache",
];

/// Folders whose projects are there to be looked at.
const ASIDE: [&str; 9] = ["example", "examples", "sample", "samples", "demo", "demos", "doc", "docs", "documentation"];

/// The standing of a file at `path`, given relative to the folder that was asked for; `None` if it is ignored.
/// The folder that was asked for is never judged: whoever names `tests/fixtures/api` means it.
pub(crate) fn standing(path: &str) -> Option<Standing> {
    let mut standing = Standing::Project;
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    for folder in folders {
        let folder = folder.to_ascii_lowercase();
        if IGNORED.contains(&folder.as_str()) || folder.ends_with(".dist-info") || folder.ends_with(".egg-info") {
            return None;
        }
        if folder.starts_with('.') || ASIDE.contains(&folder.as_str()) {
            standing = Standing::Aside;
        }
    }
    Some(standing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_in_the_repository() {
        let check = |folder: &str, reference: &str, expected: Option<&str>| {
            assert_eq!(resolve(folder, reference).as_deref(), expected, "{folder} {reference}");
        };
        check("infra", "../src", Some("src"));
        check("infra", "..", Some("."));
        check(".", "./nested/a.yaml", Some("nested/a.yaml"));
        check("infra", "../../x", None);
    }

    #[test]
    fn some_folders_never_count() {
        let check = |path: &str, expected: Option<Standing>| assert_eq!(standing(path), expected, "{path}");
        check("template.yaml", Some(Standing::Project));
        check("tests", Some(Standing::Project));
        check("tests/template.yaml", None);
        check("a/node_modules/b/template.yaml", None);
        check("Examples/a/template.yaml", Some(Standing::Aside));
        check(".infra/template.yaml", Some(Standing::Aside));
    }
}

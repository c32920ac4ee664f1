//! The repository's texts, as readers of evidence see them: below the project's folder, without what others wrote.

use super::{Inputs, yaml};
use crate::endpoint::{Origin, OriginKind};
use crate::openapi::Budget;
use drydock_tree::Tree;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// Most files that are read.
const MAX_FILES: usize = 3000;

/// A record of a stack's resources that has so many may not have all.
const MOST_RECORDED: usize = 200;

/// Folders that hold what others wrote, or what is not deployed.
const FOREIGN: [&str; 15] = [
    "node_modules",
    "vendor",
    "site-packages",
    ".venv",
    "venv",
    ".aws-sam",
    ".serverless",
    ".terraform",
    "dist",
    "build",
    "coverage",
    "test",
    "tests",
    "__tests__",
    "__pycache__",
];

/// The project.
pub(super) struct Repository<'a> {
    tree: &'a Tree,
    /// The project's folder, empty for the repository's own.
    root: String,
    /// The file that the deployment started from, from the repository's root.
    pub entry: Option<&'a str>,
    /// The deployed stack's own template.
    pub deployed_template: Option<&'a str>,
    /// Names of the deployed stack's resources, if all of them are known.
    pub deployed_names: BTreeSet<&'a str>,
    /// How much may be taken out of OpenAPI documents.
    pub budget: Budget,
}

impl<'a> Repository<'a> {
    pub fn new(inputs: &Inputs<'a>) -> Self {
        let root = inputs.root.trim_matches('/').trim_start_matches("./").to_owned();
        let root = if root == "." { String::new() } else { root };
        let entry = inputs.entry_file.map(|entry| join(&root, entry));
        let entry = entry.and_then(|entry| inputs.tree.paths().find(|path| *path == entry));
        let resources = inputs.resources.map_or(&[][..], |resources| &resources.resources);
        let all_are_known = resources.len() < MOST_RECORDED;
        let names = resources.iter().filter(|_| all_are_known).map(|resource| resource.logical_id.as_str());
        let (tree, deployed_template) = (inputs.tree, inputs.deployed.template.as_deref());
        Self { tree, root, entry, deployed_template, deployed_names: names.collect(), budget: Budget::default() }
    }

    /// The text of a file by its path from the repository's root.
    pub fn text(&self, path: &str) -> Option<&'a str> {
        self.tree.text(path).filter(|text| text.len() <= MAX_BYTES)
    }

    /// The tree's own text of a path, if there is such a file.
    pub fn own_path(&self, path: &str) -> Option<&'a str> {
        self.tree.paths().find(|own| *own == path)
    }

    /// True if there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.tree.get(path).is_some()
    }

    /// Paths of the project's own files, from the repository's root, that end in one of `extensions`.
    pub fn files<'s>(&'s self, extensions: &'s [&str]) -> impl Iterator<Item = &'a str> + 's {
        self.tree
            .paths()
            .filter(|path| {
                self.root.is_empty() || path.strip_prefix(&self.root).is_some_and(|rest| rest.starts_with('/'))
            })
            .filter(|path| path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension)))
            .filter(|path| !self.is_foreign(path))
            .take(MAX_FILES)
    }

    fn is_foreign(&self, path: &str) -> bool {
        let below = path.get(self.root.len()..).unwrap_or(path);
        let file = below.rsplit('/').next().unwrap_or_default();
        let is_test = file.contains(".test.") || file.contains(".spec.") || file.starts_with("test_");
        is_test || below.split('/').any(|part| FOREIGN.contains(&part) || part.starts_with("asset."))
    }
}

/// Joins a folder and a path that may begin with `./` or climb with `../`.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The folder of a file.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `file:line: what`
pub(super) fn origin(kind: OriginKind, file: &str, line: Option<usize>, what: &str) -> Origin {
    let line = line.map_or_else(String::new, |line| format!(":{line}"));
    Origin { kind, place: format!("{file}{line}: {what}") }
}

/// The line, from 1, on which each key of YAML or JSON stands first.
pub(super) fn lines_of_keys(text: &str) -> HashMap<&str, usize> {
    let key = |line: &'_ str| -> Option<(usize, usize)> {
        let begin = line.len() - line.trim_start().trim_start_matches("- ").trim_start_matches(['"', '\'']).len();
        let end = begin + line[begin..].find(['"', '\'', ':'])?;
        let rest = line[end..].trim_start_matches(['"', '\'']).trim_start();
        rest.starts_with(':').then_some((begin, end))
    };
    let mut lines = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        if let Some((begin, end)) = key(line) {
            lines.entry(&line[begin..end]).or_insert(at + 1);
        }
    }
    lines
}

/// What a document may become where parts of it stand for others.
const MAX_READ: usize = 4 * MAX_BYTES;

/// Deepest nesting of a document. The parser's time grows with its square.
const MAX_DEPTH: usize = 200;

/// Reads JSON or YAML.
pub(super) fn parse(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    if text.len() > MAX_BYTES || is_too_deep(text) {
        return None;
    }
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Some(value);
    }
    yaml::parse(text, MAX_READ)
}

fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let brackets = text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    });
    brackets
        || text
            .lines()
            .any(|line| line.split_ascii_whitespace().take_while(|word| matches!(*word, "-" | "?")).count() > MAX_DEPTH)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::evidence::Deployed;
    use drydock_tree::File;

    /// What `read` finds in a repository of these files of which nothing is deployed.
    pub(in crate::evidence) fn in_repository<T>(files: &[(&str, &str)], read: impl FnOnce(&Repository<'_>) -> T) -> T {
        let tree: Tree = files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect();
        let deployed = Deployed::default();
        let inputs = Inputs::new(&tree, &deployed);
        read(&Repository::new(&inputs))
    }
    use serde_json::json;

    #[test]
    fn short_tags_become_long_and_keys_become_texts() {
        assert_eq!(
            parse("a: !Ref X\nb: !GetAtt F.Arn\nc: !Sub 'x${Y}'\nresponses:\n  200: {d: 1}\n"),
            Some(json!({"a": {"Ref": "X"}, "b": {"Fn::GetAtt": ["F", "Arn"]}, "c": {"Fn::Sub": "x${Y}"},
                        "responses": {"200": {"d": 1}}}))
        );
        assert_eq!(parse("{\"a\": 1}"), Some(json!({"a": 1})));
        assert_eq!(parse("a: [").or_else(|| parse(&"[".repeat(300))), None);
    }

    #[test]
    fn paths_join_and_keys_have_lines() {
        assert_eq!(join("a/b", "../c/./d.py"), "a/c/d.py");
        assert_eq!(join("", "./x"), "x");
        let lines = lines_of_keys("A:\n  \"Bc\": 1\n  - B: 2\nB: 3\n");
        assert_eq!((lines.get("B"), lines.get("Bc"), lines.get("1")), (Some(&3), Some(&2), None));
    }
}

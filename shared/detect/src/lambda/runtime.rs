//! Which of Lambda's runtimes a repository asks for
//! (<https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>).

use super::{toml, versions};
use crate::candidate::evidence;
use crate::folders;
use drydock_contract::detection::Evidence;
use drydock_tree::Tree;
use serde_json::Value;

/// A runtime and the line of versions that it runs.
struct Runtime {
    name: &'static str,
    line: &'static [u32],
}

const fn runtime(name: &'static str, line: &'static [u32]) -> Runtime {
    Runtime { name, line }
}

/// Oldest first.
const NODE: [Runtime; 3] = [runtime("nodejs20.x", &[20]), runtime("nodejs22.x", &[22]), runtime("nodejs24.x", &[24])];
const PYTHON: [Runtime; 5] = [
    runtime("python3.10", &[3, 10]),
    runtime("python3.11", &[3, 11]),
    runtime("python3.12", &[3, 12]),
    runtime("python3.13", &[3, 13]),
    runtime("python3.14", &[3, 14]),
];

/// What is taken when nothing is asked for: supported for long, and still calling handlers with a callback.
const DEFAULT_NODE: usize = 1;
const DEFAULT_PYTHON: usize = 3;

/// From this runtime on a handler must return a promise.
const FIRST_WITHOUT_CALLBACK: &[u32] = &[24];

/// A runtime and why.
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) evidence: Vec<Evidence>,
}

/// A version that some file asks for.
struct Wish {
    file: String,
    text: String,
}

pub(crate) fn node(tree: &Tree, root: &str, entry: &str, has_callback: bool) -> Choice {
    let (chosen, mut evidence_of) = choose(&NODE, DEFAULT_NODE, "Node.js", node_wish(tree, root), entry);
    if has_callback && chosen.line >= FIRST_WITHOUT_CALLBACK {
        let reason =
            format!("answers through a callback, which {} does not offer; return a promise instead", chosen.name);
        evidence_of.push(evidence(entry, reason));
    }
    Choice { name: chosen.name, evidence: evidence_of }
}

pub(crate) fn python(tree: &Tree, root: &str, entry: &str) -> Choice {
    let (chosen, evidence) = choose(&PYTHON, DEFAULT_PYTHON, "Python", python_wish(tree, root), entry);
    Choice { name: chosen.name, evidence }
}

fn choose(
    runtimes: &'static [Runtime],
    default: usize,
    language: &str,
    wish: Option<Wish>,
    entry: &str,
) -> (&'static Runtime, Vec<Evidence>) {
    let usual = &runtimes[default];
    let Some(Wish { file, text }) = wish else {
        return (usual, vec![evidence(entry, format!("no file asks for a version of {language}: {}", usual.name))]);
    };
    let shown: String = text.chars().take(40).collect();
    let met = |runtime: &&Runtime| versions::meets(runtime.line, &text);
    let chosen = Some(usual).filter(met).or_else(|| runtimes.iter().rev().find(met));
    if let Some(chosen) = chosen {
        return (chosen, vec![evidence(&file, format!("asks for {language} {shown}: {}", chosen.name))]);
    }
    let oldest = &runtimes[0];
    let nearest = if versions::is_older(&text, oldest.line) { oldest } else { &runtimes[runtimes.len() - 1] };
    let reason = format!("asks for {language} {shown}, which Lambda does not offer: {} is nearest", nearest.name);
    (nearest, vec![evidence(&file, reason)])
}

/// Finds the version in a file's text.
type Read = fn(&str) -> Option<String>;

/// The first of these files that names a version, in the function's folder and then in the repository's root.
fn first_wish(tree: &Tree, root: &str, files: &[(&str, Read)]) -> Option<Wish> {
    [root, "."].into_iter().find_map(|folder| {
        files.iter().find_map(|(name, read)| {
            let file = folders::join(folder, name);
            let text = read(tree.text(&file)?)?.trim().to_owned();
            (!text.is_empty()).then_some(Wish { file, text })
        })
    })
}

fn node_wish(tree: &Tree, root: &str) -> Option<Wish> {
    first_wish(
        tree,
        root,
        &[
            (".nvmrc", first_line),
            (".node-version", first_line),
            ("package.json", |text| {
                let manifest: Value = serde_json::from_str(text).ok()?;
                let wish = manifest.pointer("/engines/node").or_else(|| manifest.pointer("/volta/node"))?;
                wish.as_str().map(str::to_owned)
            }),
            (".tool-versions", |text| tool_version(text, "nodejs")),
        ],
    )
}

fn python_wish(tree: &Tree, root: &str) -> Option<Wish> {
    first_wish(
        tree,
        root,
        &[
            (".python-version", first_line),
            ("runtime.txt", first_line),
            ("pyproject.toml", |text| {
                let poetry =
                    toml::table(text, "tool.poetry.dependencies").into_iter().filter(|(key, _)| *key == "python");
                let project = toml::table(text, "project").into_iter().filter(|(key, _)| *key == "requires-python");
                project.chain(poetry).find_map(|(_, value)| toml::string(&value).map(str::to_owned))
            }),
            ("Pipfile", |text| {
                let requires = toml::table(text, "requires").into_iter();
                let mut versions = requires.filter(|(key, _)| matches!(*key, "python_version" | "python_full_version"));
                versions.find_map(|(_, value)| toml::string(&value).map(str::to_owned))
            }),
            (".tool-versions", |text| tool_version(text, "python")),
        ],
    )
}

fn first_line(text: &str) -> Option<String> {
    text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
}

fn tool_version(text: &str, tool: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(tool)).then(|| words.next().map(str::to_owned)).flatten()
    })
}

//! Function code without a template: a handler in JavaScript, TypeScript or Python, or a `bootstrap`.

use super::{Text, node, python};
use crate::candidate::{Candidate, Language};
use crate::folders;
use drydock_contract::detection::IacType;
use drydock_tree::Tree;
use serde_json::Value;

/// What a handler's file is called, most usual first.
const STEMS: [&str; 9] =
    ["index", "lambda_function", "handler", "lambda_handler", "lambda", "app", "main", "function", "server"];

/// Files that make the folder they lie in the root of the code below it.
const NODE_MANIFESTS: [&str; 1] = ["package.json"];
const PYTHON_MANIFESTS: [&str; 3] = ["requirements.txt", "pyproject.toml", "Pipfile"];

/// A larger module is a bundle, and somebody's library unless it is called like a function or is its package's main.
const MAX_UNUSUAL_BYTES: usize = 256 * 1024;

/// What a script that serves the Runtime API cannot do without one of
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>).
const RUNTIME_API: [&str; 4] = ["AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "_HANDLER", "/runtime/invocation"];

pub(crate) fn read(tree: &Tree, base: &str, files: &[Text<'_>]) -> Vec<Candidate> {
    let code = files.iter().filter_map(|file| node_code(tree, base, file).or_else(|| python_code(tree, base, file)));
    code.chain(bootstraps(tree, base)).collect()
}

fn node_code(tree: &Tree, base: &str, file: &Text<'_>) -> Option<Candidate> {
    let extension = node::extension(file.name())?;
    let root = root_of(tree, base, file.path, &NODE_MANIFESTS);
    let is_main = is_main(tree, &root, file.path);
    let handler = if is_main || is_worth_reading(file) { node_handler(file.path, file.text)? } else { return None };
    let reason = format!("exports the function `{}`", handler.name);
    let mut candidate = Candidate::new(IacType::SimpleLambda, &root, file.path, file.standing, reason);
    candidate.language = Some(Language::Node);
    // The compiled file beside its source is the one that runs.
    candidate.rank = if is_main { 1 } else { rank(&root, file) + u32::from(extension == "ts") };
    Some(candidate)
}

fn python_code(tree: &Tree, base: &str, file: &Text<'_>) -> Option<Candidate> {
    let stem = file.name().strip_suffix(".py")?;
    if stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "conftest" | "setup") {
        return None;
    }
    if !is_worth_reading(file) {
        return None;
    }
    let handler = python::handler(file.text)?;
    let root = root_of(tree, base, file.path, &PYTHON_MANIFESTS);
    let reason = format!("defines the function `{handler}`");
    let mut candidate = Candidate::new(IacType::SimpleLambda, &root, file.path, file.standing, reason);
    candidate.language = Some(Language::Python);
    candidate.rank = rank(&root, file);
    Some(candidate)
}

fn bootstraps(tree: &Tree, base: &str) -> Vec<Candidate> {
    let below = tree.iter().filter(|(path, _)| folders::is_within(path, base) && folders::name(path) == "bootstrap");
    below
        .filter_map(|(path, file)| {
            let standing = folders::standing(folders::relative(path, base))?;
            let reason = custom_runtime(&file.data)?;
            let mut candidate = Candidate::new(IacType::SimpleLambda, folders::parent(path), path, standing, reason);
            candidate.language = Some(Language::Custom);
            Some(candidate)
        })
        .collect()
}

/// The handler of a JavaScript or TypeScript file.
pub(crate) fn node_handler(path: &str, text: &str) -> Option<node::Handler> {
    node::handler(text, is_usual(folders::name(path)))
}

/// False for a module whose text would only cost time.
pub(crate) fn is_worth_reading(file: &Text<'_>) -> bool {
    file.text.len() <= MAX_UNUSUAL_BYTES || is_usual(file.name())
}

fn is_usual(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, _)| STEMS.contains(&stem))
}

/// Why a file named `bootstrap` is a custom runtime; `None` if it only bears that name, as build scripts do.
pub(crate) fn custom_runtime(data: &[u8]) -> Option<&'static str> {
    if data.starts_with(b"\x7fELF") {
        return Some("is an executable that serves as the runtime");
    }
    let script = std::str::from_utf8(data).ok().filter(|text| text.starts_with("#!"))?;
    RUNTIME_API.iter().any(|word| script.contains(word)).then_some("is a script that serves the Runtime API")
}

/// The nearest folder with a manifest, up to `base`; without one, the folder that the file lies in.
fn root_of(tree: &Tree, base: &str, path: &str, manifests: &[&str]) -> String {
    let own = folders::parent(path);
    let mut folder = own;
    loop {
        if manifests.iter().any(|manifest| tree.get(&folders::join(folder, manifest)).is_some()) {
            return folder.to_owned();
        }
        if folder == base || folder == "." {
            return own.to_owned();
        }
        folder = folders::parent(folder);
    }
}

/// True if the file is the `main` of its `package.json`.
fn is_main(tree: &Tree, root: &str, path: &str) -> bool {
    let manifest = tree.text(&folders::join(root, "package.json")).unwrap_or_default();
    let main = serde_json::from_str::<Value>(manifest).ok();
    let main = main.as_ref().and_then(|manifest| manifest.get("main")).and_then(Value::as_str);
    main.and_then(|main| folders::resolve(root, main)).is_some_and(|main| main == path)
}

/// Usual names before others, shallow files before deep ones.
fn rank(root: &str, file: &Text<'_>) -> u32 {
    let stem = file.name().rsplit_once('.').map_or(file.name(), |(stem, _)| stem);
    let depth = folders::relative(file.path, root).matches('/').count();
    let usual = STEMS.iter().position(|usual| *usual == stem);
    let by_name = usual.map_or(UNUSUAL, |at| 10 * at + 10);
    u32::try_from(by_name + 100 * depth.min(50)).unwrap_or(u32::MAX)
}

/// More than any usual name at any depth.
const UNUSUAL: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers;
    use drydock_tree::File;

    const HANDLER: &str = "exports.handler = async (event, context) => ({ statusCode: 200 });\n";

    #[test]
    fn a_bundle_is_read_only_where_it_is_called_like_a_function() {
        let check = |path: &str, others: &[(&str, &str)], expected: (usize, usize)| {
            let filler = "exports.get = (event, context) => {};\n".repeat(MAX_UNUSUAL_BYTES / 20);
            let files = [(path, format!("{HANDLER}{filler}")), ("small.js", "x\n".to_owned())];
            let others = others.iter().map(|(path, text)| (*path, (*text).to_owned()));
            let tree: Tree =
                files.into_iter().chain(others).map(|(path, text)| (path.to_owned(), File::new(text))).collect();
            let (candidates, hints) = readers::read(&tree, ".");
            assert_eq!((candidates.len(), hints.len()), expected, "{path}: {hints:?}");
        };
        check("vendor.js", &[], (0, 0));
        check("vendor.js", &[("package.json", r#"{"main": "vendor.js"}"#)], (1, 0));
        check("index.js", &[], (1, 1));
    }
}

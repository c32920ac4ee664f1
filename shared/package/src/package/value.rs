//! What the values of a template say about files.

use crate::document::{Document, Node};
use std::rc::Rc;

/// Values at the end of a path of keys, `*` for any, with the path that led there.
pub(super) fn matching<'node>(
    document: &'node Document<'_>,
    node: &'node Rc<Node>,
    path: &[&str],
) -> Vec<(String, &'node Rc<Node>)> {
    let Some((key, rest)) = path.split_first() else { return vec![(String::new(), node)] };
    document
        .entries(node)
        .into_iter()
        .filter(|(name, _)| *key == "*" || name == key)
        .flat_map(|(name, value)| {
            matching(document, value, rest).into_iter().map(move |(below, value)| {
                (if below.is_empty() { name.to_owned() } else { format!("{name}.{below}") }, value)
            })
        })
        .collect()
}

/// The text of a value that may be a local path: not what is computed, not what has a place already.
/// Empty for a value that is left out.
pub(super) fn local_value<'node>(document: &'node Document<'_>, node: &'node Rc<Node>) -> Option<&'node str> {
    let node = document.resolve(node);
    if node.is_null() {
        return Some("");
    }
    let elsewhere = ["s3://", "http://", "https://"];
    node.text().filter(|text| !elsewhere.iter().any(|scheme| text.starts_with(scheme)) && !text.contains("{{resolve:"))
}

/// True for a function whose code is said nowhere.
pub(super) fn needs_code(document: &Document<'_>, properties: &Rc<Node>) -> bool {
    let globals = document.at(&document.root, &["Globals", "Function"]);
    let said = |name: &str| {
        document.get(properties, name).is_some() || globals.is_some_and(|globals| document.get(globals, name).is_some())
    };
    !["InlineCode", "ImageUri", "PackageType", "CodeUri"].iter().any(|name| said(name))
}

/// The path in the repository that `value` names in the template at `template`; `None` if it leaves the repository.
pub(super) fn inside(template: &str, value: &str) -> Option<String> {
    if value.starts_with('/') {
        return None;
    }
    let folder = template.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in value.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The ending of a file's name if it is a plain word, to be read by people in the bucket.
pub(super) fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((_, ending)) if ending.len() <= 10 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            ending.to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_template_and_stay_inside() {
        let check = |template: &str, value: &str, expected: Option<&str>| {
            assert_eq!(inside(template, value).as_deref(), expected, "{value} in {template}");
        };
        check("template.yaml", ".", Some(""));
        check("template.yaml", "./src//a/", Some("src/a"));
        check("infra/template.yaml", "../src", Some("src"));
        check("infra/template.yaml", "..", Some(""));
        check("infra/template.yaml", "../..", None);
        check("template.yaml", "/src", None);
        check("template.yaml", "a/../../b", None);
    }

    #[test]
    fn only_plain_text_is_a_path() {
        let check = |value: &str, expected: Option<&str>| {
            let text = format!("v: {value}\n");
            let document = Document::parse(&text).unwrap();
            let node = document.get(&document.root, "v").unwrap();
            assert_eq!(local_value(&document, node), expected, "{value}");
        };
        check("./src", Some("./src"));
        check("", Some(""));
        check("~", Some(""));
        check("'~'", Some("~"));
        check("!!str src", Some("src"));
        check("!Sub ./src", None);
        check("{Ref: Code}", None);
        check("[a]", None);
        check("s3://b/k", None);
        check("https://x/y", None);
        check("'{{resolve:ssm:/code}}'", None);
    }

    #[test]
    fn an_extension_is_a_plain_word() {
        for (path, expected) in [("a/b.yaml", "yaml"), ("a.b/c", ""), ("x.tar.gz", "gz"), ("x.a b", ""), ("README", "")]
        {
            assert_eq!(extension(path), expected, "{path}");
        }
    }
}

//! Whole templates before and after: what stands in `after` differs from `before` only where a value was replaced.
//!
//! `UPDATE_GOLDEN=1 cargo test -p drydock-package` writes the `after` files anew; read the difference before
//! committing it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use drydock_package::{Packaged, Settings, package};
use drydock_tree::{File, Tree};
use std::path::Path;

const FILES: [(&str, &str); 9] = [
    ("src/hello/app.py", "def handler(event, context):\n    return {}\n"),
    ("src/shared/app.py", "def handler(event, context):\n    return 1\n"),
    ("layer/python/x.py", "x = 1\n"),
    ("api/openapi.yaml", "openapi: 3.0.1\n"),
    ("api/schema.graphql", "type Query { one: Int }\n"),
    ("api/one.js", "export const request = 1\n"),
    ("machine.asl.json", "{}"),
    (
        "nested/child.yaml",
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: ../src/hello\n",
    ),
    ("unrelated.txt", "x"),
];

fn settings() -> Settings {
    Settings {
        bucket: "artifacts".to_owned(),
        key_prefix: "packages/".to_owned(),
        s3_url: "https://s3.eu-central-1.amazonaws.com".to_owned(),
    }
}

fn packaged(name: &str, template: &str) -> Packaged {
    let mut tree: Tree = FILES.map(|(path, text)| (path.to_owned(), File::new(text))).into_iter().collect();
    tree.insert(name, File::new(template)).unwrap();
    package(&tree, name, &settings()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Keys depend on the zip library's bytes; here only that they are the right ones in number.
fn without_hashes(text: &str) -> String {
    text.split("packages/")
        .enumerate()
        .map(|(index, part)| if index == 0 { part.to_owned() } else { format!("packages/SHA256{}", &part[64..]) })
        .collect()
}

fn check(name: &str, file: &str, capabilities: &[&str], artifacts: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let before = std::fs::read_to_string(folder.join(format!("before.{file}"))).unwrap();
    let after_file = folder.join(format!("after.{file}"));
    let path = format!("template.{file}");
    let result = packaged(&path, &before);
    let after = without_hashes(&result.template);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&after_file, &after).unwrap();
    }
    assert_eq!(after, std::fs::read_to_string(after_file).unwrap(), "{name}");
    let words: Vec<&str> = result.capabilities.iter().map(|capability| capability.as_str()).collect();
    assert_eq!(words, capabilities, "{name}");
    assert_eq!(result.artifacts.len(), artifacts, "{name}: {:?}", keys(&result));
    for artifact in &result.artifacts {
        assert!(artifact.key.starts_with("packages/"));
    }
    assert!(result.artifacts.iter().any(|artifact| result.template_url.ends_with(&artifact.key)));

    // The same with other line ends: nothing but the line ends differs.
    let windows = packaged(&path, &before.replace('\n', "\r\n"));
    assert_eq!(without_hashes(&windows.template), after.replace('\n', "\r\n"), "{name} with CRLF");
    assert_eq!(packaged(&path, &before), result, "{name} twice");

    // Packaged once more, it is left as it is: everything has its place, and the result can be read.
    assert_eq!(packaged(&path, &result.template).template, result.template, "{name} packaged again");
}

fn keys(packaged: &Packaged) -> Vec<&str> {
    packaged.artifacts.iter().map(|artifact| artifact.key.as_str()).collect()
}

#[test]
fn a_sam_template() {
    check("sam", "yaml", &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], 8);
}

#[test]
fn json_with_tabs_and_escapes() {
    check("json", "json", &[], 4);
}

#[test]
fn flow_style() {
    check("flow", "yaml", &[], 4);
}

#[test]
fn anchors_aliases_and_merges_are_written_out() {
    check("merge", "yaml", &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], 3);
}

#[test]
fn nested_templates() {
    check("nested", "yaml", &["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"], 4);
}

//! Changes that change nothing: documentation, comments, white space.

use crate::diff::changed;
use drydock_tree::Tree;

/// Why the change is none, if it is none.
pub(crate) fn reason(before: &Tree, after: &Tree) -> Option<&'static str> {
    let paths = changed(before, after);
    if paths.is_empty() {
        return Some("nothing was changed");
    }
    let documents = |path: &&str| {
        let lower = path.to_lowercase();
        [".md", ".rst", ".adoc"].iter().any(|ending| lower.ends_with(ending))
            || lower.rsplit('/').next() == Some("license")
    };
    if paths.iter().all(documents) {
        return Some("only documentation was changed");
    }
    let same = |path: &&str| match (before.text(path), after.text(path)) {
        (Some(old), Some(new)) => essence(path, old) == essence(path, new),
        _ => false,
    };
    paths.iter().filter(|path| !documents(path)).all(same).then_some("only comments and white space were changed")
}

/// The text without comment lines, empty lines and white space at ends of lines; without any white space where it
/// means nothing.
fn essence(path: &str, text: &str) -> String {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let (comment, loose): (&[&str], bool) = match extension {
        "py" | "yaml" | "yml" | "toml" | "txt" => (&["#"], false),
        "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx" => (&["//"], false),
        "tf" | "tfvars" => (&["#", "//"], false),
        "json" => (&[], true),
        _ => (&[], false),
    };
    let lines = text.lines().map(str::trim_end).filter(|line| {
        let line = line.trim_start();
        !line.is_empty() && !comment.iter().any(|mark| line.starts_with(mark))
    });
    if loose { lines.flat_map(str::split_whitespace).collect() } else { lines.collect::<Vec<_>>().join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect()
    }

    #[test]
    fn a_change_must_change_something() {
        let check = |path: &str, old: &str, new: &str, expected: Option<&str>| {
            let found = reason(&tree(&[(path, old)]), &tree(&[(path, new)]));
            assert_eq!(found.is_some(), expected.is_some(), "{path}: {new:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{found:?}");
        };
        check("a.py", "x = 1\n", "x = 1\n", Some("nothing"));
        check("README.md", "a", "b", Some("documentation"));
        check("a.py", "x = 1\n", "# fixed\nx = 1  \n\n", Some("comments"));
        check("a.json", "{\"a\": 1}", "{\n  \"a\": 1\n}\n", Some("white space"));
        check("a.py", "if x:\ny = 1\n", "if x:\n    y = 1\n", None);
        check("a.yaml", "a: 1\n", "a: 2\n", None);
        assert_eq!(reason(&tree(&[]), &tree(&[("src/__init__.py", "")])), None);
    }
}

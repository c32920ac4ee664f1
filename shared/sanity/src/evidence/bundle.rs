//! OpenAPI documents in several files: what a document refers to in other files of the repository is put where it is
//! referred to.

use super::text::{Repository, folder, join, parse};
use serde_json::Value;
use std::collections::HashMap;

/// Most parts that are put in, and the longest chain of them: a part that holds itself stays a reference.
const MAX_PARTS: usize = 400;
const MAX_DEPTH: usize = 12;

/// Most bytes that are put in, and of the files that they are read from.
const MAX_BYTES: usize = 2 * 1024 * 1024;
const MAX_READ: usize = 8 * 1024 * 1024;

/// The document in `file` with the parts from other files in their places.
pub(super) fn whole(repository: &Repository<'_>, file: &str, document: Value) -> Value {
    if !document.to_string().contains("\"$ref\"") {
        return document;
    }
    let mut bundle = Bundle { repository, home: file, files: HashMap::new(), parts: 0, bytes: 0, read: 0 };
    bundle.put_in(document, file, 0)
}

struct Bundle<'r, 'a> {
    repository: &'r Repository<'a>,
    /// The document's own file: references to it from elsewhere are references within.
    home: &'r str,
    files: HashMap<String, Option<Value>>,
    parts: usize,
    bytes: usize,
    read: usize,
}

impl Bundle<'_, '_> {
    fn put_in(&mut self, value: Value, file: &str, depth: usize) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.put_in(item, file, depth)).collect(),
            Value::Object(members) => {
                let reference = members.get("$ref").and_then(Value::as_str);
                if let Some(part) = reference.and_then(|reference| self.part(reference, file, depth)) {
                    return part;
                }
                Value::Object(
                    members.into_iter().map(|(name, value)| (name, self.put_in(value, file, depth))).collect(),
                )
            }
            other => other,
        }
    }

    /// The part that a reference in `file` leads to, if it is in another file than the document's own.
    fn part(&mut self, reference: &str, file: &str, depth: usize) -> Option<Value> {
        let (path, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        if path.contains("://") || self.parts >= MAX_PARTS || depth >= MAX_DEPTH {
            return None;
        }
        let path = if path.is_empty() { file.to_owned() } else { join(folder(file), path) };
        if path == self.home {
            // From elsewhere to the document: as it would be written in the document.
            return (file != self.home)
                .then(|| Value::from_iter([("$ref".to_owned(), Value::from(format!("#{pointer}")))]));
        }
        let left = MAX_BYTES - self.bytes;
        let part = self.file(&path)?.pointer(pointer)?;
        let bytes = part.to_string().len();
        let part = (bytes <= left).then(|| part.clone())?;
        self.parts += 1;
        self.bytes += bytes;
        Some(self.put_in(part, &path, depth + 1))
    }

    /// What stands in another file, as long as not too much was read.
    fn file(&mut self, path: &str) -> Option<&Value> {
        if !self.files.contains_key(path) {
            let text = self.repository.text(path).filter(|text| self.read + text.len() <= MAX_READ);
            self.read += text.map_or(0, str::len);
            self.files.insert(path.to_owned(), text.and_then(parse));
        }
        self.files.get(path)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::text::tests::in_repository;
    use serde_json::json;

    fn bundled(files: &[(&str, &str)]) -> Value {
        let (file, text) = files[0];
        in_repository(files, |repository| whole(repository, file, parse(text).unwrap()))
    }

    #[test]
    fn parts_of_other_files_are_put_in() {
        assert_eq!(
            bundled(&[
                ("api/openapi.yaml", "paths:\n  /a: {$ref: 'paths/a.yaml'}\ncomponents: {x: {$ref: '#/y'}}\n"),
                ("api/paths/a.yaml", "get: {$ref: '../parts.yaml#/ops/get'}\n"),
                (
                    "api/parts.yaml",
                    "ops: {get: {s: {$ref: '#/own'}, h: {$ref: 'openapi.yaml#/components/x'}}}\nown: 7\n"
                ),
            ]),
            json!({"paths": {"/a": {"get": {"s": 7, "h": {"$ref": "#/components/x"}}}}, "components": {"x": {"$ref": "#/y"}}})
        );
    }

    #[test]
    fn what_is_not_there_or_has_no_end_stays_a_reference() {
        let whole = bundled(&[
            ("o.yaml", "a: {$ref: 'https://x.example/y'}\nb: {$ref: 'none.yaml'}\nc: {$ref: 'self.yaml'}\n"),
            ("self.yaml", "again: {$ref: 'self.yaml'}\n"),
        ]);
        assert_eq!((&whole["a"]["$ref"], &whole["b"]["$ref"]), (&json!("https://x.example/y"), &json!("none.yaml")));
        assert!(whole.pointer("/c/again/again/again").is_some() && whole.to_string().len() < 1000);
    }
}

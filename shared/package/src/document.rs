//! A template as a tree of nodes that know where in the text they stand.
//!
//! Nothing is interpreted: scalars keep their text, so that `007` stays `007`, and tags such as `!Sub` keep
//! their name. Only what is needed to find a value and to put another in its place is kept.

mod json;
mod lenient;
mod plain;
mod yaml;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

/// Deepest nesting that is read, aliases written out; CloudFormation itself stops far earlier. Whatever walks over a
/// document, following aliases or not, goes no deeper than this.
const MAX_DEPTH: usize = 128;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// After `|` or `>`.
    Block,
}

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Content {
    Scalar { text: String, style: Style },
    Sequence(Vec<Rc<Node>>),
    Mapping { entries: Vec<(Rc<Node>, Rc<Node>)>, flow: bool },
    Alias(usize),
}

/// One value of the document.
#[derive(Debug)]
pub(crate) struct Node {
    pub content: Content,
    /// A tag of the template's own, without the exclamation mark: `Sub`, `Ref`, `GetAtt`.
    pub tag: Option<String>,
    pub anchor: Option<usize>,
    /// Where it stands, in bytes: tag, anchor and text of a scalar, only the beginning of anything else.
    pub span: Range<usize>,
    /// Where the brackets of a collection in flow style close.
    pub closed: Option<usize>,
    /// From 1.
    pub line: usize,
}

/// The text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// From 1.
    pub line: usize,
    pub problem: String,
}

/// A parsed text.
#[derive(Debug)]
pub(crate) struct Document<'text> {
    pub text: &'text str,
    pub root: Rc<Node>,
    anchors: HashMap<usize, Rc<Node>>,
}

impl<'text> Document<'text> {
    /// Reads JSON if it is JSON, else YAML (JSON is not quite a part of YAML: tabs and surrogate pairs differ).
    pub fn parse(text: &'text str) -> Result<Self, SyntaxError> {
        let begins_as_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let json_error = match begins_as_json.then(|| json::parse(text)) {
            Some(Ok(root)) => return Ok(Self { text, root, anchors: HashMap::new() }),
            Some(Err(error)) => Some(error),
            None => None,
        };
        match yaml::parse(text) {
            Ok((root, anchors)) => Ok(Self { text, root, anchors }),
            Err(error) => Err(json_error.unwrap_or(error)),
        }
    }

    /// The node that an alias stands for, or the node itself.
    pub fn resolve<'node>(&'node self, node: &'node Rc<Node>) -> &'node Rc<Node> {
        match &node.content {
            Content::Alias(anchor) => self.anchors.get(anchor).unwrap_or(node),
            _ => node,
        }
    }

    /// Keys and values of a mapping, those merged in with `<<` last. Nothing for anything else.
    pub fn entries<'node>(&'node self, node: &'node Rc<Node>) -> Vec<(&'node str, &'node Rc<Node>)> {
        let mut found = Entries::default();
        self.collect_entries(node, &mut found);
        found.entries
    }

    fn collect_entries<'node>(&'node self, node: &'node Rc<Node>, found: &mut Entries<'node>) {
        let node = self.resolve(node);
        let Content::Mapping { entries, .. } = &node.content else { return };
        // A mapping brings nothing new the second time; this also ends mappings that merge each other.
        if !found.visited.insert(Rc::as_ptr(node)) {
            return;
        }
        for (key, value) in entries {
            if let Some(name) = key.text()
                && name != "<<"
                && found.names.insert(name)
            {
                found.entries.push((name, value));
            }
        }
        for (_, merged) in entries.iter().filter(|(key, _)| key.text() == Some("<<")) {
            match &self.resolve(merged).content {
                Content::Sequence(items) => items.iter().for_each(|item| self.collect_entries(item, found)),
                _ => self.collect_entries(merged, found),
            }
        }
    }

    /// The value of `key` in a mapping.
    pub fn get<'node>(&'node self, node: &'node Rc<Node>, key: &str) -> Option<&'node Rc<Node>> {
        self.entries(node).into_iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The value at the end of a path of keys.
    pub fn at<'node>(&'node self, node: &'node Rc<Node>, path: &[&str]) -> Option<&'node Rc<Node>> {
        path.iter().try_fold(node, |node, key| self.get(node, key))
    }

    /// The text of a scalar without tag, through aliases.
    pub fn text_at<'node>(&'node self, node: &'node Rc<Node>, path: &[&str]) -> Option<&'node str> {
        self.resolve(self.at(node, path)?).text()
    }

    /// Calls `visit` with every node, parents first. Aliases are not followed.
    pub fn each_node(&self, visit: &mut impl FnMut(&Rc<Node>)) {
        fn walk(node: &Rc<Node>, visit: &mut impl FnMut(&Rc<Node>)) {
            visit(node);
            match &node.content {
                Content::Sequence(items) => items.iter().for_each(|item| walk(item, visit)),
                Content::Mapping { entries, .. } => {
                    for (key, value) in entries {
                        walk(key, visit);
                        walk(value, visit);
                    }
                }
                Content::Scalar { .. } | Content::Alias(_) => {}
            }
        }
        walk(&self.root, visit);
    }
}

impl Node {
    /// The text of a scalar that carries no tag of the template's own.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } if self.tag.is_none() => Some(text),
            _ => None,
        }
    }

    /// Where the value ends in the text.
    pub fn end(&self) -> usize {
        let last = match &self.content {
            Content::Sequence(items) => items.last(),
            Content::Mapping { entries, .. } => entries.last().map(|(_, value)| value),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        self.closed.or_else(|| last.map(|last| last.end())).unwrap_or(self.span.end)
    }

    /// True for a value that is left empty or says null.
    pub fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, style: Style::Plain }
            if self.tag.is_none() && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// What was found of a mapping so far.
#[derive(Default)]
struct Entries<'node> {
    entries: Vec<(&'node str, &'node Rc<Node>)>,
    names: HashSet<&'node str>,
    visited: HashSet<*const Node>,
}

/// Turns positions in characters, in order or not, into positions in bytes.
fn byte_offsets(text: &str) -> impl Fn(usize) -> usize {
    let table: Option<Vec<usize>> = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
    let length = text.len();
    move |index| match &table {
        None => index.min(length),
        Some(table) => table.get(index).copied().unwrap_or(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_know_where_they_stand() {
        let check = |text: &str, path: &[&str], expected: &str| {
            let document = Document::parse(text).unwrap();
            let node = document.at(&document.root, path).unwrap_or_else(|| panic!("{path:?} in {text}"));
            assert_eq!(&text[node.span.clone()], expected, "{text}");
        };
        check("a: ./ü # ä\nb: x\n", &["b"], "x");
        check("a:\r\n  b: 'x''y'\r\n  c: &z ./q\r\n", &["a", "b"], "'x''y'");
        check("a:\r\n  b: 'x''y'\r\n  c: &z ./q\r\n", &["a", "c"], "&z ./q");
        check("a: {b: ./y, c: [1]}", &["a", "b"], "./y");
        check("a: >-\n  ./y\nb: 1\n", &["a"], ">-\n  ./y\n");
        check("\u{feff}a: b", &["a"], "b");
        check("{\n\t\"a\":\t{\"\\u0062\": \"x\\/\\ud83d\\ude00\"}\n}", &["a", "b"], "\"x\\/\\ud83d\\ude00\"");
        check("{a: {b: c}}", &["a", "b"], "c");
    }

    #[test]
    fn what_cloudformation_reads_is_read() {
        let check = |text: &str, path: &[&str], expected: &str| {
            let document = Document::parse(text).unwrap_or_else(|error| panic!("{error:?} in {text}"));
            let node = document.at(&document.root, path).unwrap_or_else(|| panic!("{path:?} in {text}"));
            assert_eq!(&text[node.span.clone()], expected, "{text}");
        };
        check("a:\n  b: {\n\"x\": ./ä,\n  \"y\": [\n]\n}\n  c: &z ./q\n", &["a", "c"], "&z ./q");
        check("a:\n  b: {\n\"x\": './ä',\n  \"y\": [\n]\n}\n  c: 1\n", &["a", "b", "x"], "'./ä'");
        check("a:\n  b:\n    {\n  \"x\": 1\n    }\n  c: ./q", &["a", "c"], "./q");
        check("a:\n  b: \"one\n  two\nthree\n\n four\"\n  c: ./q\n", &["a", "b"], "\"one\n  two\nthree\n\n four\"");
        check("a:\n  b: 'one\ntwo'\n  c: ./q\n", &["a", "c"], "./q");
        check("a:\n  b: [\none,\ntwo]\n  c: ./q\n", &["a", "c"], "./q");
    }

    #[test]
    fn aliases_and_merges_are_followed() {
        let document = Document::parse("x: &x {k: 1, m: 2}\ny:\n  <<: *x\n  k: 3\nz: *x\n").unwrap();
        assert_eq!(document.text_at(&document.root, &["y", "m"]), Some("2"));
        assert_eq!(document.text_at(&document.root, &["y", "k"]), Some("3"));
        assert_eq!(document.text_at(&document.root, &["z", "k"]), Some("1"));
    }

    #[test]
    fn what_cannot_be_read_names_its_line() {
        let check = |text: &str, line: usize| assert_eq!(Document::parse(text).unwrap_err().line, line, "{text}");
        check("a: b\nc: d: e\n", 2);
        check("{\n\"a\": 1\n\"b\": 2}", 3);
        check("a:\n  b: {\n}\nc: 'x\ny'\nd: e: f\n", 6);
        check(&format!("a:\n  b: {{\n{}", "c: 1,\n".repeat(2000)), 203);
        check(&format!("a: {}{}", "[".repeat(500), "]".repeat(500)), 1);
        check(&format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500)), 1);
        check("", 1);
    }
}

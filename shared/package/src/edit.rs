//! Changing a value where it stands: every other byte of the text stays.
//!
//! Aliases and merge keys (`<<`) are written out as well: CloudFormation refuses them, and the AWS CLI and
//! SAM write them out, so templates use them.

use crate::document::{Content, Document, Node, Style};
use crate::locations::Form;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// Where an object lies in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub bucket: String,
    pub key: String,
    /// `https://…/bucket/key`
    pub url: String,
}

/// Values to put into a document.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// New values of nodes, by where the node begins.
    values: BTreeMap<usize, String>,
    /// New entries of mappings, by where the mapping begins.
    entries: BTreeMap<usize, String>,
    /// What changes in the text, by where it begins; what is added there comes before what is replaced there.
    edits: BTreeMap<(usize, Order), (Range<usize>, String)>,
    /// Bytes that may still be written for aliases: a few lines of aliases of aliases can stand for gigabytes.
    room: Cell<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Added,
    Replaced,
}

/// The text would grow beyond what was allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Edits {
    /// Puts `object` in the place of `node`'s value.
    pub fn replace(&mut self, document: &Document<'_>, node: &Node, object: &Object, form: Form) {
        let written = &document.text[node.span.clone()];
        let value = render(object, form, style_of(node));
        self.values.insert(node.span.start, value.clone());
        // What belongs to the text and not to the value stays: an anchor, and the line break after a block scalar.
        let anchor = node.anchor.and_then(|_| written.split_whitespace().find(|word| word.starts_with('&')));
        let before = anchor.map_or_else(String::new, |anchor| format!("{anchor} "));
        let before = if written.is_empty() { " " } else { &before };
        let after = match style_of(node) {
            Style::Block => &written[written.trim_end().len()..],
            _ => "",
        };
        self.edits.insert((node.span.start, Order::Replaced), (node.span.clone(), format!("{before}{value}{after}")));
    }

    /// Writes `name` with `object` before the first entry of `mapping`. False if it has none.
    pub fn add(
        &mut self,
        document: &Document<'_>,
        mapping: &Rc<Node>,
        name: &str,
        object: &Object,
        form: Form,
    ) -> bool {
        let Content::Mapping { entries, flow } = &mapping.content else { return false };
        let Some((first, _)) = entries.first() else { return false };
        let at = first.span.start;
        let entry = if *flow {
            format!("\"{name}\": {}, ", render(object, form, Style::Double))
        } else {
            format!("{name}: {}{}", render(object, form, Style::Plain), next_line(document, at))
        };
        self.edits.insert((at, Order::Added), (at..at, entry));
        let value = render(object, form, Style::Double);
        self.entries.insert(mapping.span.start, format!("{}: {value}", quoted(name)));
        true
    }

    /// The text with everything changed, of about `limit` bytes at most.
    pub fn apply(mut self, document: &Document<'_>, limit: usize) -> Result<String, TooLong> {
        self.room.set(limit);
        self.write_out_aliases(document, &document.root);
        if self.room.get() == 0 {
            return Err(TooLong);
        }
        let mut result = String::with_capacity(document.text.len() + 256);
        let mut done = 0;
        for (range, value) in self.edits.values() {
            result.push_str(&document.text[done..range.start]);
            result.push_str(value);
            done = range.end;
        }
        result.push_str(&document.text[done..]);
        Ok(result)
    }

    fn write_out_aliases(&mut self, document: &Document<'_>, node: &Rc<Node>) {
        match &node.content {
            Content::Scalar { .. } => {}
            Content::Alias(_) => {
                let value = self.in_flow(document, node);
                self.edits.entry((node.span.start, Order::Replaced)).or_insert((node.span.clone(), value));
            }
            Content::Sequence(items) => items.iter().for_each(|item| self.write_out_aliases(document, item)),
            Content::Mapping { entries, flow } => {
                for (key, value) in entries {
                    if key.text() == Some("<<") {
                        self.write_out_merge(document, node, key, value, *flow);
                    } else {
                        self.write_out_aliases(document, key);
                        self.write_out_aliases(document, value);
                    }
                }
            }
        }
    }

    /// Replaces the entry `<<: …` of `mapping` with the entries that it brings.
    fn write_out_merge(&mut self, document: &Document<'_>, mapping: &Rc<Node>, key: &Node, value: &Node, flow: bool) {
        let Content::Mapping { entries, .. } = &mapping.content else { return };
        let own: Vec<&str> = entries.iter().filter_map(|(key, _)| key.text()).collect();
        let merged: Vec<String> = document
            .entries(mapping)
            .into_iter()
            .filter(|(name, _)| !own.contains(name))
            .map(|(name, value)| format!("{}: {}", quoted(name), self.in_flow(document, value)))
            .collect();
        let text = match (merged.is_empty(), flow) {
            (false, true) => merged.join(", "),
            (false, false) => merged.join(&next_line(document, key.span.start)),
            // Everything that it brings is said by the mapping itself.
            (true, false) => "# <<".to_owned(),
            (true, true) => "\"<<\": null".to_owned(),
        };
        // An edit inside of the merged mapping is part of what was just written.
        let range = key.span.start..value.end();
        self.edits.retain(|(at, order), _| *order == Order::Added && *at == range.start || !range.contains(at));
        self.edits.insert((range.start, Order::Replaced), (range, text));
    }

    /// The value in flow style, which is valid wherever a value is.
    fn in_flow(&self, document: &Document<'_>, node: &Rc<Node>) -> String {
        if let Some(value) = self.values.get(&node.span.start) {
            return value.clone();
        }
        let target = document.resolve(node);
        let bytes = if let Content::Scalar { text, .. } = &target.content { text.len() + 1 } else { 1 };
        self.room.set(self.room.get().saturating_sub(bytes));
        if self.room.get() == 0 {
            return String::new();
        }
        let value = match &node.content {
            // A value that was replaced keeps its meaning where an alias says it for another purpose.
            Content::Alias(_) => scalar_in_flow(target).unwrap_or_else(|| self.in_flow(document, target)),
            Content::Scalar { .. } => return scalar_in_flow(node).unwrap_or_default(),
            Content::Sequence(items) => {
                let items: Vec<String> = items.iter().map(|item| self.in_flow(document, item)).collect();
                format!("[{}]", items.join(", "))
            }
            Content::Mapping { .. } => {
                let own = document.entries(node).into_iter();
                let own = own.map(|(name, value)| format!("{}: {}", quoted(name), self.in_flow(document, value)));
                let entries: Vec<String> = self.entries.get(&node.span.start).cloned().into_iter().chain(own).collect();
                format!("{{{}}}", entries.join(", "))
            }
        };
        tag_of(node) + &value
    }
}

/// A scalar with its tag, or nothing for anything else.
fn scalar_in_flow(node: &Node) -> Option<String> {
    let Content::Scalar { text, style } = &node.content else { return None };
    let value = match style {
        _ if node.is_null() => "null".to_owned(),
        Style::Plain if is_safe_in_flow(text) => text.clone(),
        _ => quoted(text),
    };
    Some(tag_of(node) + &value)
}

fn tag_of(node: &Node) -> String {
    node.tag.as_ref().map_or_else(String::new, |tag| format!("!{tag} "))
}

/// A line break and the indentation of what begins at `at`.
fn next_line(document: &Document<'_>, at: usize) -> String {
    let line_start = document.text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line_break = if document.text.contains("\r\n") { "\r\n" } else { "\n" };
    let columns = document.text[line_start..at].trim_start_matches('\u{feff}').chars().count();
    format!("{line_break}{}", " ".repeat(columns))
}

/// True if a plain scalar needs no quotes between brackets.
fn is_safe_in_flow(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric() || "._-/+".contains(char))
}

/// In double quotes; JSON's escapes are YAML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn style_of(node: &Node) -> Style {
    match &node.content {
        Content::Scalar { style, .. } => *style,
        Content::Alias(_) | Content::Sequence(_) | Content::Mapping { .. } => Style::Plain,
    }
}

/// Writes the value so that it is valid in block style, in flow style and in JSON, quoted as it was.
fn render(object: &Object, form: Form, style: Style) -> String {
    let quote = |text: &str| match style {
        Style::Plain => text.to_owned(),
        Style::Single => format!("'{text}'"),
        Style::Double | Style::Block => format!("\"{text}\""),
    };
    match form {
        Form::Uri => quote(&format!("s3://{}/{}", object.bucket, object.key)),
        Form::Url => quote(&object.url),
        Form::Object(bucket, key) => {
            format!("{{\"{bucket}\": \"{}\", \"{key}\": \"{}\"}}", object.bucket, object.key)
        }
    }
}

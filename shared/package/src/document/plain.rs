//! A document as plain data, as if it were JSON: aliases written out, `!Sub` as `Fn::Sub`.

use super::{Content, Document, Node, Style};
use serde_json::{Map, Value};
use std::rc::Rc;

/// What a value takes beside its text, in bytes.
const VALUE: usize = 80;

impl Document<'_> {
    /// The document; `None` if it takes more than the bytes that are `left`: a few lines of aliases of aliases can stand
    /// for gigabytes.
    pub fn to_json(&self, left: &mut usize) -> Option<Value> {
        self.plain(&self.root, left)
    }

    fn plain(&self, node: &Rc<Node>, left: &mut usize) -> Option<Value> {
        *left = left.checked_sub(VALUE)?;
        let node = self.resolve(node);
        let value = match &node.content {
            Content::Scalar { text, style } => {
                *left = left.checked_sub(text.len())?;
                scalar(node, text, *style)
            }
            Content::Sequence(items) => {
                items.iter().map(|item| self.plain(item, left)).collect::<Option<Vec<_>>>()?.into()
            }
            Content::Mapping { .. } => {
                let mut map = Map::new();
                for (name, value) in self.entries(node) {
                    *left = left.checked_sub(name.len())?;
                    map.insert(name.to_owned(), self.plain(value, left)?);
                }
                map.into()
            }
            // It stands for nothing.
            Content::Alias(_) => Value::Null,
        };
        Some(match node.tag.as_deref() {
            None => value,
            Some(tag @ ("Ref" | "Condition")) => Map::from_iter([(tag.to_owned(), value)]).into(),
            Some(tag) => Map::from_iter([(format!("Fn::{tag}"), value)]).into(),
        })
    }
}

/// Text, but for what is a number, true, false or nothing whoever reads it.
fn scalar(node: &Node, text: &str, style: Style) -> Value {
    match text {
        _ if style != Style::Plain => text.into(),
        _ if node.is_null() => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => text.parse::<i64>().ok().filter(|number| number.to_string() == text).map_or(text.into(), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expected: &Value) {
        assert_eq!(Document::parse(text).unwrap().to_json(&mut 10_000).as_ref(), Some(expected), "{text}");
    }

    #[test]
    fn short_forms_are_long() {
        check("a: !Sub '${B}-c'", &json!({"a": {"Fn::Sub": "${B}-c"}}));
        check(
            "a: !If [X, !Ref B, !GetAtt C.Arn]",
            &json!({"a": {"Fn::If": ["X", {"Ref": "B"}, {"Fn::GetAtt": "C.Arn"}]}}),
        );
        check("a: !Condition B", &json!({"a": {"Condition": "B"}}));
    }

    #[test]
    fn numbers_stay_as_they_are_written() {
        check(
            "a: [1, 007, 1.50, yes, true, '1', ~, 2012-10-17]",
            &json!({"a": [1, "007", "1.50", "yes", true, "1", null, "2012-10-17"]}),
        );
        check("{\"a\": [1, \"1\", null]}", &json!({"a": [1, "1", null]}));
    }

    #[test]
    fn aliases_are_written_out_as_far_as_that_can_be_borne() {
        check("a: &a {b: 1}\nc: {<<: *a, d: *a}", &json!({"a": {"b": 1}, "c": {"b": 1, "d": {"b": 1}}}));
        let mut text = "l0: &l0 [x]\n".to_owned();
        for level in 1..40 {
            text += &format!("l{level}: &l{level} [*l{0}, *l{0}]\n", level - 1);
        }
        assert_eq!(Document::parse(&text).unwrap().to_json(&mut 10_000_000), None);
        // What is long counts as much as what is many.
        let text = format!("a: &a {0}\nb: [{1}]\nc: {{? *a : 1}}", "x".repeat(1000), "*a, ".repeat(20));
        let document = Document::parse(&text).unwrap();
        assert_eq!(document.to_json(&mut 20_000), None);
        let mut left = 30_000;
        assert!(document.to_json(&mut left).is_some() && left < 9_000, "{left}");
    }
}

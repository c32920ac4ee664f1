//! JSON into nodes (<https://www.rfc-editor.org/rfc/rfc8259>), with positions.

use super::{Content, MAX_DEPTH, Node, Style, SyntaxError};
use std::rc::Rc;

/// Reads one JSON value and nothing behind it.
pub(super) fn parse(text: &str) -> Result<Rc<Node>, SyntaxError> {
    let mut reader = Reader { text, at: text.len() - text.trim_start_matches('\u{feff}').len(), line: 1 };
    let node = reader.value(0)?;
    reader.skip_white();
    if reader.at < text.len() { reader.fail("something follows the end of the document") } else { Ok(node) }
}

struct Reader<'text> {
    text: &'text str,
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, problem: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError { line: self.line, problem: problem.into() })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_white(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// Skips white space and takes `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_white();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Rc<Node>, SyntaxError> {
        if depth > MAX_DEPTH {
            return self.fail(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.skip_white();
        let (start, line) = (self.at, self.line);
        let content = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Content::Scalar { text: self.string()?, style: Style::Double },
            _ => Content::Scalar { text: self.word()?, style: Style::Plain },
        };
        let end = if matches!(content, Content::Scalar { .. }) { self.at } else { start + 1 };
        Ok(Rc::new(Node { content, tag: None, anchor: None, span: start..end, closed: None, line }))
    }

    fn object(&mut self, depth: usize) -> Result<Content, SyntaxError> {
        self.at += 1;
        let mut entries = Vec::new();
        if !self.take(b'}') {
            loop {
                self.skip_white();
                let (start, line) = (self.at, self.line);
                if self.peek() != Some(b'"') {
                    return self.fail("a name in double quotes is expected");
                }
                let content = Content::Scalar { text: self.string()?, style: Style::Double };
                let key = Rc::new(Node { content, tag: None, anchor: None, span: start..self.at, closed: None, line });
                if !self.take(b':') {
                    return self.fail("`:` is expected after the name");
                }
                entries.push((key, self.value(depth + 1)?));
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return self.fail("`,` or `}` is expected");
                }
            }
        }
        Ok(Content::Mapping { entries, flow: true })
    }

    fn array(&mut self, depth: usize) -> Result<Content, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        if !self.take(b']') {
            loop {
                items.push(self.value(depth + 1)?);
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return self.fail("`,` or `]` is expected");
                }
            }
        }
        Ok(Content::Sequence(items))
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return serde_json::from_str(&self.text[start..self.at])
                        .or_else(|error| self.fail(format!("not a JSON string: {error}")));
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.fail("a string has no end")
    }

    fn word(&mut self) -> Result<String, SyntaxError> {
        let rest = &self.text[self.at..];
        let length = rest.find([',', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let word = &rest[..length];
        if serde_json::from_str::<serde_json::Value>(word).is_err() {
            let shown: String = word.chars().take(40).collect();
            return self.fail(format!("`{shown}` is no JSON value"));
        }
        self.at += length;
        Ok(word.to_owned())
    }
}

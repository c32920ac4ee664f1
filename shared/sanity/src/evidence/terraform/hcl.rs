//! Blocks and values of HCL, Terraform's language. Not a parser: expressions stay texts, and what is not understood is
//! passed over.

/// Deepest nesting of blocks that is read.
const MAX_DEPTH: usize = 20;

/// Most here-documents without an end that are looked for: each is looked for to the end of the file.
const MAX_UNCLOSED: usize = 20;

/// `resource "aws_lambda_function" "items" { … }`
#[derive(Debug, Default)]
pub(super) struct Block<'t> {
    /// `resource`, `data`, `module` …
    pub kind: &'t str,
    /// The names behind it, without quotes.
    pub labels: Vec<&'t str>,
    /// From 1.
    pub line: usize,
    /// What stands behind each `=`, as it is written.
    values: Vec<(&'t str, &'t str)>,
    blocks: Vec<Block<'t>>,
}

/// The blocks of a file.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut reader = Reader { text, at: 0, line: 1, unclosed: 0 };
    let mut whole = Block::default();
    // What closes more than was opened ends nothing.
    while reader.at < text.len() {
        reader.body(&mut whole, 0);
    }
    whole.blocks
}

impl<'t> Block<'t> {
    /// An expression.
    pub fn value(&self, name: &str) -> Option<&'t str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// A text that is written down whole.
    pub fn text(&self, name: &str) -> Option<&'t str> {
        let text = self.value(name)?.strip_prefix('"')?.strip_suffix('"')?;
        (!text.contains(['"', '\\']) && !text.contains("${")).then_some(text)
    }

    /// The first resource that an expression refers to: `aws_lambda_function.items.arn` is its kind and its name.
    pub fn reference(&self, name: &str) -> Option<(&'t str, &'t str)> {
        references(self.value(name)?).next()
    }
}

/// The resources that an expression refers to; data sources without the word `data`.
pub(super) fn references(expression: &str) -> impl Iterator<Item = (&str, &str)> {
    let words = expression.split(|c: char| !is_name(c) && c != '.');
    words.filter_map(|word| {
        let mut parts = word.trim_start_matches("data.").split('.');
        let (kind, name) = (parts.next()?, parts.next()?);
        (kind.contains('_') && !name.is_empty()).then_some((kind, name))
    })
}

/// Every text in an expression.
pub(super) fn texts(expression: &str) -> impl Iterator<Item = &str> {
    expression.split('"').skip(1).step_by(2)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    /// Here-documents that have no end.
    unclosed: usize,
}

impl<'t> Reader<'t> {
    /// Reads up to the brace that closes the block.
    fn body(&mut self, into: &mut Block<'t>, depth: usize) {
        loop {
            self.space();
            let Some(next) = self.peek() else { return };
            if next == '}' {
                self.take(1);
                return;
            }
            let line = self.line;
            let name = self.name();
            if name.is_empty() {
                self.one();
                continue;
            }
            let mut labels = Vec::new();
            loop {
                self.space();
                match self.peek() {
                    Some('"') => labels.push(self.one().trim_matches('"')),
                    Some(c) if is_name(c) => labels.push(self.name()),
                    _ => break,
                }
            }
            match self.peek() {
                Some('=') if labels.is_empty() => {
                    self.take(1);
                    let value = self.expression();
                    into.values.push((name, value));
                }
                Some('{') if depth < MAX_DEPTH => {
                    self.take(1);
                    let mut block = Block { kind: name, labels, line, ..Block::default() };
                    self.body(&mut block, depth + 1);
                    into.blocks.push(block);
                }
                _ => {}
            }
        }
    }

    /// Up to the end of the line, or of the last line if brackets are open.
    fn expression(&mut self) -> &'t str {
        let from = self.at;
        // A comment behind it is no part of it.
        let (mut end, mut open) = (self.at, 0_usize);
        while let Some(c) = self.peek() {
            match c {
                '\n' if open == 0 => break,
                '}' | ']' | ')' if open == 0 => break,
                '#' | '/' if self.is_comment() => {
                    self.comment();
                    continue;
                }
                '{' | '[' | '(' => open += 1,
                '}' | ']' | ')' => open -= 1,
                _ => {}
            }
            self.one();
            end = self.at;
        }
        self.text[from..end].trim()
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn is_comment(&self) -> bool {
        let rest = &self.text[self.at..];
        rest.starts_with('#') || rest.starts_with("//") || rest.starts_with("/*")
    }

    fn take(&mut self, length: usize) -> &'t str {
        let taken = &self.text[self.at..self.at + length];
        self.line += taken.matches('\n').count();
        self.at += length;
        taken
    }

    /// White space and comments.
    fn space(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_start().len();
            self.take(blank);
            if !self.is_comment() {
                return;
            }
            self.comment();
        }
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        let length = match rest.strip_prefix("/*") {
            Some(inner) => inner.find("*/").map_or(rest.len(), |end| end + 4),
            None => rest.find('\n').unwrap_or(rest.len()),
        };
        self.take(length);
    }

    fn name(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        self.take(rest.find(|c| !is_name(c)).unwrap_or(rest.len()))
    }

    /// A text with its quotes, a here-document, or one character.
    fn one(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return "" };
        if first == '"' {
            return self.take(quoted(rest));
        }
        if let Some(word) = rest.strip_prefix("<<").filter(|_| self.unclosed < MAX_UNCLOSED) {
            let word = word.strip_prefix('-').unwrap_or(word);
            let end = word.find(|c| !is_name(c)).unwrap_or(word.len());
            let (word, mut length) = (&word[..end], 0);
            for (at, line) in rest.split_inclusive('\n').enumerate() {
                length += line.len();
                if at > 0 && !word.is_empty() && line.trim() == word {
                    // The end of its line ends the value, too.
                    return self.take(length - line.len() + line.trim_end().len());
                }
            }
            self.unclosed += 1;
        }
        self.take(first.len_utf8())
    }
}

/// How long a text is, with its quotes: those in `${…}` are others. One that is never closed ends with its line.
fn quoted(rest: &str) -> usize {
    let (mut escaped, mut open, mut before) = (false, 0_usize, ' ');
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' if open > 0 || matches!(before, '$' | '%') => open += 1,
            '}' if open > 0 => open -= 1,
            '"' if open == 0 => return at + 1,
            '\n' => return at,
            _ => {}
        }
        before = c;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_labels_values_and_lines() {
        let text = "# resource \"no\" \"no\" {}\n/* } */ resource \"aws_x\" \"one\" {\n  a = \"b\" // c\n  list = [\n    \"x\", # ]\n    \"y\"\n  ]\n\
                    \n  policy = <<-EOT\n    resource \"no\" \"no\" {\n  EOT\n  nested { c = d.e }\n  f = \"${g_h.i[\"j\"].k}/l\"\n}\nlocals { m = 1 }\n";
        let blocks = blocks(text);
        let [one, locals] = blocks.as_slice() else { panic!("{blocks:#?}") };
        assert_eq!((one.kind, one.labels.as_slice(), one.line), ("resource", &["aws_x", "one"][..], 2));
        assert_eq!((one.text("a"), one.text("f")), (Some("b"), None));
        assert_eq!(texts(one.value("list").unwrap()).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(one.reference("f"), Some(("g_h", "i")));
        assert_eq!(one.blocks[0].value("c"), Some("d.e"));
        assert_eq!((locals.line, locals.value("m")), (15, Some("1")));
    }

    #[test]
    fn references_are_found_in_every_form() {
        let check = |text: &str, expected: &[(&str, &str)]| assert_eq!(references(text).collect::<Vec<_>>(), expected);
        check("aws_api_gateway_rest_api.main.id", &[("aws_api_gateway_rest_api", "main")]);
        check("\"integrations/${aws_x.y.id}\"", &[("aws_x", "y")]);
        check("data.archive_file.zip.output_path", &[("archive_file", "zip")]);
        check("var.name", &[]);
    }

    #[test]
    fn what_is_broken_ends() {
        for text in
            ["a {", "}}}", "a = \"", "a = [", "\"", "x = <<EOT\nno end", "a \"b", "/*", "a = }\nb {}", "é{ü=\"ö"]
        {
            blocks(text);
        }
        assert_eq!(blocks(&"a {".repeat(2000)).len(), 1);
        assert_eq!(blocks("} resource \"a\" \"b\" {}")[0].labels, ["a", "b"]);
    }
}

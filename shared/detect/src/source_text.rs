//! Program text without its comments and strings, so that what is searched for is really code. Everything blanked
//! becomes spaces: lines and columns stay.

/// How a language writes what is not code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `//`, `/* */`, `'…'`, `"…"`, `` `…` ``
    JavaScript,
    /// `#`, `'…'`, `"…"`, `'''…'''`, `"""…"""`
    Python,
    /// `#`, `//`, `/* */`; strings are kept, because block labels are strings
    Hcl,
}

/// Blanks comments, and strings but in HCL. Quotes of a string that ends with its line are kept with an empty inside.
pub(crate) fn code_only(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, keep) = match span(rest, first, dialect) {
            Some(Span { length, keep }) => (length, keep),
            None => (first.len_utf8(), true),
        };
        let (taken, after) = rest.split_at(length);
        if keep {
            out.push_str(taken);
        } else {
            out.extend(taken.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    out
}

struct Span {
    length: usize,
    keep: bool,
}

fn span(rest: &str, first: char, dialect: Dialect) -> Option<Span> {
    let slashes = dialect != Dialect::Python;
    let comment = |end: usize| Some(Span { length: end, keep: false });
    let to_line_end = || rest.find('\n').unwrap_or(rest.len());
    match first {
        '#' if dialect != Dialect::JavaScript => comment(to_line_end()),
        '/' if slashes && rest.starts_with("//") => comment(to_line_end()),
        '/' if slashes && rest.starts_with("/*") => comment(rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
        '"' | '\'' | '`' => string(rest, first, dialect),
        _ => None,
    }
}

fn string(rest: &str, quote: char, dialect: Dialect) -> Option<Span> {
    if quote == '\'' && dialect == Dialect::Hcl || quote == '`' && dialect != Dialect::JavaScript {
        return None;
    }
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    if dialect == Dialect::Python && rest.starts_with(&triple) {
        let length = rest[3..].find(&triple).map_or(rest.len(), |end| end + 6);
        return Some(Span { length, keep: false });
    }
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // A quote in a regular expression opens nothing: at the end of the line the damage ends, too.
            '\n' if quote != '`' => return Some(Span { length: at, keep: true }),
            _ if character == quote => {
                return Some(Span { length: at + character.len_utf8(), keep: dialect == Dialect::Hcl });
            }
            _ => {}
        }
    }
    Some(Span { length: rest.len(), keep: true })
}

/// The identifier that `text` begins with.
pub(crate) fn identifier(text: &str) -> Option<&str> {
    let end = text.find(|character: char| !is_identifier(character)).unwrap_or(text.len());
    let word = &text[..end];
    (!word.is_empty() && !word.starts_with(|first: char| first.is_ascii_digit())).then_some(word)
}

pub(crate) fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// At most the first `most` bytes of `text`: what is never closed must not be read to the end each time.
pub(crate) fn clip(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// What stands before the bracket that closes the one that `text` begins after.
pub(crate) fn bracketed(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' if depth == 0 => return &text[..at],
            ')' | '}' | ']' => depth -= 1,
            _ => {}
        }
    }
    text
}

/// Splits at commas that are in no bracket.
pub(crate) fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let check = |text: &str, dialect: Dialect, expected: &str| {
            let code = code_only(text, dialect);
            assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
            assert_eq!(code.lines().count(), text.lines().count(), "{text}");
        };
        check("a // b\nc /* d\n e */ f", Dialect::JavaScript, "a c f");
        check("x = 'a // b' + `c\nd` + \"\\\"e\"; y", Dialect::JavaScript, "x = + + ; y");
        check("r = /'/;\nexports.handler = 1", Dialect::JavaScript, "r = /'/; exports.handler = 1");
        check("\"\"\"\ndef handler(event, context):\n\"\"\"\nx = 1 # y", Dialect::Python, "x = 1");
        check("a # b\nresource \"x\" \"y#z\" { // c", Dialect::Hcl, "a resource \"x\" \"y#z\" {");
    }

    #[test]
    fn lists_split_outside_brackets() {
        assert_eq!(split_list("a, b: {c, d}, e(f, g)"), ["a", "b: {c, d}", "e(f, g)"]);
        assert_eq!(bracketed("a, (b) } c"), "a, (b) ");
    }
}

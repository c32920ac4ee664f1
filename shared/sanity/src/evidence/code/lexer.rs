//! Words, texts and signs of JavaScript, TypeScript and Python, each with its line. Not a parser: what it cannot tell
//! it passes over, and a file with a syntax error still shows its routes.

use std::collections::HashMap;

/// A part of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or keyword.
    Word(String),
    /// A text without its quotes; `None` if a part of it is computed.
    Text(Option<String>),
    /// Anything else, one character.
    Sign(char),
}

/// A token and its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    token: Token,
    line: usize,
}

/// Which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::evidence) enum Language {
    JavaScript,
    Python,
}

/// Splits a program.
fn tokens(text: &str, language: Language) -> Vec<Placed> {
    let mut lexer = Lexer { rest: text, line: 1, language, tokens: Vec::new() };
    while lexer.next() {}
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    language: Language,
    tokens: Vec<Placed>,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        let is_js = self.language == Language::JavaScript;
        if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else if is_js && self.rest.starts_with("//") || !is_js && first == '#' {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if is_js && self.rest.starts_with("/*") {
            self.skip(self.rest[2..].find("*/").map_or(self.rest.len(), |end| end + 4));
        } else if matches!(first, '"' | '\'') || is_js && first == '`' {
            self.text(first);
        } else if is_js && first == '/' && self.begins_value() {
            self.regular_expression();
        } else if is_word(first) {
            self.word();
        } else {
            self.push(Token::Sign(first), first.len_utf8());
        }
        true
    }

    fn skip(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn push(&mut self, token: Token, length: usize) {
        let line = self.line;
        self.skip(length);
        self.tokens.push(Placed { token, line });
    }

    fn word(&mut self) {
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        // r"…", b'…', f"…"
        let quote = self.rest[end..].chars().next().filter(|c| matches!(c, '"' | '\''));
        if let (Language::Python, Some(quote), true) =
            (self.language, quote, word.len() <= 2 && word.bytes().all(|byte| b"rRbBuUfF".contains(&byte)))
        {
            let computed = word.contains(['f', 'F']);
            self.skip(end);
            self.text(quote);
            if computed && let Some(Placed { token: Token::Text(text), .. }) = self.tokens.last_mut() {
                *text = text.take().filter(|text| !text.contains('{'));
            }
            return;
        }
        self.push(Token::Word(word.to_owned()), end);
    }

    fn text(&mut self, quote: char) {
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        if self.language == Language::Python && self.rest.starts_with(&triple) {
            let end = self.rest[3..].find(&triple).map_or(self.rest.len(), |end| end + 6);
            let inner = self.rest.get(3..end.saturating_sub(3)).unwrap_or_default().to_owned();
            self.push(Token::Text(Some(inner)), end);
            return;
        }
        let (mut inner, mut escaped, mut computed) = (String::new(), false, false);
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices().skip(1) {
            if escaped {
                escaped = false;
                inner.push(c);
            } else if c == '\\' {
                escaped = true;
            } else if c == quote {
                end = at + c.len_utf8();
                break;
            } else if c == '\n' && quote != '`' {
                // A quote that is never closed: the damage ends with its line.
                end = at;
                break;
            } else {
                computed |= quote == '`' && c == '{' && inner.ends_with('$');
                inner.push(c);
            }
        }
        self.push(Token::Text((!computed).then_some(inner)), end);
    }

    /// True if a `/` begins a regular expression rather than divides.
    fn begins_value(&self) -> bool {
        match self.tokens.last().map(|placed| &placed.token) {
            None => true,
            Some(Token::Sign(sign)) => !matches!(sign, ')' | ']' | '}'),
            Some(Token::Word(word)) => matches!(word.as_str(), "return" | "case" | "typeof" | "in" | "of"),
            Some(Token::Text(_)) => false,
        }
    }

    fn regular_expression(&mut self) {
        let (mut escaped, mut in_class) = (false, false);
        let mut end = 1;
        for (at, c) in self.rest.char_indices().skip(1) {
            end = at + c.len_utf8();
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => break,
                _ => {}
            }
        }
        self.push(Token::Text(None), end);
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// A program that was split, with its brackets matched.
pub(in crate::evidence) struct Program {
    tokens: Vec<Placed>,
    /// For each bracket the place of the other one of its pair.
    pairs: HashMap<usize, usize>,
}

impl Program {
    pub fn new(text: &str, language: Language) -> Self {
        let tokens = tokens(text, language);
        let (mut pairs, mut open) = (HashMap::new(), Vec::new());
        for (at, placed) in tokens.iter().enumerate() {
            match placed.token {
                Token::Sign('(' | '[' | '{') => open.push(at),
                Token::Sign(')' | ']' | '}') => {
                    if let Some(begin) = open.pop() {
                        pairs.extend([(begin, at), (at, begin)]);
                    }
                }
                _ => {}
            }
        }
        Self { tokens, pairs }
    }

    pub fn view(&self) -> View<'_> {
        View(self)
    }
}

/// Most tokens of one bracket that are looked through: a list of routes or methods is short.
const MAX_INSIDE: usize = 400;

/// A reader's view of a program: looks at its tokens by place, and nothing is ever out of bounds.
#[derive(Clone, Copy)]
pub(in crate::evidence) struct View<'t>(&'t Program);

impl<'t> View<'t> {
    pub fn len(self) -> usize {
        self.0.tokens.len()
    }

    pub fn line(self, at: usize) -> usize {
        self.0.tokens.get(at).map_or(0, |placed| placed.line)
    }

    pub fn word(self, at: usize) -> Option<&'t str> {
        match &self.0.tokens.get(at)?.token {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    pub fn text(self, at: usize) -> Option<&'t str> {
        match &self.0.tokens.get(at)?.token {
            Token::Text(text) => text.as_deref(),
            _ => None,
        }
    }

    pub fn is_sign(self, at: usize, sign: char) -> bool {
        matches!(self.0.tokens.get(at), Some(Placed { token: Token::Sign(found), .. }) if *found == sign)
    }

    /// The place of the bracket that closes the one at `open`; behind it if none does.
    pub fn closing(self, open: usize) -> usize {
        self.0.pairs.get(&open).copied().filter(|close| *close > open).unwrap_or(open + 1)
    }

    /// The place of the bracket that the one at `close` closes.
    pub fn opening(self, close: usize) -> Option<usize> {
        self.0.pairs.get(&close).copied().filter(|open| *open < close)
    }

    /// The place of the brace around a member of an object.
    pub fn around(self, member: usize) -> Option<usize> {
        let mut at = member;
        for _ in 0..MAX_INSIDE * 10 {
            at = at.checked_sub(1)?;
            if self.is_sign(at, '{') {
                return Some(at);
            }
            at = match [')', ']', '}'].into_iter().any(|sign| self.is_sign(at, sign)) {
                true => self.opening(at)?,
                false => at,
            };
        }
        None
    }

    /// The places in the brackets from `open`, the first of them if they are many.
    pub fn inside(self, open: usize) -> std::ops::Range<usize> {
        open + 1..self.closing(open).min(open + MAX_INSIDE)
    }

    /// The value of `name` in the brackets from `open`, at their own level: `name: …`, `name=…`, `"name": …`. Its place.
    pub fn member(self, open: usize, name: &str) -> Option<usize> {
        let end = self.inside(open).end;
        let mut at = open + 1;
        while at < end {
            let is_name = self.word(at) == Some(name) || self.text(at) == Some(name);
            if is_name && (self.is_sign(at + 1, ':') || self.is_sign(at + 1, '=') && !self.is_sign(at + 2, '=')) {
                return Some(at + 2);
            }
            let opens = ['(', '[', '{'].into_iter().any(|sign| self.is_sign(at, sign));
            at = if opens { self.closing(at) + 1 } else { at + 1 };
        }
        None
    }

    /// Every text in the brackets from `open`, or the one text there.
    pub fn texts(self, at: usize) -> Vec<&'t str> {
        if ['[', '(', '{'].into_iter().any(|sign| self.is_sign(at, sign)) {
            return self.inside(at).filter_map(|at| self.text(at)).collect();
        }
        self.text(at).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, language: Language) -> String {
        let shown = |placed: &Placed| match &placed.token {
            Token::Word(word) => word.clone(),
            Token::Text(Some(text)) => format!("'{text}'"),
            Token::Text(None) => "?".to_owned(),
            Token::Sign(sign) => sign.to_string(),
        };
        tokens(text, language).iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn programs_are_split() {
        let js = |text: &str, expected: &str| assert_eq!(shown(text, Language::JavaScript), expected, "{text}");
        js("app.get('/a', f) // app.get('/b')", "app . get ( '/a' , f )");
        js("x = `/a/${b}` + `c`; /* y */ z", "x = ? + 'c' ; z");
        js("a.replace(/'\\/[/]/g, \"x\")", "a . replace ( ? g , 'x' )");
        js("a / b / c", "a / b / c");
        js("'it\\'s'\nlet", "'it's' let");
        let python = |text: &str, expected: &str| assert_eq!(shown(text, Language::Python), expected, "{text}");
        python("@app.get('/a')  # '/b'", "@ app . get ( '/a' )");
        python("\"\"\"\n@app.get('/b')\n\"\"\"\nf'/{x}' r'/y' f'/z'", "'\n@app.get('/b')\n' ? '/y' '/z'");
        assert_eq!(tokens("a\n\n'b\nc", Language::Python)[2].line, 4);
    }

    #[test]
    fn members_are_found_at_their_own_level() {
        let program = Program::new("f({a: {b: '1'}, b: '2', 'c': ['x', 'y']})", Language::JavaScript);
        let view = program.view();
        assert_eq!(view.member(2, "b").and_then(|at| view.text(at)), Some("2"));
        assert_eq!(view.member(2, "c").map(|at| view.texts(at)), Some(vec!["x", "y"]));
        assert_eq!(view.member(2, "d"), None);
    }
}

//! JSONPaths that a plan may hold. A run looks for one in an answer of megabytes, so none may find more than there is:
//! each part of the answer is found once at most, and none is looked at for every other one.

use serde_json_path::JsonPath;
use std::collections::BTreeSet;

/// Longest path, in bytes.
const MOST_BYTES: usize = 300;

/// Most `*`.
const MOST_WILDCARDS: usize = 3;

/// Most `&&` and `||` of a filter: each is looked at for each element.
const MOST_CONDITIONS: usize = 3;

/// Adds what is wrong with a path.
pub(super) fn check(path: &str, found: &mut Vec<String>) {
    if path.len() > MOST_BYTES || !is_simple(path) {
        let start: String = path.chars().take(100).collect();
        found.push(format!(
            "`{start}` is no simple JSONPath: it may have {MOST_BYTES} bytes, one `..`, {MOST_WILDCARDS} `*`, one selector in brackets or several different names, and one filter with at most {} conditions, without `$` and expressions to match",
            MOST_CONDITIONS + 1
        ));
    } else if let Err(error) = JsonPath::parse(path) {
        found.push(format!("`{path}` is no JSONPath: {error}"));
    }
}

fn is_simple(path: &str) -> bool {
    let scanned = Scanned::of(path);
    let bare = scanned.bare.as_str();
    let count = |text: &str| bare.matches(text).count();
    let is_plain_filter = !bare.contains('?') || count("$") <= 1 && !calls(bare, "match") && !calls(bare, "search");
    count("..") <= 1
        && count("?") <= 1
        && count("*") <= MOST_WILDCARDS
        && count("&&") + count("||") <= MOST_CONDITIONS
        && is_plain_filter
        && scanned.brackets.iter().all(|selectors| finds_each_once(selectors))
}

/// One selector finds no part twice, and different names find different parts.
fn finds_each_once(selectors: &[&str]) -> bool {
    let names: BTreeSet<&str> = selectors.iter().filter_map(|selector| name(selector)).collect();
    selectors.len() == 1 || names.len() == selectors.len()
}

/// The name in quotes. One with a backslash may be another's in another spelling.
fn name(selector: &str) -> Option<&str> {
    let selector = selector.trim();
    let within = |quote: char| selector.strip_prefix(quote)?.strip_suffix(quote);
    within('\'').or_else(|| within('"')).filter(|name| !name.contains('\\'))
}

/// True if a function is called: it would make an expression of a text for each element.
fn calls(bare: &str, function: &str) -> bool {
    bare.match_indices(function).any(|(at, _)| bare[at + function.len()..].trim_start().starts_with('('))
}

/// A path as far as it is looked at here. What is no path at all is for the parser to say.
struct Scanned<'path> {
    /// Without what stands in quotes.
    bare: String,
    /// The selectors in each pair of brackets, those within others too.
    brackets: Vec<Vec<&'path str>>,
}

impl<'path> Scanned<'path> {
    fn of(path: &'path str) -> Self {
        let mut scanned = Self { bare: String::new(), brackets: Vec::new() };
        // Brackets that are open: where the selector begins, those before it, and how many parentheses are open.
        let mut open: Vec<(usize, Vec<&str>, usize)> = Vec::new();
        let mut quote = None;
        let mut chars = path.char_indices();
        while let Some((at, c)) = chars.next() {
            match (quote, c) {
                (Some(_), '\\') => {
                    chars.next();
                }
                (Some(end), c) if c == end => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, c) => {
                    scanned.bare.push(c);
                    match (c, open.last_mut()) {
                        ('[', _) => open.push((at + 1, Vec::new(), 0)),
                        (']', Some(_)) => {
                            if let Some((begin, mut selectors, _)) = open.pop() {
                                selectors.push(&path[begin..at]);
                                scanned.brackets.push(selectors);
                            }
                        }
                        (',', Some((begin, selectors, 0))) => {
                            selectors.push(&path[*begin..at]);
                            *begin = at + 1;
                        }
                        ('(', Some((.., depth))) => *depth += 1,
                        (')', Some((.., depth))) => *depth = depth.saturating_sub(1),
                        _ => {}
                    }
                }
            }
        }
        scanned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str) -> String {
        let mut found = Vec::new();
        check(path, &mut found);
        found.concat()
    }

    #[test]
    fn what_finds_more_than_there_is_may_not_be_looked_for() {
        for path in [
            "$[0,0]",
            &format!("${}", "[0,0]".repeat(59)),
            &format!("${}", "[:,:]".repeat(59)),
            &format!("${}", "[*,*]".repeat(20)),
            "$['a','a']",
            "$['a',\"a\"]",
            "$['a','\\u0061']",
            "$[0,-1]",
            "$['a',*]",
            "$..[0,0]",
            "$[?@[0,0][0,0]]",
            // Looks at everything for everything.
            "$..[?$..x]",
            "$..a..b",
            "$..*..*",
            "$[?@[?@.a]]",
            "$.*.*.*.*",
            "$[?match(@.a, 'x{1000}')]",
            "$[?search (@.a, 'x')]",
            "$[?@.a || @.b || @.c || @.d || @.e]",
            &format!("$.{}", "a".repeat(400)),
        ] {
            assert!(problems(path).contains("is no simple JSONPath"), "{path}");
        }
    }

    #[test]
    fn what_people_look_for_may_be() {
        for path in [
            "$",
            "$.a.b[0]['c d'][\"e\"]",
            "$..[0]['id','itemId','item_id']",
            "$['a,a','[0,0]','*.*.*.*..x..?']",
            "$['it\\'s']",
            "$[1:5].name",
            "$.items[?@.id == 'a' && @['size'] > 1]",
            "$.items[?length(@.name) == 3]",
            "$.match",
            "$[?@.match]",
            "$.*.*",
        ] {
            assert_eq!(problems(path), "", "{path}");
        }
        assert!(problems("not a path").contains("is no JSONPath"));
        assert!(problems("$[").contains("is no JSONPath"));
    }
}

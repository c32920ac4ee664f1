//! Paths of requests. Whoever writes a plan decides what stands in one, and URL parsers take a lot for `..`: so a path
//! is checked as it is written, once more with its values in it, and as the client reads the URL in the end.

use super::{Template, Unfilled};
use serde_json::Value;
use std::collections::BTreeMap;

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsendable {
    /// A value is missing.
    #[error("{0}: the step that captures it did not succeed")]
    Unfilled(#[from] Unfilled),
    /// A value makes something else of the request than what was checked.
    #[error("it was refused: {0}")]
    Refused(String),
}

/// What is wrong with a path as a plan writes it.
pub(super) fn check(path: &str, found: &mut Vec<String>) {
    if !path.starts_with('/') || path.starts_with("//") {
        found.push("the path must begin with one `/`".to_owned());
    }
    // What stands in a placeholder is a name, which is checked as such.
    let literal = without_placeholders(path);
    if literal.contains(['?', '#', '\\']) || literal.chars().any(|c| c.is_control() || c.is_whitespace()) {
        found.push("the path must be without query, fragment, backslash and white space; use `query`".to_owned());
    }
    if path.split('/').any(|part| is_dots(part) || is_dots(&without_placeholders(part))) {
        found.push("the path must be without `.` and `..`".to_owned());
    }
}

/// Puts values into a path. Each stays within its own segment, and none of them changes which segments there are.
///
/// # Errors
/// If a value is missing, or if there is nothing in a segment, or `.` or `..`.
pub(crate) fn fill(path: &str, values: &BTreeMap<String, Value>) -> Result<String, Unsendable> {
    let mut filled = Vec::new();
    for part in path.split('/') {
        let template = Template(part);
        let names = template.names();
        let odd = names.iter().find(|name| values.get(**name).is_some_and(|value| !is_text_or_number(value)));
        if let Some(name) = odd {
            return Err(Unsendable::Refused(format!("the value of {{{{{name}}}}} is no text and no number")));
        }
        let segment = template.fill(values, encode)?;
        if !names.is_empty() && (segment.is_empty() || is_dots(&segment)) {
            let what = if segment.is_empty() { "nothing" } else { "`.` or `..`" };
            return Err(Unsendable::Refused(format!("its values make {what} of the path's part {part}")));
        }
        filled.push(segment);
    }
    Ok(filled.join("/"))
}

/// Holds the URL, as the client reads it, to the base and the path that it was made of.
///
/// # Errors
/// If the client would ask for another path.
pub(crate) fn hold(url: &str, base_url: &str, path: &str) -> Result<(), Unsendable> {
    let other = || Unsendable::Refused(format!("{url} is not read as the path {path} behind {base_url}"));
    let (read, base) = (url::Url::parse(url).map_err(|_| other())?, url::Url::parse(base_url).map_err(|_| other())?);
    let wanted = format!("{}{path}", base.path().trim_end_matches('/'));
    let same = read.origin() == base.origin()
        && read.path().split('/').map(decoded).eq(wanted.split('/').map(decoded))
        && read.fragment().is_none();
    if same { Ok(()) } else { Err(other()) }
}

/// True for a segment that is taken for `.` or `..` in any spelling, or that holds one behind an encoded slash.
fn is_dots(segment: &str) -> bool {
    let plain = decoded(segment);
    plain.split(['/', '\\']).any(|part| matches!(part, "." | ".."))
}

/// The parts of a path without percent signs.
pub(crate) fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|part| !part.is_empty()).map(decoded)
}

/// The text without percent signs, however often it was encoded. What is decoded may complete another code, and only at
/// the end of what there is so far: so each byte is looked at once, for a path may be long.
fn decoded(text: &str) -> String {
    let mut plain: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        plain.push(byte);
        while let [.., b'%', high, low] = plain[..]
            && let Some(code) = code(high, low)
        {
            plain.truncate(plain.len() - 3);
            plain.push(code);
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn code(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

fn without_placeholders(text: &str) -> String {
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((_, after)) = behind.split_once("}}") else { break };
        literal += before;
        rest = after;
    }
    literal + rest
}

fn is_text_or_number(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// Percent-encodes a value for one segment of a path: a captured `../admin` stays one segment.
pub(crate) fn encode(value: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_is_checked_in_every_spelling() {
        let check = |path: &str, expected: &str| {
            let mut found = Vec::new();
            super::check(path, &mut found);
            assert!(
                if expected.is_empty() { found.is_empty() } else { found.concat().contains(expected) },
                "{path:?}: {found:?}"
            );
        };
        for dots in [
            ".",
            "..",
            "%2e",
            "%2E",
            ".%2e",
            ".%2E",
            "%2e.",
            "%2E.",
            "%2e%2e",
            "%2E%2e",
            "%2e%2E",
            "%2E%2E",
            "%252e%252e",
            ".%252E",
            "..%2fadmin",
            "x%2F..%2fy",
            "..%5cadmin",
            "{{a}}.%2e",
            "{{a}}..",
            ".{{a}}.",
            "%2e{{ a }}",
        ] {
            check(&format!("/items/{dots}"), "without `.` and `..`");
            check(&format!("/items/{dots}/other"), "without `.` and `..`");
        }
        for broken in
            ["\t", "\n", "\r", "\0", " ", "\u{a0}", "\u{2028}", "?", "#", "\\", ".\t.", "{{a}}\n", ".\n./{{a}}"]
        {
            check(&format!("/items/{broken}"), "white space");
            check(&format!("/{{{{a}}}}/{broken}"), "white space");
        }
        for good in ["/", "/items/{{ id }}", "/items/{{id}}.json", "/a.b/...", "/%41/{x}", "/items/{{id}}/", "/a..b"] {
            check(good, "");
        }
    }

    #[test]
    fn what_was_encoded_many_times_is_decoded_in_one_go() {
        for (text, plain) in [
            ("a%20b", "a b"),
            ("%2525252e", "."),
            ("%2%35%32e", "."),
            ("%%32e", "."),
            ("%zz%2", "%zz%2"),
            ("%C3%BC%25C3%25BC", "üü"),
        ] {
            assert_eq!(decoded(text), plain, "{text}");
        }
        // It takes no longer than to read it.
        assert_eq!(decoded(&format!("%{}2e", "25".repeat(2_000_000))), ".");
    }

    #[test]
    fn what_is_put_in_stays_one_segment() {
        let fill = |path: &str, value: Value| super::fill(path, &BTreeMap::from([("a".to_owned(), value)]));
        let good = |value: Value, expected: &str| assert_eq!(fill("/i/{{a}}/x", value), Ok(format!("/i/{expected}/x")));
        good(json!("a-b_c.1~"), "a-b_c.1~");
        good(json!(7), "7");
        good(json!("a?b#c d"), "a%3Fb%23c%20d");
        good(json!("ü"), "%C3%BC");
        good(json!("a/b"), "a%2Fb");
        for value in ["", ".", "..", "%2e", "%2E.", "%252e%252e", "../admin", "a/../b", "..\\x"] {
            let refused = fill("/i/{{a}}/x", json!(value));
            assert!(matches!(&refused, Err(Unsendable::Refused(_))), "{value}: {refused:?}");
            assert!(matches!(fill("/i/{{a}}", json!(value)), Err(Unsendable::Refused(_))), "{value}");
        }
        for value in [json!(null), json!([]), json!({"a": 1})] {
            assert!(matches!(fill("/i/{{a}}", value), Err(Unsendable::Refused(_))));
        }
        // Dots that only their neighbours complete.
        assert!(matches!(fill("/i/{{a}}{{a}}", json!(".")), Err(Unsendable::Refused(_))));
        assert_eq!(fill("/i/{{b}}", json!("x")), Err(Unsendable::Unfilled(Unfilled("b".into()))));
    }

    #[test]
    fn the_client_reads_what_was_checked() {
        let hold = |url: &str, path: &str| super::hold(url, "https://h.example/Prod", path).is_ok();
        assert!(hold("https://h.example/Prod/a%2Fb/%C3%BC?q=/../", "/a%2Fb/%C3%BC"));
        assert!(hold("https://h.example/Prod/{x}/ü\"", "/{x}/ü\""));
        for path in ["/a/../b", "/a/.%2e/b", "/a/%2E%2E", "/a/.\n./b", "/a\\b", "/a?b", "/a#b", "/a "] {
            assert!(!hold(&format!("https://h.example/Prod{path}"), path), "{path:?}");
        }
        assert!(!hold("https://other.example/Prod/a", "/a") && !hold("no url", "/a"));
    }
}

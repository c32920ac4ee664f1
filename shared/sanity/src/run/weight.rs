//! What JSON takes once it is read. A text of two megabytes may become several hundred, and nobody needs to be told that
//! an API sends what no machine can hold.

/// Most memory that one answer is given as a value, in bytes.
const MOST: usize = 160 * 1024 * 1024;

/// What a value takes with a number's or a text's own, and besides it a list that is not empty, an object and each name
/// in one, in bytes.
const VALUE: usize = 104;
const LIST: usize = 304;
const OBJECT: usize = 420;
const NAME: usize = 64;

/// True if a text of JSON may be read. It is not known to be JSON: what stands outside of quotes is counted.
pub(super) fn fits(text: &[u8]) -> bool {
    let (mut weight, mut in_quotes, mut is_escaped) = (0, false, false);
    for byte in text {
        if in_quotes {
            in_quotes = is_escaped || *byte != b'"';
            is_escaped = !is_escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_quotes = true,
            b',' => weight += VALUE,
            b':' => weight += NAME,
            b'[' => weight += VALUE + LIST,
            b'{' => weight += VALUE + OBJECT,
            _ => {}
        }
    }
    weight <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_too_much_is_known_by_its_text() {
        let many = |part: &str| fits(format!("[{}]", vec![part; 2_000_000 / (part.len() + 1)].join(",")).as_bytes());
        for part in ["1", "1.5", "\"a\"", r#"{"id": 1, "name": "a lamp"}"#, r#"",[{[\"{[,:""#] {
            assert!(many(part), "{part}");
        }
        for part in ["[1]", "[[[[]]]]", "{}", r#"{"":{}}"#] {
            assert!(!many(part), "{part}");
        }
    }
}

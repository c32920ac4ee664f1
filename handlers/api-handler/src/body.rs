//! From the bytes of a body to a JSON object.

use drydock_contract::api::MAX_BODY_BYTES;
use serde_json::{Map, Value};

/// Reads a body.
///
/// # Errors
/// If it is empty, too large, not JSON or not an object; the text is for the client.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    if bytes.len() > MAX_BODY_BYTES {
        return Err(format!("the body has {} bytes; at most {MAX_BODY_BYTES} are accepted", bytes.len()));
    }
    if bytes.trim_ascii().is_empty() {
        return Err("the body is empty; send a JSON object".to_owned());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("the body must be a JSON object".to_owned()),
        Err(error) => Err(format!("the body is not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read() {
        assert_eq!(object(br#" {"a": 1} "#).unwrap()["a"], 1);
    }

    #[test]
    fn anything_else_says_what_to_send() {
        let check = |bytes: &[u8], expected: &str| {
            let error = object(bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(b"", "the body is empty");
        check(b" \n", "the body is empty");
        check(b"[]", "must be a JSON object");
        check(b"repository=x", "is not JSON");
        check(b"{\"a\": \"\xff\"}", "is not JSON");
        check("[".repeat(1000).as_bytes(), "recursion limit");
        check(&vec![b' '; MAX_BODY_BYTES + 1], "at most 262144");
    }

    #[test]
    fn the_limit_itself_is_accepted() {
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BODY_BYTES - 8));
        assert_eq!(text.len(), MAX_BODY_BYTES);
        assert!(object(text.as_bytes()).is_ok());
    }
}

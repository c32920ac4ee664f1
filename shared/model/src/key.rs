//! A key that cannot be printed by accident.

use reqwest::header::HeaderValue;
use std::fmt;

/// The secret that the API is opened with.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// `None` if nothing but white space is there, which is how an unset secret looks, or if it is no key at all:
    /// keys are visible ASCII.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The value of `x-api-key`.
    pub(crate) fn header(&self) -> HeaderValue {
        let mut value = HeaderValue::from_str(&self.0).expect("visible ASCII is a header value");
        value.set_sensitive(true);
        value
    }

    /// `text` without this key, should a server ever repeat it.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[model key]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_but_never_shown() {
        let key = ApiKey::new(" sk-ant-secret\n").unwrap();
        assert_eq!(key.header(), "sk-ant-secret");
        assert!(!format!("{key:?} {:?}", key.header()).contains("secret"));
        assert_eq!(key.redact("bad key sk-ant-secret"), "bad key [model key]");
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in ["", " \n", "two words", "line\nbreak", "schlüssel"] {
            assert_eq!(ApiKey::new(text), None, "{text:?}");
        }
    }
}

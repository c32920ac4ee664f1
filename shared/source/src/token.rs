//! A token that cannot be printed by accident.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use std::fmt;

/// A Git token, such as GitHub's `github_pat_…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// `None` if nothing but white space is there, which is how an unset secret looks.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// What Git hosts take tokens as: `Basic x-access-token:TOKEN`.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let encoded = STANDARD.encode(format!("x-access-token:{}", self.0));
        let mut value = HeaderValue::try_from(format!("Basic {encoded}")).expect("base64 is plain ASCII");
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_but_never_shown() {
        let token = Token::new(" secret\n").unwrap();
        assert_eq!(token.authorization(), "Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0");
        assert!(!format!("{token:?} {:?}", token.authorization()).contains("ecret"));
        assert_eq!(Token::new(" \n"), None);
    }
}

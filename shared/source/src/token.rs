//! A token that cannot be printed by accident, and goes to one host only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use drydock_contract::hosts::AllowedHosts;
use reqwest::header::HeaderValue;
use serde_json::Value;
use std::fmt;

/// A Git token, such as GitHub's `github_pat_…`, and the host that it is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    host: String,
}

/// A secret that holds something, but no token. Never says what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Begins like JSON.
    #[error(r#"the Git token's secret is neither a token nor JSON of the form {{"host": "…", "token": "…"}}"#)]
    Form,
    /// Several lines, or what no token is made of.
    #[error("the Git token's secret holds control characters or several lines, which no token has")]
    Characters,
}

/// What a secret holds before an operator has stored a token in it.
const PLACEHOLDERS: [&str; 5] = ["", "none", "unset", "placeholder", "{}"];

impl Token {
    /// A token for `host`, which has a port only if that is not 443. `None` if nothing but white space is there.
    pub fn new(text: &str, host: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_owned(), host: host.to_owned() })
    }

    /// The token in a secret's text: either nothing else, then it is for the first of `hosts` that is asked over
    /// TLS, or `{"host": "git.example.com", "token": "…"}`. `None` if nobody has stored one yet.
    ///
    /// # Errors
    /// If the text is neither.
    pub fn from_secret(secret: &str, hosts: &AllowedHosts) -> Result<Option<Self>, TokenError> {
        let secret = secret.trim();
        if PLACEHOLDERS.iter().any(|word| secret.eq_ignore_ascii_case(word)) {
            return Ok(None);
        }
        // Without any host that it could be sent to, a token is for none.
        let first = || hosts.first_encrypted().unwrap_or_default();
        let (text, host) = if secret.starts_with('{') {
            let fields: Value = serde_json::from_str(secret).map_err(|_| TokenError::Form)?;
            let field = |name: &str| match fields.get(name) {
                None => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
                Some(_) => Err(TokenError::Form),
            };
            (field("token")?.ok_or(TokenError::Form)?, field("host")?.map_or_else(first, |host| canonical(&host)))
        } else {
            (secret.to_owned(), first())
        };
        if text.chars().any(char::is_control) { Err(TokenError::Characters) } else { Ok(Self::new(&text, &host)) }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// What Git hosts take tokens as: `Basic x-access-token:TOKEN`.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let encoded = STANDARD.encode(format!("x-access-token:{}", self.text));
        let mut value = HeaderValue::try_from(format!("Basic {encoded}")).expect("base64 is plain ASCII");
        value.set_sensitive(true);
        value
    }
}

/// A host as it stands in a repository's address.
fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("https://").unwrap_or(&host);
    let host = host.strip_suffix('/').unwrap_or(host);
    host.strip_suffix(":443").unwrap_or(host).to_owned()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(… for {:?})", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_but_never_shown() {
        let token = Token::new(" secret\n", "github.com").unwrap();
        assert_eq!(token.authorization(), "Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0");
        assert!(!format!("{token:?} {:?}", token.authorization()).contains("ecret"));
        assert_eq!(Token::new(" \n", "github.com"), None);
    }

    #[test]
    fn a_secret_says_whom_its_token_is_for() {
        let check = |secret: &str, expected: Result<Option<(&str, &str)>, TokenError>| {
            let hosts = AllowedHosts::parse("http://127.0.0.1:*,git.example.com:8443,github.com").unwrap();
            let token = Token::from_secret(secret, &hosts);
            let token = token.map(|token| token.map(|token| (token.text, token.host)));
            let expected = expected.map(|token| token.map(|(text, host)| (text.to_owned(), host.to_owned())));
            assert_eq!(token, expected, "{secret:?}");
        };
        check(" ghp_abc\n", Ok(Some(("ghp_abc", "git.example.com:8443"))));
        check(r#"{"host": "github.com", "token": "ghp_abc"}"#, Ok(Some(("ghp_abc", "github.com"))));
        check(r#"{"host": "https://GitHub.com:443/", "token": "ghp_abc"}"#, Ok(Some(("ghp_abc", "github.com"))));
        check(r#"{"token": "ghp_abc"}"#, Ok(Some(("ghp_abc", "git.example.com:8443"))));
        check(r#"{"host": "github.com", "token": ""}"#, Ok(None));
        for placeholder in ["", " \n", "none", "UNSET", "placeholder", "{}"] {
            check(placeholder, Ok(None));
        }
        check(r#"{"host": "github.com"}"#, Err(TokenError::Form));
        check(r#"{"host": 1, "token": "ghp_abc"}"#, Err(TokenError::Form));
        check(r#"{"host": "github.com", "tok"#, Err(TokenError::Form));
        check("two\nlines", Err(TokenError::Characters));
    }

    #[test]
    fn without_a_host_over_tls_a_token_goes_nowhere() {
        let hosts = AllowedHosts::parse("http://127.0.0.1:*").unwrap();
        assert_eq!(Token::from_secret("ghp_abc", &hosts).unwrap().unwrap().host(), "");
    }
}

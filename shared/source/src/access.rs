//! As whom a host is asked: as nobody first. A public repository needs no token, and a token that has expired would
//! be refused even there.

use crate::error::{Credentials, SourceError};
use crate::token::Token;
use drydock_contract::input::RepositoryUrl;
use reqwest::header::HeaderValue;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one visit may say of who we are, and whether it does so already.
pub(crate) struct Access {
    header: Option<HeaderValue>,
    /// What there is to give, for the error.
    pub(crate) credentials: Credentials,
    in_use: AtomicBool,
}

impl Access {
    pub(crate) fn new(token: Option<&Token>, repository: &RepositoryUrl) -> Self {
        let (header, credentials) = match token {
            None => (None, Credentials::None),
            // Plain HTTP is allowed on loopback only, and a token goes there only if it names this very host and port.
            Some(token) if !repository.is_encrypted() && token.host() != host(repository) => {
                (None, Credentials::NotEncrypted)
            }
            Some(token) if token.host() != host(repository) => (None, Credentials::OtherHost),
            Some(token) => (Some(token.authorization()), Credentials::Refused),
        };
        Self { header, credentials, in_use: AtomicBool::new(false) }
    }

    /// For the next request.
    pub(crate) fn header(&self) -> Option<&HeaderValue> {
        self.header.as_ref().filter(|_| self.in_use.load(Ordering::Relaxed))
    }

    /// Takes the token into use for the rest of the visit; true if the request that was refused without it is worth
    /// repeating. Hosts refuse strangers in many ways: 401, 404, a page to sign in, fewer requests an hour.
    pub(crate) fn identify(&self, refused: &SourceError) -> bool {
        let may_help = self.header.is_some() && !matches!(refused, SourceError::Unreachable { .. });
        may_help && !self.in_use.swap(true, Ordering::Relaxed)
    }
}

/// Which of two refusals says what is wrong. A token that is no good says nothing about the repository; a host that
/// is only busy for strangers may answer them later.
pub(crate) fn telling(as_nobody: Option<SourceError>, with_token: SourceError) -> SourceError {
    match as_nobody {
        Some(first) if first.is_retryable() || matches!(with_token, SourceError::AuthenticationRequired { .. }) => {
            first
        }
        _ => with_token,
    }
}

/// Host and port, without the port if it is the scheme's own.
pub(crate) fn host(repository: &RepositoryUrl) -> &str {
    repository.as_str().split('/').nth(2).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::hosts::AllowedHosts;

    #[test]
    fn a_token_is_shown_to_its_own_host_over_tls_once_it_is_asked_for() {
        let hosts = AllowedHosts::parse("git.example.com,git.example.com:8443,github.com,http://127.0.0.1:*").unwrap();
        let check = |repository: &str, expected: Credentials| {
            let token = Token::new("t0ken", "git.example.com");
            let access = Access::new(token.as_ref(), &RepositoryUrl::parse(repository, &hosts).unwrap());
            assert_eq!(access.credentials, expected, "{repository}");
            assert_eq!(access.header(), None, "{repository}");
            let asked = SourceError::NotFound { host: String::new() };
            let has_token = expected == Credentials::Refused;
            assert_eq!(access.identify(&asked), has_token, "{repository}");
            assert!(!access.identify(&asked), "{repository}: once is enough");
            assert_eq!(access.header().is_some_and(HeaderValue::is_sensitive), has_token, "{repository}");
        };
        check("https://git.example.com/o/n", Credentials::Refused);
        check("https://git.example.com:443/o/n", Credentials::Refused);
        check("https://git.example.com:8443/o/n", Credentials::OtherHost);
        check("https://github.com/o/n", Credentials::OtherHost);
        check("http://127.0.0.1:8080/o/n", Credentials::NotEncrypted);
        let engines = Token::new("t0ken", "127.0.0.1:8080");
        let access = |url: &str| Access::new(engines.as_ref(), &RepositoryUrl::parse(url, &hosts).unwrap()).credentials;
        assert_eq!(access("http://127.0.0.1:8080/o/n"), Credentials::Refused);
        assert_eq!(access("http://127.0.0.1:8081/o/n"), Credentials::NotEncrypted);
        assert_eq!(access("https://github.com/o/n"), Credentials::OtherHost);
    }

    #[test]
    fn the_error_is_that_of_the_repository_not_of_the_token() {
        let host = || "h".to_owned();
        let missing = || SourceError::NotFound { host: host() };
        let refused = || SourceError::AuthenticationRequired { host: host(), credentials: Credentials::Refused };
        let busy = || SourceError::Busy { host: host(), reason: "429".to_owned() };
        let check = |first: Option<SourceError>, second: SourceError, expected: SourceError| {
            assert_eq!(telling(first, second), expected);
        };
        check(None, missing(), missing());
        check(Some(missing()), refused(), missing());
        check(Some(refused()), missing(), missing());
        check(Some(refused()), refused(), refused());
        check(Some(busy()), refused(), busy());
        check(Some(busy()), missing(), busy());
        check(Some(missing()), busy(), busy());
    }
}

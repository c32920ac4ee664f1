//! What a host's answer means before its body is read.

use crate::error::{Credentials, SourceError};
use crate::text::printable;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

/// How hosts say how many requests are left: GitHub and Gitea, GitLab and Bitbucket.
const REMAINING: [&str; 2] = ["x-ratelimit-remaining", "ratelimit-remaining"];

/// Who is asked, and what there is to show.
pub(crate) struct Asked<'a> {
    pub(crate) host: &'a str,
    pub(crate) credentials: Credentials,
}

impl Asked<'_> {
    fn host(&self) -> String {
        self.host.to_owned()
    }

    /// Passes only what Git's `expected` document comes with.
    pub(crate) fn accept(
        &self,
        url: &Url,
        status: StatusCode,
        headers: &HeaderMap,
        expected: &str,
    ) -> Result<(), SourceError> {
        Err(match status.as_u16() {
            200 => {
                let content_type = text(headers, CONTENT_TYPE.as_str()).unwrap_or("no content type");
                let content_type = content_type.split(';').next().unwrap_or_default().trim();
                if content_type == format!("application/x-{}-{expected}", service(url)) {
                    return Ok(());
                }
                self.not_a_repository(content_type)
            }
            401 | 403 if !is_limited(headers) => {
                SourceError::AuthenticationRequired { host: self.host(), credentials: self.credentials }
            }
            401 | 403 | 429 => SourceError::Busy { host: self.host(), reason: limited(status, headers) },
            404 | 410 => SourceError::NotFound { host: self.host() },
            408 | 425 | 500..=599 => {
                SourceError::Unreachable { host: self.host(), reason: format!("it answered HTTP {status}") }
            }
            _ => self.not_a_repository(&format!("HTTP {status}")),
        })
    }

    /// Where a redirect leads, if that is the same scheme, host and port and still a repository's front door.
    pub(crate) fn follow(&self, from: &Url, headers: &HeaderMap) -> Result<Url, SourceError> {
        let target = text(headers, LOCATION.as_str()).and_then(|to| from.join(to).ok());
        let target = target.ok_or_else(|| self.not_a_repository("a redirect to nowhere"))?;
        if target.origin() != from.origin() || !target.username().is_empty() || target.password().is_some() {
            let to = printable(&target.origin().ascii_serialization(), 200);
            return Err(SourceError::Redirected { host: self.host(), to });
        }
        if !target.path().ends_with("/info/refs") {
            return Err(self.not_a_repository("a redirect to a page"));
        }
        Ok(target)
    }

    pub(crate) fn not_a_repository(&self, reason: &str) -> SourceError {
        SourceError::NotARepository { host: self.host(), reason: printable(reason, 100) }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A refusal that passes by itself.
fn is_limited(headers: &HeaderMap) -> bool {
    headers.contains_key(RETRY_AFTER) || REMAINING.iter().any(|name| text(headers, name) == Some("0"))
}

fn limited(status: StatusCode, headers: &HeaderMap) -> String {
    match text(headers, RETRY_AFTER.as_str()) {
        Some(wait) => format!("HTTP {status}, to be tried again after {}", printable(wait, 40)),
        None => format!("HTTP {status}"),
    }
}

/// Which of Git's services an address belongs to.
fn service(url: &Url) -> &'static str {
    if url.as_str().ends_with("git-receive-pack") { "git-receive-pack" } else { "git-upload-pack" }
}

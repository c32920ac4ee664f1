//! Session ids: a UUID for a deploy, `fixer-`, `sanity-`, `sdlc-` or `teardown-` and a UUID for the others.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a session was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// `POST /deploy`
    Deploy,
    /// `POST /fix`
    Fixer,
    /// `POST /sanity-test`
    Sanity,
    /// `POST /sdlc-deploy`
    Sdlc,
    /// `DELETE /deployments/{sessionId}`
    Teardown,
}

impl SessionKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Deploy, Self::Fixer, Self::Sanity, Self::Sdlc, Self::Teardown];

    /// The word in JSON and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Fixer => "fixer",
            Self::Sanity => "sanity",
            Self::Sdlc => "sdlc",
            Self::Teardown => "teardown",
        }
    }

    /// What stands before the UUID.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Deploy => "",
            Self::Fixer => "fixer-",
            Self::Sanity => "sanity-",
            Self::Sdlc => "sdlc-",
            Self::Teardown => "teardown-",
        }
    }
}

/// A session's id. Only lower-case UUIDs with a known prefix exist, so an id is safe in keys and names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

/// The text is no session id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a session id: a UUID, or fixer-, sanity-, sdlc- or teardown- and a UUID")]
pub struct InvalidSessionId(String);

impl SessionId {
    /// Puts the prefix of `kind` before `uuid` (`8-4-4-4-12` lower-case hexadecimal digits).
    ///
    /// # Errors
    /// If `uuid` has another form.
    pub fn new(kind: SessionKind, uuid: &str) -> Result<Self, InvalidSessionId> {
        Self::parse(&format!("{}{uuid}", kind.prefix()))
    }

    /// Reads an id as it stands in a path, a message or a table.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, InvalidSessionId> {
        let uuid = SessionKind::ALL
            .iter()
            .filter(|kind| !kind.prefix().is_empty())
            .find_map(|kind| text.strip_prefix(kind.prefix()))
            .unwrap_or(text);
        if is_uuid(uuid) { Ok(Self(text.to_owned())) } else { Err(InvalidSessionId(text.chars().take(80).collect())) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the session was opened for, read from the prefix.
    pub fn kind(&self) -> SessionKind {
        SessionKind::ALL
            .into_iter()
            .find(|kind| !kind.prefix().is_empty() && self.0.starts_with(kind.prefix()))
            .unwrap_or(SessionKind::Deploy)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidSessionId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

    #[test]
    fn an_id_tells_its_kind() {
        for kind in SessionKind::ALL {
            let id = SessionId::new(kind, UUID).unwrap();
            assert_eq!(id.kind(), kind);
            assert_eq!(SessionId::parse(id.as_str()).unwrap(), id);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "x", "../etc", "fixer-", &UUID.to_uppercase(), &format!("other-{UUID}"), &format!("{UUID}\n")]
        {
            assert!(SessionId::parse(text).is_err(), "{text:?}");
        }
    }
}

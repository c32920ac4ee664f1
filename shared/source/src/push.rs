//! The smallest client of receive-pack (<https://git-scm.com/docs/gitprotocol-pack#_pushing_data_to_a_server>): it
//! makes one new branch and never moves one that is there.

use crate::commit::Prepared;
use crate::error::{Credentials, SourceError};
use crate::fetch::Session;
use crate::text::printable;
use crate::{CommitId, Limits, Remote, blocking};
use gix::bstr::ByteSlice;
use gix_transport::Service;
use gix_transport::client::blocking_io::{ExtendedBufRead, ReadlineBufRead, Transport as _};
use gix_transport::client::{Capabilities, MessageKind, WriteMode};
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

/// Nothing was pushed. No variant ever holds a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The server cannot be reached, or does not have the repository.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// We may read, but not write.
    #[error("{host} does not let us push{}", why(*.credentials))]
    MayNotWrite {
        /// Host and port.
        host: String,
        /// What was there to give.
        credentials: Credentials,
    },
    /// The branch is there, at another commit than ours.
    #[error("branch `{branch}` already exists at another commit, {at}: somebody has moved it")]
    Moved {
        /// The branch.
        branch: String,
        /// Where it stands.
        at: CommitId,
    },
    /// A rule or a hook of the server refuses the branch.
    #[error("the server refuses branch `{branch}`: {reason}{}", said(.messages))]
    Refused {
        /// The branch.
        branch: String,
        /// In the protocol's words, such as `pre-receive hook declined`.
        reason: String,
        /// What its hooks wrote.
        messages: String,
    },
    /// The answer broke Git's rules.
    #[error("the Git server's answer to the push cannot be understood: {0}")]
    Protocol(String),
}

fn why(credentials: Credentials) -> &'static str {
    match credentials {
        Credentials::None => ": no token is stored",
        Credentials::Refused => ": the stored token was refused",
        Credentials::NotEncrypted => ": the token is only sent over https",
        Credentials::OtherHost => ": the stored token is for another host",
    }
}

fn said(messages: &str) -> String {
    if messages.is_empty() { String::new() } else { format!("; it says: {messages}") }
}

impl PushError {
    /// True if the same push may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Source(error) if error.is_retryable())
    }

    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::MayNotWrite { .. } => "push-not-allowed",
            Self::Moved { .. } => "branch-moved",
            Self::Refused { .. } => "push-refused",
            Self::Protocol(_) => "git-protocol",
        }
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Source(error) => error.remedy(),
            Self::MayNotWrite { .. } => {
                "Let the operator store a token that may write to this repository, in the secret named by the \
                 stack's output GitTokenSecretArn."
                    .to_owned()
            }
            Self::Moved { branch, .. } => format!("Look at branch {branch}; request the fix again to get a new one."),
            Self::Refused { .. } => {
                "Allow branches that begin with fix/ in the repository's rules, or mend what its hook asks for, then \
                 request the fix again."
                    .to_owned()
            }
            Self::Protocol(_) => "Try again.".to_owned(),
        }
    }
}

/// What a push led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// True if the branch was already there with this very commit.
    pub already: bool,
    /// What the server's hooks wrote, such as the address of a new pull request.
    pub messages: String,
}

/// Makes `branch` point to the commit. A branch that points there already is a success: a push whose answer was lost
/// can be repeated.
///
/// # Errors
/// If the branch points anywhere else, or the server refuses it.
pub async fn push(remote: &Remote, branch: &str, prepared: &Prepared, limits: &Limits) -> Result<Pushed, PushError> {
    let branch = branch.to_owned();
    let prepared = prepared.clone();
    blocking(remote, limits, move |session| Ok(Pushing { session, branch: &branch, prepared: &prepared }.run())).await?
}

/// Asked for in this order; what the server does not know is left out.
const CAPABILITIES: [&str; 4] = ["report-status", "side-band-64k", "object-format", "quiet"];

/// Longest text of hooks that is kept, in characters.
const MAX_MESSAGES: usize = 2000;

struct Pushing<'a> {
    session: &'a Session,
    branch: &'a str,
    prepared: &'a Prepared,
}

impl Pushing<'_> {
    fn run(&self) -> Result<Pushed, PushError> {
        let reference = format!("refs/heads/{}", self.branch);
        let mut transport = self.session.receive_pack()?;
        let (capabilities, there) = {
            let answer = transport.handshake(Service::ReceivePack, &[]).map_err(|error| self.explain(&error))?;
            let mut refs = String::new();
            if let Some(mut lines) = answer.refs {
                lines.read_to_string(&mut refs).map_err(|error| self.explain(&error))?;
            }
            let at = refs.lines().filter_map(|line| line.split_once(' ')).find(|(_, name)| *name == reference);
            (answer.capabilities, at.map(|(id, _)| id.to_owned()))
        };
        match there {
            Some(at) if at == self.prepared.commit.as_str() => {
                return Ok(Pushed { already: true, messages: String::new() });
            }
            Some(at) => {
                let branch = printable(self.branch, 250);
                return Err(PushError::Moved { branch, at: CommitId(printable(&at, 64)) });
            }
            None => {}
        }
        let wanted = wanted(&capabilities)?;
        let request =
            transport.request(WriteMode::Binary, MessageKind::Flush, false).map_err(|error| self.explain(&error))?;
        let (mut writer, mut reader) = request.into_parts();
        let line = format!("{} {} {reference}\0 {}", "0".repeat(40), self.prepared.commit, wanted.join(" "));
        write!(writer, "{:04x}{line}0000", line.len() + 4)
            .and_then(|()| writer.write_all(&self.prepared.pack))
            .map_err(|error| self.explain(&error))?;
        drop(writer);
        let (report, messages) = if wanted.iter().any(|word| word == "side-band-64k") {
            self.banded(&mut *reader)?
        } else {
            (self.lines(&mut *reader)?, String::new())
        };
        self.check(&report, &reference, messages)
    }

    /// Band 1 carries the report's own packet lines, band 2 what hooks write.
    fn banded<'r>(
        &self,
        reader: &mut (dyn ExtendedBufRead<'r> + Unpin + 'r),
    ) -> Result<(Vec<String>, String), PushError> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        reader.set_progress_handler(Some(Box::new(move |_is_error, text: &[u8]| {
            let mut heard = ear.lock().unwrap_or_else(PoisonError::into_inner);
            if heard.len() < MAX_MESSAGES * 4 {
                heard.extend_from_slice(text);
                if !text.ends_with(b"\n") {
                    heard.push(b'\n');
                }
            }
            ControlFlow::Continue(())
        })));
        let mut report = Vec::new();
        reader.read_to_end(&mut report).map_err(|error| self.explain(&error))?;
        let messages = heard.lock().unwrap_or_else(PoisonError::into_inner).to_str_lossy().into_owned();
        let spoken: Vec<&str> = messages.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Ok((unwrapped(&report)?, printable(&spoken.join(" | "), MAX_MESSAGES)))
    }

    fn lines(&self, reader: &mut dyn ReadlineBufRead) -> Result<Vec<String>, PushError> {
        let mut lines = Vec::new();
        while let Some(line) = reader.readline() {
            let line = line.map_err(|error| self.explain(&error))?;
            let line = line.map_err(|error| PushError::Protocol(printable(&error.to_string(), 200)))?;
            lines.push(line.as_slice().unwrap_or_default().trim_end().to_str_lossy().into_owned());
        }
        Ok(lines)
    }

    fn check(&self, report: &[String], reference: &str, messages: String) -> Result<Pushed, PushError> {
        let refused = |reason: &str| PushError::Refused {
            branch: printable(self.branch, 250),
            reason: printable(reason, 300),
            messages: messages.clone(),
        };
        match report.first().and_then(|line| line.strip_prefix("unpack ")) {
            Some("ok") => {}
            Some(reason) => return Err(refused(reason)),
            None => return Err(PushError::Protocol("it sent no report".to_owned())),
        }
        let no = format!("ng {reference} ");
        if let Some(reason) = report.iter().find_map(|line| line.strip_prefix(&no)) {
            return Err(refused(reason));
        }
        if report.iter().any(|line| *line == format!("ok {reference}")) {
            Ok(Pushed { already: false, messages })
        } else {
            Err(PushError::Protocol("its report does not name the branch".to_owned()))
        }
    }

    /// Our own reason if there is one: gix only repeats it.
    fn explain(&self, error: &dyn std::fmt::Display) -> PushError {
        match self.session.failure() {
            Some(SourceError::AuthenticationRequired { host, credentials }) => {
                PushError::MayNotWrite { host, credentials }
            }
            Some(failure) => PushError::Source(failure),
            None => PushError::Protocol(printable(&error.to_string(), 300)),
        }
    }
}

/// What to ask the server for. Without a report nobody could tell whether the push went through.
fn wanted(capabilities: &Capabilities) -> Result<Vec<String>, PushError> {
    if !capabilities.contains("report-status") {
        return Err(PushError::Protocol("it reports nothing about pushes".to_owned()));
    }
    let known = CAPABILITIES.iter().filter(|name| capabilities.contains(name));
    let mut wanted: Vec<String> =
        known.map(|name| if *name == "object-format" { format!("{name}=sha1") } else { (*name).to_owned() }).collect();
    wanted.push("agent=drydock".to_owned());
    Ok(wanted)
}

/// The lines inside packet lines (<https://git-scm.com/docs/gitprotocol-common#_pkt_line_format>).
fn unwrapped(mut bytes: &[u8]) -> Result<Vec<String>, PushError> {
    let broken = || PushError::Protocol("its report is broken".to_owned());
    let mut lines = Vec::new();
    while let Some((length, _)) = bytes.split_at_checked(4) {
        let length = std::str::from_utf8(length).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        match length.ok_or_else(broken)? {
            0..4 => break,
            length => {
                let line = bytes.get(4..length).ok_or_else(broken)?;
                lines.push(line.trim_end().to_str_lossy().into_owned());
                bytes = &bytes[length..];
            }
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_line_by_line_and_never_beyond_its_end() {
        assert_eq!(unwrapped(b"000eunpack ok\n0000").unwrap(), ["unpack ok"]);
        assert_eq!(unwrapped(b"").unwrap(), [""; 0]);
        for bad in [b"00ffunpack ok".as_slice(), b"zzzz", b"\xff\xff\xff\xff"] {
            assert!(unwrapped(bad).is_err(), "{bad:?}");
        }
    }
}

//! Why a repository could not be had, and what to do about it.

use drydock_contract::Stage;
use drydock_contract::session::Failure;
use std::fmt;

/// Nothing was fetched. No variant ever holds a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The repository has branches, this one is not among them.
    #[error("the repository has no branch `{branch}`{}", branches(.known, *.total))]
    UnknownBranch {
        /// As it was asked for.
        branch: String,
        /// Branches that exist, those of a like name first, ten at most.
        known: Vec<String>,
        /// How many exist.
        total: usize,
    },
    /// Without a single commit.
    #[error("the repository is empty: it has no branch")]
    EmptyRepository,
    /// The branch has a commit, the commit no file.
    #[error("branch `{branch}` holds no files")]
    EmptyBranch {
        /// As it was asked for.
        branch: String,
    },
    /// The host knows nothing there.
    #[error("{host} has no repository at this address, or it is private and the token may not read it")]
    NotFound {
        /// Host and port.
        host: String,
    },
    /// The host wants to know who asks.
    #[error("{host} asks for credentials: the repository is private or does not exist{credentials}")]
    AuthenticationRequired {
        /// Host and port.
        host: String,
        /// What was there to give.
        credentials: Credentials,
    },
    /// Nobody answers, or with "not now". Worth another try.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the network or the server said.
        reason: String,
    },
    /// The host limits how often it may be asked. Worth another try, but not at once.
    #[error("{host} takes no more requests from here for now ({reason})")]
    Busy {
        /// Host and port.
        host: String,
        /// Its answer, and for how long it asks to be left alone.
        reason: String,
    },
    /// Somebody answers, but not with Git.
    #[error("{host} answers at this address, but not as a Git repository ({reason})")]
    NotARepository {
        /// Host and port.
        host: String,
        /// What the answer was.
        reason: String,
    },
    /// The repository has gone to another host.
    #[error("{host} points to another address, {to}; a repository is only followed within its own host")]
    Redirected {
        /// Host and port.
        host: String,
        /// Scheme, host and port of where it points.
        to: String,
    },
    /// Too much of something.
    #[error("the repository is too large: {0}")]
    Limit(Exceeded),
    /// It took too long.
    #[error("the repository could not be fetched in time")]
    TimedOut,
    /// The answer broke Git's rules.
    #[error("the Git server's answer cannot be understood: {reason}")]
    Protocol {
        /// What gix says of it.
        reason: String,
    },
    /// Nothing can be written here.
    #[error("no temporary folder for the fetch: {reason}")]
    Disk {
        /// What the system says.
        reason: String,
    },
}

/// Which limit was exceeded, with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// [`crate::Limits::wire_bytes`]
    WireBytes(u64),
    /// [`crate::Limits::objects`]
    Objects(usize),
    /// [`crate::Limits::object_bytes`]
    ObjectBytes(u64),
    /// [`crate::Limits::entries`]
    Entries(usize),
    /// [`crate::Limits::tree_bytes`]
    TreeBytes(u64),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WireBytes(limit) => write!(f, "more than {} to download", size(*limit)),
            Self::Objects(limit) => write!(f, "more than {limit} objects in one commit"),
            Self::ObjectBytes(limit) => write!(f, "one of its files is larger than {}", size(*limit)),
            Self::Entries(limit) => write!(f, "more than {limit} files and folders"),
            Self::TreeBytes(limit) => write!(f, "its files are larger than {} together", size(*limit)),
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

/// What there was to answer a host that asks who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No token is stored.
    None,
    /// The stored token was refused.
    Refused,
    /// A token is stored, but goes over TLS only.
    NotEncrypted,
    /// A token is stored, but for another host.
    OtherHost,
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => ", and no token is stored",
            Self::Refused => ", and the stored token was refused",
            Self::NotEncrypted => ", and the token is only sent over https",
            Self::OtherHost => ", and the stored token is for another host",
        })
    }
}

fn branches(known: &[String], total: usize) -> String {
    let more = if total > known.len() { format!(" and {} more", total - known.len()) } else { String::new() };
    if known.is_empty() { String::new() } else { format!("; it has {}{more}", known.join(", ")) }
}

impl SourceError {
    /// True if the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. } | Self::TimedOut | Self::Disk { .. })
    }

    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownBranch { .. } => "unknown-branch",
            Self::EmptyRepository | Self::EmptyBranch { .. } => "empty-repository",
            Self::NotFound { .. } => "repository-not-found",
            Self::AuthenticationRequired { .. } => "authentication-required",
            Self::Unreachable { .. } => "unreachable",
            Self::Busy { .. } => "host-busy",
            Self::NotARepository { .. } => "not-a-repository",
            Self::Redirected { .. } => "repository-moved",
            Self::Limit(_) => "repository-too-large",
            Self::TimedOut => "fetch-timed-out",
            Self::Protocol { .. } => "git-protocol",
            Self::Disk { .. } => "no-disk",
        }
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::UnknownBranch { .. } => "Check the branch's name, or push it first.",
            Self::EmptyRepository | Self::EmptyBranch { .. } => "Push a commit with the project, then deploy again.",
            Self::NotFound { .. } => "Check the repository's address, and that the stored token may read it.",
            Self::AuthenticationRequired { credentials: Credentials::None, .. } => {
                "Check the address. For a private repository let the operator store a token that may read it, in the \
                 secret named by the stack's output GitTokenSecretArn."
            }
            Self::AuthenticationRequired { credentials: Credentials::Refused, .. } => {
                "Store a token that is still valid and may read this repository, in the secret named by the stack's \
                 output GitTokenSecretArn."
            }
            Self::AuthenticationRequired { credentials: Credentials::NotEncrypted, .. } => {
                "Serve the repository over https."
            }
            Self::AuthenticationRequired { credentials: Credentials::OtherHost, .. } => {
                "Let the operator store a token for this host, as {\"host\": \"…\", \"token\": \"…\"}, in the secret \
                 named by the stack's output GitTokenSecretArn."
            }
            Self::Busy { .. } => {
                "Try again later. A stored token for this host usually raises how often it may be asked."
            }
            Self::Unreachable { .. } => "Check that the host is up and reachable from the function, then try again.",
            Self::NotARepository { .. } => "Check the address: it must be that of a repository, as `git clone` takes it.",
            Self::Redirected { .. } => "Use the repository's new address; the operator may have to allow its host.",
            Self::Limit(_) => {
                "Take generated files, dependencies and large data out of the branch, or deploy from a smaller repository."
            }
            Self::TimedOut => "Try again; if it stays so, make the repository smaller.",
            Self::Protocol { .. } => "Check the repository with `git fsck --full`, then try again.",
            Self::Disk { .. } => "Try again.",
        }
        .to_owned()
    }

    /// As a session's end.
    pub fn failure(&self) -> Failure {
        Failure {
            code: self.code().to_owned(),
            message: self.to_string(),
            remedy: Some(self.remedy()),
            location: None,
            stage: Stage::CloneDetect,
            replayable: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_to_act_on() {
        let check = |error: SourceError, expected: &str| assert_eq!(error.to_string(), expected);
        check(
            SourceError::UnknownBranch { branch: "mian".into(), known: vec!["main".into(), "dev".into()], total: 5 },
            "the repository has no branch `mian`; it has main, dev and 3 more",
        );
        check(
            SourceError::AuthenticationRequired { host: "github.com".into(), credentials: Credentials::None },
            "github.com asks for credentials: the repository is private or does not exist, and no token is stored",
        );
        check(
            SourceError::Limit(Exceeded::TreeBytes(256 << 20)),
            "the repository is too large: its files are larger than 256 MiB together",
        );
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(SourceError::TimedOut.is_retryable());
        assert!(SourceError::Unreachable { host: "h".into(), reason: "refused".into() }.is_retryable());
        assert!(SourceError::Busy { host: "h".into(), reason: "HTTP 429".into() }.is_retryable());
        assert!(!SourceError::EmptyRepository.is_retryable());
        assert!(!SourceError::Limit(Exceeded::Objects(1)).is_retryable());
    }
}

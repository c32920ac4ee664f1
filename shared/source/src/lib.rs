//! What a branch of a repository holds, fetched over Git's smart HTTP protocol without a git binary.
//!
//! A repository is untrusted: nothing of it is checked out, followed or executed. One commit is fetched into a
//! temporary bare repository without any configuration of this machine, and read into a [`Tree`] under [`Limits`].
//! What has no place there (links, submodules, LFS pointers, odd names, oversized files) is skipped and reported.

mod access;
mod answer;
mod commit;
mod error;
mod exchange;
mod fetch;
mod http;
mod limits;
mod pack;
mod progress;
mod pull_request;
mod push;
mod snapshot;
mod text;
mod token;

pub use commit::{Base, CommitError, Prepared, Proposal};
pub use error::{Credentials, Exceeded, SourceError};
pub use limits::Limits;
pub use pull_request::{PullRequest, PullRequestError, open_pull_request};
pub use push::{PushError, Pushed, push};
pub use token::{Token, TokenError};

use drydock_contract::input::RepositoryUrl;
use drydock_contract::session::Skipped;
use drydock_tree::Tree;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Where to fetch from, and as whom.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Must follow no redirects by itself: this crate decides where a token goes.
    pub client: reqwest::Client,
    /// The repository, checked against the allowed hosts.
    pub repository: RepositoryUrl,
    /// Sent only where the repository is not to be had without, to the token's own host, and over TLS.
    pub token: Option<Token>,
}

/// A commit's id: 40 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitId(String);

impl CommitId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A branch's files at one commit.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where the branch stood when it was fetched; it may have moved on since [`resolve`].
    pub commit: CommitId,
    /// Its files.
    pub tree: Tree,
    /// What was left out, and why: the first [`MAX_REPORTED`].
    pub skipped: Vec<Skipped>,
    /// How many entries were left out.
    pub skipped_count: u64,
}

/// Most skipped entries that are named.
pub const MAX_REPORTED: usize = 50;

/// How long after its deadline a fetch may take to notice it.
const GRACE: Duration = Duration::from_secs(5);

/// Asks where `branch` stands. Cheap: a few hundred bytes each way, no objects.
///
/// # Errors
/// If the repository cannot be asked, is empty or has no such branch.
pub async fn resolve(remote: &Remote, branch: &str, limits: &Limits) -> Result<CommitId, SourceError> {
    let branch = branch.to_owned();
    blocking(remote, limits, move |session| session.tip(&branch)).await
}

/// Fetches what `branch` holds now, without history.
///
/// # Errors
/// As [`resolve`], or if a limit is exceeded.
pub async fn fetch(remote: &Remote, branch: &str, limits: &Limits) -> Result<Fetched, SourceError> {
    let branch = branch.to_owned();
    blocking(remote, limits, move |session| Ok(read(session, &branch)?.0)).await
}

/// The same, for who wants to commit on top of it.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_base(remote: &Remote, branch: &str, limits: &Limits) -> Result<(Fetched, Base), SourceError> {
    let branch = branch.to_owned();
    blocking(remote, limits, move |session| read(session, &branch)).await
}

fn read(session: &fetch::Session, branch: &str) -> Result<(Fetched, Base), SourceError> {
    let (scratch, commit) = session.fetch(branch)?;
    let snapshot = snapshot::take(&scratch, commit, &session.limits, &session.deadline)?;
    if snapshot.tree.is_empty() && snapshot.skipped_count == 0 {
        return Err(SourceError::EmptyBranch { branch: branch.to_owned() });
    }
    let fetched = Fetched {
        commit: CommitId(commit.to_string()),
        tree: snapshot.tree,
        skipped: snapshot.skipped,
        skipped_count: snapshot.skipped_count,
    };
    Ok((fetched, Base { scratch, commit }))
}

/// When to give up, and how a thread that is busy with objects learns of it.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    passed: Arc<AtomicBool>,
}

impl Deadline {
    fn check(&self) -> Result<(), SourceError> {
        if self.passed.load(Ordering::Relaxed) || Instant::now() >= self.at {
            Err(SourceError::TimedOut)
        } else {
            Ok(())
        }
    }
}

/// Tells the thread to stop when nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Git's protocol and its objects are read by blocking code, so they get a thread of their own.
async fn blocking<T: Send + 'static>(
    remote: &Remote,
    limits: &Limits,
    work: impl FnOnce(&fetch::Session) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let deadline = Deadline { at: Instant::now() + limits.time, passed: Arc::new(AtomicBool::new(false)) };
    let stop = StopOnDrop(Arc::clone(&deadline.passed));
    let session = fetch::Session::new(remote, *limits, deadline.clone(), tokio::runtime::Handle::current());
    let mut thread = tokio::task::spawn_blocking(move || work(&session));
    let ended = match tokio::time::timeout_at(deadline.at.into(), &mut thread).await {
        Ok(ended) => ended,
        Err(_) => {
            drop(stop);
            match tokio::time::timeout(GRACE, thread).await {
                Ok(ended) => ended,
                Err(_) => return Err(SourceError::TimedOut),
            }
        }
    };
    // A panic in there is a hostile pack that gix did not expect: as final as any other broken answer.
    ended.unwrap_or_else(|_| Err(SourceError::Protocol { reason: "its objects cannot be read".to_owned() }))
}

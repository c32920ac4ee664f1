//! A branch's files: from the clone cache if its commit is there, else from the repository.

use crate::archives::{Archives, Report, archive_key};
use drydock_contract::session::Source;
use drydock_runtime::WorkError;
use drydock_source::{CommitId, Limits, Remote, SourceError};
use drydock_tree::Tree;
use std::time::Duration;
use tokio::time::Instant;
use tracing::warn;

/// A commit's files and where their archive lies.
#[derive(Clone, Debug)]
pub struct Obtained {
    /// For the session's head.
    pub source: Source,
    /// The files.
    pub tree: Tree,
    /// How many entries of the repository are not among them.
    pub skipped_count: u64,
    /// True if nothing had to be fetched.
    pub from_cache: bool,
}

/// Waits before the second and the third try at a host that does not answer: most hiccups are over by then, and a
/// message that goes back to its queue comes again later.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// Gets the files of `branch`, all tries and the archive's way to and from the bucket included, before `until`.
///
/// # Errors
/// Fatal with the reason if the repository, the branch or its size is at fault; else for another try.
pub async fn obtain(
    remote: &Remote,
    branch: &str,
    limits: &Limits,
    archives: &impl Archives,
    until: Instant,
) -> Result<Obtained, WorkError> {
    // Whatever the parts do about their own limits of time: the invocation does not end in the middle of one.
    tokio::time::timeout_at(until, before(remote, branch, limits, archives, until)).await.unwrap_or_else(|_| {
        Err(WorkError::Retry(format!("{} and its archive could not be had in time", remote.repository)))
    })
}

async fn before(
    remote: &Remote,
    branch: &str,
    limits: &Limits,
    archives: &impl Archives,
    until: Instant,
) -> Result<Obtained, WorkError> {
    let commit =
        patiently(limits, until, |limits| async move { drydock_source::resolve(remote, branch, &limits).await })
            .await?;
    if let Some(obtained) = cached(remote, &commit, limits, archives).await? {
        return Ok(obtained);
    }
    let fetched =
        patiently(limits, until, |limits| async move { drydock_source::fetch(remote, branch, &limits).await }).await?;
    let report = Report { skipped: fetched.skipped, skipped_count: fetched.skipped_count };
    // The branch may have moved on meanwhile: the key is the commit's that was fetched.
    let key = archive_key(&remote.repository, &fetched.commit);
    let tree = fetched.tree;
    let (tree, archive) = tokio::task::spawn_blocking(move || {
        let archive = tree.to_zip();
        (tree, archive)
    })
    .await
    .map_err(|error| WorkError::Retry(format!("cannot pack the archive: {error}")))?;
    archives.keep(&key, archive, &report).await?;
    Ok(obtained(&fetched.commit, key, tree, report, false))
}

async fn cached(
    remote: &Remote,
    commit: &CommitId,
    limits: &Limits,
    archives: &impl Archives,
) -> Result<Option<Obtained>, WorkError> {
    let key = archive_key(&remote.repository, commit);
    let Some((archive, report)) = archives.find(&key).await? else { return Ok(None) };
    let limits = drydock_tree::Limits { files: limits.entries, bytes: limits.tree_bytes };
    match Tree::from_zip(&archive, limits) {
        Ok(tree) => Ok(Some(obtained(commit, key, tree, report, true))),
        Err(error) => {
            warn!(key, %error, "a cached archive cannot be used; fetching again");
            Ok(None)
        }
    }
}

fn obtained(commit: &CommitId, key: String, tree: Tree, report: Report, from_cache: bool) -> Obtained {
    let source = Source {
        commit: commit.to_string(),
        archive_key: key,
        files: u64::try_from(tree.len()).unwrap_or(u64::MAX),
        bytes: tree.bytes(),
        skipped: report.skipped,
    };
    Obtained { source, tree, skipped_count: report.skipped_count, from_cache }
}

/// Tries again where the host may only have been unreachable for a moment, as long as there is time. A host that is
/// asked too often is left alone.
async fn patiently<T, F>(limits: &Limits, until: Instant, ask: impl Fn(Limits) -> F) -> Result<T, WorkError>
where
    F: Future<Output = Result<T, SourceError>>,
{
    let mut pauses = PAUSES.into_iter();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let limits = Limits { time: limits.time.min(left), ..*limits };
        match (ask(limits).await, pauses.next()) {
            (Err(SourceError::Unreachable { .. }), Some(pause)) if pause < left => tokio::time::sleep(pause).await,
            (answer, _) => return answer.map_err(|error| work_error(&error)),
        }
    }
}

fn work_error(error: &SourceError) -> WorkError {
    if error.is_retryable() {
        WorkError::Retry(format!("{error}. {}", error.remedy()))
    } else {
        WorkError::from(error.failure())
    }
}

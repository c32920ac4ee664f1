//! One session's turn: from the request to the next stage.

use crate::archives::{Archives, S3Archives};
use crate::obtain::{Obtained, obtain};
use crate::token::GitToken;
use drydock_contract::detection::Detection;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::{self, InvalidInput, RepositoryUrl};
use drydock_contract::message::Work;
use drydock_contract::session::{Failure, Outbox};
use drydock_contract::transition::{after_fetch, status_at};
use drydock_contract::{Session, SessionId, Stage};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_source::{Limits, Remote};
use drydock_store::{Change, Store};
use drydock_tree::Tree;
use std::time::Duration;
use tokio::time::Instant;

/// Everything that the stage needs.
#[derive(Debug)]
pub struct CloneDetect {
    /// Sessions.
    pub store: Store,
    /// The deploy queue.
    pub queues: Queues,
    /// The clone cache.
    pub archives: S3Archives,
    /// For private repositories.
    pub token: GitToken,
    /// Follows no redirects.
    pub client: reqwest::Client,
    /// Hosts that may be asked.
    pub hosts: AllowedHosts,
    /// How much of a repository is taken in.
    pub limits: Limits,
}

/// What is left of the invocation for detecting and writing after a fetch that took all of its time.
const AFTER_FETCH: Duration = Duration::from_secs(60);

/// For finding the project in the files; a large repository takes a second. What takes longer was made to.
const DETECTION: Duration = Duration::from_secs(30);

/// Lines of evidence that are logged.
const LOGGED: usize = 10;

impl Worker for CloneDetect {
    const STAGE: Stage = Stage::CloneDetect;

    fn store(&self) -> &Store {
        &self.store
    }

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn work(&self, session: Session, work: &Work, invocation: &Invocation) -> Result<Change, WorkError> {
        let id = session.session_id.clone();
        // The API has checked all of this; a head may be older than the operator's present list of hosts.
        let repository = RepositoryUrl::parse(&session.repository, &self.hosts).map_err(|error| refused(&error))?;
        input::branch(session.working_branch()).map_err(|error| refused(&error))?;
        let root = match session.project_root.as_deref() {
            Some(root) => input::root_folder("projectRoot", root).map_err(|error| refused(&error))?,
            None => None,
        };
        let (kind, next) = (session.kind, after_fetch(session.kind));
        let started = Change {
            status: Some(status_at(kind, Stage::CloneDetect)),
            message: Some(format!("fetching {repository}, branch {}", session.working_branch())),
            ..Change::default()
        };
        let session = self.store.update(&session, started).await?;
        self.say(&id, &format!("fetching {repository}, branch {}", session.working_branch())).await?;

        let until = Instant::now() + invocation.remaining().saturating_sub(AFTER_FETCH);
        let remote = Remote { client: self.client.clone(), repository, token: self.token.get().await? };
        let (obtained, detection) =
            examine(&remote, &session, root.as_deref(), &self.limits, &self.archives, until, |lines| async {
                for line in lines {
                    self.say(&id, &line).await?;
                }
                Ok(())
            })
            .await?;
        // Whatever has an address can be tested, and it may have been deployed in another way than we would.
        let (message, detection) = match (next, detection) {
            (Stage::SanityTest, detection) => {
                ("fetched the repository; waiting to be tested".to_owned(), detection.ok())
            }
            (_, Ok(detection)) => (format!("found {}; packaging it", project(&detection)), Some(detection)),
            (_, Err(failure)) => return Err(failure.into()),
        };
        Ok(Change {
            status: Some(status_at(kind, next)),
            stage: Some(next),
            message: Some(message),
            source: Some(obtained.source),
            detection,
            outbox: Some(Outbox { work: Work::new(id, next, work.attempt), delay_seconds: 0, workflow: false }),
            ..Change::default()
        })
    }
}

impl CloneDetect {
    async fn say(&self, id: &SessionId, text: &str) -> Result<(), WorkError> {
        Ok(self.store.log(id, Stage::CloneDetect, text).await?)
    }
}

/// Gets the files before `until` and finds the project in them, telling `say` about both as it goes.
///
/// The failure inside is of a repository that has nothing to deploy, or more than one thing.
///
/// # Errors
/// As [`obtain`].
pub async fn examine<F>(
    remote: &Remote,
    session: &Session,
    root: Option<&str>,
    limits: &Limits,
    archives: &impl Archives,
    until: Instant,
    say: impl Fn(Vec<String>) -> F,
) -> Result<(Obtained, Result<Detection, Failure>), WorkError>
where
    F: Future<Output = Result<(), WorkError>>,
{
    let mut obtained = obtain(remote, session.working_branch(), limits, archives, until).await?;
    say(lines_of_source(&obtained)).await?;
    let (root, wanted) = (root.map(str::to_owned), session.request.iac_type);
    let (tree, detection) = in_time(DETECTION, std::mem::take(&mut obtained.tree), move |tree| {
        drydock_detect::detect(tree, root.as_deref(), wanted)
    })
    .await?;
    obtained.tree = tree;
    let detection = detection.map_err(|error| error.failure());
    if let Ok(detection) = &detection {
        say(lines_of_detection(detection)).await?;
    }
    Ok((obtained, detection))
}

/// Looks at the files on a thread of its own, which nobody waits for longer than `limit`: files of strangers may be
/// made to keep a reader busy, and it is the same files the next time.
async fn in_time<T: Send + 'static>(
    limit: Duration,
    tree: Tree,
    look: impl FnOnce(&Tree) -> T + Send + 'static,
) -> Result<(Tree, T), WorkError> {
    let thread = tokio::task::spawn_blocking(move || {
        let seen = look(&tree);
        (tree, seen)
    });
    match tokio::time::timeout(limit, thread).await {
        Ok(Ok(seen)) => Ok(seen),
        Ok(Err(_)) => Err(undetectable("reading the repository's files failed".to_owned())),
        Err(_) => Err(undetectable(format!(
            "the repository's files could not be looked through within {} seconds",
            limit.as_secs()
        ))),
    }
}

fn undetectable(message: String) -> WorkError {
    WorkError::from(Failure {
        code: "detection-failed".to_owned(),
        message,
        remedy: Some(
            "Name the project's folder with projectRoot, or take generated files out of the branch.".to_owned(),
        ),
        location: None,
        stage: Stage::CloneDetect,
        replayable: false,
    })
}

fn lines_of_source(obtained: &Obtained) -> Vec<String> {
    let source = &obtained.source;
    let how = if obtained.from_cache { "taken from the clone cache" } else { "fetched" };
    let mut lines = vec![format!("commit {} {how}: {} files, {} bytes", source.commit, source.files, source.bytes)];
    lines.extend(
        source.skipped.iter().take(LOGGED).map(|skipped| format!("left out {}: {}", skipped.path, skipped.reason)),
    );
    let told = u64::try_from(source.skipped.len().min(LOGGED)).unwrap_or_default();
    if obtained.skipped_count > told {
        lines.push(format!("left out {} more", obtained.skipped_count - told));
    }
    lines
}

fn lines_of_detection(detection: &Detection) -> Vec<String> {
    let mut lines = vec![format!("found {}", project(detection))];
    lines.extend(detection.evidence.iter().take(LOGGED).map(|seen| format!("{}: {}", seen.file, seen.reason)));
    lines.extend(
        detection
            .alternatives
            .iter()
            .take(LOGGED)
            .map(|other| format!("not chosen: {} ({}): {}", other.file, other.iac_type, other.reason)),
    );
    lines
}

/// `a sam project in the root folder (template.yaml)`
fn project(detection: &Detection) -> String {
    let place = if detection.root == "." { "the root folder".to_owned() } else { detection.root.clone() };
    format!("a {} project in {place} ({})", detection.iac_type, detection.entry_file)
}

fn refused(error: &InvalidInput) -> WorkError {
    WorkError::from(Failure {
        code: format!("invalid-{}", if error.field == "projectRoot" { "root" } else { error.field }),
        message: error.to_string(),
        remedy: Some("Send the request again with another value.".to_owned()),
        location: None,
        stage: Stage::CloneDetect,
        replayable: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_that_keep_a_reader_busy_fail_their_session_only() {
        let code = |result: Result<(Tree, usize), WorkError>| match result {
            Err(WorkError::Fatal(failure)) => failure.code,
            other => panic!("{other:?}"),
        };
        let start = Instant::now();
        let busy = in_time(Duration::from_millis(50), Tree::default(), |_| {
            std::thread::sleep(Duration::from_secs(1));
            0
        });
        assert_eq!(code(busy.await), "detection-failed");
        assert!(start.elapsed() < Duration::from_millis(700), "{:?}", start.elapsed());
        let panicking = in_time(DETECTION, Tree::default(), |_| panic!("a reader's mistake"));
        assert_eq!(code(panicking.await), "detection-failed");
        let quick = in_time(DETECTION, Tree::default(), Tree::len).await.unwrap();
        assert_eq!(quick.1, 0);
    }
}

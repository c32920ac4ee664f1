//! One session's turn: from the request to the next stage.

use crate::archives::{Archives, S3Archives};
use crate::obtain::{Obtained, obtain};
use crate::token::GitToken;
use drydock_contract::detection::Detection;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::{self, InvalidInput, RepositoryUrl};
use drydock_contract::message::Work;
use drydock_contract::session::{Failure, Outbox};
use drydock_contract::{Session, SessionId, Stage, Status};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_source::{Limits, Remote};
use drydock_store::{Change, Store};
use std::time::Duration;

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

/// What is left of the invocation for packing, writing and detecting after a fetch that took all of its time.
const AFTER_FETCH: Duration = Duration::from_secs(60);

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
        input::branch(&session.branch).map_err(|error| refused(&error))?;
        let root = match session.project_root.as_deref() {
            Some(root) => input::root_folder("projectRoot", root).map_err(|error| refused(&error))?,
            None => None,
        };
        let started = Change {
            status: Some(Status::Deploying),
            message: Some(format!("fetching {repository}, branch {}", session.branch)),
            ..Change::default()
        };
        let session = self.store.update(&session, started).await?;
        self.say(&id, &format!("fetching {repository}, branch {}", session.branch)).await?;

        let limits =
            Limits { time: self.limits.time.min(invocation.remaining().saturating_sub(AFTER_FETCH)), ..self.limits };
        let remote = Remote { client: self.client.clone(), repository, token: self.token.get().await? };
        let (obtained, detection) =
            examine(&remote, &session, root.as_deref(), &limits, &self.archives, |lines| async {
                for line in lines {
                    self.say(&id, &line).await?;
                }
                Ok(())
            })
            .await?;
        Ok(Change {
            status: Some(Status::Deploying),
            stage: Some(Stage::Deploy),
            message: Some(format!("found {}; packaging it", project(&detection))),
            source: Some(obtained.source),
            detection: Some(detection),
            outbox: Some(Outbox {
                work: Work::new(id, Stage::Deploy, work.attempt),
                delay_seconds: 0,
                workflow: false,
            }),
            ..Change::default()
        })
    }
}

impl CloneDetect {
    async fn say(&self, id: &SessionId, text: &str) -> Result<(), WorkError> {
        Ok(self.store.log(id, Stage::CloneDetect, text).await?)
    }
}

/// Gets the files and finds the project in them, telling `say` about both as it goes.
///
/// # Errors
/// Fatal if the repository has nothing to deploy or more than one thing; else as [`obtain`].
pub async fn examine<F>(
    remote: &Remote,
    session: &Session,
    root: Option<&str>,
    limits: &Limits,
    archives: &impl Archives,
    say: impl Fn(Vec<String>) -> F,
) -> Result<(Obtained, Detection), WorkError>
where
    F: Future<Output = Result<(), WorkError>>,
{
    let obtained = obtain(remote, &session.branch, limits, archives).await?;
    say(lines_of_source(&obtained)).await?;
    let detection = drydock_detect::detect(&obtained.tree, root, session.request.iac_type)
        .map_err(|error| WorkError::from(error.failure()))?;
    say(lines_of_detection(&detection)).await?;
    Ok((obtained, detection))
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

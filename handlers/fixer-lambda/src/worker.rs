//! The worker of the fix stage.

use crate::failure;
use crate::journal::SessionJournal;
use crate::mend::{Means, mend};
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::input::{self, RepositoryUrl};
use drydock_contract::message::Work;
use drydock_contract::{Session, Stage, Status};
use drydock_fix::Budget;
use drydock_gate::Gate;
use drydock_model::{ApiKey, Client, Settings};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_secret::Secret;
use drydock_source::{Limits, Remote, Token};
use drydock_store::{Change, Store};
use std::time::Duration;
use tokio::time::Instant;

/// Everything that the stage needs.
#[derive(Debug)]
pub struct Fixer {
    /// Sessions.
    pub store: Store,
    /// None: nothing follows a repair.
    pub queues: Queues,
    /// For records.
    pub s3: aws_sdk_s3::Client,
    /// The artifacts bucket.
    pub bucket: String,
    /// The model's key.
    pub model_key: Secret,
    /// The model's key, if it is in the environment.
    pub model_key_fallback: Option<String>,
    /// For private repositories and for pushing.
    pub git_token: Secret,
    /// Follows no redirects.
    pub http: reqwest::Client,
    /// Hosts that may be asked.
    pub hosts: AllowedHosts,
    /// How the model is asked.
    pub settings: Settings,
    /// The judge.
    pub gate: Gate,
    /// What one repair may cost, however often it is tried.
    pub usd: f64,
}

/// Answers of the model in one try of a repair. What all of its tries may use is limited in money.
const MAX_TURNS: u32 = 60;

/// A repair's longest time, well inside the invocation's.
const MAX_TIME: Duration = Duration::from_secs(8 * 60);

/// What is left of the invocation for the gate, the commit and the push after a model that took all of its time.
const AFTER_MODEL: Duration = Duration::from_secs(60);

const MIB: u64 = 1024 * 1024;

/// What fits beside the template validator into a function with 2048 MB. Files that no repair would touch are left
/// out by their size.
pub const LIMITS: Limits = Limits {
    wire_bytes: 192 * MIB,
    objects: 100_000,
    object_bytes: 100 * MIB,
    entries: 30_000,
    tree_bytes: 128 * MIB,
    file_bytes: 2 * MIB,
    time: Duration::from_secs(90),
};

impl Worker for Fixer {
    const STAGE: Stage = Stage::Fix;

    fn store(&self) -> &Store {
        &self.store
    }

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn work(&self, session: Session, _: &Work, invocation: &Invocation) -> Result<Change, WorkError> {
        // The API has checked all of this; a head may be older than the operator's present list of hosts.
        let repository =
            RepositoryUrl::parse(&session.repository, &self.hosts).map_err(|error| failure::of_input(&error))?;
        input::branch(session.working_branch()).map_err(|error| failure::of_input(&error))?;
        let root = match session.project_root.as_deref() {
            Some(root) => input::root_folder("customRootFolder", root).map_err(|error| failure::of_input(&error))?,
            None => None,
        };
        let session = Session { project_root: root, ..session };
        let key = self.model_key.get().await?.or_else(|| self.model_key_fallback.clone());
        let key = key.as_deref().and_then(ApiKey::new);
        let client = Client::new(self.http.clone(), key, self.settings.clone());
        let client = client.map_err(|error| failure::of_model(&error))?;
        let token = Token::from_secret(&self.git_token.get().await?.unwrap_or_default(), &self.hosts);
        let token = token.unwrap_or_else(|error| {
            tracing::warn!(%error, "going on without a Git token");
            None
        });
        let remote = Remote { client: self.http.clone(), repository, token };
        let time = invocation.remaining().saturating_sub(AFTER_MODEL).min(MAX_TIME);
        let means = Means {
            client: &client,
            gate: &self.gate,
            remote: &remote,
            limits: &LIMITS,
            budget: Budget { turns: MAX_TURNS, usd: self.usd, until: Instant::now() + time },
        };
        let id = &session.session_id;
        let journal = SessionJournal { store: &self.store, s3: &self.s3, bucket: &self.bucket, id, invocation };
        let mended = mend(&session, &means, &journal).await?;
        Ok(Change {
            status: Some(Status::Success),
            stage: Some(Stage::Done),
            message: Some(mended.message),
            fix: Some(mended.fix),
            deployment_job: Some(mended.job),
            ..Change::default()
        })
    }
}

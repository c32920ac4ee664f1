//! The worker of the test stage.

use crate::account::Account;
use crate::failure;
use crate::journal::Journal;
use crate::testing::{Means, test};
use drydock_contract::input;
use drydock_contract::message::Work;
use drydock_contract::{Session, Stage};
use drydock_model::{ApiKey, Client, Settings};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_secret::Secret;
use drydock_store::{Change, Store};
use std::time::Instant;

/// Everything that the stage needs.
#[derive(Debug)]
pub struct SanityTester {
    /// Sessions.
    pub store: Store,
    /// None: nothing follows a test but what its workflow decides.
    pub queues: Queues,
    /// For archives, plans and reports.
    pub s3: aws_sdk_s3::Client,
    /// The artifacts bucket.
    pub bucket: String,
    /// For what the operator has put aside for tests.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// The model's key.
    pub model_key: Secret,
    /// The model's key, if it is in the environment.
    pub model_key_fallback: Option<String>,
    /// How the model is asked.
    pub settings: Settings,
    /// Follows no redirects.
    pub http: reqwest::Client,
    /// What is deployed.
    pub account: Account,
}

impl Worker for SanityTester {
    const STAGE: Stage = Stage::SanityTest;

    fn store(&self) -> &Store {
        &self.store
    }

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn work(&self, session: Session, _: &Work, invocation: &Invocation) -> Result<Change, WorkError> {
        // The API has checked all of this; a head may be older than the rules.
        let root = match session.project_root.as_deref() {
            Some(root) => input::root_folder("customRootFolder", root).map_err(|error| failure::of_input(&error))?,
            None => None,
        };
        if let Some(id) = &session.request.plan_id {
            input::plan_id(id).map_err(|error| failure::of_input(&error))?;
        }
        let session = Session { project_root: root, ..session };
        let key = self.model_key.get().await?.or_else(|| self.model_key_fallback.clone());
        let key = key.as_deref().and_then(ApiKey::new);
        // Without a key there is no client, and the plan comes from the evidence alone.
        let model = Client::new(self.http.clone(), key, self.settings.clone()).ok();
        let id = &session.session_id;
        let means = Means {
            model: model.as_ref(),
            account: &self.account,
            secrets: &self.secrets,
            journal: Journal { store: &self.store, s3: &self.s3, bucket: &self.bucket, id, invocation },
            deadline: Instant::now() + invocation.remaining(),
        };
        Box::pin(test(&session, &means)).await
    }
}

//! Opening a session.

use crate::change::contend;
use crate::{Store, StoreError, attribute, keys, time};
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::session::{Idempotency, Outbox, RequestDetails};
use drydock_contract::workflow::Workflow;
use drydock_contract::{Session, SessionId, Stage, Status};

/// What a session begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSession {
    /// Says the kind, too.
    pub id: SessionId,
    /// `https://host/owner/name`
    pub repository: String,
    /// A Git branch.
    pub branch: String,
    /// Folder inside the repository.
    pub project_root: Option<String>,
    /// What else was asked for.
    pub request: RequestDetails,
    /// For people.
    pub message: String,
    /// The first stage.
    pub stage: Stage,
    /// The first message, sent after the head is written.
    pub outbox: Option<Outbox>,
    /// Set if the client sent an `Idempotency-Key`.
    pub idempotency: Option<Idempotency>,
    /// For an SDLC session: repairs that its workflow may try.
    pub max_fix_attempts: Option<u32>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// The session is new.
    New(Session),
    /// The same request has opened it before.
    Existing(Session),
    /// The same key has opened it for another request.
    Conflict,
}

impl Store {
    /// Writes the head and its first message in one item, unless the session exists.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn create(&self, new: NewSession) -> Result<Created, StoreError> {
        let session = first_head(new);
        let mut item: crate::Item =
            serde_dynamo::to_item(&session).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        item.insert("entry".to_owned(), keys::text(keys::HEAD));
        item.insert("createdKey".to_owned(), keys::text(keys::created(&session.created_at, &session.session_id)));
        item.insert("expiresAt".to_owned(), AttributeValue::N(time::expires_at().to_string()));
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(sessionId)")
            .send()
            .await
            .map_err(StoreError::aws);
        match written {
            Ok(_) => Ok(Created::New(session)),
            // Another request with the same key was faster, or a client repeats itself.
            Err(StoreError::Stale) => {
                let existing = self
                    .get(&session.session_id)
                    .await?
                    .ok_or_else(|| StoreError::NotFound(session.session_id.clone()))?;
                let same = existing.idempotency == session.idempotency;
                Ok(if same { Created::Existing(existing) } else { Created::Conflict })
            }
            Err(error) => Err(error),
        }
    }

    /// Says that the message in `head`'s outbox is on its way. A head that has another message by now keeps it.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn outbox_sent(&self, head: &Session) -> Result<(), StoreError> {
        let Some(outbox) = &head.outbox else { return Ok(()) };
        let sent = attribute(outbox)?;
        let clear = || {
            let clear = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(keys::head(&head.session_id)))
                .update_expression("REMOVE outbox")
                .condition_expression("outbox = :outbox")
                .expression_attribute_values(":outbox", sent.clone());
            async { clear.send().await.map_err(StoreError::aws) }
        };
        let cleared = contend(clear).await;
        match cleared {
            Ok(_) | Err(StoreError::Stale) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn first_head(new: NewSession) -> Session {
    let now = time::now();
    let workflow = new.max_fix_attempts.map(|most| Workflow::new(most, &new.branch, &now));
    Session {
        kind: new.id.kind(),
        session_id: new.id,
        status: Status::Pending,
        stage: new.stage,
        attempt: 1,
        look: 0,
        version: 1,
        created_at: now.clone(),
        updated_at: now,
        repository: new.repository,
        branch: new.branch,
        project_root: new.project_root,
        message: new.message,
        request: new.request,
        source: None,
        detection: None,
        target: None,
        deployed_resources: None,
        fix: None,
        sanity: None,
        deployment_job: None,
        workflow,
        error: None,
        outbox: new.outbox,
        claim: None,
        idempotency: new.idempotency,
    }
}

//! Changing a head.

use crate::claim::is_due;
use crate::{Item, Store, StoreError, attribute, keys, time};
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use drydock_contract::detection::Detection;
use drydock_contract::fix::{DeploymentJob, FixSummary};
use drydock_contract::message::Work;
use drydock_contract::sanity::SanitySummary;
use drydock_contract::session::{Claim, DeployedResources, Failure, Outbox, Source, Target};
use drydock_contract::workflow::Workflow;
use drydock_contract::{Session, SessionId, Stage, Status};
use std::collections::HashMap;
use std::time::Duration;

/// How often a write is tried again because another came first. Few writers ever meet at one session.
pub(crate) const MAX_TRIES: usize = 50;

/// What to write; a field that is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// What clients see.
    pub status: Option<Status>,
    /// What comes next.
    pub stage: Option<Stage>,
    /// The round.
    pub attempt: Option<u32>,
    /// Looks taken.
    pub look: Option<u32>,
    /// The last thing that happened.
    pub message: Option<String>,
    /// What was fetched.
    pub source: Option<Source>,
    /// True if what was fetched, and what it was taken for, is of an earlier round.
    pub clear_source: bool,
    /// What it was taken for.
    pub detection: Option<Detection>,
    /// What is being brought up.
    pub target: Option<Target>,
    /// What stands in the account.
    pub deployed_resources: Option<DeployedResources>,
    /// What the fixer did.
    pub fix: Option<FixSummary>,
    /// What the sanity tester found.
    pub sanity: Option<SanitySummary>,
    /// What to deploy now that it is repaired.
    pub deployment_job: Option<DeploymentJob>,
    /// The rounds of an SDLC session.
    pub workflow: Option<Workflow>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// True if what failed before is mended.
    pub clear_error: bool,
    /// The message to send once this is written.
    pub outbox: Option<Outbox>,
    /// Who works on it from now on.
    pub claim: Option<Claim>,
    /// True if nobody works on it any more.
    pub release_claim: bool,
    /// True if the message in the outbox has arrived.
    pub clear_outbox: bool,
}

impl Store {
    /// Writes `change` over `head`, and a transition item beside it when status or stage change.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the head has been changed since it was read, or its status may not become the new one.
    pub async fn update(&self, head: &Session, change: Change) -> Result<Session, StoreError> {
        if change.status.is_some_and(|next| !head.status.may_become(next)) {
            return Err(StoreError::Stale);
        }
        self.put(head, change).await
    }

    /// The same without a look at which status may follow which.
    pub(crate) async fn put(&self, head: &Session, change: Change) -> Result<Session, StoreError> {
        let next = applied(head, &change);
        let update = self.head_update(head, &next, &change)?;
        let put = if next.status == head.status && next.stage == head.stage {
            None
        } else {
            Some(self.transition(head, &next)?)
        };
        contend(|| self.write(update.clone(), put.clone())).await?;
        Ok(next)
    }

    async fn write(&self, update: Update, put: Option<Put>) -> Result<(), StoreError> {
        match put {
            None => self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(update.key))
                .update_expression(update.update_expression)
                .set_condition_expression(update.condition_expression)
                .set_expression_attribute_names(update.expression_attribute_names)
                .set_expression_attribute_values(update.expression_attribute_values)
                .send()
                .await
                .map(|_| ())
                .map_err(StoreError::aws),
            Some(put) => self
                .client
                .transact_write_items()
                .transact_items(TransactWriteItem::builder().update(update).build())
                .transact_items(TransactWriteItem::builder().put(put).build())
                .send()
                .await
                .map(|_| ())
                .map_err(StoreError::aws),
        }
    }

    /// Ends a session with a failure, whoever writes it meanwhile. Nothing happens to one that has ended already.
    ///
    /// # Errors
    /// If there is no such session or the table cannot be used.
    pub async fn fail(&self, id: &SessionId, failure: &Failure) -> Result<Session, StoreError> {
        self.update_latest(id, |head| (!head.status.is_terminal()).then(|| Change::failed(failure))).await
    }

    /// Ends a stage's work with a failure, unless the work is no longer what the session waits for or another live
    /// invocation has taken it over: a message that came twice or late ends nobody else's work. `None` then. The
    /// session ends with it, but for an SDLC session, whose workflow decides what comes next.
    ///
    /// # Errors
    /// If there is no such session or the table cannot be used.
    pub async fn fail_work(&self, work: &Work, owner: &str, failure: &Failure) -> Result<Option<Session>, StoreError> {
        let due = |head: &Session| is_due(head, work, owner, &time::now());
        let settled = |head: &Session| Change::failed(failure).settled(head);
        let head = self.update_latest(&work.session_id, |head| due(head).then(|| settled(head))).await?;
        Ok(Some(head).filter(|head| head.error.as_ref() == Some(failure)))
    }

    fn head_update(&self, head: &Session, next: &Session, change: &Change) -> Result<Update, StoreError> {
        let mut fields: Vec<(&str, AttributeValue)> =
            vec![("version", keys::number(next.version)), ("updatedAt", keys::text(&next.updated_at))];
        let mut set = |name: &'static str, value: Option<AttributeValue>| {
            if let Some(value) = value {
                fields.push((name, value));
            }
        };
        set("status", change.status.map(|status| keys::text(status.as_str())));
        set("stage", change.stage.map(|stage| keys::text(stage.as_str())));
        set("attempt", change.attempt.map(keys::number));
        set("look", change.look.map(keys::number));
        set("message", change.message.as_ref().map(keys::text));
        set("source", change.source.as_ref().map(attribute).transpose()?);
        set("detection", change.detection.as_ref().map(attribute).transpose()?);
        set("target", change.target.as_ref().map(attribute).transpose()?);
        set("deployedResources", change.deployed_resources.as_ref().map(attribute).transpose()?);
        set("fix", change.fix.as_ref().map(attribute).transpose()?);
        set("sanity", change.sanity.as_ref().map(attribute).transpose()?);
        set("deploymentJob", change.deployment_job.as_ref().map(attribute).transpose()?);
        set("workflow", change.workflow.as_ref().map(attribute).transpose()?);
        set("error", change.error.as_ref().map(attribute).transpose()?);
        set("outbox", change.outbox.as_ref().map(attribute).transpose()?);
        set("claim", change.claim.as_ref().map(attribute).transpose()?);
        let removed: Vec<&str> = [
            (change.release_claim && change.claim.is_none(), "claim"),
            (change.clear_outbox && change.outbox.is_none(), "outbox"),
            (change.clear_error && change.error.is_none(), "error"),
            (change.clear_source && change.source.is_none(), "source"),
            (change.clear_source && change.detection.is_none(), "detection"),
        ]
        .into_iter()
        .filter_map(|(gone, name)| gone.then_some(name))
        .collect();

        // Every name goes through a placeholder: many of them are reserved words of DynamoDB.
        let mut names: HashMap<String, String> =
            HashMap::from([("#version".to_owned(), "version".to_owned()), ("#status".to_owned(), "status".to_owned())]);
        let mut values: Item = HashMap::from([
            (":wasVersion".to_owned(), keys::number(head.version)),
            (":wasStatus".to_owned(), keys::text(head.status.as_str())),
        ]);
        let mut expression = String::from("SET ");
        for (at, (name, value)) in fields.into_iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            expression += &format!("{separator}#{name} = :{name}");
            names.insert(format!("#{name}"), name.to_owned());
            values.insert(format!(":{name}"), value);
        }
        for (at, name) in removed.into_iter().enumerate() {
            expression += if at == 0 { " REMOVE " } else { ", " };
            expression += &format!("#{name}");
            names.insert(format!("#{name}"), name.to_owned());
        }
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(keys::head(&head.session_id)))
            .update_expression(expression)
            .condition_expression("#version = :wasVersion AND #status = :wasStatus")
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None)
            .build()
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// The record of a change of status or stage. Its names differ from the head's, so that no index holds it.
    fn transition(&self, head: &Session, next: &Session) -> Result<Put, StoreError> {
        let mut item = keys::item(&head.session_id, &format!("{}{:08}", keys::TRANSITION, next.version));
        let mut set = |name: &str, value: AttributeValue| {
            item.insert(name.to_owned(), value);
        };
        set("at", keys::text(&next.updated_at));
        set("fromStatus", keys::text(head.status.as_str()));
        set("toStatus", keys::text(next.status.as_str()));
        set("fromStage", keys::text(head.stage.as_str()));
        set("toStage", keys::text(next.stage.as_str()));
        set("text", keys::text(&next.message));
        set("expiresAt", AttributeValue::N(time::expires_at().to_string()));
        Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .build()
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// Reads the head again and applies `change` to it until no other writer comes between. If `change` returns
    /// `None` the head is left alone and returned.
    ///
    /// # Errors
    /// If there is no such session, or as [`Store::update`].
    pub async fn update_latest(
        &self,
        id: &SessionId,
        change: impl Fn(&Session) -> Option<Change>,
    ) -> Result<Session, StoreError> {
        for _ in 0..MAX_TRIES {
            let head = self.get(id).await?.ok_or_else(|| StoreError::NotFound(id.clone()))?;
            let Some(change) = change(&head) else { return Ok(head) };
            match self.update(&head, change).await {
                Err(StoreError::Stale) => {}
                result => return result,
            }
        }
        Err(StoreError::Stale)
    }
}

/// Repeats a write that met another writer's transaction, a little later each time. The write carries its own
/// condition, so repeating it can never write twice.
///
/// No `AsyncFn`: futures of those cannot be sent between threads inside a trait's method.
pub(crate) async fn contend<T, F>(write: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut pause = Duration::from_millis(20);
    for _ in 0..6 {
        match write().await {
            Err(StoreError::Contended) => tokio::time::sleep(pause).await,
            result => return result,
        }
        pause *= 2;
    }
    write().await
}

/// The head as it will be.
pub(crate) fn applied(head: &Session, change: &Change) -> Session {
    let mut next = head.clone();
    next.version += 1;
    next.updated_at = time::now();
    let Change {
        status,
        stage,
        attempt,
        look,
        message,
        source,
        clear_source,
        detection,
        target,
        deployed_resources,
        fix,
        sanity,
        deployment_job,
        workflow,
        error,
        clear_error,
        outbox,
        claim,
        release_claim,
        clear_outbox,
    } = change.clone();
    next.status = status.unwrap_or(next.status);
    next.stage = stage.unwrap_or(next.stage);
    next.attempt = attempt.unwrap_or(next.attempt);
    next.look = look.unwrap_or(next.look);
    next.message = message.unwrap_or(next.message);
    next.source = source.or(if clear_source { None } else { next.source });
    next.detection = detection.or(if clear_source { None } else { next.detection });
    next.target = target.or(next.target);
    next.deployed_resources = deployed_resources.or(next.deployed_resources);
    next.fix = fix.or(next.fix);
    next.sanity = sanity.or(next.sanity);
    next.deployment_job = deployment_job.or(next.deployment_job);
    next.workflow = workflow.or(next.workflow);
    next.error = error.or(if clear_error { None } else { next.error });
    next.outbox = outbox.or(if clear_outbox { None } else { next.outbox });
    next.claim = claim.or(if release_claim { None } else { next.claim });
    next
}

//! Sessions as a crash leaves them, written past the handlers.

use crate::World;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use drydock_contract::message::Work;
use drydock_contract::session::{Claim, Outbox, RequestDetails};
use drydock_contract::{Session, SessionId, SessionKind, Stage, Status};
use drydock_store::{Change, Created, NewSession};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Shared by those who call the sweep, and held alone by who waits for its schedule.
static CALLS: RwLock<()> = RwLock::const_new(());

/// The right to call the sweep.
pub struct Calls<'a> {
    world: &'a World,
    _right: RwLockReadGuard<'static, ()>,
}

impl Calls<'_> {
    /// Does what the schedule does every minute.
    pub async fn sweep(&self) {
        let invoke = self.world.lambda().invoke().function_name(self.world.output("ApiHandlerName"));
        let answer = invoke.payload(Blob::new(r#"{"drydock":"sweep"}"#)).send().await.expect("the sweep runs");
        assert_eq!(answer.function_error(), None, "{answer:?}");
    }
}

impl World {
    /// A session whose head was written and whose first message was never sent.
    pub async fn unsent(&self, repository: &str, stage: Stage) -> Session {
        self.unsent_of(repository, SessionKind::Deploy, stage).await
    }

    async fn unsent_of(&self, repository: &str, kind: SessionKind, stage: Stage) -> Session {
        self.unsent_with(repository, kind, stage, RequestDetails::default()).await
    }

    /// The same of any kind, for a request with more than a repository.
    pub async fn unsent_with(
        &self,
        repository: &str,
        kind: SessionKind,
        stage: Stage,
        request: RequestDetails,
    ) -> Session {
        let id = SessionId::new(kind, &uuid::Uuid::new_v4().to_string()).expect("an id");
        let work = Work::new(id.clone(), stage, 1);
        let new = NewSession {
            id,
            repository: repository.to_owned(),
            branch: "main".to_owned(),
            project_root: None,
            request,
            message: "Deployment accepted and queued".to_owned(),
            stage,
            outbox: Some(Outbox { work, delay_seconds: 0, workflow: false }),
            idempotency: None,
            max_fix_attempts: (kind == SessionKind::Sdlc).then_some(0),
        };
        match self.store.create(new).await.expect("the table answers") {
            Created::New(head) => head,
            other => panic!("the id was not new: {other:?}"),
        }
    }

    /// A session whose stage has been begun by an invocation that died with the last delivery of its message, an hour
    /// ago.
    pub async fn abandoned(&self, repository: &str, stage: Stage) -> SessionId {
        let head = self.unsent(repository, stage).await;
        self.kill(&head.session_id, stage).await;
        head.session_id
    }

    /// Makes a session look as if its stage had died so. Whatever message is still under way comes too late.
    pub async fn kill(&self, id: &SessionId, stage: Stage) {
        let until = format!("{:.3}", Timestamp::now() - SignedDuration::from_hours(1));
        let claim = Claim { stage, owner: "dead".to_owned(), until, receives: 3 };
        let change = Change { claim: Some(claim), look: Some(999), clear_outbox: true, ..Change::default() };
        self.store.update_latest(id, |_| Some(change.clone())).await.expect("written");
        self.age(id).await;
    }

    /// Lets the lease of an invocation that was killed be over, as it is minutes later: whoever has its message may take
    /// the work up.
    pub async fn lapse(&self, id: &SessionId) {
        self.reclaim(id, |claim| Claim { until: format!("{:.3}", Timestamp::now()), ..claim }).await;
    }

    /// Lets it have been over for an hour, and its message have come for the last time.
    pub async fn lapse_for_good(&self, id: &SessionId) {
        let until = format!("{:.3}", Timestamp::now() - SignedDuration::from_hours(1));
        self.reclaim(id, |claim| Claim { until: until.clone(), receives: 3, ..claim }).await;
        self.age(id).await;
    }

    /// Gives a session's work to another invocation, which has just begun.
    pub async fn take_over(&self, id: &SessionId) {
        let until = format!("{:.3}", Timestamp::now() + SignedDuration::from_mins(10));
        self.reclaim(id, |claim| Claim { owner: "another".to_owned(), until: until.clone(), ..claim }).await;
    }

    async fn reclaim(&self, id: &SessionId, change: impl Fn(Claim) -> Claim) {
        let changed = |head: &Session| {
            let claim = change(head.claim.clone()?);
            Some(Change { claim: Some(claim), ..Change::default() })
        };
        self.store.update_latest(id, changed).await.expect("written");
    }

    /// A session whose first message is somewhere, and not in its head.
    pub async fn sent(&self, repository: &str, kind: SessionKind, stage: Stage) -> SessionId {
        let head = self.unsent_of(repository, kind, stage).await;
        self.store.outbox_sent(&head).await.expect("written");
        self.age(&head.session_id).await;
        head.session_id
    }

    /// A session of a workflow that has no execution, was opened three hours ago, and has just been written to by the
    /// stage that watches its stack.
    pub async fn unled(&self, repository: &str) -> SessionId {
        let head = self.unsent_of(repository, SessionKind::Sdlc, Stage::CloneDetect).await;
        let long_ago = format!("{:.3}", Timestamp::now() - SignedDuration::from_hours(3));
        let update = self.dynamodb().update_item().table_name(self.table()).set_key(Some(key(&head.session_id)));
        let update = update.update_expression("SET createdAt = :then");
        update.expression_attribute_values(":then", AttributeValue::S(long_ago)).send().await.expect("written");
        let (status, stage) = (Some(Status::Deploying), Some(Stage::Monitor));
        let watched = Change { status, stage, look: Some(700), clear_outbox: true, ..Change::default() };
        self.store.update_latest(&head.session_id, |_| Some(watched.clone())).await.expect("written");
        head.session_id
    }

    /// Takes a session that a request opened back to the moment before its message was sent.
    pub async fn unsend(&self, id: &SessionId) {
        let head = self.head(id).await;
        let unsent = self.unsent(&head.repository, Stage::CloneDetect).await;
        let [original, mut item] = [self.item(id).await, self.item(&unsent.session_id).await];
        item.insert("sessionId".to_owned(), AttributeValue::S(id.to_string()));
        for attribute in ["idempotency", "createdKey", "createdAt", "branch"] {
            item.insert(attribute.to_owned(), original[attribute].clone());
        }
        let Some(AttributeValue::M(outbox)) = item.get_mut("outbox") else { panic!("no outbox in {item:?}") };
        let Some(AttributeValue::M(work)) = outbox.get_mut("work") else { panic!("no work in {outbox:?}") };
        work.insert("sessionId".to_owned(), AttributeValue::S(id.to_string()));
        self.dynamodb().put_item().table_name(self.table()).set_item(Some(item)).send().await.expect("written");
        self.forget(&unsent.session_id).await;
    }

    /// Makes a session's last write look ten minutes old: longer ago than any stage waits for its next try.
    pub async fn age(&self, id: &SessionId) {
        let long_ago = format!("{:.3}", Timestamp::now() - SignedDuration::from_mins(10));
        let update = self.dynamodb().update_item().table_name(self.table()).set_key(Some(key(id)));
        let update = update.update_expression("SET updatedAt = :then");
        update.expression_attribute_values(":then", AttributeValue::S(long_ago)).send().await.expect("written");
    }

    /// Makes a session's head one that another version of Drydock has written so many minutes ago: `attribute` has a
    /// word that came with it.
    pub async fn write_as_another_version(&self, id: &SessionId, attribute: &str, minutes: i64) {
        self.write_word(id, attribute, "verifying", minutes).await;
    }

    /// Writes a word into an attribute of a session's head, as of so many minutes ago.
    pub async fn write_word(&self, id: &SessionId, attribute: &str, word: &str, minutes: i64) {
        let then = format!("{:.3}", Timestamp::now() - SignedDuration::from_mins(minutes));
        let update = self.dynamodb().update_item().table_name(self.table()).set_key(Some(key(id)));
        let update = update.update_expression("SET updatedAt = :then, #word = :word");
        let update = update.expression_attribute_names("#word", attribute);
        let update = update.expression_attribute_values(":word", AttributeValue::S(word.to_owned()));
        update.expression_attribute_values(":then", AttributeValue::S(then)).send().await.expect("written");
    }

    /// Does what the schedule does every minute.
    pub async fn sweep(&self) {
        self.calls().await.sweep().await;
    }

    /// The right to call the sweep, for whoever cannot wait for it once something is prepared.
    pub async fn calls(&self) -> Calls<'_> {
        Calls { world: self, _right: CALLS.read().await }
    }

    /// Nobody calls the sweep until this is dropped: it comes by its schedule only.
    pub async fn left_to_the_schedule(&self) -> RwLockWriteGuard<'static, ()> {
        CALLS.write().await
    }

    async fn item(&self, id: &SessionId) -> HashMap<String, AttributeValue> {
        let get = self.dynamodb().get_item().table_name(self.table()).set_key(Some(key(id))).consistent_read(true);
        get.send().await.expect("the table answers").item.unwrap_or_else(|| panic!("no session {id}"))
    }

    async fn forget(&self, id: &SessionId) {
        let delete = self.dynamodb().delete_item().table_name(self.table()).set_key(Some(key(id)));
        delete.send().await.expect("deleted");
    }

    fn table(&self) -> &str {
        self.output("DeploymentsTable")
    }
}

fn key(id: &SessionId) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([("sessionId".to_owned(), text(id.as_str())), ("entry".to_owned(), text("session"))])
}

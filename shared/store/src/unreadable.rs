//! Heads that this version cannot read: another one wrote them, with words that came with it, and was rolled back since.
//! No handler can do anything for such a session, so it must be possible to end it without reading it as a whole.

use crate::change::{MAX_TRIES, applied};
use crate::{Change, Item, Store, StoreError, keys, session};
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::session::RequestDetails;
use drydock_contract::{Session, SessionId, Stage, Status};

/// What could not be read is kept in this attribute of the head, for people and for the version that wrote it.
const UNREAD: &str = "unread";

/// A head that cannot be read as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// Whose head it is.
    pub id: SessionId,
    /// When it was last written: RFC 3339 with milliseconds, UTC; empty if even that cannot be read.
    pub updated_at: String,
    /// What cannot be read of it.
    pub why: String,
    item: Item,
}

impl Store {
    /// The head of a session if [`Store::get`] cannot read it; `None` if it can, or if there is no such session.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn unreadable(&self, id: &SessionId) -> Result<Option<Unreadable>, StoreError> {
        let Some(item) = self.raw(id).await? else { return Ok(None) };
        let Err(error) = session(item.clone()) else { return Ok(None) };
        let updated_at = item.get("updatedAt").and_then(|at| at.as_s().ok()).cloned().unwrap_or_default();
        Ok(Some(Unreadable { id: id.clone(), updated_at, why: error.to_string(), item }))
    }

    /// Writes `change`, which ends the session, over what can be read of its head. The rest is put aside, so that the
    /// head can be read from then on. One that has ended already stays as it is, and so does one that `change` leaves.
    ///
    /// `change` is told which attributes could not be read, in the order of their names: of those the head that it is
    /// given knows nothing.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if somebody else has written it meanwhile.
    pub async fn end_unreadable(
        &self,
        head: &Unreadable,
        change: impl FnOnce(&Session, &[String]) -> Option<Change>,
    ) -> Result<Session, StoreError> {
        let (read, mut item, unread) = head.sorted()?;
        let Some(change) = change(&read, &names(&unread)).filter(|_| !read.status.is_terminal()) else {
            return Ok(read);
        };
        let ended = applied(&read, &change);
        for name in ["claim", "outbox"] {
            item.remove(name);
        }
        let written: Item = serde_dynamo::to_item(&ended).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        item.extend(written);
        if !unread.is_empty() {
            item.insert(UNREAD.to_owned(), AttributeValue::M(unread));
        }
        let mut put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let mut unchanged = Vec::new();
        for name in ["version", "status"] {
            put = put.expression_attribute_names(format!("#{name}"), name);
            unchanged.push(match head.item.get(name) {
                Some(was) => {
                    put = put.expression_attribute_values(format!(":{name}"), was.clone());
                    format!("#{name} = :{name}")
                }
                None => format!("attribute_not_exists(#{name})"),
            });
        }
        put.condition_expression(unchanged.join(" AND ")).send().await.map_err(StoreError::aws)?;
        Ok(ended)
    }

    /// As [`Store::update_latest`] with a change that ends the session, also if its head cannot be read as a whole, see
    /// [`Store::end_unreadable`].
    ///
    /// # Errors
    /// If there is no such session or the table cannot be used.
    pub async fn end_latest(
        &self,
        id: &SessionId,
        change: impl Fn(&Session, &[String]) -> Option<Change>,
    ) -> Result<Session, StoreError> {
        for _ in 0..MAX_TRIES {
            match self.update_latest(id, |head| change(head, &[])).await {
                Err(StoreError::Corrupt(_)) => {}
                result => return result,
            }
            let Some(head) = self.unreadable(id).await? else { continue };
            match self.end_unreadable(&head, &change).await {
                Err(StoreError::Stale) => {}
                result => return result,
            }
        }
        Err(StoreError::Stale)
    }

    /// The attributes that could not be read of a head when it was ended, in the order of their names. None of most.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn unread(&self, id: &SessionId) -> Result<Vec<String>, StoreError> {
        let item = self.raw(id).await?.unwrap_or_default();
        Ok(item.get(UNREAD).and_then(|unread| unread.as_m().ok()).map(names).unwrap_or_default())
    }

    /// True if a session has ended or does not exist, whatever else of its head can be read.
    pub(crate) async fn is_over(&self, id: &SessionId) -> Result<bool, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::head(id))).consistent_read(true);
        let get = get.projection_expression("#status").expression_attribute_names("#status", "status");
        let Some(item) = get.send().await.map_err(StoreError::aws)?.item else { return Ok(true) };
        let status = item.get("status").and_then(|status| status.as_s().ok());
        Ok(status.and_then(|word| Status::parse(word)).is_some_and(Status::is_terminal))
    }
}

impl Unreadable {
    /// What can be read, as a head and as attributes, and the attributes that cannot.
    fn sorted(&self) -> Result<(Session, Item, Item), StoreError> {
        let blank: Item =
            serde_dynamo::to_item(blank(&self.id)).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let can_be_read = |name: &str, value: &AttributeValue| {
            let mut alone = blank.clone();
            alone.insert(name.to_owned(), value.clone());
            session(alone).is_ok()
        };
        let (known, unread): (Item, Item) =
            self.item.clone().into_iter().partition(|(name, value)| can_be_read(name, value));
        let mut whole = blank.clone();
        whole.extend(known.clone());
        Ok((session(whole)?, known, unread))
    }
}

fn names(attributes: &Item) -> Vec<String> {
    let mut names: Vec<String> = attributes.keys().cloned().collect();
    names.sort_unstable();
    names
}

/// The least that a head can be.
fn blank(id: &SessionId) -> Session {
    Session {
        session_id: id.clone(),
        kind: id.kind(),
        status: Status::Pending,
        stage: Stage::Done,
        attempt: 1,
        look: 0,
        version: 0,
        created_at: String::new(),
        updated_at: String::new(),
        repository: String::new(),
        branch: String::new(),
        project_root: None,
        message: String::new(),
        request: RequestDetails::default(),
        source: None,
        detection: None,
        target: None,
        deployed_resources: None,
        fix: None,
        sanity: None,
        deployment_job: None,
        workflow: None,
        error: None,
        outbox: None,
        claim: None,
        idempotency: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A head in which each of `changes` is as another version might write it.
    fn unreadable(changes: &Value) -> Unreadable {
        let id = SessionId::parse("sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        let mut head = json!({
            "sessionId": id, "kind": "sdlc", "status": "deploying", "stage": "monitor", "createdAt": "c", "updatedAt": "u", "repository": "https://github.com/o/n", "branch": "main",
            "message": "m", "request": {"iacType": "sam", "stackName": "shop"}, "target": {"kind": "stack", "name": "s"},
            "entry": "session", "createdKey": "k", "new": {"of": "that version"},
        });
        head.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let mut item: Item = serde_dynamo::to_item(head).unwrap();
        for (name, number) in [("attempt", 2_u32), ("look", 3), ("version", 9)] {
            item.entry(name.to_owned()).or_insert_with(|| keys::number(number));
        }
        Unreadable { id, updated_at: "u".into(), why: String::new(), item }
    }

    fn check(changes: &Value, unread: &[&str]) -> Session {
        let (read, known, rest) = unreadable(changes).sorted().unwrap();
        assert_eq!(names(&rest), unread, "{changes}");
        assert!(known.contains_key("createdKey") && known.contains_key("new"), "what it does not know it keeps");
        read
    }

    #[test]
    fn what_can_be_read_is_kept_and_the_rest_is_told_apart() {
        let read = check(&json!({"stage": "verify"}), &["stage"]);
        assert_eq!((read.status, read.stage, read.version), (Status::Deploying, Stage::Done, 9));
        assert_eq!((read.attempt, read.request.stack_name.as_deref()), (2, Some("shop")));
        assert_eq!(read.target.map(|target| target.name().to_owned()).as_deref(), Some("s"));
        let read = check(&json!({"status": "verifying"}), &["status"]);
        assert!(!read.status.is_terminal());
        let read = check(
            &json!({"request": {"iacType": "pulumi"}, "detection": {"type": "pulumi"}}),
            &["detection", "request"],
        );
        assert_eq!((read.repository.as_str(), read.branch.as_str()), ("https://github.com/o/n", "main"));
        check(&json!({"claim": {"stage": "verify", "owner": "o", "until": "u"}, "kind": "x"}), &["claim", "kind"]);
        check(&json!({"version": "nine"}), &["version"]);
    }
}

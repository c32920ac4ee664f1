//! One item for each stack or function that sessions work on: whose turn it is and who waits, see
//! [`drydock_contract::turns`].

use crate::change::MAX_TRIES;
use crate::{Store, StoreError, keys, time};
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::SessionId;
use drydock_contract::turns::{Place, join};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// `entry` of the item.
const LOCK: &str = "lock";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Lock {
    /// Who has the turn, and then who waits.
    line: Vec<SessionId>,
    /// Who deployed, or began to, at last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<SessionId>,
    /// Grows by one with every write; 0 for an item that is not there.
    version: u64,
}

impl Lock {
    /// With `who` as the last to deploy; `None` if that is written already, or if `who` has not the turn any more.
    fn deployed_by(self, who: &SessionId) -> Option<Self> {
        let writes = self.line.first() == Some(who) && self.last.as_ref() != Some(who);
        writes.then(|| Self { last: Some(who.clone()), ..self })
    }
}

impl Store {
    /// Puts a session into the line of `target` and says where it stands. Repeating it changes nothing.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn take_turn(&self, target: &str, who: &SessionId) -> Result<Place<SessionId>, StoreError> {
        for _ in 0..MAX_TRIES {
            let lock = self.lock(target).await?;
            let (line, place) = self.join(&lock.line, who).await?;
            if line == lock.line {
                return Ok(place);
            }
            match self.write_lock(target, Lock { line, ..lock }).await {
                Ok(()) => return Ok(place),
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Stale)
    }

    /// Writes down that `who`, whose turn it is, deploys to `target` from now on. If it is not any more, `who` has ended
    /// and deploys nothing: what another has written there meanwhile stays.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn deploys_to(&self, target: &str, who: &SessionId) -> Result<(), StoreError> {
        for _ in 0..MAX_TRIES {
            let Some(lock) = self.lock(target).await?.deployed_by(who) else { return Ok(()) };
            match self.write_lock(target, lock).await {
                Err(StoreError::Stale) => {}
                result => return result,
            }
        }
        Err(StoreError::Stale)
    }

    /// The session that deployed to `target`, or began to, at last; `None` if none ever did.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn last_at(&self, target: &str) -> Result<Option<SessionId>, StoreError> {
        Ok(self.lock(target).await?.last)
    }

    /// Joins the line without those at its head that are over: further back it makes no difference yet.
    async fn join(
        &self,
        line: &[SessionId],
        who: &SessionId,
    ) -> Result<(Vec<SessionId>, Place<SessionId>), StoreError> {
        let mut over = Vec::new();
        loop {
            let (joined, place) = join(line, who, |entry| over.contains(entry));
            let Place::Behind(first) = &place else { return Ok((joined, place)) };
            // Not the whole head: one that cannot be read must hold up nobody once it has ended.
            if !self.is_over(first).await? {
                return Ok((joined, place));
            }
            over.push(first.clone());
        }
    }

    async fn lock(&self, target: &str) -> Result<Lock, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(target))).consistent_read(true);
        let found = get.send().await.map_err(StoreError::aws)?.item;
        let read = |item| {
            serde_dynamo::from_item(item).map_err(|error| StoreError::Corrupt(format!("line of {target}: {error}")))
        };
        found.map_or_else(|| Ok(Lock::default()), read)
    }

    /// Writes what was read as `lock.version`, as the next version.
    async fn write_lock(&self, target: &str, lock: Lock) -> Result<(), StoreError> {
        let was = lock.version;
        let next = Lock { version: was + 1, ..lock };
        let mut item: crate::Item =
            serde_dynamo::to_item(&next).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        item.extend(key(target));
        item.insert("expiresAt".to_owned(), AttributeValue::N(time::expires_at().to_string()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = if was == 0 {
            put.condition_expression("attribute_not_exists(sessionId)")
        } else {
            put.condition_expression("#version = :was")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":was", keys::number(was))
        };
        put.send().await.map(|_| ()).map_err(StoreError::aws)
    }
}

/// No session has such an id, and no index holds an item without a status and a kind.
fn key(target: &str) -> crate::Item {
    HashMap::from([
        ("sessionId".to_owned(), keys::text(format!("target#{target}"))),
        ("entry".to_owned(), keys::text(LOCK)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_turn_is_the_last_to_deploy() {
        let id = |number: u8| SessionId::parse(&format!("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c1{number}")).unwrap();
        let check = |line: &[u8], last: Option<u8>, expected: Option<u8>| {
            let lock = Lock { line: line.iter().copied().map(id).collect(), last: last.map(id), version: 3 };
            let line = lock.line.clone();
            let expected = expected.map(|last| Lock { line, last: Some(id(last)), version: 3 });
            assert_eq!(lock.deployed_by(&id(1)), expected);
        };
        check(&[1, 2], None, Some(1));
        check(&[1], Some(2), Some(1));
        check(&[1], Some(1), None);
        check(&[2, 1], Some(2), None);
        // It has ended, and another has its turn: whoever deploys now must stay the last.
        check(&[2], Some(2), None);
    }
}

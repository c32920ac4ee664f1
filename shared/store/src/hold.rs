//! Whether an invocation may still act for a session.

use crate::change::MAX_TRIES;
use crate::{Change, Store, StoreError};
use drydock_contract::{Session, SessionId};

/// Who a session's work belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// To the one who asks.
    Ours(Session),
    /// To nobody: the session has ended meanwhile.
    Over(Session),
    /// To another invocation, or to nobody yet.
    Lost,
}

impl Store {
    /// Asks whether `owner` still has the claim of a session that goes on, and writes `change` under the same
    /// condition. What is written so before something is done outside the table is known to whoever ends the session
    /// afterwards.
    ///
    /// # Errors
    /// If there is no such session or the table cannot be used.
    pub async fn hold(&self, id: &SessionId, owner: &str, change: Option<Change>) -> Result<Held, StoreError> {
        for _ in 0..MAX_TRIES {
            let head = self.get(id).await?.ok_or_else(|| StoreError::NotFound(id.clone()))?;
            if head.status.is_terminal() {
                return Ok(Held::Over(head));
            }
            if head.claim.as_ref().is_none_or(|claim| claim.owner != owner) {
                return Ok(Held::Lost);
            }
            let Some(change) = change.clone() else { return Ok(Held::Ours(head)) };
            match self.update(&head, change).await {
                Ok(head) => return Ok(Held::Ours(head)),
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Stale)
    }
}

//! Sessions whose heads this version cannot read. No handler can work for them, and what they stand in line for waits.

use super::{Sweep, Swept, line};
use crate::unread::unknown_target;
use drydock_contract::session::Failure;
use drydock_contract::sweep::UNREADABLE;
use drydock_contract::{SessionId, Stage};
use drydock_store::{Change, StoreError, Unreadable};
use jiff::Timestamp;
use std::time::Duration;

impl Sweep<'_> {
    /// Ends a session whose head cannot be read, once it has stood still for so long that nobody else can, either.
    pub(super) async fn unreadable(&self, id: &SessionId) -> Swept {
        let ended = match self.service.store.unreadable(id).await {
            Ok(Some(head)) if is_given_up(&head, self.now) => self.end_unreadable(&head).await,
            Ok(_) => return Swept { seen: 1, ..Swept::NOTHING },
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => Swept { seen: 1, ended: 1, ..Swept::NOTHING },
            // It moved after all.
            Err(StoreError::Stale) => Swept { seen: 1, ..Swept::NOTHING },
            Err(error) => {
                tracing::error!(session = %id, %error, "the sweep cannot end a session that it cannot read");
                Swept::ERROR
            }
        }
    }

    async fn end_unreadable(&self, head: &Unreadable) -> Result<(), StoreError> {
        let (store, id) = (&self.service.store, &head.id);
        let ended = store
            .end_unreadable(head, |session, unread| {
                let target = unread.iter().any(|attribute| attribute == "target").then(|| unknown_target(session));
                Some(Change::failed(&failure(&head.why, target.as_deref())))
            })
            .await?;
        tracing::error!(session = %id, why = head.why, "ended by the sweep: it cannot be read");
        let told = ended.error.as_ref().map_or_else(String::new, line);
        store.log_once(id, Stage::Done, &ended.updated_at, "swept", &told).await
    }
}

/// A time that cannot be read is of no use to anybody.
fn is_given_up(head: &Unreadable, now: Timestamp) -> bool {
    let Ok(at) = head.updated_at.parse::<Timestamp>() else { return true };
    Duration::try_from(now.duration_since(at)).is_ok_and(|idle| idle > UNREADABLE)
}

/// `target` is where to look for what it has deployed, if the head does not say any more.
fn failure(why: &str, target: Option<&str>) -> Failure {
    let again = "send the request again";
    Failure {
        code: "unreadable".to_owned(),
        message: format!("the session was written by another version of Drydock, which this one cannot read: {why}"),
        remedy: Some(target.map_or_else(|| again.to_owned(), |target| format!("{again}; {target}"))),
        location: None,
        stage: Stage::Done,
        replayable: false,
    }
}

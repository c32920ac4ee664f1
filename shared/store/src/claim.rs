//! Taking on a stage's work.

use crate::change::MAX_TRIES;
use crate::{Change, Store, StoreError, time};
use drydock_contract::Session;
use drydock_contract::message::Work;
use drydock_contract::session::Claim;
use drydock_contract::transition::{Position, Standing};
use std::time::Duration;

/// Whether a message is to be worked on.
#[derive(Clone, Debug, PartialEq)]
pub enum Claimed {
    /// It is ours until the lease ends.
    Granted(Session),
    /// The session has passed this point: the message came twice or late.
    Past(Session),
    /// Another invocation works on it.
    Busy {
        /// When its lease ends: RFC 3339 with milliseconds.
        until: String,
    },
    /// There is no such session.
    Unknown,
}

impl Store {
    /// Takes on `work` for `lease`, if it is due and nobody else has it. A lease that has run out belongs to an
    /// invocation that is dead: SQS has given its message to us. `receives` is how often it has, this time included.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn claim(&self, work: &Work, owner: &str, lease: Duration, receives: u32) -> Result<Claimed, StoreError> {
        for _ in 0..MAX_TRIES {
            let Some(head) = self.get(&work.session_id).await? else { return Ok(Claimed::Unknown) };
            let standing = standing(&head, work, owner, &time::now());
            match standing {
                Standing::Past => return Ok(Claimed::Past(head)),
                Standing::Busy => {
                    let until = head.claim.map(|claim| claim.until).unwrap_or_default();
                    return Ok(Claimed::Busy { until });
                }
                Standing::Due | Standing::Begins(_) => {}
            }
            let claim = Claim { stage: work.stage, owner: owner.to_owned(), until: time::after(lease), receives };
            // The message is here, so it need not be sent again.
            let arrived = head.outbox.as_ref().is_some_and(|outbox| outbox.work == *work);
            let begun = match standing {
                Standing::Begins(at) => Change::begun(&head, &at),
                _ => Change::default(),
            };
            let change = Change { claim: Some(claim), clear_outbox: arrived, ..begun };
            match self.update(&head, change).await {
                Ok(head) => return Ok(Claimed::Granted(head)),
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Stale)
    }
}

/// True if the session waits for this work, and nobody else who is alive has it.
pub(crate) fn is_due(head: &Session, work: &Work, owner: &str, now: &str) -> bool {
    standing(head, work, owner, now) == Standing::Due
}

fn standing(head: &Session, work: &Work, owner: &str, now: &str) -> Standing {
    Position::of(head).standing(work, head.holder(work.stage, owner, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::{Stage, Status};

    const NOW: &str = "2026-01-01T00:00:00.000Z";

    fn work() -> Work {
        let id = drydock_contract::SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        Work { look: 3, ..Work::new(id, Stage::Monitor, 2) }
    }

    fn head() -> Session {
        serde_json::from_value(serde_json::json!({
            "sessionId": work().session_id, "kind": "deploy", "status": "deploying", "stage": "monitor",
            "attempt": 2, "look": 3, "version": 9, "createdAt": NOW, "updatedAt": NOW,
            "repository": "https://github.com/o/n", "branch": "main", "message": "", "request": {},
        }))
        .unwrap()
    }

    fn check(change: impl FnOnce(&mut Session), expected: Standing) {
        let mut head = head();
        change(&mut head);
        assert_eq!(standing(&head, &work(), "me", NOW), expected);
    }

    #[test]
    fn only_the_next_piece_of_work_is_due() {
        check(|_| {}, Standing::Due);
        check(|head| head.look = 4, Standing::Past);
        check(|head| head.attempt = 3, Standing::Past);
        check(|head| head.stage = Stage::Done, Standing::Past);
        for status in [Status::Success, Status::Failed, Status::Cancelled] {
            check(|head| head.status = status, Standing::Past);
        }
    }

    #[test]
    fn a_live_claim_holds_and_a_dead_one_does_not() {
        let claim = |stage, owner: &str, until: &str| {
            let claim = Claim { stage, owner: owner.into(), until: until.into(), receives: 1 };
            move |head: &mut Session| head.claim = Some(claim)
        };
        check(claim(Stage::Monitor, "other", "2026-01-01T00:00:01.000Z"), Standing::Busy);
        check(claim(Stage::Monitor, "other", "2025-12-31T23:59:59.000Z"), Standing::Due);
        check(claim(Stage::Monitor, "me", "2026-01-01T00:00:01.000Z"), Standing::Due);
        check(claim(Stage::Deploy, "other", "2026-01-01T00:00:01.000Z"), Standing::Due);
    }
}

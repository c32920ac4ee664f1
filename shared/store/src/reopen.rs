//! Taking up again a session that was ended because its message lies in a dead-letter queue.

use crate::change::MAX_TRIES;
use crate::{Change, Store, StoreError};
use drydock_contract::message::Work;
use drydock_contract::replay::{self, Effect};
use drydock_contract::session::Outbox;
use drydock_contract::transition::Position;
use drydock_contract::{Session, Stage};

/// What a message from a dead-letter queue means to its session.
#[derive(Clone, Debug, PartialEq)]
pub enum Replay {
    /// The session was ended because of this message, and could go on with it.
    Parked(Session),
    /// The session waits for this message: it has not been ended, or was taken up again by a replay that broke off.
    Waits(Session),
    /// The session has passed this point or is over for another reason: the message would be dropped.
    Past(Session),
    /// There is no such session.
    Unknown,
}

impl Store {
    /// What `work` means to its session as it stands now. Writes nothing.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn replay_of(&self, work: &Work) -> Result<Replay, StoreError> {
        Ok(self.get(&work.session_id).await?.map_or(Replay::Unknown, |head| judge(head, work)))
    }

    /// Takes the session of `work` up again if that is what it was ended for: it is in the same stage of the same
    /// round as before, and `work` lies in its outbox. So the message is sent by the next sweep even if whoever replays
    /// it dies right after this write. [`Replay::Parked`] then has the session as it is now.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn reopen(&self, work: &Work) -> Result<Replay, StoreError> {
        for _ in 0..MAX_TRIES {
            let Some(head) = self.get(&work.session_id).await? else { return Ok(Replay::Unknown) };
            let Effect::Reopens(at) = replay::effect(&Position::of(&head), parked_for(&head), work) else {
                return Ok(judge(head, work));
            };
            // The write names the version that was judged, and with it status and failure.
            match self.put(&head, reopening(&at, work)).await {
                Ok(head) => return Ok(Replay::Parked(head)),
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Stale)
    }
}

fn judge(head: Session, work: &Work) -> Replay {
    match replay::effect(&Position::of(&head), parked_for(&head), work) {
        Effect::Reopens(_) => Replay::Parked(head),
        Effect::Waits => Replay::Waits(head),
        Effect::Nothing => Replay::Past(head),
    }
}

/// The stage whose message lies in a dead-letter queue and has ended the session.
fn parked_for(head: &Session) -> Option<Stage> {
    head.error.as_ref().filter(|error| error.replayable).map(|error| error.stage)
}

fn reopening(at: &Position, work: &Work) -> Change {
    Change {
        status: Some(at.status),
        stage: Some(at.stage),
        message: Some(format!("taken up again: the message for the {} stage is sent once more", work.stage)),
        clear_error: true,
        outbox: Some(Outbox { work: work.clone(), delay_seconds: 0, workflow: false }),
        release_claim: true,
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::Status;
    use serde_json::{Value, json};

    const ID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

    fn session(change: &Value) -> Session {
        let error = json!({"code": "parked", "message": "m", "stage": "monitor", "replayable": true});
        let mut head = json!({
            "sessionId": ID, "kind": "deploy", "status": "failed", "stage": "done", "attempt": 2, "look": 3,
            "version": 9, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
            "repository": "r", "branch": "b", "message": "m", "request": {}, "error": error,
        });
        head.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value(head).unwrap()
    }

    fn work(change: &Value) -> Work {
        let mut work = json!({"version": 1, "sessionId": ID, "stage": "monitor", "attempt": 2, "look": 3});
        work.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value(work).unwrap()
    }

    fn check(head: &Value, message: &Value, expected: &str) {
        let word = match judge(session(head), &work(message)) {
            Replay::Parked(_) => "parked",
            Replay::Waits(_) => "waits",
            Replay::Past(_) => "past",
            Replay::Unknown => "unknown",
        };
        assert_eq!(word, expected, "{head} {message}");
    }

    #[test]
    fn only_what_was_ended_for_this_message_is_taken_up_again() {
        let failure = |stage: &str, replayable| json!({"error": {"code": "c", "message": "m", "stage": stage, "replayable": replayable}});
        check(&json!({}), &json!({}), "parked");
        check(&failure("monitor", false), &json!({}), "past");
        check(&failure("deploy", true), &json!({}), "past");
        check(&json!({"status": "success", "error": null}), &json!({}), "past");
    }

    #[test]
    fn a_session_that_waits_for_the_message_gets_it() {
        check(&json!({"status": "deploying", "stage": "monitor", "error": null}), &json!({}), "waits");
        check(&json!({"status": "deploying", "stage": "monitor", "error": null}), &json!({"look": 2}), "past");
    }

    #[test]
    fn it_goes_on_where_it_was_with_the_message_in_its_outbox() {
        let head = session(&json!({}));
        let message = work(&json!({}));
        let Effect::Reopens(at) = replay::effect(&Position::of(&head), parked_for(&head), &message) else {
            panic!("not taken up")
        };
        let next = crate::change::applied(&head, &reopening(&at, &message));
        assert_eq!((next.status, next.stage, next.attempt, next.look), (Status::Deploying, Stage::Monitor, 2, 3));
        assert_eq!(next.outbox.as_ref().map(|outbox| &outbox.work), Some(&work(&json!({}))));
        assert_eq!(next.error, None);
        assert!(matches!(judge(next, &work(&json!({}))), Replay::Waits(_)), "and a second replay sends it again");
    }
}

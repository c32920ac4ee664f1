//! Dead letters: a session whose message lies in a dead-letter queue ends with that as its reason, unless it has gone
//! on without it.

use super::{Sweep, Swept, since};
use drydock_contract::Session;
use drydock_contract::message::Work;
use drydock_contract::session::Failure;
use drydock_contract::transition::{Due, Position};
use drydock_store::Change;
use jiff::{SignedDuration, Timestamp};

/// A session that changed later than that is just being taken up by somebody: a replay, or another copy of its message.
const QUIET: SignedDuration = SignedDuration::from_mins(1);

impl Sweep<'_> {
    pub(super) async fn letters(&self) -> Swept {
        let (letters, errors) = self.service.dead_letters.peek().await;
        let mut swept = Swept { errors: errors.len(), ..Swept::NOTHING };
        for error in errors {
            tracing::error!(error, "the sweep cannot see dead letters");
        }
        for letter in letters {
            swept +=
                if self.is_over() { Swept { complete: false, ..Swept::NOTHING } } else { self.letter(&letter).await };
        }
        swept
    }

    async fn letter(&self, letter: &Work) -> Swept {
        let id = &letter.session_id;
        match self.service.store.get(id).await {
            Ok(Some(session)) if is_lost(&session, letter, self.now) => {
                self.end(&session, Change::failed(&failure(letter)).settled(&session)).await
            }
            Ok(_) => Swept::NOTHING,
            Err(error) => {
                tracing::error!(session = %id, %error, "the sweep cannot read a session");
                Swept::ERROR
            }
        }
    }
}

/// True if the session waits for this message and for nothing else.
fn is_lost(session: &Session, letter: &Work, now: Timestamp) -> bool {
    // A claim whose message is dead belongs to an invocation that may still succeed.
    let claimed = session.claim.as_ref().is_some_and(|claim| since(now, &claim.until).is_negative());
    let waits = Position::of(session).due(letter) != Due::Past;
    waits && !claimed && session.outbox.is_none() && since(now, &session.updated_at) > QUIET
}

fn failure(letter: &Work) -> Failure {
    Failure {
        code: "dead-letter".to_owned(),
        message: format!("the message for the {} stage was delivered again and again without a result", letter.stage),
        remedy: Some(
            "the cause is in the stage's log; mend it, then give the message back with `cargo xtask dlq replay`, or send \
             the request again"
                .to_owned(),
        ),
        location: None,
        stage: letter.stage,
        replayable: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_session_is_lost_if_nothing_but_the_letter_leads_it_on() {
        let id = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
        let letter: Work =
            serde_json::from_value(json!({"version": 1, "sessionId": id, "stage": "monitor", "attempt": 1, "look": 2}))
                .unwrap();
        let check = |change: Value, now: &str, expected: bool| {
            let mut session = json!({
                "sessionId": id, "kind": "deploy", "status": "deploying", "stage": "monitor", "attempt": 1, "look": 2,
                "version": 1, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
                "repository": "r", "branch": "b", "message": "m", "request": {},
            });
            session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let now = format!("2026-01-01T00:{now}Z").parse().unwrap();
            assert_eq!(is_lost(&serde_json::from_value(session).unwrap(), &letter, now), expected, "{change}");
        };
        check(json!({}), "01:01", true);
        check(json!({}), "00:59", false);
        check(json!({"look": 3}), "01:01", false);
        check(json!({"stage": "deploy"}), "01:01", false);
        check(json!({"status": "failed", "stage": "done"}), "01:01", false);
        let claim = json!({"claim": {"stage": "monitor", "owner": "o", "until": "2026-01-01T00:02:00.000Z"}});
        check(claim.clone(), "01:59", false);
        check(claim, "02:01", true);
        let work = json!({"version": 1, "sessionId": id, "stage": "monitor", "attempt": 1, "look": 2});
        check(json!({"outbox": {"work": work, "delaySeconds": 0}}), "01:01", false);
    }
}

//! The sweep: nothing is stuck for ever.
//!
//! A session is stuck when the invocation that was to send its next message died first, or when a stage died on its
//! last receive without a word. The schedule brings the sweep by; it sends what was not sent, and ends what nobody
//! works on any more.

use crate::service::Service;
use drydock_contract::session::Failure;
use drydock_contract::{Session, Stage, Status};
use drydock_store::{Change, ListQuery, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::time::{Duration, Instant};

/// A message that was decided on this long ago is not just being sent: its sender is dead.
const UNSENT: SignedDuration = SignedDuration::from_secs(30);

/// After this long it will not be sent any more: the queue is gone or refuses us, or the stage that was to send it
/// has used up its receives.
const UNSENDABLE: SignedDuration = SignedDuration::from_mins(30);

/// A stage's message comes again when its lease has run out. If nobody has taken it up this long after, it lies in
/// the dead-letter queue.
const ABANDONED: SignedDuration = SignedDuration::from_mins(15);

/// Nobody has taken up the message at all. Longer than any queue should ever be.
const IGNORED: SignedDuration = SignedDuration::from_hours(2);

/// The function's time-out leaves room for one more page.
const TIME: Duration = Duration::from_secs(20);

/// Sessions read at a time.
const PAGE: usize = 100;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Sessions looked at.
    pub seen: usize,
    /// Messages sent.
    pub sent: usize,
    /// Sessions ended.
    pub ended: usize,
    /// Sessions that could not be helped this time.
    pub errors: usize,
    /// False if time ran out; the next sweep begins anew.
    pub complete: bool,
}

/// What is to be done with a session.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Leave,
    /// If it is ours to send.
    Send,
    End(Failure),
}

/// Looks at every session that has not ended.
pub async fn sweep(service: &Service) -> Swept {
    let began = Instant::now();
    let mut swept = Swept::default();
    for status in Status::ALL.into_iter().filter(|status| !status.is_terminal()) {
        let mut cursor = None;
        loop {
            if began.elapsed() > TIME {
                tracing::warn!(?swept, "the sweep ran out of time");
                return swept;
            }
            let page = match service.store.list(&ListQuery { status: Some(status), limit: PAGE, cursor }).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!(%status, %error, "the sweep cannot list sessions");
                    swept.errors += 1;
                    break;
                }
            };
            for session in &page.sessions {
                swept.seen += 1;
                treat(service, session, &mut swept).await;
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    swept.complete = true;
    if swept.sent + swept.ended + swept.errors > 0 {
        tracing::info!(?swept, "swept");
    }
    swept
}

async fn treat(service: &Service, session: &Session, swept: &mut Swept) {
    let id = &session.session_id;
    match verdict(session, Timestamp::now()) {
        Verdict::Leave => {}
        Verdict::Send => match service.sender.flush(&service.store, session).await {
            Ok(false) => {}
            Ok(true) => {
                tracing::warn!(session = %id, stage = %session.stage, "sent a message that its sender had left");
                swept.sent += 1;
            }
            Err(error) => {
                tracing::error!(session = %id, %error, "the sweep cannot send");
                swept.errors += 1;
            }
        },
        Verdict::End(failure) => match end(service, session, failure).await {
            Ok(()) => swept.ended += 1,
            // It moved after all.
            Err(StoreError::Stale) => {}
            Err(error) => {
                tracing::error!(session = %id, %error, "the sweep cannot end a session");
                swept.errors += 1;
            }
        },
    }
}

/// The write is conditional on the version that the verdict was reached on, so a session that has been taken up in
/// the meantime goes on.
async fn end(service: &Service, session: &Session, failure: Failure) -> Result<(), StoreError> {
    tracing::error!(session = %session.session_id, stage = %session.stage, code = failure.code, "ended by the sweep");
    let text = format!("failed: {}", failure.message);
    let change = Change {
        status: Some(Status::Failed),
        stage: Some(Stage::Done),
        message: Some(failure.message.clone()),
        error: Some(failure),
        release_claim: true,
        clear_outbox: true,
        ..Change::default()
    };
    service.store.update(session, change).await?;
    service.store.log(&session.session_id, session.stage, &text).await
}

fn verdict(session: &Session, now: Timestamp) -> Verdict {
    let since = |time: &str| time.parse::<Timestamp>().map_or(SignedDuration::ZERO, |time| now.duration_since(time));
    let idle = since(&session.updated_at);
    let failure = |code: &str, message: String, remedy: &str, replayable| {
        Verdict::End(Failure {
            code: code.to_owned(),
            message,
            remedy: Some(remedy.to_owned()),
            location: None,
            stage: session.stage,
            replayable,
        })
    };
    if session.outbox.is_some() {
        return if idle > UNSENDABLE {
            let message = format!("the message for the {} stage could not be sent", session.stage);
            failure("not-sent", message, "send the request again; the cause is in the log of the api-handler", false)
        } else if idle > UNSENT {
            Verdict::Send
        } else {
            Verdict::Leave
        };
    }
    let replay = "the cause is in the stage's log, the message in its dead-letter queue; mend the cause, then send the request again";
    match session.claim.as_ref().filter(|claim| claim.stage == session.stage) {
        Some(claim) if since(&claim.until) > ABANDONED => {
            let message = format!("the {} stage died without a result and was not taken up again", session.stage);
            failure("abandoned", message, replay, true)
        }
        None if idle > IGNORED => {
            let message = format!("the {} stage has not taken up its work for two hours", session.stage);
            failure("not-taken-up", message, replay, true)
        }
        _ => Verdict::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// What becomes of a session that was changed at midnight, seen at `now`.
    fn check(now: &str, change: &Value, expected: &str) {
        let mut session = json!({
            "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "deploying",
            "stage": "clone-detect", "attempt": 1, "look": 0, "version": 1, "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z", "repository": "r", "branch": "b", "message": "m", "request": {}
        });
        session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let now = format!("2026-01-01T{now}Z").parse().unwrap();
        let verdict = match verdict(&serde_json::from_value(session).unwrap(), now) {
            Verdict::Leave => "leave".to_owned(),
            Verdict::Send => "send".to_owned(),
            Verdict::End(failure) => failure.code,
        };
        assert_eq!(verdict, expected, "{now} {change}");
    }

    fn outbox(stage: Stage) -> Value {
        let id = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
        json!({
            "stage": stage,
            "outbox": {"work": {"version": 1, "sessionId": id, "stage": stage, "attempt": 1}, "delaySeconds": 0}
        })
    }

    #[test]
    fn a_message_that_was_left_behind_is_sent() {
        check("00:00:29", &outbox(Stage::CloneDetect), "leave");
        check("00:00:31", &outbox(Stage::CloneDetect), "send");
        check("00:29:59", &outbox(Stage::Fix), "send");
        check("00:30:01", &outbox(Stage::Fix), "not-sent");
    }

    #[test]
    fn a_stage_that_died_on_its_last_receive_ends_the_session() {
        let claim = |stage| json!({"stage": "clone-detect", "claim": {"stage": stage, "owner": "o", "until": "2026-01-01T00:05:00.000Z"}});
        check("00:19:59", &claim("clone-detect"), "leave");
        check("00:20:01", &claim("clone-detect"), "abandoned");
        check("00:20:01", &claim("deploy"), "leave");
    }

    #[test]
    fn a_message_that_nobody_takes_up_ends_the_session() {
        check("01:59:59", &json!({}), "leave");
        check("02:00:01", &json!({}), "not-taken-up");
        check("02:00:01", &json!({"status": "pending"}), "not-taken-up");
    }
}

//! What is to be done with a session that has not changed for a while, decided from its head and the time.

use super::since;
use drydock_contract::session::{Claim, Failure};
use drydock_contract::{Session, SessionKind, Stage};
use drydock_runtime::MAX_RECEIVE_COUNT;
use jiff::{SignedDuration, Timestamp};

/// A message that was decided on this long ago is not just being sent: its sender is dead.
pub(super) const UNSENT: SignedDuration = SignedDuration::from_secs(30);

/// After this long it will not be sent any more: the queue is gone or refuses us.
const UNSENDABLE: SignedDuration = SignedDuration::from_mins(30);

/// An invocation that died with the last delivery of its message leaves nobody who could take it up.
const AFTER_THE_LAST: SignedDuration = SignedDuration::from_mins(1);

/// On top of the queue's own time, for a message that comes again and waits behind others.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// Nobody has taken up the message at all. Longer than any queue should ever be.
const IGNORED: SignedDuration = SignedDuration::from_hours(2);

/// A workflow moves its session more often than that, or at least a stage is at work.
const UNLED: SignedDuration = SignedDuration::from_mins(1);

/// What is to be done with a session.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    Leave,
    Send,
    /// End the work of its stage: of an SDLC session, its workflow has the word then.
    Settle(Failure),
    /// End the session.
    End(Failure),
}

/// How long a queue hides a message that is worked on; as long as its function may take.
const fn hidden(stage: Stage) -> SignedDuration {
    SignedDuration::from_mins(match stage {
        Stage::CloneDetect => 5,
        Stage::Monitor => 15,
        _ => 10,
    })
}

/// How long after the end of a lease its message may still be taken up again.
fn patience(claim: &Claim) -> SignedDuration {
    if claim.receives >= MAX_RECEIVE_COUNT { AFTER_THE_LAST } else { hidden(claim.stage) + MARGIN }
}

/// True if it must be known whether the session's workflow still goes on.
pub(super) fn asks_for_workflow(session: &Session, now: Timestamp) -> bool {
    let started = session.outbox.as_ref().is_none_or(|outbox| !outbox.workflow);
    session.kind == SessionKind::Sdlc && started && since(now, &session.updated_at) > UNLED
}

/// What ends a session whose workflow is over.
pub(super) fn workflow_over(session: &Session, how: &str) -> Failure {
    let at_last = session.error.as_ref().map_or_else(String::new, |error| format!("; at last: {}", error.message));
    Failure {
        code: "workflow-over".to_owned(),
        message: format!("the workflow does not lead the session on: {how}{at_last}"),
        remedy: Some("the execution's history in Step Functions says more; send the request again".to_owned()),
        location: None,
        stage: session.stage,
        replayable: false,
    }
}

/// Decides. Of an SDLC session it is known that its workflow goes on, or that it cannot be over yet.
pub(super) fn verdict(session: &Session, now: Timestamp) -> Verdict {
    let idle = since(now, &session.updated_at);
    let failure = |code: &str, message: String, remedy: &str, replayable| Failure {
        code: code.to_owned(),
        message,
        remedy: Some(remedy.to_owned()),
        location: None,
        stage: session.stage,
        replayable,
    };
    if session.outbox.is_some() {
        return if idle > UNSENDABLE {
            let message = format!("the message for the {} stage could not be sent", session.stage);
            let remedy = "send the request again; the cause is in the log of the api-handler";
            Verdict::End(failure("not-sent", message, remedy, false))
        } else if idle > UNSENT {
            Verdict::Send
        } else {
            Verdict::Leave
        };
    }
    if session.stage == Stage::Workflow {
        return Verdict::Leave;
    }
    let replay = "the cause is in the stage's log, the message in its dead-letter queue; mend the cause, then give it back with \
                  `cargo xtask dlq replay`, or send the request again";
    match session.claim.as_ref().filter(|claim| claim.stage == session.stage) {
        Some(claim) if since(now, &claim.until) > patience(claim) => {
            let message = format!("the {} stage died without a result and was not taken up again", session.stage);
            Verdict::Settle(failure("abandoned", message, replay, true))
        }
        None if idle > IGNORED => {
            let message = format!("the {} stage has not taken up its work for two hours", session.stage);
            Verdict::Settle(failure("not-taken-up", message, replay, true))
        }
        _ => Verdict::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

    /// A session that was changed at midnight.
    fn session(change: &Value) -> Session {
        let mut session = json!({
            "sessionId": ID, "kind": "deploy", "status": "deploying", "stage": "clone-detect", "attempt": 1, "look": 0,
            "version": 1, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
            "repository": "r", "branch": "b", "message": "m", "request": {},
        });
        session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value(session).unwrap()
    }

    fn at(now: &str) -> Timestamp {
        format!("2026-01-01T{now}Z").parse().unwrap()
    }

    /// What becomes of a session, seen at `now`.
    fn check(now: &str, change: &Value, expected: &str) {
        let verdict = match verdict(&session(change), at(now)) {
            Verdict::Leave => "leave".to_owned(),
            Verdict::Send => "send".to_owned(),
            Verdict::Settle(failure) => failure.code,
            Verdict::End(failure) => format!("end {}", failure.code),
        };
        assert_eq!(verdict, expected, "{now} {change}");
    }

    fn outbox(stage: Stage) -> Value {
        let work = json!({"version": 1, "sessionId": ID, "stage": stage, "attempt": 1});
        json!({"stage": stage, "outbox": {"work": work, "delaySeconds": 0}})
    }

    #[test]
    fn a_message_that_was_left_behind_is_sent() {
        check("00:00:29", &outbox(Stage::CloneDetect), "leave");
        check("00:00:31", &outbox(Stage::CloneDetect), "send");
        check("00:29:59", &outbox(Stage::Monitor), "send");
        check("00:30:01", &outbox(Stage::Fix), "end not-sent");
    }

    #[test]
    fn a_stage_that_died_ends_once_nobody_can_take_it_up() {
        let claim = |stage, receives| {
            let until = "2026-01-01T00:05:00.000Z";
            json!({"stage": "clone-detect", "claim": {"stage": stage, "owner": "o", "until": until, "receives": receives}})
        };
        check("00:11:59", &claim("clone-detect", 1), "leave");
        check("00:12:01", &claim("clone-detect", 1), "abandoned");
        check("00:05:59", &claim("clone-detect", 3), "leave");
        check("00:06:01", &claim("clone-detect", 3), "abandoned");
        check("00:12:01", &claim("deploy", 3), "leave");
        let monitor = json!({"stage": "monitor", "claim": {"stage": "monitor", "owner": "o", "until": "2026-01-01T00:05:00.000Z"}});
        check("00:21:59", &monitor, "leave");
        check("00:22:01", &monitor, "abandoned");
    }

    #[test]
    fn a_message_that_nobody_takes_up_ends_the_session() {
        check("01:59:59", &json!({}), "leave");
        check("02:00:01", &json!({}), "not-taken-up");
        check("02:00:01", &json!({"status": "pending"}), "not-taken-up");
    }

    #[test]
    fn a_session_that_its_workflow_has_is_left_to_it() {
        check("23:00:00", &json!({"kind": "sdlc", "stage": "workflow"}), "leave");
    }

    #[test]
    fn the_workflow_is_asked_for_once_nothing_moves() {
        let check = |now: &str, change: &Value, expected: bool| {
            assert_eq!(asks_for_workflow(&session(change), at(now)), expected, "{now} {change}");
        };
        check("00:00:59", &json!({"kind": "sdlc"}), false);
        check("00:01:01", &json!({"kind": "sdlc"}), true);
        check("00:01:01", &json!({"kind": "sdlc", "stage": "workflow"}), true);
        check("00:01:01", &json!({}), false);
        let mut unsent = outbox(Stage::CloneDetect);
        unsent["kind"] = json!("sdlc");
        check("00:01:01", &unsent, true);
        unsent["outbox"]["workflow"] = json!(true);
        check("00:01:01", &unsent, false);
    }

    #[test]
    fn a_workflow_that_is_over_says_what_it_left() {
        let failed = session(&json!({"error": {"code": "c", "message": "the stack failed", "stage": "monitor"}}));
        let failure = workflow_over(&failed, "it ended as ABORTED");
        let expected = "the workflow does not lead the session on: it ended as ABORTED; at last: the stack failed";
        assert_eq!(failure.message, expected);
    }
}

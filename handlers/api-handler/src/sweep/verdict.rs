//! What the sweep sees of a session's head, and what it says of one that it ends. What is to be done is decided by
//! [`drydock_contract::sweep`].

use drydock_contract::session::{Failure, Outbox};
use drydock_contract::sweep::{Cause, Lease, Seen, Unsent};
use drydock_contract::transition::Position;
use drydock_contract::{Session, Stage};
use jiff::Timestamp;
use std::time::Duration;

const REPLAY: &str = "the cause is in the stage's log, the message in its dead-letter queue; mend the cause, then give it \
                      back with `cargo xtask dlq replay`, or send the request again";

/// What can be seen of a session at `now`.
pub(super) fn seen(session: &Session, now: Timestamp) -> Seen {
    let unsent = |outbox: &Outbox| if outbox.workflow { Unsent::Workflow } else { Unsent::Message };
    Seen {
        at: Position::of(session),
        age: since(now, &session.created_at).unwrap_or_default(),
        idle: since(now, &session.updated_at).unwrap_or_default(),
        unsent: session.outbox.as_ref().map(unsent),
        lease: session.claim.as_ref().map(|claim| Lease::of(claim, since(now, &claim.until))),
    }
}

/// Time since a moment that stands in the table; none if it is still to come.
fn since(now: Timestamp, time: &str) -> Option<Duration> {
    let time: Timestamp = time.parse().ok()?;
    Duration::try_from(now.duration_since(time)).ok()
}

/// What ends a session's work in `stage`. `how` says of a workflow that is over how it ended.
pub(super) fn failure(cause: Cause, session: &Session, stage: Stage, how: &str) -> Failure {
    let (message, remedy) = match cause {
        Cause::NotSent => (
            format!("the message for the {stage} stage could not be sent"),
            "send the request again; the cause is in the log of the api-handler",
        ),
        Cause::Abandoned => (format!("the {stage} stage died without a result and was not taken up again"), REPLAY),
        Cause::NotTakenUp => (format!("the {stage} stage has not taken up its work for two hours"), REPLAY),
        Cause::DeadLetter => {
            (format!("the message for the {stage} stage was delivered again and again without a result"), REPLAY)
        }
        Cause::WorkflowOver => {
            let at_last =
                session.error.as_ref().map_or_else(String::new, |error| format!("; at last: {}", error.message));
            (
                format!("the workflow does not lead the session on: {how}{at_last}"),
                "the execution's history in Step Functions says more; send the request again",
            )
        }
    };
    Failure {
        code: cause.code().to_owned(),
        message,
        remedy: Some(remedy.to_owned()),
        location: None,
        stage,
        replayable: cause.is_replayable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::message::Work;
    use drydock_contract::sweep::{Led, Verdict, verdict, verdict_on_letter};
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
    fn check(now: &str, change: &Value, expected: Verdict) {
        assert_eq!(verdict(&seen(&session(change), at(now)), Led::On), expected, "{now} {change}");
    }

    #[test]
    fn a_head_is_judged_by_its_times() {
        let outbox = json!({"outbox": {"work": work_value(), "delaySeconds": 0}});
        check("00:00:29", &outbox, Verdict::Leave);
        check("00:00:31", &outbox, Verdict::Send);
        check("00:30:01", &outbox, Verdict::End(Cause::NotSent));
        let claim = json!({"stage": "clone-detect", "owner": "o", "until": "2026-01-01T00:05:00.000Z", "receives": 3});
        let claimed = json!({"claim": claim});
        check("00:04:59", &claimed, Verdict::Leave);
        check("00:05:59", &claimed, Verdict::Leave);
        check("00:06:01", &claimed, Verdict::Settle(Cause::Abandoned));
        check("02:00:01", &json!({}), Verdict::Settle(Cause::NotTakenUp));
        check("02:00:01", &json!({"updatedAt": "no time"}), Verdict::Leave);
    }

    #[test]
    fn a_claim_holds_until_its_end() {
        let letter: Work = serde_json::from_value(work_value()).unwrap();
        let claim = json!({"claim": {"stage": "clone-detect", "owner": "o", "until": "2026-01-01T00:05:00.000Z"}});
        let check = |now: &str, expected: Verdict| {
            assert_eq!(verdict_on_letter(&seen(&session(&claim), at(now)), &letter), expected, "{now}");
        };
        check("00:04:59", Verdict::Leave);
        check("00:06:01", Verdict::Settle(Cause::DeadLetter));
    }

    fn work_value() -> Value {
        json!({"version": 1, "sessionId": ID, "stage": "clone-detect", "attempt": 1})
    }

    #[test]
    fn a_workflow_that_is_waited_for_in_the_outbox_is_known() {
        let outbox = json!({"outbox": {"work": work_value(), "delaySeconds": 0, "workflow": true}});
        assert_eq!(seen(&session(&outbox), at("00:00:00")).unsent, Some(Unsent::Workflow));
    }

    #[test]
    fn every_cause_says_what_to_do() {
        let failed = session(&json!({"error": {"code": "c", "message": "the stack failed", "stage": "monitor"}}));
        let over = failure(Cause::WorkflowOver, &failed, Stage::Monitor, "it ended as ABORTED");
        let expected = "the workflow does not lead the session on: it ended as ABORTED; at last: the stack failed";
        assert_eq!((over.code.as_str(), over.message.as_str()), ("workflow-over", expected));
        for cause in [Cause::Abandoned, Cause::NotTakenUp, Cause::DeadLetter] {
            let failure = failure(cause, &failed, Stage::Fix, "");
            assert!(failure.replayable && failure.stage == Stage::Fix, "{failure:?}");
            assert!(failure.remedy.unwrap().contains("dlq replay"));
        }
        assert!(!failure(Cause::NotSent, &failed, Stage::Fix, "").replayable);
    }
}

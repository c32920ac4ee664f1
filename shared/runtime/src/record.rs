//! One message, from its body to the head.
//!
//! The order of the writes is what makes a crash harmless at any point:
//! 1. the stage's own work, which can be repeated;
//! 2. one write of the head with the results, the next stage and the next message in its outbox;
//! 3. the message is sent; 4. the outbox is cleared.
//!
//! A crash before 2 leaves the head as it was: SQS delivers the message again and the work is repeated. A crash after
//! 2 leaves the outbox: the redelivered message finds the session past its stage and sends what lies there. A crash
//! after 3 sends it twice, and the second one finds the session past it.

use crate::{Invocation, WorkError, Worker};
use drydock_contract::message::{MAX_RECEIVE_COUNT, Work, longest_pause};
use drydock_contract::session::Failure;
use drydock_contract::transition::Position;
use drydock_contract::{Session, Stage};
use drydock_store::{Change, Claimed, StoreError};
use std::time::Duration;
use tracing::{error, info, warn};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done with.
    Consumed,
    /// The queue has it back and gives it out again in so many seconds, or moves it to the dead-letter queue.
    GivenBack { again_in: i32 },
}

/// What never becomes better is tried again at once, so that it reaches the dead-letter queue soon.
const POISON: Verdict = Verdict::GivenBack { again_in: 0 };

/// A lease ends a little before the invocation, so that the queue's next delivery never finds it alive.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// What is waited for before the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// A moment: throttling, a connection that broke off.
    Moment,
    /// Somebody who is not there. In all it is as long as a workflow can spare of its half hour.
    Somebody,
}

/// Seconds before the next try, by how often the message has been received. The sweep counts on the longest of them.
fn delay(stage: Stage, receive_count: u32, pause: Pause) -> i32 {
    let seconds = match (receive_count, pause) {
        (0 | 1, Pause::Moment) => 5,
        (2, Pause::Moment) => 30,
        (0 | 1, Pause::Somebody) => 120,
        (2, Pause::Somebody) => 300,
        _ => 0,
    };
    seconds.min(i32::try_from(longest_pause(stage).as_secs()).unwrap_or(i32::MAX))
}

pub(crate) async fn handle<W: Worker>(worker: &W, body: &str, invocation: &Invocation) -> Verdict {
    let work = match Work::parse(body, W::STAGE) {
        Ok(work) => work,
        Err(error) => {
            error!(%error, stage = %W::STAGE, request_id = invocation.request_id, "poisoned message");
            return POISON;
        }
    };
    let retry = |pause| Verdict::GivenBack { again_in: delay(W::STAGE, invocation.receive_count, pause) };
    match attempt(worker, &work, invocation).await {
        Ok(verdict) => verdict,
        Err(WorkError::Fatal(failure)) => {
            info!(session = %work.session_id, stage = %W::STAGE, code = failure.code, reason = failure.message, "failed");
            match end(worker, &work, invocation, &failure).await {
                Ok(()) => Verdict::Consumed,
                // The session does not know yet that it failed, so the message must come again.
                Err(error) => {
                    error!(session = %work.session_id, %error, "cannot write the failure");
                    retry(Pause::Moment)
                }
            }
        }
        Err(WorkError::Over) => {
            info!(session = %work.session_id, stage = %W::STAGE, "ended while it was worked on");
            Verdict::Consumed
        }
        Err(WorkError::Retry(reason)) => {
            failed_for_now(worker, &work, invocation, &reason).await;
            retry(Pause::Moment)
        }
        Err(WorkError::Later(reason)) => {
            failed_for_now(worker, &work, invocation, &reason).await;
            retry(Pause::Somebody)
        }
    }
}

/// Says that a try did not succeed, or that it was the last one.
async fn failed_for_now<W: Worker>(worker: &W, work: &Work, invocation: &Invocation, reason: &str) {
    warn!(session = %work.session_id, stage = %W::STAGE, receives = invocation.receive_count, reason, "given back");
    if !invocation.is_last_try() {
        give_back(worker, work, invocation, reason).await;
    } else if let Err(error) = end(worker, work, invocation, &parked(work, reason)).await {
        error!(session = %work.session_id, %error, "cannot write the failure");
    }
}

async fn attempt<W: Worker>(worker: &W, work: &Work, invocation: &Invocation) -> Result<Verdict, WorkError> {
    let store = worker.store();
    let lease = invocation.remaining().saturating_sub(LEASE_MARGIN);
    let session = match store.claim(work, &invocation.request_id, lease, invocation.receive_count).await? {
        Claimed::Granted(session) => session,
        Claimed::Past(session) => {
            info!(session = %work.session_id, stage = %W::STAGE, at = %session.stage, "came twice or late");
            flush(worker, &session).await?;
            return Ok(Verdict::Consumed);
        }
        Claimed::Busy { until } => {
            info!(session = %work.session_id, stage = %W::STAGE, until, "another invocation works on it");
            // Not a failure: look again when that invocation must have ended.
            let seconds = i32::try_from(drydock_store::seconds_until(&until)).unwrap_or(i32::MAX);
            return Ok(Verdict::GivenBack { again_in: seconds.saturating_add(1) });
        }
        Claimed::Unknown => {
            error!(session = %work.session_id, stage = %W::STAGE, "message for a session that does not exist");
            return Ok(POISON);
        }
    };
    let from = Position::of(&session);
    let change = worker.work(session, work, invocation).await?;
    if !change.is_move(&from) {
        return Err(no_move(&from, &change).into());
    }
    let change = Change { release_claim: true, ..change };
    let written = store
        .update_latest(&work.session_id, |head| {
            may_write(head, W::STAGE, invocation).then(|| change.clone().settled(head))
        })
        .await?;
    flush(worker, &written).await?;
    Ok(Verdict::Consumed)
}

/// Said of a mistake in a worker, so that its session does not wait for ever for what nobody sends.
fn no_move(from: &Position, change: &Change) -> Failure {
    error!(?from, ?change, "a worker's move is none");
    Failure {
        code: "internal".to_owned(),
        message: format!("the {} stage ended in a way that leads nowhere; this is a defect of Drydock", from.stage),
        remedy: None,
        location: None,
        stage: from.stage,
        replayable: false,
    }
}

fn may_write(head: &Session, stage: Stage, invocation: &Invocation) -> bool {
    // Our own claim holds for writing even when its lease has run out, so the time does not matter.
    Position::of(head).may_write(head.holder(stage, &invocation.request_id, ""))
}

/// Sends what lies in the outbox. That it was sent may stay unsaid: the message is then sent again by whoever meets
/// the session next, and dropped as one that came twice.
async fn flush<W: Worker>(worker: &W, session: &Session) -> Result<(), WorkError> {
    let Some(outbox) = &session.outbox else { return Ok(()) };
    if worker.queues().send(outbox).await.map_err(WorkError::Retry)?
        && let Err(error) = worker.store().outbox_sent(session).await
    {
        warn!(session = %session.session_id, %error, "sent, but the outbox could not be cleared");
    }
    Ok(())
}

/// Writes a failure and its log line, if the session still waits for this work and nobody else has taken it over.
async fn end<W: Worker>(worker: &W, work: &Work, invocation: &Invocation, failure: &Failure) -> Result<(), StoreError> {
    let store = worker.store();
    let Some(ended) = store.fail_work(work, &invocation.request_id, failure).await? else {
        info!(session = %work.session_id, stage = %W::STAGE, code = failure.code, "a failure of work that is not due");
        return Ok(());
    };
    let remedy = failure.remedy.as_deref().map_or_else(String::new, |remedy| format!(" — {remedy}"));
    let line = format!("failed: {}{remedy}", failure.message);
    // Named by the attempt, so that a message that comes again adds no second line.
    store.log_once(&work.session_id, W::STAGE, &ended.updated_at, &format!("failed-{}", work.attempt), &line).await
}

/// Lets the next delivery claim the work at once, and tells the session's reader why nothing moves.
async fn give_back<W: Worker>(worker: &W, work: &Work, invocation: &Invocation, reason: &str) {
    let store = worker.store();
    let released = store
        .update_latest(&work.session_id, |head| {
            may_write(head, W::STAGE, invocation).then(|| Change { release_claim: true, ..Change::default() })
        })
        .await;
    let logged = store
        .log(
            &work.session_id,
            W::STAGE,
            &format!("try {} did not succeed, trying again: {reason}", invocation.receive_count),
        )
        .await;
    if let Err(error) = released.map(|_| ()).and(logged) {
        warn!(session = %work.session_id, %error, "cannot release the claim");
    }
}

fn parked(work: &Work, reason: &str) -> Failure {
    Failure {
        code: "parked".to_owned(),
        message: format!("gave up after {MAX_RECEIVE_COUNT} tries: {reason}"),
        remedy: Some(format!(
            "the message lies in the dead-letter queue of stage {}; mend the cause, then give it back with `cargo xtask \
             dlq replay`, or send the request again",
            work.stage
        )),
        location: None,
        stage: work.stage,
        replayable: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::sweep::{QUIET, quiet};
    use drydock_contract::workflow::TIME_LIMIT;

    #[test]
    fn tries_come_further_apart_and_the_last_goes_to_the_dead_letter_queue_at_once() {
        for pause in [Pause::Moment, Pause::Somebody] {
            assert!(delay(Stage::Fix, 1, pause) < delay(Stage::Fix, 2, pause));
            assert_eq!(delay(Stage::Fix, MAX_RECEIVE_COUNT, pause), 0);
        }
    }

    /// While its message is hidden, nothing in the head tells a session from one that nobody comes back to.
    #[test]
    fn a_message_that_was_given_back_is_there_again_before_the_sweep_gives_its_session_up() {
        for stage in Stage::ALL {
            for pause in [Pause::Moment, Pause::Somebody] {
                let longest = (0..=MAX_RECEIVE_COUNT).map(|receives| delay(stage, receives, pause)).max().unwrap();
                let taken_up = Duration::from_secs(longest.try_into().unwrap()) + QUIET;
                assert!(taken_up <= quiet(stage), "{stage} {pause:?}");
            }
        }
    }

    /// An outage of some minutes must not end a session, and waiting for it must leave time for what comes after.
    #[test]
    fn somebody_who_is_not_there_is_waited_for_within_a_workflow_s_time() {
        let waited = (1..MAX_RECEIVE_COUNT).map(|receives| delay(Stage::Fix, receives, Pause::Somebody)).sum::<i32>();
        let waited = Duration::from_secs(waited.try_into().unwrap());
        assert!(waited >= Duration::from_mins(5) && waited <= TIME_LIMIT / 3, "{waited:?}");
    }
}

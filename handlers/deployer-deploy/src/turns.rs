//! Waiting: for the sessions that have their turn at the same stack or function before this one, and for what others
//! do to the stack outside of Drydock. A session that waits ends its invocation and sends itself the next look.

use crate::deployer::Deployer;
use drydock_contract::message::Work;
use drydock_contract::session::{Outbox, Target};
use drydock_contract::turns::Place;
use drydock_contract::{Session, Stage, Status};
use drydock_runtime::WorkError;
use drydock_store::Change;

/// Looks that come soon: whoever has the turn is often nearly done.
const SOON: u32 = 6;

/// Takes the session's turn. Returns what to write if it has to wait for another.
///
/// A turn that is once the session's stays so until it ends, so a repeated run finds it again.
pub(crate) async fn take(
    deployer: &Deployer,
    session: &Session,
    work: &Work,
    target: &Target,
) -> Result<Option<Change>, WorkError> {
    match deployer.store.take_turn(target.name(), &session.session_id).await? {
        Place::First => Ok(None),
        Place::Behind(other) => {
            let what = match target {
                Target::Stack { .. } => "stack",
                Target::Function { .. } => "function",
            };
            let why = format!("waits for {other} to finish with {what} {}", target.name());
            Ok(Some(wait(deployer, session, work, why).await))
        }
    }
}

/// What to write for a session that has to wait. It is logged when it begins, and when the reason changes.
pub(crate) async fn wait(deployer: &Deployer, session: &Session, work: &Work, why: String) -> Change {
    if session.message != why
        && let Err(error) = deployer.store.log(&session.session_id, Stage::Deploy, &why).await
    {
        tracing::warn!(session = %session.session_id, %error, why, "cannot write a log line");
    }
    let next = Work { look: work.look + 1, ..work.clone() };
    Change {
        status: Some(Status::Deploying),
        stage: Some(Stage::Deploy),
        look: Some(next.look),
        message: Some(why),
        outbox: Some(Outbox { delay_seconds: delay_after(work.look), work: next, workflow: false }),
        ..Change::default()
    }
}

/// Seconds between look number `look` and the next.
const fn delay_after(look: u32) -> u32 {
    if look < SOON { 5 } else { 15 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_come_further_apart() {
        assert_eq!([0, 5, 6, 1000].map(delay_after), [5, 5, 15, 15]);
    }
}

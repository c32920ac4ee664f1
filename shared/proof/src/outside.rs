//! What comes from outside of a session's own stages: the sweep and the operator who gives dead letters back. Both
//! decide with the functions of the contract.

use crate::moves::Replayed;
use crate::scope::{Flaw, Scope};
use crate::step::{clear, post};
use crate::world::{Execution, Letter, Life, Phase, Worker};
use drydock_contract::message::MAX_RECEIVE_COUNT;
use drydock_contract::replay::{Effect, effect};
use drydock_contract::sweep::{self, Cause, Lease as Claim, Led, Seen, Unsent, Verdict};
use drydock_contract::transition::Position;
use drydock_contract::{Stage, Status};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// How long a session may have stood still when the sweep comes by: a little longer than each of its limits.
const UNSENT: [Duration; 2] = [plus(sweep::UNSENT), plus(sweep::UNSENDABLE)];
const SENT: [Duration; 1] = [plus(sweep::IGNORED)];

const fn plus(limit: Duration) -> Duration {
    limit.saturating_add(SECOND)
}

/// The invocation that works on the session, as nobody outside can see.
pub(crate) fn alive(life: &Life) -> Option<&Worker> {
    life.workers.iter().find(|worker| worker.holds)
}

/// Everything that the sweep may decide about a session that goes on, whenever it comes by.
pub(crate) fn verdicts(life: &Life, scope: &Scope, mut found: impl FnMut(Verdict)) {
    let claim = claim(life).filter(|_| !scope.has(Flaw::SweepIgnoresClaims));
    let unsent = life.outbox.map(|letter| if letter.workflow { Unsent::Workflow } else { Unsent::Message });
    let told = !scope.has(Flaw::NobodyToldOfExecutions);
    for idle in if unsent.is_some() { &UNSENT[..] } else { &SENT[..] } {
        let seen = Seen { at: life.at, age: *idle, idle: *idle, unsent, lease: claim };
        let over = life.execution == Execution::Over && sweep::asks_for_workflow(&seen);
        if over && told {
            found(sweep::verdict(&seen, Led::Over));
        }
        found(sweep::verdict(&seen, Led::On));
        if scope.has(Flaw::DeadLettersStay) {
            continue;
        }
        let lost = |letter: &Letter| sweep::verdict_on_letter(&seen, &letter.work()) != Verdict::Leave;
        if life.dead.iter().any(lost) {
            found(Verdict::Settle(Cause::DeadLetter));
        }
    }
}

/// The claim in the head. An invocation is dead once its lease has run out for long enough; that the sweep waits for
/// messages that may come again is not relied on.
fn claim(life: &Life) -> Option<Claim> {
    use crate::world::Lease as L;
    let overdue = match life.lease {
        L::Free => return None,
        L::Held => None,
        L::RunOut if alive(life).is_some() => Some(sweep::SURELY_DEAD),
        L::RunOut => Some(plus(sweep::SURELY_DEAD)),
    };
    Some(Claim { stage: life.at.stage, overdue, receives: MAX_RECEIVE_COUNT })
}

/// True once an invocation whose lease has run out may be taken for dead: it ends before, or has nothing left to do but
/// to write.
pub(crate) fn may_run_out(life: &Life) -> bool {
    use crate::world::Lease as L;
    life.lease == L::Held && alive(life).is_none_or(|worker| matches!(worker.phase, Phase::Worked(_)))
}

/// Where giving `letter` back takes a session that has ended, if it takes it anywhere.
pub(crate) fn reopens(at: &Position, parked: Option<Stage>, letter: Letter, scope: &Scope) -> Option<Position> {
    let (at, parked) = match scope.has(Flaw::ReplaysAreNotJudged) && at.status.is_terminal() {
        true => (Position { status: Status::Failed, ..*at }, Some(letter.stage)),
        false => (*at, parked),
    };
    match effect(&at, parked, &letter.work()) {
        Effect::Reopens(at) if scope.replays => Some(at),
        _ => None,
    }
}

/// True if giving `letter` back helps its session.
pub(crate) fn replay_helps(life: &Life, letter: Letter, scope: &Scope) -> bool {
    life.waits_for(letter) || reopens(&life.at, life.parked, letter, scope).is_some()
}

/// Notes that the session has just ended for want of a message of `stage`, if it has.
pub(crate) fn park(life: &mut Life, stage: Stage, replayable: bool, scope: &Scope) {
    if scope.replays && replayable && life.at.status == Status::Failed {
        life.parked = Some(stage);
    }
}

/// An operator gives a dead letter back.
pub(crate) fn replay(life: &mut Life, at: usize, end: Replayed, scope: &Scope) {
    let letter = life.dead[at];
    if scope.has(Flaw::ReplaysDeleteFirst) {
        life.dead.remove(at);
        return;
    }
    if let Some(to) = reopens(&life.at, life.parked, letter, scope) {
        life.at = to;
        life.parked = None;
        life.outbox = Some(letter);
        life.release();
        // Whose turn it is has gone on. The monitor only looks, and the deploy stage asks for its turn.
        life.begun = false;
    }
    if end == Replayed::Written {
        return;
    }
    post(life, letter, scope);
    clear(life, letter);
    if end == Replayed::Deleted {
        life.dead.remove(at);
    }
}

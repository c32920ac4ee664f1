//! What the sweep makes of a session that nobody may be working on any more.
//!
//! Pure functions of what it sees, so that the model checker walks the very same ones.

use crate::message::{MAX_RECEIVE_COUNT, Work, longest_pause};
use crate::session::Claim;
use crate::transition::{Due, Position};
use crate::workflow::{TIME_LIMIT, TURN_LIMIT};
use crate::{SessionKind, Stage};
use std::time::Duration;

/// A message that was decided on this long ago is not just being sent: its sender is dead.
pub const UNSENT: Duration = Duration::from_secs(30);

/// After this long it will not be sent any more: the queue is gone or refuses us.
pub const UNSENDABLE: Duration = Duration::from_mins(30);

/// An invocation ends before its lease does, or within seconds of it; this long after, it is dead. If it had the last
/// delivery of its message, nobody is left who could take the work up.
pub const SURELY_DEAD: Duration = Duration::from_mins(1);

/// On top of the queue's own time, for a message that comes again and waits behind others.
pub const MARGIN: Duration = Duration::from_mins(2);

/// Nobody has taken up the message at all. Longer than any queue should ever be.
pub const IGNORED: Duration = Duration::from_hours(2);

/// A workflow moves its session more often than that, or at least a stage is at work.
pub const UNLED: Duration = Duration::from_mins(1);

/// A session that changed later than that may just be taken up by somebody: a replay, or another copy of its message.
pub const QUIET: Duration = Duration::from_mins(1);

/// A session that waits for `stage` and changed later than that is not given up for one dead letter: another copy of the
/// message may be hidden in the queue, between two tries.
pub const fn quiet(stage: Stage) -> Duration {
    longest_pause(stage).saturating_add(QUIET)
}

/// No execution of a workflow lasts longer. Of an older session it must be known whether it is still led, even while a
/// stage writes again and again: the one that watches a stack does so for as long as CloudFormation takes.
pub const LED: Duration = TIME_LIMIT.saturating_add(TURN_LIMIT);

/// A head that cannot be read and has not changed for so long is nobody's any more. Longer than any function works
/// without a write, and than a deployment of Drydock takes: while it changes one function after the other, some know
/// words that others do not.
pub const UNREADABLE: Duration = Duration::from_mins(20);

/// What the sweep sees of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it stands.
    pub at: Position,
    /// Time since it was opened.
    pub age: Duration,
    /// Time since it was last written.
    pub idle: Duration,
    /// What it has decided to send and may not have sent.
    pub unsent: Option<Unsent>,
    /// Who works on it.
    pub lease: Option<Lease>,
}

/// What stands in an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// A message for a stage.
    Message,
    /// The start of its workflow.
    Workflow,
}

/// A claim, as it looks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The stage that is worked on.
    pub stage: Stage,
    /// Time since it ran out; `None` while it holds.
    pub overdue: Option<Duration>,
    /// How often its message had been received.
    pub receives: u32,
}

/// Whether its workflow leads an SDLC session on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// It goes on, or need not be asked, or the session has none.
    On,
    /// Its execution is over, or was never begun.
    Over,
}

/// What is to be done with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    Leave,
    /// Send what stands in its outbox.
    Send,
    /// End the work of its stage: of an SDLC session, its workflow has the word then.
    Settle(Cause),
    /// End the session.
    End(Cause),
}

/// Why the sweep ends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Its message could not be sent.
    NotSent,
    /// A stage died and was not taken up again.
    Abandoned,
    /// Nothing has happened for very long.
    NotTakenUp,
    /// Its message lies in a dead-letter queue.
    DeadLetter,
    /// Its workflow is over.
    WorkflowOver,
}

impl Cause {
    /// The failure's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::Abandoned => "abandoned",
            Self::NotTakenUp => "not-taken-up",
            Self::DeadLetter => "dead-letter",
            Self::WorkflowOver => "workflow-over",
        }
    }

    /// True if the session can go on with the message that it has waited for.
    pub const fn is_replayable(self) -> bool {
        matches!(self, Self::Abandoned | Self::NotTakenUp | Self::DeadLetter)
    }
}

impl Lease {
    /// A claim at `overdue` after its end.
    pub const fn of(claim: &Claim, overdue: Option<Duration>) -> Self {
        Self { stage: claim.stage, overdue, receives: claim.receives }
    }

    /// True if whoever has it may still be alive.
    fn may_be_alive(&self) -> bool {
        self.overdue.is_none_or(|overdue| overdue <= SURELY_DEAD)
    }

    /// True if nobody will take the work up again.
    fn is_given_up(&self) -> bool {
        let patience = if self.receives >= MAX_RECEIVE_COUNT { SURELY_DEAD } else { hidden(self.stage) + MARGIN };
        self.overdue.is_some_and(|overdue| overdue > patience)
    }
}

/// How long a queue hides a message that is worked on; as long as its function may take.
pub const fn hidden(stage: Stage) -> Duration {
    Duration::from_mins(match stage {
        Stage::CloneDetect => 5,
        Stage::Monitor => 15,
        _ => 10,
    })
}

/// True if it must be known whether the session's workflow still goes on.
pub fn asks_for_workflow(seen: &Seen) -> bool {
    seen.at.kind == SessionKind::Sdlc && seen.unsent != Some(Unsent::Workflow) && (seen.idle > UNLED || seen.age > LED)
}

/// What is to be done with a session that has not ended.
pub fn verdict(seen: &Seen, led: Led) -> Verdict {
    if led == Led::Over {
        return Verdict::End(Cause::WorkflowOver);
    }
    if seen.unsent.is_some() {
        return match seen.idle {
            idle if idle > UNSENDABLE => Verdict::End(Cause::NotSent),
            idle if idle > UNSENT => Verdict::Send,
            _ => Verdict::Leave,
        };
    }
    if seen.at.stage == Stage::Workflow {
        return Verdict::Leave;
    }
    match seen.lease.filter(|lease| lease.stage == seen.at.stage) {
        Some(lease) if lease.is_given_up() => Verdict::Settle(Cause::Abandoned),
        None if seen.idle > IGNORED => Verdict::Settle(Cause::NotTakenUp),
        _ => Verdict::Leave,
    }
}

/// What is to be done with a session of which `letter` lies in a dead-letter queue: it has failed if it waits for this
/// message and nothing else leads it on. Somebody who has claimed it with another copy may still succeed.
pub fn verdict_on_letter(seen: &Seen, letter: &Work) -> Verdict {
    let waits = seen.at.due(letter) != Due::Past;
    let claimed = seen.lease.is_some_and(|lease| lease.may_be_alive());
    let lost = waits && !claimed && seen.unsent.is_none() && seen.idle > quiet(letter.stage);
    if lost { Verdict::Settle(Cause::DeadLetter) } else { Verdict::Leave }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::Checkpoint;
    use crate::{SessionId, Status};

    const SECOND: Duration = Duration::from_secs(1);

    /// A session that waits for the monitor's third look.
    fn seen(idle: Duration) -> Seen {
        let at = Position {
            kind: SessionKind::Deploy,
            status: Status::Deploying,
            stage: Stage::Monitor,
            attempt: 1,
            look: 3,
            checkpoint: None,
            fixes: 0,
            max_fixes: 0,
        };
        Seen { at, age: idle, idle, unsent: None, lease: None }
    }

    fn sdlc(seen: Seen) -> Seen {
        Seen { at: Position { kind: SessionKind::Sdlc, ..seen.at }, ..seen }
    }

    fn check(seen: Seen, expected: Verdict) {
        assert_eq!(verdict(&seen, Led::On), expected, "{seen:?}");
    }

    #[test]
    fn a_message_that_was_left_behind_is_sent() {
        for unsent in [Unsent::Message, Unsent::Workflow] {
            let check = |idle, expected| check(Seen { unsent: Some(unsent), ..seen(idle) }, expected);
            check(UNSENT, Verdict::Leave);
            check(UNSENT + SECOND, Verdict::Send);
            check(UNSENDABLE, Verdict::Send);
            check(UNSENDABLE + SECOND, Verdict::End(Cause::NotSent));
        }
    }

    #[test]
    fn a_stage_that_died_ends_once_nobody_can_take_it_up() {
        let check = |stage, receives, overdue, expected| {
            let one = seen(IGNORED + SECOND);
            let lease = Some(Lease { stage, overdue, receives });
            check(Seen { at: Position { stage, ..one.at }, lease, ..one }, expected);
        };
        let abandoned = Verdict::Settle(Cause::Abandoned);
        for stage in [Stage::CloneDetect, Stage::Deploy, Stage::Monitor, Stage::Fix, Stage::SanityTest] {
            let again = hidden(stage) + MARGIN;
            check(stage, 1, None, Verdict::Leave);
            check(stage, 2, Some(again), Verdict::Leave);
            check(stage, 2, Some(again + SECOND), abandoned);
            check(stage, 3, None, Verdict::Leave);
            check(stage, 3, Some(SURELY_DEAD), Verdict::Leave);
            check(stage, 3, Some(SURELY_DEAD + SECOND), abandoned);
        }
    }

    #[test]
    fn a_message_that_nobody_takes_up_ends_the_session() {
        check(seen(IGNORED), Verdict::Leave);
        check(seen(IGNORED + SECOND), Verdict::Settle(Cause::NotTakenUp));
        // The claim of a stage that it has passed says nothing.
        let lease = Some(Lease { stage: Stage::Deploy, overdue: Some(IGNORED), receives: 1 });
        check(Seen { lease, ..seen(IGNORED + SECOND) }, Verdict::Settle(Cause::NotTakenUp));
    }

    #[test]
    fn a_session_that_its_workflow_has_is_left_to_it_while_that_goes_on() {
        let one = sdlc(seen(IGNORED + SECOND));
        let one = Seen { at: Position { stage: Stage::Workflow, ..one.at }, ..one };
        check(one, Verdict::Leave);
        assert_eq!(verdict(&one, Led::Over), Verdict::End(Cause::WorkflowOver));
    }

    #[test]
    fn the_workflow_is_asked_for_once_nothing_moves() {
        let check = |seen: Seen, expected| assert_eq!(asks_for_workflow(&seen), expected, "{seen:?}");
        check(sdlc(seen(UNLED)), false);
        check(sdlc(seen(UNLED + SECOND)), true);
        check(seen(UNLED + SECOND), false);
        let unsent = |unsent| Seen { unsent: Some(unsent), ..sdlc(seen(UNLED + SECOND)) };
        check(unsent(Unsent::Message), true);
        check(unsent(Unsent::Workflow), false);
        // A stage that writes and writes does not hide that nobody leads the session any more.
        let aged = |age| Seen { age, ..sdlc(seen(SECOND)) };
        check(aged(LED), false);
        check(aged(LED + SECOND), true);
        check(Seen { age: LED + SECOND, ..seen(SECOND) }, false);
    }

    #[test]
    fn a_session_is_lost_if_nothing_but_the_letter_leads_it_on() {
        let id = SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        let letter = Work { look: 3, ..Work::new(id, Stage::Monitor, 1) };
        let check = |seen: Seen, lost| {
            let expected = if lost { Verdict::Settle(Cause::DeadLetter) } else { Verdict::Leave };
            assert_eq!(verdict_on_letter(&seen, &letter), expected, "{seen:?}");
        };
        let limit = quiet(Stage::Monitor);
        let quiet = seen(limit + SECOND);
        check(quiet, true);
        check(seen(limit), false);
        check(Seen { at: Position { look: 4, ..quiet.at }, ..quiet }, false);
        check(Seen { at: Position { stage: Stage::Deploy, ..quiet.at }, ..quiet }, false);
        check(Seen { at: quiet.at.ended(Status::Failed), ..quiet }, false);
        check(Seen { unsent: Some(Unsent::Message), ..quiet }, false);
        let lease = |overdue| Seen { lease: Some(Lease { stage: Stage::Monitor, overdue, receives: 1 }), ..quiet };
        check(lease(None), false);
        check(lease(Some(SURELY_DEAD)), false);
        check(lease(Some(SURELY_DEAD + SECOND)), true);
    }

    /// Its model is waited for: the claim is released, nothing is to be sent, and the next try is minutes away.
    #[test]
    fn a_repair_between_two_tries_is_not_given_up_for_another_copy_of_its_message() {
        let id = SessionId::parse("fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        let letter = Work::new(id, Stage::Fix, 1);
        let check = |idle: Duration, expected| {
            let one = seen(idle);
            let at =
                Position { kind: SessionKind::Fixer, status: Status::Fixing, stage: Stage::Fix, look: 0, ..one.at };
            assert_eq!(verdict_on_letter(&Seen { at, ..one }, &letter), expected, "{idle:?}");
        };
        check(longest_pause(Stage::Fix) + QUIET, Verdict::Leave);
        check(longest_pause(Stage::Fix) + QUIET + SECOND, Verdict::Settle(Cause::DeadLetter));
    }

    #[test]
    fn a_letter_that_would_begin_what_the_workflow_wants_next_is_lost_too() {
        let one = sdlc(seen(quiet(Stage::SanityTest) + SECOND));
        let at = Position { stage: Stage::Workflow, checkpoint: Some(Checkpoint::Deployed), ..one.at };
        let id = SessionId::parse("sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        let letter = Work::new(id, Stage::SanityTest, 1);
        assert_eq!(verdict_on_letter(&Seen { at, ..one }, &letter), Verdict::Settle(Cause::DeadLetter));
    }
}

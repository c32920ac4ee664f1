//! What a message from a dead-letter queue means to its session: whether an operator who gives it back helps.
//!
//! Pure functions, so that the model checker walks the very same ones.

use crate::message::Work;
use crate::transition::{Due, Position, has_looks, status_at};
use crate::{SessionKind, Stage, Status};

/// What a replay does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The session was ended because of this message. It stands here once it is taken up again, with the message in its
    /// outbox.
    Reopens(Position),
    /// The session waits for this message: it has not been ended, or was taken up again by a replay that broke off.
    Waits,
    /// Nothing: the session has passed this point or is over for another reason.
    Nothing,
}

/// What giving `work` back does to a session. `parked` is the stage whose message it was ended for, if it was.
pub fn effect(at: &Position, parked: Option<Stage>, work: &Work) -> Effect {
    if at.due(work) != Due::Past {
        return Effect::Waits;
    }
    let same_round = at.attempt == work.attempt && (!has_looks(work.stage) || at.look == work.look);
    // The workflow of an SDLC session has ended with it, and nobody would lead it on from here.
    let alone = at.kind != SessionKind::Sdlc;
    if at.status != Status::Failed || parked != Some(work.stage) || !same_round || !alone {
        return Effect::Nothing;
    }
    Effect::Reopens(Position { status: status_at(at.kind, work.stage), stage: work.stage, ..*at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionId;

    fn position() -> Position {
        Position {
            kind: SessionKind::Deploy,
            status: Status::Failed,
            stage: Stage::Done,
            attempt: 2,
            look: 3,
            checkpoint: None,
            fixes: 0,
            max_fixes: 0,
        }
    }

    fn work() -> Work {
        let id = SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        Work { look: 3, ..Work::new(id, Stage::Monitor, 2) }
    }

    #[test]
    fn only_what_was_ended_for_this_message_is_taken_up_again() {
        let parked = Some(Stage::Monitor);
        let going_on = Position { status: Status::Deploying, stage: Stage::Monitor, ..position() };
        let check = |at: Position, parked, work: &Work, expected: Effect| {
            assert_eq!(effect(&at, parked, work), expected, "{at:?} {parked:?} {work:?}");
        };
        check(position(), parked, &work(), Effect::Reopens(going_on));
        check(position(), None, &work(), Effect::Nothing);
        check(position(), Some(Stage::Deploy), &work(), Effect::Nothing);
        for status in [Status::Success, Status::Cancelled] {
            check(Position { status, ..position() }, parked, &work(), Effect::Nothing);
        }
        check(Position { kind: SessionKind::Sdlc, ..position() }, parked, &work(), Effect::Nothing);
        check(position(), parked, &Work { attempt: 1, ..work() }, Effect::Nothing);
        check(position(), parked, &Work { look: 2, ..work() }, Effect::Nothing);
        check(position(), parked, &Work { stage: Stage::Deploy, ..work() }, Effect::Nothing);
        check(going_on, None, &work(), Effect::Waits);
        check(going_on, None, &Work { look: 2, ..work() }, Effect::Nothing);
    }

    #[test]
    fn what_is_taken_up_again_waits_for_the_message() {
        let Effect::Reopens(at) = effect(&position(), Some(Stage::Monitor), &work()) else { panic!("not taken up") };
        assert_eq!(effect(&at, None, &work()), Effect::Waits, "and a second replay sends it again");
    }
}

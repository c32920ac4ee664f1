//! How far a session has come, and what is behind it.

use crate::world::Letter;
use drydock_contract::transition::{Position, after_fetch};
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{SessionKind, Stage};

/// True if the function of `stage`, invoked with a message that is past, may still come across an outbox whose message
/// is its own to send.
pub(crate) fn may_find_something(stage: Stage, at: &Position) -> bool {
    let until = match stage {
        Stage::CloneDetect => place(after_fetch(at.kind)),
        Stage::Deploy | Stage::Monitor => place(Stage::Monitor),
        Stage::SanityTest | Stage::Fix | Stage::Workflow | Stage::Done => return false,
    };
    let another_round = at.kind == SessionKind::Sdlc && at.attempt <= at.max_fixes;
    !at.status.is_terminal() && (another_round || place(at.stage) <= until)
}

/// How far a session has come: grows with every move, so there are only so many of them.
pub fn progress(at: &Position) -> (u32, u32, u32) {
    let rank = match (at.stage, at.checkpoint) {
        _ if at.status.is_terminal() => return (u32::MAX, 0, 0),
        (Stage::Workflow, Some(checkpoint)) => 10 * before(checkpoint) + 5,
        (stage, _) => 10 * place(stage),
    };
    (at.attempt, rank, at.look)
}

/// True if a session has passed this letter.
pub(crate) fn is_behind(letter: Letter, at: &Position) -> bool {
    (letter.attempt, 10 * place(letter.stage), letter.look) < progress(at)
}

/// The order of the stages within a round.
const fn place(stage: Stage) -> u32 {
    match stage {
        Stage::CloneDetect => 1,
        Stage::Deploy => 2,
        Stage::Monitor => 3,
        Stage::SanityTest => 4,
        Stage::Fix => 5,
        Stage::Workflow | Stage::Done => 9,
    }
}

/// After which stage a checkpoint stands.
const fn before(checkpoint: Checkpoint) -> u32 {
    use Checkpoint as C;
    match checkpoint {
        C::Deployed | C::DeployFailed => place(Stage::Monitor),
        C::Tested | C::NothingToTest | C::Untested | C::TestFailed => place(Stage::SanityTest),
        C::Fixed | C::FixFailed => place(Stage::Fix),
    }
}

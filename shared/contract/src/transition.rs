//! What may follow what: the one table of a session's moves. Handlers obey it through the store and the runtime, the
//! SDLC workflow's messages are judged by it, and the model checker walks it.
//!
//! Everything here is a pure function of a small [`Position`], so that it can be tried out exhaustively.

use crate::message::Work;
use crate::session::Session;
use crate::workflow::Checkpoint;
use crate::{SessionKind, Stage, Status};

/// Where a session stands, without anything that its moves do not depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// What it was opened for.
    pub kind: SessionKind,
    /// What clients see.
    pub status: Status,
    /// What it waits for or is in.
    pub stage: Stage,
    /// The round, from 1.
    pub attempt: u32,
    /// Looks taken in this stage.
    pub look: u32,
    /// For [`SessionKind::Sdlc`] between two pieces of work: how the last one ended.
    pub checkpoint: Option<Checkpoint>,
    /// Repairs begun.
    pub fixes: u32,
    /// Repairs allowed.
    pub max_fixes: u32,
}

/// How a piece of work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// It did what it should.
    Well,
    /// It did not.
    Badly,
    /// The tester found no endpoint.
    Empty,
    /// The tester could test none of the endpoints that there are.
    Untested,
}

/// What a message means to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// The session waits for this work: the first time, or again after a crash.
    Now,
    /// The workflow begins the next piece of work with it; taking it on brings the session to this position.
    Begins(Position),
    /// The session has passed this point, or was never to come to it.
    Past,
}

/// Who has a session's work, as one invocation sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Nobody, or an invocation whose lease has run out.
    Nobody,
    /// The invocation that asks.
    Me,
    /// Another invocation, which may be alive.
    Other,
}

/// What an invocation is to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Take its work on.
    Due,
    /// Take its work on, which brings the session to this position.
    Begins(Position),
    /// Drop it: the session has passed this point.
    Past,
    /// Give it back: another invocation is at it.
    Busy,
}

impl Position {
    /// What becomes of `work` here.
    pub fn standing(&self, work: &Work, holder: Holder) -> Standing {
        match (self.due(work), holder) {
            (Due::Past, _) => Standing::Past,
            (Due::Begins(at), _) => Standing::Begins(at),
            (Due::Now, Holder::Other) => Standing::Busy,
            (Due::Now, Holder::Nobody | Holder::Me) => Standing::Due,
        }
    }

    /// True if an invocation may write what came of its work: a session that was cancelled or taken over meanwhile
    /// keeps what it has.
    pub fn may_write(&self, holder: Holder) -> bool {
        !self.status.is_terminal() && holder == Holder::Me
    }

    /// The position of a session.
    pub fn of(session: &Session) -> Self {
        let workflow = session.workflow.as_ref();
        Self {
            kind: session.kind,
            status: session.status,
            stage: session.stage,
            attempt: session.attempt,
            look: session.look,
            checkpoint: workflow.and_then(|workflow| workflow.checkpoint),
            fixes: workflow.map_or(0, |workflow| workflow.fixes),
            max_fixes: workflow.map_or(0, |workflow| workflow.max_fix_attempts),
        }
    }

    /// What `work` means here.
    pub fn due(&self, work: &Work) -> Due {
        let (stage, attempt, look) = (work.stage, work.attempt, work.look);
        if self.status.is_terminal() {
            return Due::Past;
        }
        if self.stage == stage {
            let same = self.attempt == attempt && (!has_looks(stage) || self.look == look);
            return if same { Due::Now } else { Due::Past };
        }
        let (Stage::Workflow, Some(checkpoint)) = (self.stage, self.checkpoint) else { return Due::Past };
        let begins = match (checkpoint, stage) {
            (Checkpoint::Deployed, Stage::SanityTest) => attempt == self.attempt,
            (Checkpoint::DeployFailed | Checkpoint::TestFailed, Stage::Fix) => {
                attempt == self.attempt && self.fixes < self.max_fixes
            }
            (Checkpoint::Fixed, Stage::CloneDetect) => attempt == self.attempt + 1,
            _ => false,
        };
        if !begins {
            return Due::Past;
        }
        let fixes = self.fixes + u32::from(stage == Stage::Fix);
        Due::Begins(Self { stage, attempt, look: 0, checkpoint: None, fixes, ..*self })
    }

    /// Where a session stands once the work of its stage has ended: an SDLC session waits for its workflow, every
    /// other has ended, too.
    #[must_use]
    pub fn settled(&self, ended: Ended) -> Self {
        if self.kind == SessionKind::Sdlc
            && let Some(checkpoint) = checkpoint(self.stage, ended)
        {
            return Self { stage: Stage::Workflow, checkpoint: Some(checkpoint), ..*self };
        }
        let status = if ended == Ended::Well { Status::Success } else { Status::Failed };
        self.ended(status)
    }

    /// Where a session stands once it is over. What is over stays as it is.
    #[must_use]
    pub fn ended(&self, status: Status) -> Self {
        if self.status.is_terminal() { *self } else { Self { status, stage: Stage::Done, ..*self } }
    }

    /// Where it stands when its stage hands over to the next, or to its own next look. `None` if that is no move that
    /// a handler may make.
    #[must_use]
    pub fn handed_over(&self, next: Stage) -> Option<Self> {
        let look = match (self.stage, next) {
            (Stage::CloneDetect, next) if next == after_fetch(self.kind) => 0,
            (Stage::Deploy, Stage::Deploy) | (Stage::Monitor, Stage::Monitor) => self.look + 1,
            (Stage::Deploy, Stage::Monitor) => 1,
            _ => return None,
        };
        (!self.status.is_terminal()).then_some(Self { stage: next, look, ..*self })
    }
}

/// The stage that a session begins with. The workflow begins with a deployment, a test with the repository's files.
pub const fn first_stage(kind: SessionKind) -> Stage {
    match kind {
        SessionKind::Deploy | SessionKind::Sdlc | SessionKind::Sanity => Stage::CloneDetect,
        SessionKind::Fixer => Stage::Fix,
        SessionKind::Teardown => Stage::Deploy,
    }
}

/// What a repository's files are fetched for.
pub const fn after_fetch(kind: SessionKind) -> Stage {
    match kind {
        SessionKind::Sanity => Stage::SanityTest,
        SessionKind::Deploy | SessionKind::Sdlc | SessionKind::Fixer | SessionKind::Teardown => Stage::Deploy,
    }
}

/// What clients see once a stage has a session's work, until the stage says more.
pub const fn status_at(kind: SessionKind, stage: Stage) -> Status {
    match (kind, stage) {
        (SessionKind::Sanity, _) | (_, Stage::SanityTest) => Status::Inspecting,
        (_, Stage::Fix) => Status::Planning,
        _ => Status::Deploying,
    }
}

/// True for stages that send themselves messages, which must be told apart: the deploy stage while it waits for its
/// turn at a stack, the monitor while it watches.
pub const fn has_looks(stage: Stage) -> bool {
    matches!(stage, Stage::Deploy | Stage::Monitor)
}

/// What the workflow is told when `stage` has ended.
pub const fn checkpoint(stage: Stage, ended: Ended) -> Option<Checkpoint> {
    Some(match (stage, ended) {
        (Stage::CloneDetect | Stage::Deploy | Stage::Monitor, Ended::Well) => Checkpoint::Deployed,
        (Stage::CloneDetect | Stage::Deploy | Stage::Monitor, _) => Checkpoint::DeployFailed,
        (Stage::SanityTest, Ended::Well) => Checkpoint::Tested,
        (Stage::SanityTest, Ended::Empty) => Checkpoint::NothingToTest,
        (Stage::SanityTest, Ended::Untested) => Checkpoint::Untested,
        (Stage::SanityTest, Ended::Badly) => Checkpoint::TestFailed,
        (Stage::Fix, Ended::Well) => Checkpoint::Fixed,
        (Stage::Fix, _) => Checkpoint::FixFailed,
        (Stage::Workflow | Stage::Done, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionId;

    fn position(stage: Stage, checkpoint: Option<Checkpoint>) -> Position {
        Position {
            kind: SessionKind::Sdlc,
            status: Status::Deploying,
            stage,
            attempt: 2,
            look: 3,
            checkpoint,
            fixes: 1,
            max_fixes: 3,
        }
    }

    fn work(stage: Stage, attempt: u32, look: u32) -> Work {
        let id = SessionId::parse("sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        Work { look, ..Work::new(id, stage, attempt) }
    }

    #[test]
    fn only_the_next_piece_of_work_is_due() {
        let check = |at: &Position, work: &Work, expected: bool| {
            assert_eq!(at.due(work) == Due::Now, expected, "{at:?} {work:?}");
        };
        let monitor = position(Stage::Monitor, None);
        check(&monitor, &work(Stage::Monitor, 2, 3), true);
        check(&monitor, &work(Stage::Monitor, 2, 4), false);
        check(&monitor, &work(Stage::Monitor, 1, 3), false);
        check(&monitor, &work(Stage::Deploy, 2, 3), false);
        check(&position(Stage::Deploy, None), &work(Stage::Deploy, 2, 2), false);
        check(&position(Stage::Fix, None), &work(Stage::Fix, 2, 0), true);
        for status in [Status::Success, Status::Failed, Status::Cancelled] {
            check(&Position { status, ..monitor }, &work(Stage::Monitor, 2, 3), false);
        }
    }

    #[test]
    fn the_workflow_begins_what_follows_from_a_checkpoint_and_nothing_else() {
        use Checkpoint as C;
        let allowed = [
            (C::Deployed, Stage::SanityTest, 2),
            (C::DeployFailed, Stage::Fix, 2),
            (C::TestFailed, Stage::Fix, 2),
            (C::Fixed, Stage::CloneDetect, 3),
        ];
        for checkpoint in C::ALL {
            for stage in Stage::ALL {
                for attempt in 1..5 {
                    let at = position(Stage::Workflow, Some(checkpoint));
                    // The machine's own two stages have no queue.
                    if matches!(stage, Stage::Workflow | Stage::Done) {
                        continue;
                    }
                    let begins = matches!(at.due(&work(stage, attempt, 0)), Due::Begins(_));
                    let expected = allowed.contains(&(checkpoint, stage, attempt));
                    assert_eq!(begins, expected, "{checkpoint} {stage} {attempt}");
                }
            }
        }
        let worn_out = Position { fixes: 3, ..position(Stage::Workflow, Some(C::TestFailed)) };
        assert_eq!(worn_out.due(&work(Stage::Fix, 2, 0)), Due::Past, "no fourth repair");
    }

    #[test]
    fn a_message_of_the_workflow_that_comes_twice_begins_nothing_twice() {
        let at = position(Stage::Workflow, Some(Checkpoint::DeployFailed));
        let fix = work(Stage::Fix, 2, 0);
        let Due::Begins(fixing) = at.due(&fix) else { panic!("not begun") };
        assert_eq!((fixing.stage, fixing.fixes, fixing.checkpoint), (Stage::Fix, 2, None));
        assert_eq!(fixing.due(&fix), Due::Now, "again after a crash");
        for ended in [Ended::Well, Ended::Badly] {
            assert_eq!(fixing.settled(ended).due(&fix), Due::Past, "{ended:?}");
        }
    }

    #[test]
    fn what_another_invocation_is_at_is_left_to_it() {
        let at = position(Stage::Monitor, None);
        let due = work(Stage::Monitor, 2, 3);
        let standing = |holder| at.standing(&due, holder);
        assert_eq!(standing(Holder::Nobody), Standing::Due);
        assert_eq!(standing(Holder::Me), Standing::Due);
        assert_eq!(standing(Holder::Other), Standing::Busy);
        assert_eq!(at.standing(&work(Stage::Monitor, 2, 2), Holder::Other), Standing::Past);
        let may_write = [Holder::Nobody, Holder::Me, Holder::Other].map(|holder| at.may_write(holder));
        assert_eq!(may_write, [false, true, false]);
        assert!(!at.ended(Status::Cancelled).may_write(Holder::Me));
    }

    #[test]
    fn what_is_fetched_for_a_test_is_not_deployed() {
        let fetched = |kind, next| Position { kind, ..position(Stage::CloneDetect, None) }.handed_over(next).is_some();
        assert!(fetched(SessionKind::Sanity, Stage::SanityTest));
        assert!(!fetched(SessionKind::Sanity, Stage::Deploy));
        for kind in [SessionKind::Deploy, SessionKind::Sdlc] {
            assert!(fetched(kind, Stage::Deploy));
            assert!(!fetched(kind, Stage::SanityTest), "what was not deployed is not tested");
        }
    }

    #[test]
    fn only_an_sdlc_session_waits_for_a_workflow() {
        let at = position(Stage::Monitor, None);
        assert_eq!(at.settled(Ended::Well).checkpoint, Some(Checkpoint::Deployed));
        let alone = Position { kind: SessionKind::Deploy, ..at };
        let settled = alone.settled(Ended::Well);
        assert_eq!((settled.status, settled.stage), (Status::Success, Stage::Done));
        let tested = Position { kind: SessionKind::Sanity, stage: Stage::SanityTest, ..at };
        for ended in [Ended::Empty, Ended::Untested] {
            assert_eq!(tested.settled(ended).status, Status::Failed, "whoever asks for a test alone wants one");
        }
    }
}

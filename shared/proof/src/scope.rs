//! How much of the world is looked at, and what is broken in it.

use crate::moves::Kind;
use crate::world::{Life, World};
use drydock_contract::{SessionKind, Stage};

/// What a search looks at. Faults are not counted: each may happen again and again, wherever it is possible.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The sessions, which all aim at one stack, each with the repairs that it may have.
    pub sessions: Vec<(SessionKind, u32)>,
    /// A message is given out so often before it is buried.
    pub receives: u32,
    /// Invocations of one session at a time.
    pub workers: usize,
    /// Queues double a message while a session has fewer than these.
    pub letters: usize,
    /// Looks that a stage takes while it waits.
    pub looks: u32,
    /// An invocation may die, or give its message back, up to this receive of its message.
    pub deaths: u32,
    /// Work may fail for good, and the analyzer may give up.
    pub failures: bool,
    /// Sessions may be cancelled.
    pub cancels: bool,
    /// Executions may be aborted.
    pub aborts: bool,
    /// An operator may give dead letters back.
    pub replays: bool,
    /// False: nothing is ever ended for having waited too long.
    pub patience: bool,
    /// What is wrong with the rules.
    pub flaw: Option<Flaw>,
}

/// A mistake that somebody could make in the rules. The search must find what comes of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// The next message is sent before the head says so.
    SendsBeforeItWrites,
    /// The next message is not kept in the head.
    NoOutbox,
    /// The outbox is cleared before its message is sent.
    ClearsBeforeItSends,
    /// A message is consumed before what came of it is written.
    DeletesBeforeItWrites,
    /// Every message is taken for one that is due.
    NothingIsPast,
    /// A claim holds nobody off.
    ClaimsDoNotHold,
    /// An invocation that has lost its claim writes nevertheless.
    LosersWrite,
    /// What has ended can be written over.
    EndsAreNotFinal,
    /// Repairs are not counted.
    FixesWithoutEnd,
    /// What another invocation is at is dropped instead of given back.
    BusyIsDropped,
    /// There is no sweep.
    NoSweep,
    /// It does not look into dead-letter queues.
    DeadLettersStay,
    /// It ends sessions that somebody works on.
    SweepIgnoresClaims,
    /// Neither EventBridge nor the sweep tells of executions that are over.
    NobodyToldOfExecutions,
    /// Sessions do not wait for each other.
    NoTurns,
    /// A session keeps its turn after its end.
    TurnsOutliveSessions,
    /// What a session has on record of its stack is not written again by its next round.
    RecordsAreKept,
    /// The target's last session is written before that session has it on record.
    LastBeforeRecord,
    /// A dead letter takes up every session that has ended.
    ReplaysAreNotJudged,
    /// A replay deletes the dead letter without having written or sent anything.
    ReplaysDeleteFirst,
}

impl Flaw {
    /// Every one.
    pub const ALL: [Self; 20] = [
        Self::SendsBeforeItWrites,
        Self::NoOutbox,
        Self::ClearsBeforeItSends,
        Self::DeletesBeforeItWrites,
        Self::NothingIsPast,
        Self::ClaimsDoNotHold,
        Self::LosersWrite,
        Self::EndsAreNotFinal,
        Self::FixesWithoutEnd,
        Self::BusyIsDropped,
        Self::NoSweep,
        Self::DeadLettersStay,
        Self::SweepIgnoresClaims,
        Self::NobodyToldOfExecutions,
        Self::NoTurns,
        Self::TurnsOutliveSessions,
        Self::RecordsAreKept,
        Self::LastBeforeRecord,
        Self::ReplaysAreNotJudged,
        Self::ReplaysDeleteFirst,
    ];
}

impl Scope {
    /// Everything may go wrong with these sessions.
    pub fn everything(sessions: &[(SessionKind, u32)]) -> Self {
        Self {
            sessions: sessions.to_vec(),
            receives: 3,
            workers: 2,
            letters: 2,
            looks: 1,
            deaths: 3,
            failures: true,
            cancels: true,
            aborts: true,
            replays: false,
            patience: true,
            flaw: None,
        }
    }

    /// Only what must do no harm: messages that come twice and in any order, sends that are repeated, and one death or
    /// give-back of each message. Nothing is ended for having waited too long, so whatever is lost stays lost.
    pub fn harmless(sessions: &[(SessionKind, u32)]) -> Self {
        Self {
            deaths: 1,
            failures: false,
            cancels: false,
            aborts: false,
            patience: false,
            ..Self::everything(sessions)
        }
    }

    /// The same with a mistake in the rules.
    #[must_use]
    pub fn with(self, flaw: Flaw) -> Self {
        Self { flaw: Some(flaw), ..self }
    }

    /// Every session has been opened and nothing else has happened.
    pub fn start(&self) -> World {
        let lives = self.sessions.iter().map(|(kind, fixes)| Life::opened(*kind, *fixes)).collect();
        World { lives, turns: Vec::new(), operation: None, stack: None, last: None }
    }

    pub(crate) fn allows(&self, kind: Kind) -> bool {
        kind != Kind::Patience || self.patience
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// What the functions of a stage may send to.
    pub(crate) const fn stage_sends(&self, from: Stage, to: Stage) -> bool {
        matches!(
            (from, to),
            (Stage::CloneDetect, Stage::Deploy | Stage::SanityTest)
                | (Stage::Deploy | Stage::Monitor, Stage::Monitor)
                | (Stage::Deploy, Stage::Deploy)
        )
    }
}

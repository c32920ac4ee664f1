//! What can happen next.

use crate::outside;
use crate::scope::{Flaw, Scope};
use crate::world::{Execution, Lease, Life, Message, Outcome, Phase, Step, Worker, World};
use drydock_contract::Stage;
use drydock_contract::sweep::{Cause, Verdict};
use drydock_contract::transition::after_fetch;
use drydock_contract::turns::{Place, join};
use drydock_contract::workflow::Checkpoint;

/// Something that happens to one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// Its place in the world.
    pub who: u8,
    /// What happens.
    pub what: What,
}

/// What happens. Numbers are places in the session's list of messages or of invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Whoever opened the session, the same request again or the sweep sends what is in the outbox.
    Send,
    /// The same, and dies before the outbox is cleared.
    SendAndDie,
    /// A queue gives a message to a function.
    Receive(u8),
    /// A queue that has given a message out often enough moves it to its dead-letter queue.
    Bury(u8),
    /// A queue delivers one message twice.
    Twin(u8),
    /// It gives out a message a second time while the first invocation is at it.
    TwinAtWork(u8),
    /// An invocation compares its message with the head and claims.
    Claim(u8),
    /// It does the work.
    Work(u8, Outcome),
    /// It writes what came of it.
    Write(u8),
    /// It sends what it has written.
    SendNext(u8),
    /// It clears the outbox.
    Clear(u8),
    /// It deletes its message.
    Delete(u8),
    /// It dies, or Lambda ends it.
    Die(u8),
    /// The operation on the stack that the session has begun ends.
    Finish,
    /// The lease in the head runs out.
    RunOut,
    /// The workflow takes its step, and this comes of it.
    Step(Choice),
    /// It sends and does not know that it did.
    SendBlind,
    /// It has used up its time.
    OutOfTime,
    /// The execution fails, crashes or is aborted.
    Abort,
    /// EventBridge tells of an execution that is over.
    Told,
    /// The sweep ends the session, or the work of its stage.
    Sweep(Verdict),
    /// An operator gives a dead letter back, and comes so far with it.
    Replay(u8, Replayed),
    /// A person cancels it.
    Cancel,
}

/// What the workflow decides where it has a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The only way on.
    On,
    /// A repair is worth trying.
    Fix,
    /// It is not.
    GiveUp,
}

/// How far an operator comes with a dead letter before the command dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Replayed {
    /// The session is taken up again, with the message in its outbox.
    Written,
    /// The message is sent, too, and out of the outbox.
    Sent,
    /// And it is deleted from the dead-letter queue.
    Deleted,
}

/// What kind of a thing a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the system does by itself, sooner or later, if nothing else comes first.
    Ordinary,
    /// What it does after waiting for long.
    Patience,
    /// What may go wrong, or what somebody does from outside.
    Fault,
}

impl What {
    /// Its kind.
    pub const fn kind(self) -> Kind {
        match self {
            Self::SendAndDie | Self::Twin(_) | Self::TwinAtWork(_) | Self::Die(_) => Kind::Fault,
            Self::Work(_, Outcome::Retry) | Self::SendBlind | Self::Abort | Self::Cancel => Kind::Fault,
            Self::Replay(..) => Kind::Fault,
            // It may come, and nothing may depend on it.
            Self::Sweep(Verdict::Settle(Cause::NotTakenUp)) => Kind::Fault,
            Self::OutOfTime | Self::Told | Self::Sweep(_) => Kind::Patience,
            _ => Kind::Ordinary,
        }
    }
}

/// Everything that can happen next, within the scope.
pub fn moves(world: &World, scope: &Scope) -> Vec<Move> {
    let mut found = Vec::with_capacity(16);
    for (who, life) in (0..).zip(&world.lives) {
        let mut add = |what: What| {
            if scope.allows(what.kind()) {
                found.push(Move { who, what });
            }
        };
        if world.operation == Some(who) {
            add(What::Finish);
        }
        outside(life, scope, &mut add);
        queues(life, scope, &mut add);
        for (at, worker) in (0..).zip(&life.workers) {
            invocation(world, who, at, worker, scope, &mut add);
        }
        workflow(life, scope, &mut add);
    }
    found
}

fn outside(life: &Life, scope: &Scope, add: &mut impl FnMut(What)) {
    if life.outbox.is_some() {
        add(What::Send);
        if life.letters() < scope.letters {
            add(What::SendAndDie);
        }
    }
    // A lease is as long as the invocation that holds it, less the few seconds in which that may still write.
    if outside::may_run_out(life) {
        add(What::RunOut);
    }
    if scope.replays {
        for (at, letter) in (0..).zip(&life.dead) {
            let room = life.letters() < scope.letters || !life.waits_for(*letter);
            if room && outside::replay_helps(life, *letter, scope) {
                for end in [Replayed::Written, Replayed::Sent, Replayed::Deleted] {
                    add(What::Replay(at, end));
                }
            }
        }
    }
    if life.is_over() {
        return;
    }
    if scope.cancels {
        add(What::Cancel);
    }
    if life.execution == Execution::Over && !scope.has(Flaw::NobodyToldOfExecutions) {
        add(What::Told);
    }
    if !scope.has(Flaw::NoSweep) {
        outside::verdicts(life, scope, |verdict| match verdict {
            // It is sent above, whoever does it.
            Verdict::Leave | Verdict::Send => {}
            Verdict::Settle(Cause::NotTakenUp) if !scope.patience => {}
            Verdict::Settle(_) | Verdict::End(_) => add(What::Sweep(verdict)),
        });
    }
}

fn queues(life: &Life, scope: &Scope, add: &mut impl FnMut(What)) {
    for (at, message) in (0..).zip(&life.queue) {
        if life.letters() < scope.letters {
            add(What::Twin(at));
        }
        if message.receives >= scope.receives {
            add(What::Bury(at));
        } else if life.workers.len() < scope.workers && !(message.waits && life.lease == Lease::Held) {
            add(What::Receive(at));
        }
    }
}

fn invocation(world: &World, who: u8, at: u8, worker: &Worker, scope: &Scope, add: &mut impl FnMut(What)) {
    let life = &world.lives[usize::from(who)];
    match worker.phase {
        Phase::Received => add(What::Claim(at)),
        Phase::Working => {
            for outcome in outcomes(world, who, worker, scope) {
                add(What::Work(at, outcome));
            }
        }
        Phase::Beginning(_) => {
            for outcome in with_failures(vec![Outcome::Next(Stage::Monitor)], worker, scope) {
                add(What::Work(at, outcome));
            }
        }
        Phase::Worked(_) => add(What::Write(at)),
        Phase::Written(_) => add(What::SendNext(at)),
        Phase::Sent(_) => add(What::Clear(at)),
        Phase::Done => add(What::Delete(at)),
    }
    if life.letters() < scope.letters && worker.message.receives < scope.receives {
        add(What::TwinAtWork(at));
    }
    if worker.message.receives <= scope.deaths {
        add(What::Die(at));
    }
}

/// What can come of the work that an invocation has claimed.
fn outcomes(world: &World, who: u8, worker: &Worker, scope: &Scope) -> Vec<Outcome> {
    use Outcome as O;
    let stage = worker.message.letter.stage;
    // How long a session waits is up to others, so it takes its last look when there is something to be seen.
    let looks = world.lives[usize::from(who)].at.look < scope.looks;
    let waits = match stage {
        Stage::Deploy => turn(world, who, scope).1 != Place::First || world.operation.is_some_and(|other| other != who),
        Stage::Monitor => world.operation == Some(who),
        _ => false,
    };
    let found = match stage {
        Stage::Deploy | Stage::Monitor if waits => looks.then_some(O::Next(stage)).into_iter().collect(),
        Stage::CloneDetect => vec![O::Next(after_fetch(world.lives[usize::from(who)].at.kind))],
        Stage::Deploy => vec![O::Next(Stage::Monitor)],
        Stage::SanityTest if scope.failures => vec![O::Well, O::Empty, O::Untested],
        Stage::SanityTest => vec![O::Well, O::Empty],
        Stage::Monitor | Stage::Fix => vec![O::Well],
        Stage::Workflow | Stage::Done => Vec::new(),
    };
    with_failures(found, worker, &Scope { failures: scope.failures && !waits, ..scope.clone() })
}

/// The same, and what can always come of work.
fn with_failures(mut found: Vec<Outcome>, worker: &Worker, scope: &Scope) -> Vec<Outcome> {
    if scope.failures {
        found.push(Outcome::Badly);
    }
    if worker.message.receives <= scope.deaths {
        found.push(Outcome::Retry);
    }
    found
}

/// The line once this session stands in it, and its place there.
pub fn turn(world: &World, who: u8, scope: &Scope) -> (Vec<u8>, Place<u8>) {
    let over = |other: &u8| !scope.has(Flaw::TurnsOutliveSessions) && world.lives[usize::from(*other)].is_over();
    match join(&world.turns, &who, over) {
        (line, _) if scope.has(Flaw::NoTurns) => (line, Place::First),
        turn => turn,
    }
}

fn workflow(life: &Life, scope: &Scope, add: &mut impl FnMut(What)) {
    let Execution::Running(step) = life.execution else { return };
    if scope.aborts {
        add(What::Abort);
    }
    match step {
        Step::Send(..) => {
            add(What::Step(Choice::On));
            if life.letters() < scope.letters {
                add(What::SendBlind);
            }
        }
        Step::Await(stage, attempt) => {
            if life.is_over() || awaited(life, stage, attempt) {
                add(What::Step(Choice::On));
            } else {
                add(What::OutOfTime);
            }
        }
        Step::Decide(_) => {
            if life.at.fixes < life.at.max_fixes || scope.has(Flaw::FixesWithoutEnd) {
                add(What::Step(Choice::Fix));
            }
            if scope.failures || life.is_over() || life.at.fixes >= life.at.max_fixes {
                add(What::Step(Choice::GiveUp));
            }
        }
        Step::Conclude(_) => add(What::Step(Choice::On)),
    }
}

/// True if the head says how the work that was sent to `stage` in round `attempt` has ended.
fn awaited(life: &Life, stage: Stage, attempt: u32) -> bool {
    use Checkpoint as C;
    let Some(checkpoint) = life.at.checkpoint else { return false };
    let ends = match checkpoint {
        C::Deployed | C::DeployFailed => Stage::CloneDetect,
        C::Tested | C::NothingToTest | C::Untested | C::TestFailed => Stage::SanityTest,
        C::Fixed | C::FixFailed => Stage::Fix,
    };
    life.at.attempt == attempt && ends == stage
}

impl Life {
    /// Messages that are anywhere but in a dead-letter queue.
    pub(crate) fn letters(&self) -> usize {
        self.queue.len() + self.workers.len()
    }
}

impl Message {
    /// A letter that was just sent.
    pub const fn sent(letter: crate::world::Letter) -> Self {
        Self { letter, receives: 0, waits: false }
    }
}

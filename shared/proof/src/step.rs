//! What a move makes of the world. Whatever the code decides with a function of the contract is decided with the same
//! function here.

use crate::deploy::{Record, deploy};
use crate::moves::{Choice, Move, What, turn};
use crate::outside::{park, replay};
use crate::scope::{Flaw, Scope};
use crate::world::{Execution, Lease, Letter, Life, Message, Outcome, Phase, Step, Worker, World};
use drydock_contract::sweep::Verdict;
use drydock_contract::transition::{Ended, Holder, Position, Standing};
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{Stage, Status};

/// The world after a move.
#[must_use]
pub fn step(world: &World, Move { who, what }: Move, scope: &Scope) -> World {
    let mut next = world.clone();
    match what {
        What::Work(at, outcome) => work(&mut next, who, usize::from(at), outcome, scope),
        What::Finish => next.operation = None,
        _ => live(&mut next.lives[usize::from(who)], what, scope),
    }
    // A mistake in what is past must be seen, so nothing is taken for that then.
    if !scope.has(Flaw::NothingIsPast) && !scope.has(Flaw::LosersWrite) {
        next.lives.iter_mut().for_each(|life| life.tidy(scope));
    }
    next
}

fn live(life: &mut Life, what: What, scope: &Scope) {
    match what {
        What::Send => send_first(life, true, scope),
        What::SendAndDie => send_first(life, false, scope),
        What::Receive(at) => {
            let mut message = life.queue.remove(usize::from(at));
            message.receives += 1;
            message.waits = false;
            let phase = Phase::Received;
            life.workers.push(Worker { message, holds: false, phase });
        }
        What::Bury(at) => {
            let message = life.queue.remove(usize::from(at));
            life.dead.push(message.letter);
        }
        What::Twin(at) => life.queue.push(life.queue[usize::from(at)]),
        What::TwinAtWork(at) => life.queue.push(life.workers[usize::from(at)].message),
        What::Claim(at) => claim(life, usize::from(at), scope),
        What::Write(at) => write(life, usize::from(at), scope),
        What::SendNext(at) => send_next(life, usize::from(at), scope),
        What::Clear(at) => {
            let at = usize::from(at);
            if let Phase::Sent(letter) = life.workers[at].phase {
                clear(life, letter);
                let early = scope.has(Flaw::ClearsBeforeItSends);
                life.workers[at].phase = if early { Phase::Written(letter) } else { Phase::Done };
            }
        }
        What::Delete(at) => {
            life.workers.remove(usize::from(at));
        }
        What::Die(at) => {
            let worker = life.workers.remove(usize::from(at));
            if worker.phase == Phase::Received || !scope.has(Flaw::DeletesBeforeItWrites) {
                life.queue.push(worker.message);
            }
        }
        What::RunOut => life.lease = Lease::RunOut,
        What::Step(choice) => advance(life, choice, scope),
        What::SendBlind => {
            if let Execution::Running(Step::Send(stage, attempt)) = life.execution {
                post(life, Letter::new(stage, attempt, 0), scope);
            }
        }
        What::OutOfTime => life.execution = Execution::Running(Step::Conclude(false)),
        What::Abort => life.execution = Execution::Over,
        What::Sweep(Verdict::Settle(cause)) => {
            let stage = life.at.stage;
            settle(life, Outcome::Badly);
            life.outbox = None;
            park(life, stage, cause.is_replayable(), scope);
        }
        What::Told | What::Sweep(Verdict::End(_)) => life.end(Status::Failed),
        What::Replay(at, end) => replay(life, usize::from(at), end, scope),
        What::Cancel => life.end(Status::Cancelled),
        What::Work(..) | What::Finish | What::Sweep(Verdict::Leave | Verdict::Send) => {}
    }
}

/// The api-handler or the sweep sends what is in the outbox.
fn send_first(life: &mut Life, clears: bool, scope: &Scope) {
    let Some(letter) = life.outbox else { return };
    if !letter.workflow {
        post(life, letter, scope);
    } else if life.execution == Execution::NotStarted {
        life.execution = Execution::Running(Step::Send(letter.stage, letter.attempt));
    }
    if clears {
        clear(life, letter);
    }
}

/// Puts a letter into its queue. Where there are many already, it takes the place of another copy of itself.
pub(crate) fn post(life: &mut Life, letter: Letter, scope: &Scope) {
    let many = life.letters() >= scope.letters;
    match life.queue.iter_mut().find(|message| many && message.letter == letter) {
        Some(copy) => *copy = Message::sent(letter),
        None => life.queue.push(Message::sent(letter)),
    }
}

pub(crate) fn clear(life: &mut Life, letter: Letter) {
    if life.outbox == Some(letter) {
        life.outbox = None;
    }
}

fn claim(life: &mut Life, at: usize, scope: &Scope) {
    let letter = life.workers[at].message.letter;
    let holder = match life.holder(&life.workers[at]) {
        Holder::Other if scope.has(Flaw::ClaimsDoNotHold) => Holder::Nobody,
        holder => holder,
    };
    let standing = match life.at.standing(&letter.work(), holder) {
        Standing::Past if scope.has(Flaw::NothingIsPast) => Standing::Begins(taken_for_due(&life.at, letter)),
        Standing::Past if scope.has(Flaw::FixesWithoutEnd) => uncounted(&life.at, letter),
        standing => standing,
    };
    match standing {
        Standing::Past => flush(life, at, scope),
        Standing::Busy if scope.has(Flaw::BusyIsDropped) => life.workers[at].phase = Phase::Done,
        Standing::Busy => {
            let worker = life.workers.remove(at);
            life.queue.push(Message { waits: true, ..worker.message });
        }
        Standing::Due => take_on(life, at),
        Standing::Begins(begun) => {
            life.at = begun;
            take_on(life, at);
        }
    }
}

fn taken_for_due(at: &Position, letter: Letter) -> Position {
    let Letter { stage, attempt, look, .. } = letter;
    Position { stage, attempt, look, checkpoint: None, ..*at }
}

fn uncounted(at: &Position, letter: Letter) -> Standing {
    let unlimited = Position { max_fixes: u32::MAX, ..*at };
    match unlimited.standing(&letter.work(), Holder::Nobody) {
        Standing::Begins(begun) => Standing::Begins(Position { max_fixes: at.max_fixes, ..begun }),
        standing => standing,
    }
}

fn take_on(life: &mut Life, at: usize) {
    life.release();
    life.lease = Lease::Held;
    life.workers[at].holds = true;
    life.workers[at].phase = Phase::Working;
    // The message is here, so it need not be sent again; whether a queue or the workflow has sent it does not matter.
    let letter = life.workers[at].message.letter;
    if life.outbox.is_some_and(|outbox| Letter { workflow: false, ..outbox } == letter) {
        life.outbox = None;
    }
}

/// Goes on with what the head has in its outbox, if this function may send it.
fn flush(life: &mut Life, at: usize, scope: &Scope) {
    let from = life.workers[at].message.letter.stage;
    let letter = life.outbox.filter(|letter| !letter.workflow && scope.stage_sends(from, letter.stage));
    life.workers[at].phase = letter.map_or(Phase::Done, |letter| {
        if scope.has(Flaw::ClearsBeforeItSends) { Phase::Sent(letter) } else { Phase::Written(letter) }
    });
}

fn send_next(life: &mut Life, at: usize, scope: &Scope) {
    if let Phase::Written(letter) = life.workers[at].phase {
        post(life, letter, scope);
        let early = scope.has(Flaw::ClearsBeforeItSends) || scope.has(Flaw::NoOutbox);
        life.workers[at].phase = if early { Phase::Done } else { Phase::Sent(letter) };
    }
}

/// The work itself: what it does outside of the head, a deployment point by point. It asks once more whether the session
/// is still its own before it begins anything; that question and the call to CloudFormation count as one step.
fn work(world: &mut World, who: u8, at: usize, outcome: Outcome, scope: &Scope) {
    let me = usize::from(who);
    let stage = world.lives[me].workers[at].message.letter.stage;
    if stage == Stage::Deploy && world.lives[me].workers[at].phase == Phase::Working {
        world.turns = turn(world, who, scope).0;
    }
    let phase = match outcome {
        Outcome::Next(Stage::Monitor) if stage == Stage::Deploy => deploy(world, who, at, scope),
        _ => Phase::Worked(outcome),
    };
    let life = &mut world.lives[me];
    life.workers[at].phase = phase;
    if let (Outcome::Next(next), true) = (outcome, scope.has(Flaw::SendsBeforeItWrites))
        && let Some(to) = life.at.handed_over(next)
    {
        post(life, Letter::new(next, to.attempt, to.look), scope);
    }
}

fn write(life: &mut Life, at: usize, scope: &Scope) {
    let worker = life.workers[at];
    let Phase::Worked(outcome) = worker.phase else { return };
    let holder = life.holder(&worker);
    if scope.has(Flaw::EndsAreNotFinal) && worker.holds {
        life.at.status = Status::Deploying;
    }
    let may_write = life.at.may_write(holder) || scope.has(Flaw::LosersWrite) && !life.is_over();
    match outcome {
        Outcome::Next(next) => {
            if may_write && let Some(to) = life.at.handed_over(next) {
                if worker.message.letter.stage == Stage::Deploy && to.stage == Stage::Monitor {
                    life.target = Record::Id(to.attempt);
                }
                life.at = to;
                life.release();
                life.outbox = Some(Letter::new(to.stage, to.attempt, to.look));
            }
            flush(life, at, scope);
            if scope.has(Flaw::NoOutbox) || scope.has(Flaw::SendsBeforeItWrites) {
                life.outbox = None;
            }
            if scope.has(Flaw::SendsBeforeItWrites) {
                life.workers[at].phase = Phase::Done;
            }
        }
        Outcome::Well | Outcome::Empty | Outcome::Untested if may_write => {
            settle(life, outcome);
            flush(life, at, scope);
        }
        Outcome::Well | Outcome::Empty | Outcome::Untested => flush(life, at, scope),
        Outcome::Badly => {
            fail(life, at);
            life.workers[at].phase = Phase::Done;
        }
        Outcome::Retry => {
            if worker.message.receives >= scope.receives {
                let ended = fail(life, at);
                park(life, worker.message.letter.stage, ended, scope);
            } else if may_write {
                life.release();
            }
            let worker = life.workers.remove(at);
            life.queue.push(worker.message);
        }
    }
}

/// Writes a failure, if the session still waits for this work and nobody else has it.
fn fail(life: &mut Life, at: usize) -> bool {
    let worker = life.workers[at];
    let due = life.at.standing(&worker.message.letter.work(), life.holder(&worker)) == Standing::Due;
    if due {
        settle(life, Outcome::Badly);
        life.outbox = None;
    }
    due
}

fn settle(life: &mut Life, outcome: Outcome) {
    life.at = life.at.settled(outcome.ended().unwrap_or(Ended::Badly));
    life.release();
    if life.is_over() {
        life.outbox = None;
    }
}

fn advance(life: &mut Life, choice: Choice, scope: &Scope) {
    let Execution::Running(step) = life.execution else { return };
    let next = match step {
        Step::Send(stage, attempt) => {
            post(life, Letter::new(stage, attempt, 0), scope);
            Step::Await(stage, attempt)
        }
        Step::Await(..) if life.is_over() => {
            life.execution = Execution::Over;
            return;
        }
        Step::Await(_, attempt) => match life.at.checkpoint {
            Some(Checkpoint::Deployed) => Step::Send(Stage::SanityTest, attempt),
            Some(Checkpoint::DeployFailed | Checkpoint::TestFailed) => Step::Decide(attempt),
            Some(Checkpoint::Tested | Checkpoint::NothingToTest) => Step::Conclude(true),
            Some(Checkpoint::Fixed) => Step::Send(Stage::CloneDetect, attempt + 1),
            Some(Checkpoint::Untested | Checkpoint::FixFailed) | None => Step::Conclude(false),
        },
        Step::Decide(attempt) if choice == Choice::Fix => Step::Send(Stage::Fix, attempt),
        Step::Decide(_) => Step::Conclude(false),
        Step::Conclude(well) => {
            let status = if well { Status::Success } else { Status::Failed };
            life.end(status);
            life.execution = Execution::Over;
            return;
        }
    };
    life.execution = Execution::Running(next);
}

//! What must be true of every world, and of every move from one to the next.

use crate::deploy::{Made, Record};
use crate::moves::{Move, What};
use crate::order::progress;
use crate::world::{Execution, Letter, Life, Phase, Step, World};
use drydock_contract::sweep::Verdict;
use drydock_contract::workflow::MAX_FIX_ATTEMPTS;
use drydock_contract::{Stage, Status};

/// A rule that was broken, in words.
pub type Broken = &'static str;

/// Looks at a move and at what it has led to.
///
/// # Errors
/// Names the rule that is broken.
pub fn check(before: &World, Move { who, what }: Move, after: &World) -> Result<(), Broken> {
    for (was, is) in before.lives.iter().zip(&after.lives) {
        let moved = is.at != was.at;
        if moved && was.is_over() {
            let replayed = matches!(what, What::Replay(..));
            if !(replayed && was.parked.is_some() && was.at.status == Status::Failed) {
                return Err("what has ended stays as it is, but for what is given back that it failed for want of");
            }
        } else if moved && progress(&is.at) <= progress(&was.at) {
            return Err("a session only goes on, never back");
        }
        life(is)?;
    }
    let was = &before.lives[usize::from(who)];
    if matches!(what, What::Sweep(Verdict::Settle(_))) && was.workers.iter().any(|one| one.holds) {
        return Err("the sweep leaves alone what somebody works on");
    }
    if after.lives.iter().filter(|life| life.begun && !life.is_over()).count() > 1 {
        return Err("one session at a time has a stack");
    }
    stack(after)
}

/// What a request to take the stack down comes to, if its sessions end now: whoever else is asked refuses and names the
/// last one, and that one deletes the stack that it has on record.
fn stack(world: &World) -> Result<(), Broken> {
    let last = world.last.map(|last| (last, world.lives[usize::from(last)].target));
    if matches!(last, Some((_, Record::None))) {
        return Err("the last who deployed has the stack on record");
    }
    let found = |stack: Made| match last {
        Some((by, Record::Id(round))) => stack == Made { by, round },
        Some((_, Record::Name)) => true,
        _ => false,
    };
    if world.stack.is_some_and(|stack| !found(stack)) {
        return Err("what stands is what the last who deployed has on record");
    }
    Ok(())
}

fn life(life: &Life) -> Result<(), Broken> {
    let at = &life.at;
    if at.fixes > at.max_fixes || at.fixes > MAX_FIX_ATTEMPTS || at.attempt > at.fixes + 1 {
        return Err("no more repairs than are allowed, and no round without one");
    }
    let working = |phase| matches!(phase, Phase::Working | Phase::Beginning(_));
    if life.workers.iter().filter(|worker| working(worker.phase)).count() > 1 {
        return Err("one invocation at a time works for a session");
    }
    if !life.is_over() && !has_a_future(life) {
        return Err("the next piece of work of a session that goes on is somewhere");
    }
    Ok(())
}

/// True if what comes next for the session is in its outbox, on its way, in somebody's hands, in a dead-letter queue,
/// with its workflow, or lost with an execution that is over, of which others are told.
fn has_a_future(life: &Life) -> bool {
    let at_work = |phase| matches!(phase, Phase::Received | Phase::Working | Phase::Beginning(_) | Phase::Worked(_));
    let carried = life.workers.iter().filter(|worker| at_work(worker.phase)).map(|worker| worker.message.letter);
    let on_its_way = life.queue.iter().map(|message| message.letter);
    let mut letters = carried.chain(on_its_way).chain(life.dead.iter().copied());
    let led = match life.execution {
        Execution::Over => true,
        Execution::Running(_) if life.at.stage == Stage::Workflow => true,
        Execution::Running(Step::Send(stage, attempt)) => life.waits_for(Letter::new(stage, attempt, 0)),
        Execution::Running(_) => false,
        Execution::None | Execution::NotStarted => false,
    };
    life.outbox.is_some() || led || letters.any(|letter| life.waits_for(letter))
}

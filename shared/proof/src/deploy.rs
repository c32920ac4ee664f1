//! The stack that sessions deploy, and what is on record of it. A deployment has more than one point between two of which
//! it can die: the stack that stood there is deleted, the head names it, the line says who deploys there, it is made.

use crate::scope::{Flaw, Scope};
use crate::world::{Outcome, Phase, World};
use drydock_contract::{SessionKind, Stage};

/// One stack of all that ever had the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Made {
    /// Which session has made it.
    pub by: u8,
    /// In which round.
    pub round: u32,
}

/// What a head says of the stack that its session deploys: who takes it down knows no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    /// Nothing.
    None,
    /// Its name.
    Name,
    /// Its id: it is the one that was made in this round.
    Id(u32),
}

/// How far a deployment has come before anything is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// The stack that stood there is deleted.
    Cleared,
    /// The session's head names the stack.
    Recorded,
    /// The session is the last one that deployed there.
    Listed,
}

/// The next part of a deployment, or all of a teardown. A session that is not the invocation's own any more gets
/// nothing.
pub(crate) fn deploy(world: &mut World, who: u8, at: usize, scope: &Scope) -> Phase {
    let life = &mut world.lives[usize::from(who)];
    let worker = life.workers[at];
    let ours = life.at.may_write(life.holder(&worker));
    let made = Made { by: who, round: life.at.attempt };
    let done = Phase::Worked(Outcome::Next(Stage::Monitor));
    let turned = |point| if scope.has(Flaw::LastBeforeRecord) { before_its_record(point) } else { point };
    match worker.phase {
        // Of a line, whoever is first in it knows; whether its session goes on is not asked.
        Phase::Beginning(point) if turned(point) == Point::Recorded => {
            if world.turns.first() == Some(&who) {
                world.last = Some(who);
            }
            Phase::Beginning(next(point))
        }
        _ if !ours => done,
        Phase::Beginning(Point::Listed) => {
            life.begun = true;
            world.operation = Some(who);
            world.stack = Some(made);
            done
        }
        Phase::Beginning(point) => {
            if life.target == Record::None || !scope.has(Flaw::RecordsAreKept) {
                life.target = Record::Name;
            }
            Phase::Beginning(next(point))
        }
        _ if life.at.kind == SessionKind::Teardown => {
            life.begun = true;
            world.operation = Some(who);
            world.stack = None;
            done
        }
        // An earlier invocation has made it and died.
        _ if world.stack == Some(made) => done,
        _ => {
            world.stack = None;
            Phase::Beginning(Point::Cleared)
        }
    }
}

const fn next(point: Point) -> Point {
    match point {
        Point::Cleared => Point::Recorded,
        Point::Recorded | Point::Listed => Point::Listed,
    }
}

/// The two records in the wrong order.
const fn before_its_record(point: Point) -> Point {
    match point {
        Point::Cleared => Point::Recorded,
        Point::Recorded => Point::Cleared,
        Point::Listed => Point::Listed,
    }
}

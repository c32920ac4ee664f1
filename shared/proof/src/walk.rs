//! Long walks: worlds that are too large to be looked at one by one, in which whatever happens next is drawn by a
//! generator with a seed. The same seed gives the same walk.

use crate::check::check;
use crate::moves::{Kind, Move, moves};
use crate::scope::Scope;
use crate::search::{Wrong, tell};
use crate::step::step;
use drydock_contract::Status;
use fastrand::Rng;

/// What walks have come to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Walked {
    /// Moves.
    pub steps: u64,
    /// Times that everything came to rest.
    pub ends: u64,
    /// Sessions that ended well.
    pub succeeded: u64,
    /// Sessions that ended in any other way.
    pub others: u64,
}

/// Moves after which a walk that has not come to rest is given up as going round and round, if no fault came in the
/// second half.
const TOO_LONG: usize = 4_000;

/// Walks from the start until all is at rest, again and again, for `steps` moves.
///
/// # Errors
/// The first thing that is wrong.
pub fn walk(scope: &Scope, seed: u64, steps: u64) -> Result<Walked, Box<Wrong>> {
    let mut rng = Rng::with_seed(seed);
    let mut walked = Walked::default();
    while walked.steps < steps {
        let mut way: Vec<Move> = Vec::new();
        let mut world = scope.start();
        // Some walks meet many faults, some few; none meets them for ever.
        let faults = rng.f32() * 0.4;
        loop {
            let faulty = way.len() < TOO_LONG / 2 && rng.f32() < faults;
            let Some(one) = draw(&moves(&world, scope), faulty, &mut rng) else { break };
            let after = step(&world, one, scope);
            way.push(one);
            let wrong = |rule: &str| Box::new(Wrong { rule: rule.to_owned(), way: tell(scope, &way) });
            check(&world, one, &after).map_err(wrong)?;
            if way.len() > TOO_LONG {
                return Err(wrong("nothing goes round and round"));
            }
            world = after;
        }
        walked.steps += way.len() as u64;
        walked.ends += 1;
        for life in &world.lives {
            if !life.is_at_rest() {
                let rule = "every session ends, and nothing is left behind".to_owned();
                return Err(Box::new(Wrong { rule, way: tell(scope, &way) }));
            }
            if life.at.status == Status::Success { walked.succeeded += 1 } else { walked.others += 1 }
        }
    }
    Ok(walked)
}

/// A move of the wanted kind if there is one. What takes patience comes when nothing else does, or seldom.
fn draw(moves: &[Move], faulty: bool, rng: &mut Rng) -> Option<Move> {
    let of = |kind: Kind| moves.iter().copied().filter(|one| one.what.kind() == kind).collect::<Vec<_>>();
    let wanted = match faulty {
        true if rng.u8(..) < 8 => Kind::Patience,
        true => Kind::Fault,
        false => Kind::Ordinary,
    };
    let order = [wanted, Kind::Ordinary, Kind::Patience];
    order.into_iter().find_map(|kind| rng.choice(of(kind)))
}

//! Every world that can be reached, breadth first, so that whatever is wrong is found by the shortest way to it.
//!
//! Liveness is shown without a word about fairness: but for faults, no world can be reached again from where it has
//! led to, so a run that meets no more of them is as long as the longest way at most; and it cannot stop before
//! everything is at rest, because every other world has a move that is no fault.

use crate::check::check;
use crate::moves::{Kind, Move, moves};
use crate::scope::Scope;
use crate::step::step;
use crate::world::{Life, World};
use drydock_contract::Status;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// What a search has found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Worlds.
    pub worlds: usize,
    /// Moves between them.
    pub moves: usize,
    /// Moves of the longest way without a fault.
    pub longest: u32,
    /// Worlds in which everything is at rest.
    pub ends: usize,
    /// Those of them in which some session has not ended well.
    pub bad_ends: usize,
}

/// Something is wrong: what, and the shortest way to it.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// The rule, in words.
    pub rule: String,
    /// Move by move, and the last world.
    pub way: String,
}

/// Worlds by number, in the order in which they were met. Of a world only a fingerprint is kept: two of millions
/// share one of 64 bits with a probability of about one in a million.
struct Met {
    numbers: HashMap<u64, u32, BuildHasherDefault<DefaultHasher>>,
    /// From which world, by which move.
    from: Vec<(u32, Option<Move>)>,
}

/// Looks at everything that can happen.
///
/// # Errors
/// The first thing that is wrong.
pub fn search(scope: &Scope) -> Result<Found, Box<Wrong>> {
    let mut met = Met { numbers: HashMap::default(), from: Vec::new() };
    let mut edges = Edges::default();
    let (mut ends, mut bad_ends) = (0, 0);
    let start = scope.start();
    met.number(&start, 0, None);
    let mut layer = vec![start];
    while !layer.is_empty() {
        let mut next = Vec::new();
        for world in &layer {
            let from = edges.begin();
            let mut goes_on = false;
            for one in moves(world, scope) {
                let after = step(world, one, scope);
                let told = |rule: &str| met.tell(scope, from, Some(one), rule);
                check(world, one, &after).map_err(told)?;
                let ordinary = one.what.kind() != Kind::Fault;
                goes_on |= ordinary && after != *world;
                let (number, is_new) = met.number(&after, from, Some(one));
                edges.add(number, ordinary && number != from);
                if is_new {
                    next.push(after);
                }
            }
            let at_rest = world.lives.iter().all(Life::is_at_rest) && world.operation.is_none();
            let well = world.lives.iter().all(|life| life.at.status == Status::Success);
            ends += usize::from(at_rest);
            bad_ends += usize::from(at_rest && !well);
            if !goes_on && !at_rest {
                return Err(met.tell(scope, from, None, "every session ends, and nothing is left behind"));
            }
        }
        layer = next;
    }
    match edges.longest() {
        Ok(longest) => Ok(Found { worlds: met.from.len(), moves: edges.moves, longest, ends, bad_ends }),
        Err(number) => Err(met.tell(scope, number, None, "nothing goes round and round")),
    }
}

impl Met {
    fn number(&mut self, world: &World, from: u32, by: Option<Move>) -> (u32, bool) {
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        let new = u32::try_from(self.from.len()).expect("fewer worlds than that");
        let number = *self.numbers.entry(hasher.finish()).or_insert(new);
        if number == new {
            self.from.push((from, by));
        }
        (number, number == new)
    }

    /// The way to a world, walked once more.
    fn tell(&self, scope: &Scope, to: u32, and: Option<Move>, rule: &str) -> Box<Wrong> {
        let mut moves: Vec<Move> = and.into_iter().collect();
        let mut at = to;
        while let (from, Some(by)) = self.from[at as usize] {
            moves.push(by);
            at = from;
        }
        moves.reverse();
        Box::new(Wrong { rule: rule.to_owned(), way: tell(scope, &moves) })
    }
}

/// A way, as text.
pub(crate) fn tell(scope: &Scope, moves: &[Move]) -> String {
    let mut world = scope.start();
    let mut way = String::new();
    for (at, one) in (1..).zip(moves) {
        world = step(&world, *one, scope);
        let _ = writeln!(way, "{at:3}. session {}: {:?}", one.who, one.what);
    }
    let _ = writeln!(way, "{world:#?}");
    way
}

/// The moves that are no faults, from world to world.
#[derive(Default)]
struct Edges {
    /// Where the edges of each world begin in `to`.
    starts: Vec<u32>,
    to: Vec<u32>,
    moves: usize,
}

impl Edges {
    fn begin(&mut self) -> u32 {
        let number = self.starts.len();
        self.starts.push(u32::try_from(self.to.len()).expect("fewer moves than that"));
        u32::try_from(number).expect("fewer worlds than that")
    }

    fn add(&mut self, to: u32, counts: bool) {
        self.moves += 1;
        if counts {
            self.to.push(to);
        }
    }

    fn of(&self, number: usize) -> &[u32] {
        let end = self.starts.get(number + 1).map_or(self.to.len(), |end| *end as usize);
        &self.to[self.starts[number] as usize..end]
    }

    /// The longest way, or a world of a circle. Worlds are taken away once nothing leads to them any more.
    fn longest(&self) -> Result<u32, u32> {
        let worlds = self.starts.len();
        let mut into = vec![0_u32; worlds];
        self.to.iter().for_each(|to| into[*to as usize] += 1);
        let mut free: Vec<usize> = (0..worlds).filter(|number| into[*number] == 0).collect();
        let mut length = vec![0_u32; worlds];
        let (mut taken, mut longest) = (0, 0);
        while let Some(number) = free.pop() {
            taken += 1;
            longest = longest.max(length[number]);
            for to in self.of(number) {
                let to = *to as usize;
                length[to] = length[to].max(length[number] + 1);
                into[to] -= 1;
                if into[to] == 0 {
                    free.push(to);
                }
            }
        }
        if taken == worlds { Ok(longest) } else { Err(circle(&into)) }
    }
}

fn circle(into: &[u32]) -> u32 {
    let at = into.iter().position(|count| *count > 0).unwrap_or_default();
    u32::try_from(at).expect("fewer worlds than that")
}

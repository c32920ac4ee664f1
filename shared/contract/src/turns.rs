//! Whose turn it is at a stack or function that several sessions want to work on.
//!
//! A target has one line. Who comes joins it at its end; whoever stands first has the turn and keeps it until its
//! session is over. Nobody hands a turn on: those behind look, and drop who is over. So a session that ends in whatever
//! way, or is never heard of again once the sweep has ended it, holds nobody up.
//!
//! Generic in what an entry is, so that it can be tried out exhaustively with small ones.

/// Where somebody stands in a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place<T> {
    /// It has the turn.
    First,
    /// This one has the turn.
    Behind(T),
}

/// The line once `who` stands in it and everybody who `is_over` has gone, and where `who` stands. Whoever stands in it
/// keeps the place, so joining twice changes nothing.
pub fn join<T: Clone + PartialEq>(line: &[T], who: &T, is_over: impl Fn(&T) -> bool) -> (Vec<T>, Place<T>) {
    let mut joined: Vec<T> = line.iter().filter(|entry| *entry == who || !is_over(entry)).cloned().collect();
    if !joined.contains(who) {
        joined.push(who.clone());
    }
    let place = match joined.first() {
        Some(first) if first != who => Place::Behind(first.clone()),
        _ => Place::First,
    };
    (joined, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_has_the_turn_until_it_is_over() {
        let check = |line: &[char], who: char, over: &[char], expected: &[char], place: Place<char>| {
            let found = join(line, &who, |entry| over.contains(entry));
            assert_eq!(found, (expected.to_vec(), place), "{line:?} {who} {over:?}");
        };
        check(&[], 'a', &[], &['a'], Place::First);
        check(&['a'], 'a', &[], &['a'], Place::First);
        check(&['a'], 'b', &[], &['a', 'b'], Place::Behind('a'));
        check(&['a', 'b'], 'b', &[], &['a', 'b'], Place::Behind('a'));
        check(&['a', 'b'], 'c', &[], &['a', 'b', 'c'], Place::Behind('a'));
        check(&['a', 'b', 'c'], 'c', &['a'], &['b', 'c'], Place::Behind('b'));
        check(&['a', 'b', 'c'], 'b', &['a'], &['b', 'c'], Place::First);
        check(&['a', 'b', 'c'], 'c', &['a', 'b'], &['c'], Place::First);
        check(&['a', 'b'], 'a', &['b'], &['a'], Place::First);
    }

    #[test]
    fn everybody_gets_a_turn_in_the_order_of_coming() {
        let mut line = Vec::new();
        for who in 0..5 {
            line = join(&line, &who, |_| false).0;
        }
        let mut had = Vec::new();
        while had.len() < 5 {
            // Whoever looks next, only one of them may begin.
            let first: Vec<i32> = (0..5)
                .filter(|who| !had.contains(who))
                .filter(|who| join(&line, who, |entry| had.contains(entry)).1 == Place::First)
                .collect();
            assert_eq!(first.len(), 1, "{first:?} after {had:?}");
            had.extend(first);
        }
        assert_eq!(had, [0, 1, 2, 3, 4]);
    }
}

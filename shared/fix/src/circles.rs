//! Noticing that nothing moves any more.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// The same call with the same answer, so often, is a circle. The time before, the model is told.
const SAME_FAILURE: u32 = 3;
const SAME_ANSWER: u32 = 6;

/// The files being as they were at an earlier moment, so often, is a circle.
const SAME_STATE: u32 = 3;

/// What a call tells of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Onward,
    /// Once more and it is stopped.
    Repeating,
    Circle,
}

/// Calls and states that were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Circles {
    calls: HashMap<u64, u32>,
    states: HashMap<u64, u32>,
}

impl Circles {
    /// Takes note of a call and its answer.
    pub(crate) fn call(&mut self, tool: &str, input: &str, answer: &str, failed: bool) -> Way {
        let seen = self.calls.entry(hash(&(tool, input, answer))).or_default();
        *seen += 1;
        let limit = if failed { SAME_FAILURE } else { SAME_ANSWER };
        if *seen >= limit {
            Way::Circle
        } else if *seen + 1 == limit {
            Way::Repeating
        } else {
            Way::Onward
        }
    }

    /// Takes note of what the files are after an edit. Calls count anew: the same view shows something else.
    pub(crate) fn state(&mut self, files: impl Hash) -> Way {
        let seen = self.states.entry(hash(&files)).or_default();
        *seen += 1;
        if *seen >= SAME_STATE { Way::Circle } else { Way::Onward }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_failures_are_stopped_before_repeated_successes() {
        let mut circles = Circles::default();
        let mut ways = |failed| {
            (0..6).map(|_| circles.call("view", "{}", if failed { "no" } else { "yes" }, failed)).collect::<Vec<_>>()
        };
        assert_eq!(ways(true)[..3], [Way::Onward, Way::Repeating, Way::Circle]);
        assert_eq!(ways(false)[3..], [Way::Onward, Way::Repeating, Way::Circle]);
    }

    #[test]
    fn coming_back_to_the_same_files_is_a_circle() {
        let mut circles = Circles::default();
        let ways: Vec<Way> = ["a", "b", "a", "b", "a"].into_iter().map(|files| circles.state(files)).collect();
        assert_eq!(ways[4], Way::Circle);
        assert_eq!(ways[..4], [Way::Onward; 4]);
    }
}

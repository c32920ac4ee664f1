//! What AWS would refuse, and what could never run.

mod fields;
mod limits;
mod time;

#[cfg(test)]
mod tests;

use crate::machine::States;
use crate::{QueryLanguage, State, StateMachine};
use std::collections::BTreeSet;
use std::fmt;

/// The longest name of a state, in characters.
const MAX_NAME_LENGTH: usize = 80;

/// Something wrong with a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// `StartAt` names no state.
    DanglingStart {
        /// The Parallel or Map whose inner machine it is; `None` for the whole.
        of: Option<String>,
        /// The name that is no state.
        target: String,
    },
    /// A state goes to one that is not there.
    DanglingTarget {
        /// The state that goes.
        state: String,
        /// The field that says where: `Next`, `Default`, `Choices` or `Catch`.
        field: &'static str,
        /// The name that is no state.
        target: String,
    },
    /// No path from the start leads there.
    Unreachable(String),
    /// No reachable state ends it.
    Endless {
        /// The Parallel or Map whose inner machine it is; `None` for the whole.
        of: Option<String>,
    },
    /// From there no path leads to an end.
    NoWayOut(String),
    /// A name of more than 80 characters or none.
    BadName(String),
    /// Two states of one machine have the same name, at whatever depth.
    DuplicateName(String),
    /// A choice that fails if no rule holds.
    NoDefault(String),
    /// A field does not go with its state.
    Misfit {
        /// The state; `None` for the machine itself.
        state: Option<String>,
        /// What is wrong, beginning with the field.
        reason: String,
    },
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DanglingStart { of: None, target } => write!(f, "StartAt names `{target}`, which is no state"),
            Self::DanglingStart { of: Some(of), target } => {
                write!(f, "StartAt in `{of}` names `{target}`, which is no state in it")
            }
            Self::DanglingTarget { state, field, target } => {
                write!(f, "{field} of `{state}` names `{target}`, which is no state")
            }
            Self::Unreachable(name) => write!(f, "`{name}` can never be reached"),
            Self::Endless { of: None } => f.write_str("no state that can be reached ends the execution"),
            Self::Endless { of: Some(of) } => write!(f, "no state that can be reached ends what runs in `{of}`"),
            Self::NoWayOut(name) => write!(f, "from `{name}` no way leads to an end"),
            Self::BadName(name) => write!(f, "`{name}` is no name of a state: 1 to {MAX_NAME_LENGTH} characters"),
            Self::DuplicateName(name) => write!(f, "two states have the name `{name}`"),
            Self::NoDefault(name) => write!(f, "`{name}` has no Default: it fails when no rule holds"),
            Self::Misfit { state: Some(state), reason } => write!(f, "`{state}`: {reason}"),
            Self::Misfit { state: None, reason } => write!(f, "the machine: {reason}"),
        }
    }
}

impl StateMachine {
    /// Everything that is wrong, in the order of the states; empty if the machine is sound.
    pub fn validate(&self) -> Vec<Defect> {
        let mut check = Check {
            language: self.query_language.unwrap_or(QueryLanguage::JsonPath),
            names: BTreeSet::new(),
            express: false,
            defects: Vec::new(),
        };
        limits::machine(self, &mut check);
        check.scope(None, &self.start_at, &self.states);
        check.defects
    }
}

/// What has been found so far.
struct Check<'a> {
    /// Of the states that do not say it themselves.
    language: QueryLanguage,
    names: BTreeSet<&'a str>,
    /// True inside of a distributed map whose items are express executions.
    express: bool,
    defects: Vec<Defect>,
}

impl<'a> Check<'a> {
    fn misfit(&mut self, state: &str, reason: impl Into<String>) {
        self.defects.push(Defect::Misfit { state: Some(state.to_owned()), reason: reason.into() });
    }

    /// States that go only to each other: a whole machine, a branch, or what is done with an item.
    fn scope(&mut self, of: Option<&str>, start_at: &'a str, states: &'a States) {
        let of = of.map(ToOwned::to_owned);
        if !states.contains_key(start_at) {
            self.defects.push(Defect::DanglingStart { of: of.clone(), target: start_at.to_owned() });
        }
        for (name, state) in states {
            self.state(name, state, states);
        }
        let reachable = reachable(start_at, states);
        let ending = ending(states);
        for name in states.keys() {
            if !reachable.contains(name.as_str()) {
                self.defects.push(Defect::Unreachable(name.clone()));
            }
        }
        if reachable.is_empty() {
            return;
        }
        if reachable.is_disjoint(&ending) {
            self.defects.push(Defect::Endless { of });
        } else {
            let stuck = reachable.difference(&ending).map(|name| Defect::NoWayOut((*name).to_owned()));
            self.defects.extend(stuck);
        }
    }

    fn state(&mut self, name: &'a str, state: &'a State, states: &States) {
        if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
            self.defects.push(Defect::BadName(name.to_owned()));
        }
        if !self.names.insert(name) {
            self.defects.push(Defect::DuplicateName(name.to_owned()));
        }
        for (field, target) in state.targets() {
            if !states.contains_key(target) {
                self.defects.push(Defect::DanglingTarget { state: name.to_owned(), field, target: target.to_owned() });
            }
        }
        fields::check(name, state, self);
        limits::state(name, state, self);
        let outside = self.express;
        self.express |= matches!(state, State::Map(map) if map.is_express());
        for inner in state.inner() {
            self.scope(Some(name), inner.start_at, inner.states);
        }
        self.express = outside;
    }
}

/// The names of all states that an execution can come to.
fn reachable<'a>(start_at: &'a str, states: &'a States) -> BTreeSet<&'a str> {
    let mut reachable = BTreeSet::new();
    let mut open = vec![start_at];
    while let Some(name) = open.pop() {
        if let Some(state) = states.get(name)
            && reachable.insert(name)
        {
            open.extend(state.targets().into_iter().map(|(_, target)| target));
        }
    }
    reachable
}

/// The names of all states from which an execution can end.
fn ending(states: &States) -> BTreeSet<&str> {
    let mut ending = BTreeSet::new();
    loop {
        let before = ending.len();
        for (name, state) in states {
            if state.is_end() || state.targets().iter().any(|(_, target)| ending.contains(target)) {
                ending.insert(name.as_str());
            }
        }
        if ending.len() == before {
            return ending;
        }
    }
}

//! What AWS would refuse, and what could never run.

use crate::{ErrorName, State, StateMachine};
use std::collections::BTreeSet;
use std::fmt;

/// The longest name of a state, in characters.
const MAX_NAME_LENGTH: usize = 80;

/// Something wrong with a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// `StartAt` names no state.
    DanglingStart(String),
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
    /// No reachable state ends the execution.
    Endless,
    /// A name of more than 80 characters or none.
    BadName(String),
    /// A choice without a way out.
    NoChoices(String),
    /// A retrier or catcher whose errors cannot be matched as written; the text says why.
    BadRecovery {
        /// The state it belongs to.
        state: String,
        /// Why.
        reason: &'static str,
    },
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DanglingStart(name) => write!(f, "StartAt names `{name}`, which is no state"),
            Self::DanglingTarget { state, field, target } => {
                write!(f, "{field} of `{state}` names `{target}`, which is no state")
            }
            Self::Unreachable(name) => write!(f, "`{name}` can never be reached"),
            Self::Endless => f.write_str("no state that can be reached ends the execution"),
            Self::BadName(name) => write!(f, "`{name}` is no name of a state: 1 to {MAX_NAME_LENGTH} characters"),
            Self::NoChoices(name) => write!(f, "`{name}` has nothing to choose from"),
            Self::BadRecovery { state, reason } => write!(f, "Retry or Catch of `{state}`: {reason}"),
        }
    }
}

impl StateMachine {
    /// Everything that is wrong, in the order of the states; empty if the machine is sound.
    pub fn validate(&self) -> Vec<Defect> {
        let mut defects = Vec::new();
        if !self.states.contains_key(&self.start_at) {
            defects.push(Defect::DanglingStart(self.start_at.clone()));
        }
        for (name, state) in &self.states {
            self.validate_state(name, state, &mut defects);
        }
        let reachable = self.reachable();
        let lost = self.states.keys().filter(|name| !reachable.contains(name.as_str()));
        defects.extend(lost.map(|name| Defect::Unreachable(name.clone())));
        let can_end = |name: &&str| self.states.get(*name).is_some_and(State::is_end);
        if !reachable.is_empty() && !reachable.iter().any(can_end) {
            defects.push(Defect::Endless);
        }
        defects
    }

    fn validate_state(&self, name: &str, state: &State, defects: &mut Vec<Defect>) {
        if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
            defects.push(Defect::BadName(name.to_owned()));
        }
        for (field, target) in state.targets() {
            if !self.states.contains_key(target) {
                defects.push(Defect::DanglingTarget { state: name.to_owned(), field, target: target.to_owned() });
            }
        }
        if let State::Choice(choice) = state
            && choice.choices.is_empty()
        {
            defects.push(Defect::NoChoices(name.to_owned()));
        }
        let mut report = |reason| defects.push(Defect::BadRecovery { state: name.to_owned(), reason });
        for retry in state.retriers() {
            if retry.backoff_rate.is_nan() || retry.backoff_rate < 1.0 {
                report("BackoffRate is below 1.0");
            }
            if retry.interval_seconds == 0 {
                report("IntervalSeconds is 0");
            }
            if retry.max_delay_seconds.is_some_and(|longest| longest <= retry.interval_seconds) {
                report("MaxDelaySeconds does not exceed IntervalSeconds");
            }
        }
        let retried: Vec<_> = state.retriers().iter().map(|retry| retry.error_equals.as_slice()).collect();
        let caught: Vec<_> = state.catchers().iter().map(|catch| catch.error_equals.as_slice()).collect();
        for matchers in [retried, caught] {
            if let Some(reason) = unmatched(&matchers) {
                report(reason);
            }
        }
    }

    /// The names of all states that an execution can come to.
    fn reachable(&self) -> BTreeSet<&str> {
        let mut reachable = BTreeSet::new();
        let mut open = vec![self.start_at.as_str()];
        while let Some(name) = open.pop() {
            if let Some(state) = self.states.get(name)
                && reachable.insert(name)
            {
                open.extend(state.targets().into_iter().map(|(_, target)| target));
            }
        }
        reachable
    }
}

/// The rules for `ErrorEquals`: never empty, and `States.ALL` stands alone and last.
fn unmatched(matchers: &[&[ErrorName]]) -> Option<&'static str> {
    for (index, errors) in matchers.iter().enumerate() {
        if errors.is_empty() {
            return Some("ErrorEquals is empty");
        }
        if errors.contains(&ErrorName::All) {
            if errors.len() > 1 {
                return Some("States.ALL stands beside other errors");
            }
            if index + 1 < matchers.len() {
                return Some("States.ALL stands before others, which are never tried");
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::*;
    use indexmap::IndexMap;

    fn pass(next: &str) -> State {
        State::Pass(Pass { comment: None, output: None, transition: Transition::to(next) })
    }

    fn end() -> State {
        State::Succeed(Succeed::default())
    }

    fn task(retry: Vec<Retry>, catch: Vec<Catch>) -> State {
        State::Task(Task {
            comment: None,
            integration: Integration::SendMessage(SendMessage {
                queue_url: "https://queue".into(),
                message_body: Dynamic::expression("$states.input"),
                delay_seconds: None,
            }),
            timeout_seconds: None,
            output: None,
            retry,
            catch,
            transition: Transition::End,
        })
    }

    fn check<const N: usize>(states: [(&str, State); N], expected: &[&str]) {
        let machine = StateMachine {
            comment: None,
            query_language: QueryLanguage::Jsonata,
            start_at: "A".to_owned(),
            timeout_seconds: None,
            states: states.into_iter().map(|(name, state)| (name.to_owned(), state)).collect::<IndexMap<_, _>>(),
        };
        let found: Vec<_> = machine.validate().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sound_machine_has_no_defects() {
        check([("A", pass("B")), ("B", end())], &[]);
    }

    #[test]
    fn names_that_are_no_states_are_found_with_their_field() {
        check([("X", end())], &["StartAt names `A`, which is no state", "`X` can never be reached"]);
        check(
            [("A", pass("B"))],
            &["Next of `A` names `B`, which is no state", "no state that can be reached ends the execution"],
        );
        let caught = Catch { error_equals: vec![ErrorName::All], next: "Lost".to_owned(), output: None };
        check([("A", task(vec![], vec![caught]))], &["Catch of `A` names `Lost`, which is no state"]);
        let choice = State::Choice(Choice {
            comment: None,
            choices: vec![Rule::when("$states.input.ok", "Yes")],
            default: Some("No".to_owned()),
        });
        check(
            [("A", choice), ("B", end())],
            &[
                "Choices of `A` names `Yes`, which is no state",
                "Default of `A` names `No`, which is no state",
                "`B` can never be reached",
                "no state that can be reached ends the execution",
            ],
        );
    }

    #[test]
    fn what_never_runs_or_never_ends_is_found() {
        check(
            [("A", end()), ("B", pass("C")), ("C", pass("B"))],
            &["`B` can never be reached", "`C` can never be reached"],
        );
        check([("A", pass("B")), ("B", pass("A"))], &["no state that can be reached ends the execution"]);
    }

    #[test]
    fn names_and_choices_have_their_limits() {
        let long = "A".repeat(81);
        check([("A", pass(&long)), (&long, end())], &[&format!("`{long}` is no name of a state: 1 to 80 characters")]);
        let empty = State::Choice(Choice { comment: None, choices: vec![], default: Some("B".to_owned()) });
        check([("A", empty), ("B", end())], &["`A` has nothing to choose from"]);
    }

    #[test]
    fn recovery_that_cannot_work_is_found() {
        let all = || Retry::with_backoff(vec![ErrorName::All], 3);
        check(
            [("A", task(vec![Retry { backoff_rate: 0.5, ..all() }], vec![]))],
            &["Retry or Catch of `A`: BackoffRate is below 1.0"],
        );
        check(
            [("A", task(vec![Retry { interval_seconds: 0, ..all() }], vec![]))],
            &["Retry or Catch of `A`: IntervalSeconds is 0"],
        );
        check(
            [("A", task(vec![Retry { interval_seconds: 30, ..all() }], vec![]))],
            &["Retry or Catch of `A`: MaxDelaySeconds does not exceed IntervalSeconds"],
        );
        check(
            [("A", task(vec![all(), Retry { error_equals: vec![ErrorName::Timeout], ..all() }], vec![]))],
            &["Retry or Catch of `A`: States.ALL stands before others, which are never tried"],
        );
        check(
            [("A", task(vec![Retry { error_equals: vec![ErrorName::All, ErrorName::Timeout], ..all() }], vec![]))],
            &["Retry or Catch of `A`: States.ALL stands beside other errors"],
        );
        check(
            [("A", task(vec![Retry { error_equals: vec![], ..all() }], vec![]))],
            &["Retry or Catch of `A`: ErrorEquals is empty"],
        );
    }
}

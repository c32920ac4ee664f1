//! The states a machine is made of.

use crate::machine::States;
use crate::{Branch, Catch, Choice, Fail, Map, Parallel, Pass, QueryLanguage, Retry, Succeed, Task, Wait, WaitFor};
use serde::de::{DeserializeOwned, Error};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map as Fields, Value};

/// One state; its name is its key in the machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "Type")]
pub enum State {
    /// Does work.
    Task(Task),
    /// Passes data on, changed or not.
    Pass(Pass),
    /// Goes one of several ways.
    Choice(Choice),
    /// Waits.
    Wait(Wait),
    /// Ends well.
    Succeed(Succeed),
    /// Ends with an error.
    Fail(Fail),
    /// Does several things at once.
    Parallel(Parallel),
    /// Does the same with each of many items.
    Map(Box<Map>),
}

/// Where a state goes when it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Transition {
    /// To the state of that name.
    Next(String),
    /// Nowhere: the execution, the branch or the item has succeeded.
    #[default]
    End,
}

impl Transition {
    /// To the state `name`.
    pub fn to(name: impl Into<String>) -> Self {
        Self::Next(name.into())
    }

    /// Takes `Next` or `End` out of a state's fields.
    fn take(fields: &mut Fields<String, Value>) -> Result<Self, String> {
        match (fields.remove("Next"), fields.remove("End")) {
            (Some(Value::String(name)), None) => Ok(Self::Next(name)),
            (None, Some(Value::Bool(true))) => Ok(Self::End),
            (None, None) => Err("neither `Next` nor `End`".to_owned()),
            (next, end) => Err(format!("`Next` is a name or `End` is true, not both: {next:?}, {end:?}")),
        }
    }
}

/// Flattened into its state: `"Next": "…"` or `"End": true`.
impl Serialize for Transition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Next(name) => map.serialize_entry("Next", name)?,
            Self::End => map.serialize_entry("End", &true)?,
        }
        map.end()
    }
}

/// States that a state runs by themselves: a branch, or what is done with each item.
#[derive(Clone, Copy, Debug)]
pub struct Inner<'a> {
    /// The first of them.
    pub start_at: &'a str,
    /// All of them.
    pub states: &'a States,
}

impl State {
    /// `Task`, `Pass`, and so on.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Pass(_) => "Pass",
            Self::Choice(_) => "Choice",
            Self::Wait(_) => "Wait",
            Self::Succeed(_) => "Succeed",
            Self::Fail(_) => "Fail",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
        }
    }

    /// For people.
    pub fn comment(&self) -> Option<&str> {
        match self {
            Self::Task(state) => state.comment.as_deref(),
            Self::Pass(state) => state.comment.as_deref(),
            Self::Choice(state) => state.comment.as_deref(),
            Self::Wait(state) => state.comment.as_deref(),
            Self::Succeed(state) => state.comment.as_deref(),
            Self::Fail(state) => state.comment.as_deref(),
            Self::Parallel(state) => state.comment.as_deref(),
            Self::Map(state) => state.comment.as_deref(),
        }
    }

    /// Its own query language, if it is not the machine's.
    pub const fn query_language(&self) -> Option<QueryLanguage> {
        match self {
            Self::Task(state) => state.query_language,
            Self::Pass(state) => state.query_language,
            Self::Choice(state) => state.query_language,
            Self::Wait(state) => state.query_language,
            Self::Succeed(state) => state.query_language,
            Self::Fail(state) => state.query_language,
            Self::Parallel(state) => state.query_language,
            Self::Map(state) => state.query_language,
        }
    }

    /// Where it goes when it is done; `None` for a Choice and for the states that end an execution.
    pub const fn transition(&self) -> Option<&Transition> {
        match self {
            Self::Task(state) => Some(&state.transition),
            Self::Pass(state) => Some(&state.transition),
            Self::Wait(state) => Some(&state.transition),
            Self::Parallel(state) => Some(&state.transition),
            Self::Map(state) => Some(&state.transition),
            Self::Choice(_) | Self::Succeed(_) | Self::Fail(_) => None,
        }
    }

    /// Every state that this one may go to, each with the field that names it.
    pub fn targets(&self) -> Vec<(&'static str, &str)> {
        let mut targets = match (self, self.transition()) {
            (Self::Choice(choice), _) => choice.targets(),
            (_, Some(Transition::Next(name))) => vec![("Next", name.as_str())],
            _ => Vec::new(),
        };
        targets.extend(self.catchers().iter().map(|catch| ("Catch", catch.next.as_str())));
        targets
    }

    /// True if an execution, a branch or an item can end here.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Succeed(_) | Self::Fail(_)) || self.transition() == Some(&Transition::End)
    }

    /// What is tried again.
    pub fn retriers(&self) -> &[Retry] {
        match self {
            Self::Task(state) => &state.retry,
            Self::Parallel(state) => &state.retry,
            Self::Map(state) => &state.retry,
            _ => &[],
        }
    }

    /// Where it goes when it fails.
    pub fn catchers(&self) -> &[Catch] {
        match self {
            Self::Task(state) => &state.catch,
            Self::Parallel(state) => &state.catch,
            Self::Map(state) => &state.catch,
            _ => &[],
        }
    }

    /// The states that it runs by themselves.
    pub fn inner(&self) -> Vec<Inner<'_>> {
        match self {
            Self::Parallel(parallel) => {
                let branches = parallel.branches.iter();
                branches.map(|Branch { start_at, states, .. }| Inner { start_at, states }).collect()
            }
            Self::Map(map) => map
                .processor()
                .map(|processor| Inner { start_at: &processor.start_at, states: &processor.states })
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// `Type` says which fields there are. `Next`, `End` and what a Wait waits for are read by hand, so that all other
/// fields can be read strictly.
impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::deserialize(deserializer)?;
        let Some(Value::String(kind)) = fields.remove("Type") else {
            return Err(D::Error::custom("a state without `Type`"));
        };
        read(&kind, fields).map_err(|error| D::Error::custom(format_args!("{kind}: {error}")))
    }
}

fn read(kind: &str, mut fields: Fields<String, Value>) -> Result<State, String> {
    let fields = &mut fields;
    Ok(match kind {
        "Task" => {
            let transition = Transition::take(fields)?;
            State::Task(Task { transition, ..strictly(fields)? })
        }
        "Pass" => {
            let transition = Transition::take(fields)?;
            State::Pass(Pass { transition, ..strictly(fields)? })
        }
        "Wait" => {
            let (transition, wait_for) = (Transition::take(fields)?, WaitFor::take(fields)?);
            State::Wait(Wait { transition, wait_for, ..strictly(fields)? })
        }
        "Parallel" => {
            let transition = Transition::take(fields)?;
            State::Parallel(Parallel { transition, ..strictly(fields)? })
        }
        "Map" => {
            let transition = Transition::take(fields)?;
            State::Map(Box::new(Map { transition, ..strictly(fields)? }))
        }
        "Choice" => State::Choice(strictly(fields)?),
        "Succeed" => State::Succeed(strictly(fields)?),
        "Fail" => State::Fail(strictly(fields)?),
        _ => return Err("no type of state".to_owned()),
    })
}

fn strictly<T: DeserializeOwned>(fields: &mut Fields<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(std::mem::take(fields))).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(definition: &str, expected: &str) {
        let error = serde_json::from_str::<State>(definition).unwrap_err().to_string();
        assert!(error.contains(expected), "{definition}: {error}");
    }

    #[test]
    fn what_is_no_state_is_refused_with_a_reason() {
        check("{}", "a state without `Type`");
        check(r#"{"Type": "Loop"}"#, "Loop: no type of state");
        check(r#"{"Type": "Pass"}"#, "Pass: neither `Next` nor `End`");
        check(r#"{"Type": "Pass", "Next": "A", "End": true}"#, "not both");
        check(r#"{"Type": "Pass", "End": false}"#, "`End` is true");
        check(r#"{"Type": "Pass", "End": true, "Resource": "x"}"#, "Pass: unknown field `Resource`");
        check(r#"{"Type": "Task", "End": true}"#, "Task: missing field `Resource`");
        check(r#"{"Type": "Wait", "End": true}"#, "Wait: nothing to wait for");
        check(r#"{"Type": "Succeed", "Next": "A"}"#, "Succeed: unknown field `Next`");
    }
}

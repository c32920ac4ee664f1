//! The states a machine is made of.

use crate::{Catch, Choice, Fail, Pass, Retry, Succeed, Task, Wait};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

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
}

/// Where a state goes when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// To the state of that name.
    Next(String),
    /// Nowhere: the execution has succeeded.
    End,
}

impl Transition {
    /// To the state `name`.
    pub fn to(name: impl Into<String>) -> Self {
        Self::Next(name.into())
    }

    fn target(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Next(name) => Some(("Next", name)),
            Self::End => None,
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

impl State {
    /// Every state that this one may go to, each with the field that names it.
    pub fn targets(&self) -> Vec<(&'static str, &str)> {
        let mut targets: Vec<_> = match self {
            Self::Task(task) => task.transition.target().into_iter().collect(),
            Self::Pass(pass) => pass.transition.target().into_iter().collect(),
            Self::Wait(wait) => wait.transition.target().into_iter().collect(),
            Self::Choice(choice) => choice.targets(),
            Self::Succeed(_) | Self::Fail(_) => Vec::new(),
        };
        targets.extend(self.catchers().iter().map(|catch| ("Catch", catch.next.as_str())));
        targets
    }

    /// True if an execution can end here.
    pub(crate) fn is_end(&self) -> bool {
        match self {
            Self::Task(Task { transition, .. })
            | Self::Pass(Pass { transition, .. })
            | Self::Wait(Wait { transition, .. }) => *transition == Transition::End,
            Self::Succeed(_) | Self::Fail(_) => true,
            Self::Choice(_) => false,
        }
    }

    pub(crate) fn retriers(&self) -> &[Retry] {
        if let Self::Task(task) = self { &task.retry } else { &[] }
    }

    pub(crate) fn catchers(&self) -> &[Catch] {
        if let Self::Task(task) = self { &task.catch } else { &[] }
    }
}

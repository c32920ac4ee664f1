//! The states that move data and time but do no work: Pass, Wait, Succeed, Fail.

use crate::{Dynamic, Transition};
use serde::Serialize;
use serde_json::Value;

/// Passes its input on, or what `output` makes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pass {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The next state's input; without it, this one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic<Value>>,
    /// Where to go.
    #[serde(flatten)]
    pub transition: Transition,
}

/// Waits, then goes on with its input.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Wait {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// How long or until when.
    #[serde(flatten)]
    pub wait_for: WaitFor,
    /// Where to go.
    #[serde(flatten)]
    pub transition: Transition,
}

/// How long a [`Wait`] lasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum WaitFor {
    /// That many seconds.
    Seconds(Dynamic<u32>),
    /// Until an RFC 3339 time in UTC.
    Timestamp(Dynamic<String>),
}

/// Ends the execution well.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Succeed {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The execution's output; without it, this state's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic<Value>>,
}

/// Ends the execution with an error.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Fail {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// For programs.
    pub error: Dynamic<String>,
    /// For people.
    pub cause: Dynamic<String>,
}

//! What became of each step.

use super::{Check, Recorded, RecordedAnswer};
use crate::plan::Phase;
use serde::{Deserialize, Serialize};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every check passed.
    Passed,
    /// A check failed, and failed again where it could be repeated.
    Failed,
    /// It failed, and passed unchanged when it was repeated.
    Flaky,
    /// It was not sent, or what it was answered says nothing of the API: the run had come to its limits, or had asked too
    /// much.
    Skipped,
}

/// A step and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepResult {
    /// The step's id.
    pub id: String,
    /// The step's name.
    pub name: String,
    /// When it ran.
    pub phase: Phase,
    /// What became of it.
    pub outcome: Outcome,
    /// The checks of the try that decided; for a flaky step those that failed.
    pub checks: Vec<Check>,
    /// How often it was sent.
    pub tries: u32,
    /// How many requests that took: a redirect leads to another.
    #[serde(default)]
    pub requests: u32,
    /// Milliseconds from 1970 to its first try and to the end of its last; zero if it was not sent.
    #[serde(default)]
    pub span_ms: (u64, u64),
    /// Why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was sent, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Recorded>,
    /// What came back, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<RecordedAnswer>,
}

//! What is missing or wrong before anything is tried, each with what to do about it.

pub mod actions;
pub mod aws;
pub mod machine;
pub mod own;
pub mod permissions;
pub mod quotas;

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// As it should be.
    Good,
    /// Could not be looked at; the reason is in the text.
    Unknown,
    /// Works, but not for everything.
    Warning,
    /// Something will not work.
    Problem,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it stands.
    pub grade: Grade,
    /// What there is.
    pub text: String,
    /// Everything that the text is about, where it names only some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn good(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, grade: Grade::Good, text: text.into(), all: Vec::new(), remedy: None }
    }

    /// Works, but not for everything.
    pub fn warning(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, grade: Grade::Warning, text: text.into(), all: Vec::new(), remedy: Some(remedy.into()) }
    }

    /// Something will not work.
    pub fn problem(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, grade: Grade::Problem, text: text.into(), all: Vec::new(), remedy: Some(remedy.into()) }
    }

    /// Could not be looked at.
    pub fn unknown(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, grade: Grade::Unknown, text: text.into(), all: Vec::new(), remedy: Some(remedy.into()) }
    }
}

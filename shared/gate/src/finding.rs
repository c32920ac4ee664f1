//! One thing that is wrong.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a finding keeps a change from being pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// It would fail.
    Error,
}

/// Something wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Path inside the repository.
    pub file: String,
    /// From 1, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The rule that it breaks: one of the validator's (`E2531`) or one of ours (`yaml-syntax`).
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// How it may be mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether it counts.
    pub severity: Severity,
    /// Where in the file, in terms that do not move with its lines, such as a resource and a property.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
}

impl Finding {
    /// An error without a hint.
    pub(crate) fn error(file: &str, line: Option<u32>, rule: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            rule: rule.to_owned(),
            message: message.into(),
            hint: None,
            severity: Severity::Error,
            place: String::new(),
        }
    }

    /// The same with a place that does not move.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }

    /// What makes two findings the same before and after a change. Lists of what would be allowed grow with the
    /// template and are left out.
    pub(crate) fn key(&self) -> (String, String, String, String) {
        let message = self.message.split(" is not one of [").next().unwrap_or_default();
        (self.file.clone(), self.rule.clone(), self.place.clone(), message.to_owned())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {} {}", self.rule, self.message)?;
        if !self.place.is_empty() {
            write!(f, " ({})", self.place)?;
        }
        match &self.hint {
            Some(hint) => write!(f, " — {hint}"),
            None => Ok(()),
        }
    }
}

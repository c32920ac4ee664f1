//! Why there is no repair.

use crate::budget::Exhausted;
use drydock_gate::GateError;
use drydock_model::ModelError;

/// No repair. `learned` says what was found out on the way, for whoever takes it from here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FixError {
    /// The model cannot be asked.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The judge cannot be set up.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// A budget is used up.
    #[error("the repair ran out of {what} before it was done{}", so_far(.learned))]
    Exhausted {
        /// Which.
        what: Exhausted,
        /// What was found out.
        learned: String,
    },
    /// The same again and again.
    #[error("the repair went in circles: {what}{}", so_far(.learned))]
    Circles {
        /// What was repeated.
        what: String,
        /// What was found out.
        learned: String,
    },
    /// The model submits no plan.
    #[error("no plan was made: {0}")]
    NoPlan(String),
    /// The model says that it cannot be repaired from here, or stops without a word.
    #[error("no repair was found: {reason}{}", so_far(.learned))]
    GaveUp {
        /// In the model's words.
        reason: String,
        /// What was found out.
        learned: String,
    },
    /// The model declines to work on this.
    #[error("the model declines to work on this repository")]
    Declined,
}

fn so_far(learned: &str) -> String {
    if learned.is_empty() { String::new() } else { format!(". Found so far: {learned}") }
}

impl FixError {
    /// True if the same repair may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Model(error) if error.is_retryable())
    }

    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Model(error) => error.code(),
            Self::Gate(_) => "validator-unavailable",
            Self::Exhausted { .. } => "fix-budget",
            Self::Circles { .. } => "fix-circles",
            Self::NoPlan(_) => "fix-no-plan",
            Self::GaveUp { .. } => "fix-not-found",
            Self::Declined => "fix-declined",
        }
    }

    /// What a person can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Model(error) => error.remedy(),
            Self::Gate(_) => "Give the fixer's function more memory, then request the fix again.",
            Self::Exhausted { .. } | Self::Circles { .. } | Self::NoPlan(_) => {
                "Request the fix again with narrower instructions: the file, the error and what is expected; or repair \
                 it by hand with what was found."
            }
            Self::GaveUp { .. } => "Repair it by hand with what was found, or give more details in fixInstructions.",
            Self::Declined => "Repair it by hand.",
        }
    }
}

//! How much a repair may use.

use drydock_model::{Price, Usage};
use std::fmt;
use tokio::time::Instant;

/// What a repair may use in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Answers of the model.
    pub turns: u32,
    /// USD, by the configured prices.
    pub usd: f64,
    /// When it must have ended.
    pub until: Instant,
}

/// Which part of the budget was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// [`Budget::turns`]
    Turns,
    /// [`Budget::usd`]
    Money,
    /// [`Budget::until`]
    Time,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Turns => "turns",
            Self::Money => "money",
            Self::Time => "time",
        })
    }
}

/// What was used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) turns: u32,
    pub(crate) usage: Usage,
    price: Price,
}

impl Spent {
    pub(crate) fn new(price: Price) -> Self {
        Self { turns: 0, usage: Usage::default(), price }
    }

    pub(crate) fn add(&mut self, usage: Usage) {
        self.turns += 1;
        self.usage += usage;
    }

    pub(crate) fn usd(&self) -> f64 {
        self.price.usd(&self.usage)
    }

    /// Asked before each turn: whether there is something left for it.
    pub(crate) fn check(&self, budget: &Budget) -> Result<(), Exhausted> {
        if self.turns >= budget.turns {
            Err(Exhausted::Turns)
        } else if self.usd() >= budget.usd {
            Err(Exhausted::Money)
        } else if Instant::now() >= budget.until {
            Err(Exhausted::Time)
        } else {
            Ok(())
        }
    }
}

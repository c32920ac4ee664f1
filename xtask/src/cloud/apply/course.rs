//! How far a deployment has come, for whoever interrupts it or says no half-way.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an interruption finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    #[default]
    Nothing,
    /// An operation that somebody else has begun.
    Follows,
    /// The deletion of what a failed creation has left.
    Deletes,
    /// The undoing of an update that failed.
    Undoes,
    /// A change set that waits for an answer.
    ChangeSet,
    /// The execution of a change set that makes the stack.
    Creates,
    /// The execution of one that changes it.
    Executes,
}

/// What stands of it so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// Where it is.
    pub phase: Phase,
    /// What was done to the stack before, in words.
    pub before: Option<&'static str>,
    /// True while the stack policy lets data be lost.
    pub open: bool,
}

/// How far it has come.
#[derive(Debug, Default)]
pub struct Course(Mutex<Stands>);

impl Course {
    /// It begins this, or has asked CloudFormation for it: whoever is interrupted between the two is told too much.
    pub fn enter(&self, phase: Phase) {
        self.lock().phase = phase;
    }

    /// It has recovered the stack from where it stood.
    pub fn recovered(&self, how: &'static str) {
        let mut stands = self.lock();
        (stands.phase, stands.before) = (Phase::Nothing, Some(how));
    }

    /// It lets data be lost from here on, or no more.
    pub fn open(&self, open: bool) {
        self.lock().open = open;
    }

    /// Where it is now.
    pub fn stands(&self) -> Stands {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Stands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

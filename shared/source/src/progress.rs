//! A progress that nobody sees: it stops a fetch whose pack announces too many objects, before they are indexed.

use gix::progress::{Id, MessageLevel, StepShared, Unit};
use gix::{Count, NestedProgress, Progress};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The step of gix-pack whose upper bound is the number of objects that the pack's header announces. Other steps
/// count objects too, but repeat what the server says in its messages.
const INDEXING: Id = *b"IWIO";

/// Watches for the number of objects.
#[derive(Clone)]
pub(crate) struct ObjectCount {
    step: Id,
    limit: usize,
    exceeded: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl ObjectCount {
    pub(crate) fn new(limit: usize, stop: &Arc<AtomicBool>) -> Self {
        Self { step: gix::progress::UNKNOWN, limit, exceeded: Arc::new(AtomicBool::new(false)), stop: Arc::clone(stop) }
    }

    /// True if the pack was refused.
    pub(crate) fn exceeded(&self) -> bool {
        self.exceeded.load(Ordering::Relaxed)
    }
}

impl Count for ObjectCount {
    fn set(&self, _step: usize) {}

    fn step(&self) -> usize {
        0
    }

    fn inc_by(&self, _step: usize) {}

    fn counter(&self) -> StepShared {
        StepShared::default()
    }
}

impl Progress for ObjectCount {
    fn init(&mut self, max: Option<usize>, _unit: Option<Unit>) {
        if self.step == INDEXING && max.is_some_and(|objects| objects > self.limit) {
            self.exceeded.store(true, Ordering::Relaxed);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn set_name(&mut self, _name: String) {}

    fn name(&self) -> Option<String> {
        None
    }

    fn id(&self) -> Id {
        self.step
    }

    fn message(&self, _level: MessageLevel, _message: String) {}
}

impl NestedProgress for ObjectCount {
    type SubProgress = Self;

    fn add_child(&mut self, _name: impl Into<String>) -> Self {
        self.clone()
    }

    fn add_child_with_id(&mut self, _name: impl Into<String>, id: Id) -> Self {
        Self { step: id, ..self.clone() }
    }
}

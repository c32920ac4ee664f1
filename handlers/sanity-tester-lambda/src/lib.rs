//! The sanity tester reads its queue and says of every session that it cannot be tested by this version.
//!
//! A session that nobody answers would stay `pending` for ever; one that ends with a reason tells its client at once
//! and stops a workflow that waits for it.

use drydock_contract::message::Work;
use drydock_contract::session::Failure;
use drydock_contract::{Session, Stage};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_store::{Change, Store};

/// The worker of [`Stage::SanityTest`].
#[derive(Clone, Debug)]
pub struct SanityTester {
    store: Store,
    queues: Queues,
}

impl SanityTester {
    /// Works on the sessions in `store`.
    pub const fn new(store: Store, queues: Queues) -> Self {
        Self { store, queues }
    }
}

impl Worker for SanityTester {
    const STAGE: Stage = Stage::SanityTest;

    fn store(&self) -> &Store {
        &self.store
    }

    fn queues(&self) -> &Queues {
        &self.queues
    }

    async fn work(&self, _: Session, _: &Work, _: &Invocation) -> Result<Change, WorkError> {
        Err(not_available().into())
    }
}

fn not_available() -> Failure {
    Failure {
        code: "not-available".to_owned(),
        message: "the sanity tester is not available yet".to_owned(),
        remedy: Some("call the deployed addresses, which /status of the deployment lists, yourself".to_owned()),
        location: None,
        stage: Stage::SanityTest,
        replayable: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_said_and_is_final() {
        let failure = not_available();
        assert_eq!((failure.code.as_str(), failure.stage), ("not-available", SanityTester::STAGE));
        assert!(failure.message.contains("not available yet"));
        assert!(matches!(WorkError::from(failure), WorkError::Fatal(failure) if !failure.replayable));
    }
}

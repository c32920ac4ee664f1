//! The two kinds of errors: what can never succeed, and what may succeed later.

use drydock_contract::session::Failure;
use drydock_store::StoreError;

/// Why a piece of work was not brought to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// It can never succeed: the session fails with this reason and the message is consumed.
    #[error("{}", .0.message)]
    Fatal(Box<Failure>),
    /// It may succeed later: the message goes back to the queue.
    #[error("{0}")]
    Retry(String),
    /// It may succeed once somebody else is there again, whose troubles last for minutes: the message goes back to the
    /// queue for so long, or as long as its stage waits at most.
    #[error("{0}")]
    Later(String),
    /// The session has ended meanwhile, such as by a cancellation: nothing is to be done or written any more.
    #[error("the session has ended meanwhile")]
    Over,
}

impl From<Failure> for WorkError {
    fn from(failure: Failure) -> Self {
        Self::Fatal(Box::new(failure))
    }
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Retry(error.to_string())
    }
}

//! What every handler that reads a queue has in common: telemetry, and the loop around one piece of work.
//!
//! A handler implements [`Worker`]: given a session whose turn has come, do the stage's work, idempotently, and say
//! what to write. Everything that makes a queue safe happens here, once: messages are parsed and compared with the
//! session's head, claimed, and the next message is written together with the head before it is sent.

mod batch;
mod error;
mod queues;
mod record;
mod telemetry;

pub use batch::run;
pub use error::WorkError;
pub use queues::Queues;
pub use telemetry::init as init_telemetry;

use drydock_contract::message::{MAX_RECEIVE_COUNT, Work};
use drydock_contract::{Session, SessionId, Stage};
use drydock_store::{Change, Held, Store};
use std::future::Future;
use std::time::{Duration, Instant};

/// One stage's handler.
pub trait Worker: Send + Sync {
    /// The stage whose queue it reads.
    const STAGE: Stage;

    /// Where sessions are kept.
    fn store(&self) -> &Store;

    /// Where its messages go.
    fn queues(&self) -> &Queues;

    /// Does the stage's work for a session that it has claimed and returns what to write: results, the next stage and
    /// the message for it. It may be run again for the same session after a crash at any point, so everything it
    /// does outside the head must be safe to repeat.
    fn work(
        &self,
        session: Session,
        work: &Work,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<Change, WorkError>> + Send;
}

/// What a worker may know of the invocation that it runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Finds the log lines.
    pub request_id: String,
    /// When Lambda ends it.
    pub deadline: Instant,
    /// How often the message has been received, this time included.
    pub receive_count: u32,
}

impl Invocation {
    /// Time left before Lambda ends the invocation.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Makes sure that the session still goes on and is this invocation's, before something is changed outside the
    /// table. `change` is written under the same condition, so that whoever ends the session from then on knows of what
    /// is about to be made.
    ///
    /// # Errors
    /// [`WorkError::Over`] if the session was cancelled or ended otherwise; to be tried again if another invocation has
    /// taken it over.
    pub async fn hold(&self, store: &Store, id: &SessionId, change: Option<Change>) -> Result<Session, WorkError> {
        match store.hold(id, &self.request_id, change).await? {
            Held::Ours(session) => Ok(session),
            Held::Over(_) => Err(WorkError::Over),
            Held::Lost => Err(WorkError::Retry("another invocation has taken the session over".to_owned())),
        }
    }

    /// True if the queue gives the message up after this try.
    pub const fn is_last_try(&self) -> bool {
        self.receive_count >= MAX_RECEIVE_COUNT
    }
}

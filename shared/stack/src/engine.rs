//! The engine itself: a client and how patiently it waits.
//!
//! What a deployment calls, so that a role can be given exactly that: `DescribeStacks`, `ListStackResources`,
//! `DescribeStackEvents`, `CreateChangeSet`, `DescribeChangeSet`, `ListChangeSets`, `ExecuteChangeSet`, `DeleteChangeSet`,
//! `DeleteStack` and, only to explain a change set that early validation refused, `DescribeEvents`. What an operator's
//! commands call besides stands with each method.

use crate::error::StackError;
use aws_sdk_cloudformation::Client;
use std::time::Duration;
use tokio::time::Instant;

/// Makes change sets, executes them and watches stacks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) client: Client,
    pub(crate) pace: Pace,
}

/// How often and how long the engine asks for something to become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Wait before the second question; each further wait is half as long again.
    pub first: Duration,
    /// Longest wait between two questions.
    pub longest: Duration,
    /// After this long the answer is [`StackError::TimedOut`].
    pub limit: Duration,
    /// Wait between two looks of a [`Follower`](crate::follow::Follower).
    pub look: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(300),
            longest: Duration::from_secs(5),
            limit: Duration::from_secs(300),
            look: Duration::from_secs(2),
        }
    }
}

impl Engine {
    /// An engine that waits as [`Pace::default`] says.
    pub fn new(client: Client) -> Self {
        Self { client, pace: Pace::default() }
    }

    /// The same engine with another patience.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// The client, for what the engine does not do.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

/// Waits that grow until the limit is reached.
pub(crate) struct Patience {
    next: Duration,
    longest: Duration,
    until: Instant,
}

impl Patience {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { next: pace.first, longest: pace.longest, until: Instant::now() + pace.limit }
    }

    /// Sleeps, or says that it is enough; `what` completes "gave up waiting for …".
    pub(crate) async fn wait(&mut self, what: &str) -> Result<(), StackError> {
        let now = Instant::now();
        if now >= self.until {
            return Err(StackError::TimedOut(format!("gave up waiting for {what}")));
        }
        tokio::time::sleep(self.next.min(self.until - now)).await;
        self.next = (self.next * 3 / 2).min(self.longest);
        Ok(())
    }
}

//! How much a run has asked, and how soon it may ask again: each request counts, those that a redirect leads to as well.

use std::time::Duration;

/// A run's requests so far.
pub(super) struct Pace {
    spacing: Duration,
    most: u32,
    /// How many are somebody else's.
    kept: u32,
    requests: u32,
}

impl Pace {
    /// At most so many requests, with so long between two.
    pub fn new(most: u32, spacing: Duration) -> Self {
        Self { spacing, most, kept: 0, requests: 0 }
    }

    /// Leaves so many to others from now on.
    pub fn keep(&mut self, kept: u32) {
        self.kept = kept;
    }

    /// How many were sent.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Waits until another request may be sent, and counts it; false if there must be none.
    pub async fn next(&mut self) -> bool {
        if self.requests >= self.most.saturating_sub(self.kept) {
            return false;
        }
        if self.requests > 0 && !self.spacing.is_zero() {
            tokio::time::sleep(self.spacing).await;
        }
        self.requests += 1;
        true
    }
}

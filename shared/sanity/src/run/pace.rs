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

    /// Leaves more time between two from now on, as long as it is less than `most`.
    pub fn slow_down(&mut self, most: Duration) {
        let slower = (self.spacing * 2).max(most / 8).min(most);
        self.spacing = self.spacing.max(slower);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_slows_down_and_does_not_stand_still() {
        let mut pace = Pace::new(1, Duration::from_millis(20));
        let mut spacings = Vec::new();
        for _ in 0..6 {
            pace.slow_down(Duration::from_millis(500));
            spacings.push(pace.spacing.as_micros());
        }
        assert_eq!(spacings, [62_500, 125_000, 250_000, 500_000, 500_000, 500_000]);
    }
}

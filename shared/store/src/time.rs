//! Times as they stand in the table: RFC 3339, UTC, milliseconds; they sort as text.

use jiff::Timestamp;
use std::time::Duration;

/// How long sessions and their log lines are kept.
const RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The present moment.
pub fn now() -> String {
    format(Timestamp::now())
}

/// The moment that lies `duration` ahead.
pub fn after(duration: Duration) -> String {
    format(Timestamp::now().saturating_add(duration).unwrap_or(Timestamp::MAX))
}

/// Whole seconds until a moment that was written by [`now`] or [`after`]; 0 if it has passed.
pub fn seconds_until(time: &str) -> u64 {
    let Ok(time) = time.parse::<Timestamp>() else { return 0 };
    u64::try_from((time - Timestamp::now()).as_secs()).unwrap_or(0)
}

fn format(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Seconds since 1970 at which the table may forget an item written now.
pub(crate) fn expires_at() -> i64 {
    Timestamp::now().as_second() + i64::try_from(RETENTION.as_secs()).expect("90 days fit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_text() {
        let (now, later) = (now(), after(Duration::from_secs(1)));
        assert_eq!(now.len(), "2026-01-01T00:00:00.000Z".len());
        assert!(now < later, "{now} {later}");
        assert_eq!(seconds_until(&now), 0);
        assert!((8..=10).contains(&seconds_until(&after(Duration::from_secs(10)))));
    }
}

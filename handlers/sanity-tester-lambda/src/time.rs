//! Who may use how much of an invocation.

use std::time::{Duration, Instant};

/// Longest run.
const RUN: Duration = Duration::from_secs(300);

/// What is kept behind a run for logs, reports and the session.
const AFTER_RUN: Duration = Duration::from_secs(60);

/// What is kept behind the logs for reports and the session.
const AFTER_LOGS: Duration = Duration::from_secs(25);

/// Longest time in which APIs are asked for documents about themselves, all of them together.
const DOCUMENTS: Duration = Duration::from_secs(30);

/// Longest time for one such document. A function may have to start first.
const DOCUMENT: Duration = Duration::from_secs(8);

/// Longest time for the model's part of a plan.
const MODEL: Duration = Duration::from_secs(150);

/// How long a run that begins now may take, its clean-up included.
pub(crate) fn of_run(deadline: Instant, now: Instant) -> Duration {
    RUN.min(left(deadline, now))
}

/// How long the model may take, so that most of what is left is the run's.
pub(crate) fn of_model(deadline: Instant, now: Instant) -> Duration {
    MODEL.min(left(deadline, now) / 3)
}

/// When the search for documents that begins now is over.
pub(crate) fn end_of_documents(deadline: Instant, now: Instant) -> Instant {
    now + DOCUMENTS.min(left(deadline, now) / 4)
}

/// How long one document may take; `None` if there is no time for another.
pub(crate) fn of_document(end: Instant, now: Instant) -> Option<Duration> {
    Some(DOCUMENT.min(end.saturating_duration_since(now))).filter(|time| !time.is_zero())
}

/// How long logs may be read from now on; `None` if there is no time for more.
pub(crate) fn of_logs(deadline: Instant, now: Instant) -> Option<Duration> {
    Some(deadline.saturating_duration_since(now).saturating_sub(AFTER_LOGS)).filter(|time| !time.is_zero())
}

fn left(deadline: Instant, now: Instant) -> Duration {
    deadline.saturating_duration_since(now).saturating_sub(AFTER_RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_later_has_less_and_the_report_always_has_its_share() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let seconds = Duration::from_secs;
        let deadline = after(900);
        assert_eq!((of_run(deadline, now), of_run(deadline, after(700))), (seconds(300), seconds(140)));
        assert_eq!((of_run(deadline, after(850)), of_run(deadline, after(950))), (Duration::ZERO, Duration::ZERO));
        assert_eq!((of_model(deadline, now), of_model(deadline, after(540))), (seconds(150), seconds(100)));
        let end = end_of_documents(deadline, now);
        assert_eq!((end, end_of_documents(after(100), now)), (after(30), after(10)));
        assert_eq!((of_document(end, now), of_document(end, after(25))), (Some(seconds(8)), Some(seconds(5))));
        assert_eq!((of_document(end, after(30)), of_document(end, after(31))), (None, None));
        assert_eq!((of_logs(deadline, after(860)), of_logs(deadline, after(880))), (Some(seconds(15)), None));
    }
}

//! Waiting where an API says that it was asked too often (429). That is the word of a usage plan or a quota on how fast
//! the tests are, not on what they test.

use super::Answer;
use crate::plan::{Expect, StatusMatch};
use std::time::Duration;

/// The status.
const THROTTLED: u16 = 429;

/// How often a request is sent again for it.
const MOST_WAITS: u32 = 3;

/// Longest time that is waited because an API says so: a quota of a day is not waited for.
const LONGEST: Duration = Duration::from_secs(20);

/// True if an answer says that too much was asked, and that is not what the step wants to see.
pub(super) fn is_throttled(answer: &Answer, expect: &Expect) -> bool {
    let is_success = |wanted: &StatusMatch| (200..300).any(|status| wanted.matches(status));
    let is_wanted = expect.status.contains(&StatusMatch::Code(THROTTLED)) && !expect.status.iter().any(is_success);
    answer.status == THROTTLED && !is_wanted
}

/// How long to wait before the same request is sent again.
pub(super) struct Waits {
    next: Duration,
    left: u32,
}

impl Waits {
    /// So long at first, and each time twice as long.
    pub fn new(first: Duration) -> Self {
        Self { next: first, left: MOST_WAITS }
    }

    /// The next one: what `retry-after` says in seconds, else our own. `None` if it was enough, or would be too long.
    pub fn next(&mut self, answer: &Answer) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let own = self.next;
        self.next *= 2;
        let said = answer.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        Some(said.map_or(own, |said| said.max(own))).filter(|wait| *wait <= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(retry_after: Option<&str>) -> Answer {
        let headers = retry_after.map(|text| ("retry-after".to_owned(), text.to_owned())).into_iter().collect();
        Answer { status: THROTTLED, headers, ..Answer::default() }
    }

    #[test]
    fn it_is_waited_longer_each_time_and_not_for_ever() {
        let waits = |retry_after| {
            let mut waits = Waits::new(Duration::from_millis(500));
            (0..5).map(|_| waits.next(&throttled(retry_after)).map(|wait| wait.as_millis())).collect::<Vec<_>>()
        };
        assert_eq!(waits(None), [Some(500), Some(1000), Some(2000), None, None]);
        assert_eq!(waits(Some("0")), waits(None));
        assert_eq!(waits(Some("Wed, 21 Oct 2026 07:28:00 GMT")), waits(None));
        assert_eq!(waits(Some("1")), [Some(1000), Some(1000), Some(2000), None, None]);
        assert_eq!(waits(Some("86400"))[0], None);
    }

    #[test]
    fn who_wants_to_see_it_sees_it() {
        let check = |status: &str, expected: bool| {
            let expect: Expect = serde_json::from_str(&format!(r#"{{"status": {status}}}"#)).unwrap();
            assert_eq!(is_throttled(&throttled(None), &expect), expected, "{status}");
        };
        check("[429]", false);
        check("[429, 503]", false);
        check("[]", true);
        check("[200]", true);
        // As documents list what may be answered.
        check("[200, 429]", true);
        check(r#"["2XX", 429]"#, true);
        check(r#"["4XX"]"#, true);
    }
}

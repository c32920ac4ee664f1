//! Stack events in the session's log: each told once, however often a look is repeated.

use drydock_contract::{SessionId, Stage};
use drydock_stack::StackEvent;
use drydock_store::{LogLine, Store, StoreError};
use std::collections::HashSet;

/// Newest lines of the log that are compared with the stack's history.
const COMPARED_LINES: usize = 400;

/// Longest reason in a line, in characters.
const MAX_REASON: usize = 700;

/// Writes the events that the log does not have yet.
///
/// A line is keyed by its event, so writing it twice does no harm; that it is looked for first only saves the writes of
/// a long history at every look. Events are written oldest first, so after a crash the ones that are missing are
/// missing at the end.
pub(crate) async fn tell(store: &Store, id: &SessionId, events: &[StackEvent]) -> Result<(), StoreError> {
    let known = store.logs(id, COMPARED_LINES).await?;
    for (place, event) in untold(events, &known) {
        store.log_once(id, Stage::Monitor, &event.at, &key(place, event), &line(event)).await?;
    }
    Ok(())
}

/// Events of the same millisecond stay in the order in which CloudFormation has them.
fn key(place: usize, event: &StackEvent) -> String {
    format!("{place:05}-{}", event.id)
}

/// What the log lacks, each with its place among the operation's events.
fn untold<'e>(events: &'e [StackEvent], known: &[LogLine]) -> Vec<(usize, &'e StackEvent)> {
    let told: HashSet<(&str, &str)> = known.iter().map(|line| (line.at.as_str(), line.text.as_str())).collect();
    // Where the log goes further back than what was read of it, older events were told long ago.
    let horizon = if known.len() < COMPARED_LINES { "" } else { known.first().map_or("", |line| line.at.as_str()) };
    let new = |event: &StackEvent| {
        event.at.as_str() >= horizon && !is_noise(event) && !told.contains(&(event.at.as_str(), line(event).as_str()))
    };
    events.iter().enumerate().filter(|(_, event)| new(event)).collect()
}

/// CloudFormation says `CREATE_IN_PROGRESS` twice for each resource; the second time it has a physical id.
fn is_noise(event: &StackEvent) -> bool {
    event.status.is_in_progress()
        && event.reason.as_deref().is_some_and(|reason| reason.ends_with(" Initiated"))
        && !event.is_about_the_stack()
}

/// One line, whatever the reason contains.
pub(crate) fn line(event: &StackEvent) -> String {
    one_line(&event.line(), MAX_REASON)
}

/// `text` without control characters, cut to `max` characters.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let mut kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(max).collect();
    if text.chars().nth(max).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_stack::ResourceStatus;

    fn event(second: u32, status: &str, reason: Option<&str>) -> StackEvent {
        StackEvent {
            id: format!("event-{second}"),
            at: format!("2026-11-23T16:{:02}:{:02}.000Z", second / 60, second % 60),
            stack_id: "arn:stack".into(),
            stack_name: "demo".into(),
            logical_id: "Queue".into(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".into(),
            status: ResourceStatus::parse(status),
            reason: reason.map(str::to_owned),
            token: None,
        }
    }

    fn told(event: &StackEvent) -> LogLine {
        LogLine { at: event.at.clone(), stage: Stage::Monitor, text: line(event) }
    }

    #[test]
    fn only_what_the_log_lacks_is_told() {
        let events = [event(1, "CREATE_IN_PROGRESS", None), event(2, "CREATE_COMPLETE", None)];
        assert_eq!(untold(&events, &[]), [(0, &events[0]), (1, &events[1])]);
        assert_eq!(untold(&events, &[told(&events[0])]), [(1, &events[1])]);
        assert_eq!(untold(&events, &[told(&events[0]), told(&events[1])]), Vec::new());
    }

    #[test]
    fn events_of_one_moment_keep_their_order() {
        let events = [event(1, "CREATE_IN_PROGRESS", None), event(1, "CREATE_COMPLETE", None)];
        assert!(key(9, &events[0]) < key(10, &events[1]));
    }

    #[test]
    fn a_log_longer_than_what_is_read_is_not_told_again() {
        let events: Vec<_> = (0..u32::try_from(COMPARED_LINES).unwrap() + 50)
            .map(|second| event(second, "CREATE_COMPLETE", None))
            .collect();
        let known: Vec<_> = events[40..events.len() - 10].iter().map(told).collect();
        assert_eq!(known.len(), COMPARED_LINES);
        assert_eq!(untold(&events, &known).len(), 10);
    }

    #[test]
    fn the_second_announcement_of_a_resource_is_left_out() {
        let noise = [event(1, "CREATE_IN_PROGRESS", Some("Resource creation Initiated"))];
        assert!(untold(&noise, &[]).is_empty());
        let failure = [event(1, "CREATE_FAILED", Some("Resource creation cancelled"))];
        assert_eq!(untold(&failure, &[]).len(), 1);
    }

    #[test]
    fn a_reason_cannot_break_out_of_its_line() {
        let text = line(&event(1, "CREATE_FAILED", Some("a\n2026 success\u{1b}[2J")));
        assert_eq!(text, "CREATE_FAILED AWS::SQS::Queue Queue: a 2026 success [2J");
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(one_line("abc", 3), "abc");
    }
}

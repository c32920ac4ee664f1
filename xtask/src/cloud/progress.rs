//! What an operation has come to, resource by resource, from its events. Pure: no clock, no terminal.

use crate::printer::{Tone, elapsed, harmless};
use drydock_stack::{ResourceStatus, StackEvent};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// Resources of an operation, in the order in which they were begun.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    rows: Vec<Row>,
    stack: Option<ResourceStatus>,
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
}

/// A resource of an operation.
#[derive(Clone, Debug)]
struct Row {
    stack_name: String,
    logical_id: String,
    resource_type: String,
    status: ResourceStatus,
    began: Timestamp,
    took: Option<Duration>,
}

/// What a resource took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Took {
    /// The resource's name in the template.
    pub logical_id: String,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// From its first event to the last.
    pub seconds: f64,
}

impl Progress {
    /// Takes in one event; events come in the order in which they happened.
    pub fn take(&mut self, event: &StackEvent) {
        let Ok(at) = event.at.parse::<Timestamp>() else { return };
        self.began.get_or_insert(at);
        self.ended = Some(at);
        if event.is_about_the_stack() {
            self.stack = Some(event.status.clone());
            return;
        }
        let same = |row: &&mut Row| row.logical_id == event.logical_id && row.stack_name == event.stack_name;
        match self.rows.iter_mut().find(same) {
            Some(row) => row.take(&event.status, at),
            None => self.rows.push(Row {
                stack_name: event.stack_name.clone(),
                logical_id: event.logical_id.clone(),
                resource_type: event.resource_type.clone(),
                status: event.status.clone(),
                began: at,
                took: event.status.is_terminal().then_some(Duration::ZERO),
            }),
        }
    }

    /// From the first event to the last.
    pub fn duration(&self) -> Duration {
        self.began.zip(self.ended).map_or(Duration::ZERO, |(began, ended)| between(began, ended))
    }

    /// What a resource took so far, for the end of an event's line; `None` while it is worked on.
    pub fn took(&self, event: &StackEvent) -> Option<Duration> {
        let same = |row: &&Row| row.logical_id == event.logical_id && row.stack_name == event.stack_name;
        self.rows.iter().find(same).and_then(|row| row.took)
    }

    /// The resources that took longest, longest first; those that took no time are left out.
    pub fn slowest(&self, most: usize) -> Vec<Took> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.took.is_some_and(|took| !took.is_zero())).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.took));
        let took = |row: &Row| Took {
            logical_id: row.logical_id.clone(),
            resource_type: row.resource_type.clone(),
            seconds: row.took.unwrap_or_default().as_secs_f64(),
        };
        rows.into_iter().take(most).map(took).collect()
    }

    /// The picture at `now`: a line for the whole, then what is worked on, what failed and what was done last, in at
    /// most `height` lines of at most `width` characters.
    pub fn frame(
        &self,
        now: Timestamp,
        (width, height): (usize, usize),
        paint: &dyn Fn(Tone, &str) -> String,
    ) -> Vec<String> {
        let done = self.rows.iter().filter(|row| row.took.is_some()).count();
        let status = self.stack.as_ref().map_or("waiting", ResourceStatus::as_str);
        let since = self.began.map_or_else(String::new, |began| elapsed(between(began, now)));
        let mut lines = vec![cut(&format!("{status}  {done} of {} resources  {since}", self.rows.len()), width)];
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        // What is worked on or failed first, then the latest.
        rows.sort_by_key(|row| {
            (row.took.is_some() && !row.status.is_failure(), std::cmp::Reverse(row.took.map(|took| row.began + took)))
        });
        let room = height.saturating_sub(2).min(rows.len());
        let hidden = rows.len() - room;
        let name = rows[..room].iter().map(|row| row.logical_id.chars().count()).max().unwrap_or(0);
        for row in &rows[..room] {
            let took = elapsed(row.took.unwrap_or_else(|| between(row.began, now)));
            let (status, id, kind) = (row.status.as_str(), &row.logical_id, &row.resource_type);
            let line = cut(&format!("{took:>8}  {status:<20} {id:name$}  {kind}"), width);
            lines.push(paint(tone(&row.status), &line));
        }
        if hidden > 0 {
            lines.push(cut(&format!("{:8}  and {hidden} more", ""), width));
        }
        lines
    }
}

impl Row {
    fn take(&mut self, status: &ResourceStatus, at: Timestamp) {
        if status.is_in_progress() {
            // Work on it begins anew: what was updated is cleaned up, what was created is undone.
            if self.took.take().is_some() {
                self.began = at;
            }
        } else {
            self.took = Some(between(self.began, at));
        }
        self.status = status.clone();
    }
}

/// What colour a status has.
pub fn tone(status: &ResourceStatus) -> Tone {
    if status.is_failure() || status.as_str().contains("ROLLBACK") {
        Tone::Bad
    } else if status.is_in_progress() {
        Tone::Busy
    } else {
        Tone::Good
    }
}

fn between(began: Timestamp, ended: Timestamp) -> Duration {
    Duration::try_from(ended.duration_since(began)).unwrap_or_default()
}

fn cut(line: &str, width: usize) -> String {
    harmless(line).chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(second: u32, id: &str, kind: &str, status: &str) -> StackEvent {
        let stack_id = "arn:aws:cloudformation:us-east-1:1:stack/demo/1".to_owned();
        StackEvent {
            id: format!("{id}-{second}"),
            at: format!("2026-11-23T16:00:{second:02}.000Z"),
            physical_id: (id == "demo").then(|| stack_id.clone()),
            stack_id,
            stack_name: "demo".into(),
            logical_id: id.into(),
            resource_type: kind.into(),
            status: ResourceStatus::parse(status),
            reason: None,
            token: None,
        }
    }

    fn progress(events: &[StackEvent]) -> Progress {
        let mut progress = Progress::default();
        events.iter().for_each(|event| progress.take(event));
        progress
    }

    fn some() -> Progress {
        progress(&[
            event(1, "demo", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS"),
            event(2, "Queue", "AWS::SQS::Queue", "CREATE_IN_PROGRESS"),
            event(2, "Table", "AWS::DynamoDB::Table", "CREATE_IN_PROGRESS"),
            event(3, "Queue", "AWS::SQS::Queue", "CREATE_IN_PROGRESS"),
            event(5, "Queue", "AWS::SQS::Queue", "CREATE_COMPLETE"),
            event(6, "Api", "AWS::Lambda::Function", "UPDATE_IN_PROGRESS"),
            event(9, "Api", "AWS::Lambda::Function", "UPDATE_FAILED"),
            event(9, "Log", "AWS::Logs::LogGroup", "CREATE_IN_PROGRESS"),
            event(10, "Log", "AWS::Logs::LogGroup", "CREATE_COMPLETE"),
        ])
    }

    #[test]
    fn the_picture_shows_what_is_going_on() {
        let plain = |_: Tone, text: &str| text.to_owned();
        let now = "2026-11-23T16:00:12Z".parse().unwrap();
        insta::assert_snapshot!(some().frame(now, (80, 10), &plain).join("\n"), @r"
        UPDATE_IN_PROGRESS  3 of 4 resources  11.0s
            3.0s  UPDATE_FAILED        Api    AWS::Lambda::Function
           10.0s  CREATE_IN_PROGRESS   Table  AWS::DynamoDB::Table
            1.0s  CREATE_COMPLETE      Log    AWS::Logs::LogGroup
            3.0s  CREATE_COMPLETE      Queue  AWS::SQS::Queue
        ");
        insta::assert_snapshot!(some().frame(now, (40, 4), &plain).join("\n"), @r"
        UPDATE_IN_PROGRESS  3 of 4 resources  11
            3.0s  UPDATE_FAILED        Api    AW
           10.0s  CREATE_IN_PROGRESS   Table  AW
                  and 2 more
        ");
    }

    #[test]
    fn the_slowest_are_named_and_a_second_event_of_the_same_work_does_not_begin_it_anew() {
        let slowest: Vec<_> = some().slowest(2).into_iter().map(|it| (it.logical_id, it.seconds)).collect();
        assert_eq!(slowest, [("Queue".to_owned(), 3.0), ("Api".to_owned(), 3.0)]);
        assert_eq!(some().duration(), Duration::from_secs(9));
    }

    #[test]
    fn what_is_undone_is_worked_on_anew() {
        let queue = |second, status| event(second, "Queue", "AWS::SQS::Queue", status);
        let mut progress = progress(&[queue(1, "CREATE_IN_PROGRESS"), queue(5, "CREATE_COMPLETE")]);
        assert_eq!(progress.took(&queue(5, "CREATE_COMPLETE")), Some(Duration::from_secs(4)));
        progress.take(&queue(7, "DELETE_IN_PROGRESS"));
        assert_eq!(progress.took(&queue(7, "DELETE_IN_PROGRESS")), None);
        progress.take(&queue(8, "DELETE_COMPLETE"));
        assert_eq!(progress.took(&queue(8, "DELETE_COMPLETE")), Some(Duration::from_secs(1)));
    }
}

//! What the functions write, from CloudWatch Logs.

mod line;

pub use line::{Level, Line};

use crate::json_api::{JsonApi, LOGS, Refused};
use anyhow::{Context, Result};
use drydock_stack::StackInfo;
use infra::drydock::FUNCTIONS;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Events come to be searchable a little after they were written, and not in the order of their times.
const LATE_MILLIS: i64 = 15_000;

/// A function whose log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The handler's name, such as `deployer-deploy`.
    pub function: &'static str,
    group: String,
}

impl Source {
    /// Of one function or of all that the stack has.
    pub fn of(stack: &StackInfo, only: Option<&str>) -> Vec<Self> {
        FUNCTIONS
            .into_iter()
            .filter(|function| only.is_none_or(|only| only == function.package))
            .filter_map(|function| {
                let name = stack.outputs.get(&format!("{}Name", function.logical_id))?;
                Some(Self { function: function.package, group: format!("/aws/lambda/{name}") })
            })
            .collect()
    }
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    timestamp: i64,
    message: String,
    #[serde(default)]
    log_stream_name: String,
    #[serde(default)]
    event_id: String,
}

/// Reads the logs of several functions as one.
pub struct Reader {
    api: JsonApi,
    sources: Vec<Source>,
    /// CloudWatch's filter pattern; empty for everything.
    pattern: String,
    /// Milliseconds since 1970; what is older has been read.
    from: i64,
    seen: HashSet<(usize, Event, usize)>,
}

impl Reader {
    /// From a point in time on. With a `session` only lines that name it.
    pub fn new(api: JsonApi, sources: Vec<Source>, since: Timestamp, session: Option<&str>) -> Self {
        let pattern = session.map_or_else(String::new, |session| format!("\"{session}\""));
        Self { api, sources, pattern, from: since.as_millisecond(), seen: HashSet::new() }
    }

    /// What has come since the last call, in the order of its time.
    ///
    /// # Errors
    /// If CloudWatch Logs refuses.
    pub async fn next(&mut self) -> Result<Vec<Line>> {
        let now = Timestamp::now().as_millisecond();
        let mut reads = tokio::task::JoinSet::new();
        for (at, source) in self.sources.iter().enumerate() {
            let (api, source, pattern, from) = (self.api.clone(), source.clone(), self.pattern.clone(), self.from);
            reads.spawn(async move { read(api, &source, &pattern, from).await.map(|events| (at, events)) });
        }
        let mut lines = Vec::new();
        let mut window = HashSet::new();
        while let Some(read) = reads.join_next().await {
            let (at, events) = read.context("reading was cut off")??;
            let mut equal = std::collections::HashMap::new();
            for event in events {
                // The same line may be written twice in a millisecond.
                let count: &mut usize = equal.entry(event.clone()).or_default();
                *count += 1;
                let key = (at, event, *count);
                if !self.seen.contains(&key) {
                    let function = self.sources[at].function;
                    lines.push(Line::read(function, key.1.timestamp, &key.1.log_stream_name, &key.1.message));
                }
                window.insert(key);
            }
        }
        let next = self.from.max(now - LATE_MILLIS);
        window.retain(|(_, event, _)| event.timestamp >= next);
        self.from = next;
        self.seen = window;
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }
}

async fn read(mut api: JsonApi, source: &Source, pattern: &str, from: i64) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut body = json!({"logGroupName": source.group, "startTime": from});
        if !pattern.is_empty() {
            body["filterPattern"] = pattern.into();
        }
        if !token.is_null() {
            body["nextToken"] = token;
        }
        let mut page = match api.call(LOGS, "FilterLogEvents", &body).await {
            Ok(page) => page,
            // A function that has never run may have none yet.
            Err(error) if is_missing(&error) => return Ok(events),
            Err(error) => return Err(error.context(format!("cannot read the log of {}", source.function))),
        };
        let found: Vec<Event> = serde_json::from_value(page["events"].take()).context("not a list of log events")?;
        events.extend(found);
        token = page["nextToken"].take();
        if token.is_null() {
            return Ok(events);
        }
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.code == "ResourceNotFoundException")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{Recorded, answer};

    fn event(at: i64, message: &str) -> Value {
        json!({"timestamp": at, "message": message, "logStreamName": "s", "eventId": format!("{at}{message}")})
    }

    #[tokio::test]
    async fn pages_are_read_and_nothing_is_told_twice() {
        let now = Timestamp::now().as_millisecond();
        let recorded = Recorded::serve(vec![
            answer(json!({"events": [event(now - 2, "b")], "nextToken": "t"})),
            answer(json!({"events": [event(now - 9_000, "a"), event(now - 2, "b")]})),
            answer(json!({"events": [event(now - 2, "b"), event(now - 2, "b"), event(now - 1, "c")]})),
            (400, json!({"__type": "ResourceNotFoundException"})),
        ])
        .await;
        let api = JsonApi::new(&recorded.aws().await).await.unwrap();
        let source = Source { function: "deployer-deploy", group: "g".into() };
        let mut reader = Reader::new(api, vec![source], Timestamp::UNIX_EPOCH, None);
        let told = |lines: Vec<Line>| lines.into_iter().map(|line| line.message).collect::<Vec<_>>();
        assert_eq!(told(reader.next().await.unwrap()), ["a", "b", "b"]);
        assert_eq!(told(reader.next().await.unwrap()), ["c"]);
        assert!(reader.next().await.unwrap().is_empty(), "a group that is gone has no lines");
    }
}

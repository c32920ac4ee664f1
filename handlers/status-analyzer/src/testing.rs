//! Sessions and log lines for unit tests.

use drydock_contract::{Session, Stage};
use drydock_store::LogLine;
use serde_json::{Value, json};

/// A failed deployment of a stack, with `changes` made to it.
pub(crate) fn session(changes: &Value) -> Session {
    let mut session = json!({
        "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "failed", "stage": "done",
        "attempt": 1, "look": 4, "version": 12, "createdAt": "2026-11-23T16:00:00.000Z",
        "updatedAt": "2026-11-23T16:01:30.500Z", "repository": "https://github.com/o/n", "branch": "main",
        "message": "", "request": {}, "target": {"kind": "stack", "name": "drydock-app-demo"},
    });
    session.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(session).unwrap()
}

/// Lines of the monitor, one a second.
pub(crate) fn lines(texts: &[&str]) -> Vec<LogLine> {
    let line = |(at, text): (usize, &&str)| LogLine {
        at: format!("2026-11-23T16:00:{at:02}.000Z"),
        stage: Stage::Monitor,
        text: (*text).to_owned(),
    };
    texts.iter().enumerate().map(line).collect()
}

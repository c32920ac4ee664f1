//! What travels through the queues.

use crate::{SessionId, Stage};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The only version written and read today.
pub const VERSION: u32 = 1;

/// How often a message is received before its queue moves it to the dead-letter queue.
pub const MAX_RECEIVE_COUNT: u32 = 3;

/// The longest time for which a stage gives its message back to the queue, which hides it for so long, while nothing in
/// the head says that it comes again. Only a repair waits for minutes, for its model or its Git host.
pub const fn longest_pause(stage: Stage) -> Duration {
    match stage {
        Stage::Fix => Duration::from_mins(5),
        _ => Duration::from_secs(30),
    }
}

/// "Do this stage of this session": the body of every queue message.
///
/// All that the stage needs to know stands in the session's head, so that a message that is delivered
/// twice or late can be compared with it and dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Always [`VERSION`].
    pub version: u32,
    /// Whose work it is.
    pub session_id: SessionId,
    /// Which stage.
    pub stage: Stage,
    /// Which round of the session, from 1; a redeployment after a fix is the next.
    pub attempt: u32,
    /// For [`Stage::Monitor`]: which look at the deployment, from 1. Else 0.
    #[serde(default)]
    pub look: u32,
}

/// A body that no handler can ever do anything with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// Not JSON, or not of the right shape.
    #[error("not a work message: {0}")]
    Malformed(String),
    /// Written by another version of Drydock.
    #[error("message version {0} is not known to this handler (it knows {VERSION}); deploy the version that wrote it")]
    UnknownVersion(u64),
    /// Sent to another stage's queue.
    #[error("a message for stage {found} arrived in the queue of stage {expected}")]
    WrongStage {
        /// The queue's stage.
        expected: Stage,
        /// The message's stage.
        found: Stage,
    },
}

impl Work {
    /// The first look or the only run of `stage`.
    pub const fn new(session_id: SessionId, stage: Stage, attempt: u32) -> Self {
        Self { version: VERSION, session_id, stage, attempt, look: 0 }
    }

    /// As it is sent.
    pub fn to_body(&self) -> String {
        serde_json::to_string(self).expect("a struct of strings and numbers serializes")
    }

    /// Reads a body that arrived in the queue of `stage`.
    ///
    /// # Errors
    /// If it is not JSON, of another version or for another stage.
    pub fn parse(body: &str, stage: Stage) -> Result<Self, InvalidMessage> {
        let value: serde_json::Value =
            serde_json::from_str(body).map_err(|error| InvalidMessage::Malformed(error.to_string()))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(InvalidMessage::UnknownVersion(version)),
            None => return Err(InvalidMessage::Malformed("`version` is missing".to_owned())),
        }
        let work: Self = serde_json::from_value(value).map_err(|error| InvalidMessage::Malformed(error.to_string()))?;
        if work.stage == stage {
            Ok(work)
        } else {
            Err(InvalidMessage::WrongStage { expected: stage, found: work.stage })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work() -> Work {
        let id = SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        Work::new(id, Stage::Deploy, 1)
    }

    #[test]
    fn a_message_survives_the_queue() {
        assert_eq!(Work::parse(&work().to_body(), Stage::Deploy), Ok(work()));
    }

    #[test]
    fn poison_is_named() {
        let check = |body: &str, expected: &str| {
            let error = Work::parse(body, Stage::Deploy).unwrap_err().to_string();
            assert!(error.contains(expected), "{body}: {error}");
        };
        check("{", "not a work message");
        check("{}", "`version` is missing");
        check(r#"{"version":7}"#, "message version 7");
        check(r#"{"version":1,"sessionId":"../x","stage":"deploy","attempt":1}"#, "not a session id");
        check(&Work { stage: Stage::Monitor, ..work() }.to_body(), "arrived in the queue of stage deploy");
    }
}

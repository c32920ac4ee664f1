//! Where a session stands: the status that clients see and the stage that handlers claim.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a client sees in `/status`. The last three are terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Accepted; no handler has begun.
    Pending,
    /// Being cloned, packaged, created or watched.
    Deploying,
    /// The fixer plans a repair.
    Planning,
    /// The fixer edits.
    Fixing,
    /// The sanity tester looks for endpoints.
    Inspecting,
    /// The sanity tester writes its plan.
    Generating,
    /// The sanity tester sends requests.
    Testing,
    /// Ended well.
    Success,
    /// Ended with an error.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl Status {
    /// Every status, in the order a session can pass through them.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Deploying,
        Self::Planning,
        Self::Fixing,
        Self::Inspecting,
        Self::Generating,
        Self::Testing,
        Self::Success,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word in JSON, in the table and in query strings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Deploying => "deploying",
            Self::Planning => "planning",
            Self::Fixing => "fixing",
            Self::Inspecting => "inspecting",
            Self::Generating => "generating",
            Self::Testing => "testing",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// True once nothing may change any more.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled)
    }

    /// True if a session in this status may be written with `next`: a terminal status absorbs everything,
    /// and nothing goes back to `pending`.
    pub const fn may_become(self, next: Self) -> bool {
        !self.is_terminal() && (!matches!(next, Self::Pending) || matches!(self, Self::Pending))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The piece of work a session waits for or is in. Each stage has one queue and one handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Fetch the repository, find out what it is.
    CloneDetect,
    /// Package it and start its deployment.
    Deploy,
    /// Watch the deployment until it ends.
    Monitor,
    /// Repair the repository.
    Fix,
    /// Test what was deployed.
    SanityTest,
    /// The SDLC workflow decides what comes next. No queue, no handler: the state machine looks at the head.
    Workflow,
    /// Nothing is left to do.
    Done,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 7] =
        [Self::CloneDetect, Self::Deploy, Self::Monitor, Self::Fix, Self::SanityTest, Self::Workflow, Self::Done];

    /// The word in JSON and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloneDetect => "clone-detect",
            Self::Deploy => "deploy",
            Self::Monitor => "monitor",
            Self::Fix => "fix",
            Self::SanityTest => "sanity-test",
            Self::Workflow => "workflow",
            Self::Done => "done",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_statuses_absorb_and_nothing_returns_to_pending() {
        for from in Status::ALL {
            for to in Status::ALL {
                let allowed = from.may_become(to);
                assert!(!(from.is_terminal() && allowed), "{from} -> {to}");
                assert!(!(to == Status::Pending && from != Status::Pending && allowed), "{from} -> {to}");
            }
        }
        assert!(Status::Pending.may_become(Status::Failed));
        assert!(Status::Fixing.may_become(Status::Deploying));
    }

    #[test]
    fn words_are_the_ones_serde_writes() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        }
        assert_eq!(Status::parse("Success"), None);
    }
}

//! What an SDLC session keeps about its rounds, and what its workflow and the status analyzer say to each other.

use crate::sanity::Counts;
use crate::session::{Failure, Session};
use crate::{SessionId, Status};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Repairs that a session may have at most.
pub const MAX_FIX_ATTEMPTS: u32 = 3;

/// How long a session's rounds may take, the time apart in which it waits for its turn.
pub const TIME_LIMIT: Duration = Duration::from_mins(30);

/// How long it may wait for its turn at its stack or function.
pub const TURN_LIMIT: Duration = Duration::from_hours(2);

/// How the last piece of work of an SDLC session ended. Its workflow reads it and decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checkpoint {
    /// It stands in the account.
    Deployed,
    /// It could not be fetched, recognised or deployed.
    DeployFailed,
    /// What was deployed works.
    Tested,
    /// It has no endpoint, so there is nothing to test.
    NothingToTest,
    /// It has endpoints, and none of them could be tested.
    Untested,
    /// What was deployed does not work.
    TestFailed,
    /// A repair stands on a branch.
    Fixed,
    /// No repair was found.
    FixFailed,
}

impl Checkpoint {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Deployed,
        Self::DeployFailed,
        Self::Tested,
        Self::NothingToTest,
        Self::Untested,
        Self::TestFailed,
        Self::Fixed,
        Self::FixFailed,
    ];

    /// The word in JSON and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::DeployFailed => "deploy-failed",
            Self::Tested => "tested",
            Self::NothingToTest => "nothing-to-test",
            Self::Untested => "untested",
            Self::TestFailed => "test-failed",
            Self::Fixed => "fixed",
            Self::FixFailed => "fix-failed",
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An SDLC session's rounds: `workflow` of its head and of `/status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workflow {
    /// How the last piece of work ended; absent while one is going on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// Repairs that may be tried, 0 to [`MAX_FIX_ATTEMPTS`].
    pub max_fix_attempts: u32,
    /// Repairs that were begun.
    pub fixes: u32,
    /// What the analyzer tells the fixer to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Every round, the first one first.
    pub rounds: Vec<Round>,
}

/// One round: a deployment, its tests, and the repair that followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Round {
    /// From 1.
    pub attempt: u32,
    /// What was deployed.
    pub branch: String,
    /// The commit of it: 40 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// RFC 3339 with milliseconds, UTC.
    pub started_at: String,
    /// RFC 3339 with milliseconds, UTC: when its last piece of work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// `deployed` or `deploy-failed`, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Checkpoint>,
    /// `tested`, `nothing-to-test`, `untested` or `test-failed`, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<Checkpoint>,
    /// How many tests became what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_counts: Option<Counts>,
    /// USD that the model's part of the tests has cost; a plan that is run again costs nothing.
    pub tests_cost_usd: f64,
    /// What the analyzer takes the failure for, such as `template-validation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Why the deployment or the tests failed, or why nothing was tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The repair of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<RoundFix>,
}

/// The repair of one round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoundFix {
    /// `fixed` or `fix-failed`.
    pub outcome: Option<Checkpoint>,
    /// Where it was pushed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// What was pushed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What was changed, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// USD.
    pub cost_usd: f64,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Workflow {
    /// A workflow that begins with its first round.
    pub fn new(max_fix_attempts: u32, branch: &str, now: &str) -> Self {
        let max_fix_attempts = max_fix_attempts.min(MAX_FIX_ATTEMPTS);
        let mut workflow =
            Self { checkpoint: None, max_fix_attempts, fixes: 0, instructions: None, rounds: Vec::new() };
        workflow.begin_round(1, branch, None, now);
        workflow
    }

    /// Opens the round `attempt` on `branch`, where a repair has left `commit`.
    pub fn begin_round(&mut self, attempt: u32, branch: &str, commit: Option<String>, now: &str) {
        let (branch, started_at) = (branch.to_owned(), now.to_owned());
        self.rounds.push(Round { attempt, branch, commit, started_at, ..Round::default() });
    }

    /// The round that is going on.
    pub fn round(&self) -> Option<&Round> {
        self.rounds.last()
    }

    /// The round that is going on.
    pub fn round_mut(&mut self) -> Option<&mut Round> {
        self.rounds.last_mut()
    }

    /// USD that the tests and the repairs of all rounds have cost so far.
    pub fn cost_usd(&self) -> f64 {
        let of = |round: &Round| round.tests_cost_usd + round.fix.as_ref().map_or(0.0, |fix| fix.cost_usd);
        self.rounds.iter().map(of).sum()
    }

    /// Writes down how a piece of work ended. `session` is the head with that work's results on it.
    pub fn settle(&mut self, session: &Session, checkpoint: Checkpoint, failure: Option<&Failure>, now: &str) {
        self.checkpoint = Some(checkpoint);
        let Some(round) = self.rounds.last_mut() else { return };
        round.ended_at = Some(now.to_owned());
        round.commit = session.source.as_ref().map(|source| source.commit.clone()).or(round.commit.take());
        match checkpoint {
            Checkpoint::Deployed => round.deployment = Some(checkpoint),
            Checkpoint::DeployFailed => {
                round.deployment = Some(checkpoint);
                round.failure = failure.cloned();
            }
            Checkpoint::Tested | Checkpoint::NothingToTest | Checkpoint::Untested | Checkpoint::TestFailed => {
                round.tests = Some(checkpoint);
                // Tests that came to no end have counted nothing.
                let sanity = session.sanity.as_ref().filter(|sanity| sanity.verdict.is_some());
                round.test_counts = sanity.map(|sanity| sanity.counts);
                round.tests_cost_usd = sanity.map_or(0.0, |sanity| sanity.cost_usd);
                round.failure = failure.cloned();
            }
            Checkpoint::Fixed | Checkpoint::FixFailed => {
                let known = session.fix.clone().unwrap_or_default();
                round.fix = Some(RoundFix {
                    outcome: Some(checkpoint),
                    branch: known.branch,
                    commit: known.commit,
                    plan: known.plan,
                    cost_usd: known.cost_usd,
                    failure: failure.cloned(),
                });
            }
        }
    }
}

impl Session {
    /// The branch to work on: of an SDLC session the one of its round, of every other the one that was asked for.
    pub fn working_branch(&self) -> &str {
        let round = self.workflow.as_ref().and_then(Workflow::round);
        round.map_or(self.branch.as_str(), |round| round.branch.as_str())
    }
}

/// What the status analyzer can be asked for directly, beside the API's routes: `{"drydock": "decide", …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "drydock", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum AnalyzerCall {
    /// The workflow asks whether a repair is worth trying. Answered with a [`Decision`].
    Decide {
        /// Whose round has failed.
        session_id: SessionId,
    },
    /// The workflow has ended. Answered with a [`Conclusion`].
    Conclude {
        /// Whose workflow.
        session_id: SessionId,
        /// How it ended: `success` or `failed`.
        outcome: Status,
        /// For a failure that the head does not hold: stable words such as `out-of-time` or `workflow-error`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// For people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Whether a repair is worth trying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// What to do.
    pub decision: Verdict,
    /// What the failure is taken for.
    pub class: String,
    /// Why, in one sentence.
    pub reason: String,
    /// The round that the decision is about.
    pub attempt: u32,
}

/// What to do about a failed round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Editing code can help, and there are tries left.
    Fix,
    /// It cannot, or there are none.
    GiveUp,
}

/// How a session has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conclusion {
    /// Its terminal status, which may be another than the one that was asked for: a cancelled session stays so.
    pub status: Status,
    /// For people.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_ones_serde_writes() {
        for checkpoint in Checkpoint::ALL {
            assert_eq!(serde_json::to_value(checkpoint).unwrap(), checkpoint.as_str());
        }
    }

    #[test]
    fn calls_read_as_the_machine_writes_them() {
        let id = "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
        let call = format!(r#"{{"drydock":"conclude","sessionId":"{id}","outcome":"failed","code":"out-of-time"}}"#);
        let read: AnalyzerCall = serde_json::from_str(&call).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), call);
        let decide = format!(r#"{{"drydock":"decide","sessionId":"{id}"}}"#);
        assert!(matches!(serde_json::from_str(&decide), Ok(AnalyzerCall::Decide { .. })));
        assert!(serde_json::from_str::<AnalyzerCall>(r#"{"drydock":"sweep"}"#).is_err());
    }

    #[test]
    fn a_workflow_may_not_ask_for_more_repairs_than_there_are() {
        let workflow = Workflow::new(99, "main", "2026-01-01T00:00:00.000Z");
        assert_eq!(workflow.max_fix_attempts, MAX_FIX_ATTEMPTS);
        assert_eq!(workflow.round().map(|round| round.branch.as_str()), Some("main"));
    }
}

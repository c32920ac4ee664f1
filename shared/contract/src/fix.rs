//! What the fixer did: `fix` of a session, and the job that deploys it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A repair, as far as it has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FixSummary {
    /// What is going to be changed, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What is broken and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<String>,
    /// `low`, `medium` or `high`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// Where the repair was pushed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// What was pushed there: 40 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The files that were changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FixedFile>,
    /// Key of the full record (plan, calls, findings, diff, usage) of its last try in the artifacts bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_key: Option<String>,
    /// Who was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Answers of the model, in all tries.
    pub turns: u32,
    /// Tokens that went to the model in all tries, from its cache or not.
    pub input_tokens: u64,
    /// Tokens that came back in all tries.
    pub output_tokens: u64,
    /// USD of all tries by the configured prices.
    pub cost_usd: f64,
    /// The address of the pull request, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
}

impl FixSummary {
    /// What was spent, and nothing of what came of it: another try begins anew and pays on.
    #[must_use]
    pub fn spent(&self) -> Self {
        Self {
            turns: self.turns,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_usd: self.cost_usd,
            ..Self::default()
        }
    }
}

/// One file of a repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedFile {
    /// Path inside the repository.
    pub path: String,
    /// Lines that are new.
    pub added: u64,
    /// Lines that are gone.
    pub removed: u64,
}

/// What to deploy to see whether the repair holds: a body for `POST /deploy` and for the workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentJob {
    /// As requested.
    pub repository: String,
    /// The branch of the repair.
    pub branch: String,
    /// As requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_root_folder: Option<String>,
    /// As requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_details: Option<Value>,
}

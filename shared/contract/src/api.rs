//! Bodies of the HTTP API. The field names are fixed: clients exist that use them.

use crate::detection::IacType;
use crate::fix::{DeploymentJob, FixSummary};
use crate::sanity::SanitySummary;
use crate::session::DeployedResources;
use crate::workflow::Workflow;
use crate::{SessionId, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Largest body that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// What the four `POST` routes that open a session accept. Which fields are needed depends on the route.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionRequest {
    /// `https://<allowed host>/<owner>/<name>`
    pub repository: Option<String>,
    /// A Git branch.
    pub branch: Option<String>,
    /// Folder inside the repository.
    pub project_root: Option<String>,
    /// The same as `projectRoot`.
    pub custom_root_folder: Option<String>,
    /// For `/fix`: what to repair.
    pub fix_instructions: Option<String>,
    /// For `/fix`: propose the repair as a pull request, too.
    pub open_pull_request: Option<bool>,
    /// For `/fix` and `/sanity-test`: what is deployed.
    pub stack_details: Option<Value>,
    /// For `/sanity-test`: run this plan as it is instead of making one.
    pub plan_id: Option<String>,
    /// For `/sanity-test`: tests may change and remove what they did not create.
    pub allow_destructive: Option<bool>,
    /// For `/deploy` and `/sdlc-deploy`: deploy as this instead of detecting.
    pub iac_type: Option<IacType>,
    /// For `/deploy` and `/sdlc-deploy`: name of the stack or function, behind the installation's prefix.
    pub stack_name: Option<String>,
    /// For `/deploy` and `/sdlc-deploy`: template parameters.
    pub parameters: Option<BTreeMap<String, Value>>,
    /// For `/deploy` and `/sdlc-deploy`: stack tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// For `/sdlc-deploy`: repairs that may be tried, 0 to 3.
    pub max_fix_attempts: Option<u64>,
}

/// 202: a session was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// Ask `/status/{sessionId}` with it.
    pub session_id: SessionId,
    /// Always `pending` at first; a repeated request gets what the status is by then.
    pub status: Status,
    /// For people.
    pub message: String,
    /// As it was understood.
    pub repository: String,
    /// As it was understood.
    pub branch: String,
    /// As it was understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_root: Option<String>,
    /// For `/fix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_instructions: Option<String>,
}

/// 200 of `GET /status/{sessionId}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusBody {
    /// The session.
    pub session_id: SessionId,
    /// Where it stands.
    pub status: Status,
    /// As requested.
    pub repository: String,
    /// As requested.
    pub branch: String,
    /// As requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_root: Option<String>,
    /// The last thing that happened.
    pub message: String,
    /// One line an event, oldest first: `<RFC 3339> <stage> <text>`.
    pub logs: Vec<String>,
    /// What stands in the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_resources: Option<DeployedResources>,
    /// What the fixer did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<FixSummary>,
    /// What the sanity tester found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sanity: Option<SanitySummary>,
    /// What to deploy now that it is repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_job: Option<DeploymentJob>,
    /// The rounds of an SDLC session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Workflow>,
    /// Why it failed, cause first; while a workflow goes on, what it is repairing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// RFC 3339.
    pub last_updated: String,
}

/// 200 of `GET /deployments`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentsBody {
    /// Newest first.
    pub deployments: Vec<DeploymentSummary>,
    /// How many are in this page.
    pub count: usize,
    /// Pass it as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// One session in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSummary {
    /// The session.
    pub session_id: SessionId,
    /// Where it stands.
    pub status: Status,
    /// As requested.
    pub repository: String,
    /// As requested.
    pub branch: String,
    /// The last thing that happened.
    pub message: String,
    /// RFC 3339.
    pub last_updated: String,
}

/// Body of `POST /analyze`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalyzeRequest {
    /// The session to explain.
    pub session_id: String,
}

/// 200 of the two analyze routes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// The session.
    pub session_id: SessionId,
    /// Where it stands.
    pub status: Status,
    /// As requested.
    pub repository: String,
    /// As requested.
    pub branch: String,
    /// RFC 3339.
    pub analysis_timestamp: String,
    /// What went wrong, worst first.
    pub errors: Vec<AnalysisError>,
    /// What to do about it, in order.
    pub fix_instructions: Vec<FixInstruction>,
    /// Two sentences for people.
    pub summary: String,
    /// Seconds from request to end, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_duration: Option<u64>,
    /// The first cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<String>,
    /// The same in prose, by a model; absent without a model key or an answer in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisError {
    /// Its class, such as `iam-permission` or `template-validation`.
    #[serde(rename = "type")]
    pub error_type: String,
    /// How bad it is.
    pub severity: Severity,
    /// What happened.
    pub message: String,
    /// Resource, file or line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The lines that prove it.
    pub related_logs: Vec<String>,
    /// True if editing the repository can repair it.
    pub fixable_in_code: bool,
}

/// How bad an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing works.
    Critical,
    /// The deployment failed.
    High,
    /// Something is degraded.
    Medium,
    /// Worth knowing.
    Low,
}

/// One step of a repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixInstruction {
    /// From 1.
    pub step: u32,
    /// The class of the error that it repairs.
    pub category: String,
    /// What to do, in one line.
    pub action: String,
    /// How to do it.
    pub details: String,
    /// What it may look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_example: Option<String>,
    /// Where to read on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
}

/// 400: the request was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BadRequest {
    /// What is wrong.
    pub error: String,
    /// A body that would be accepted.
    pub example: Value,
}

/// 404 and 409.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What is wrong.
    pub error: String,
}

/// 5xx: our fault. The id finds the log lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InternalError {
    /// What happened, without inner details.
    pub error: String,
    /// The invocation's request id.
    pub request_id: String,
}

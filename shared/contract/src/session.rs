//! A session's head: everything that is known about one request, in one item of the table.

use crate::detection::{Detection, IacType};
use crate::fix::{DeploymentJob, FixSummary};
use crate::message::Work;
use crate::sanity::SanitySummary;
use crate::transition::Holder;
use crate::workflow::Workflow;
use crate::{SessionId, SessionKind, Stage, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The head. Written only by conditional writes that name the version they read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The table's partition key.
    pub session_id: SessionId,
    /// What it was opened for.
    pub kind: SessionKind,
    /// What clients see.
    pub status: Status,
    /// What it waits for or is in.
    pub stage: Stage,
    /// Which round, from 1.
    pub attempt: u32,
    /// Looks taken in this stage, for those that have them.
    pub look: u32,
    /// Grows by one with every write.
    pub version: u64,
    /// RFC 3339 with milliseconds, UTC.
    pub created_at: String,
    /// RFC 3339 with milliseconds, UTC.
    pub updated_at: String,
    /// `https://host/owner/name`
    pub repository: String,
    /// A Git branch name.
    pub branch: String,
    /// Folder inside the repository that the client named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_root: Option<String>,
    /// The last thing that happened, in one sentence for people.
    pub message: String,
    /// What else the client asked for.
    pub request: RequestDetails,
    /// What was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What it was taken for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<Detection>,
    /// What is being brought up, once its name is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What stands in the account, once it does.
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
    /// Why it failed; of an SDLC session that goes on, what its workflow works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// A message that this write decided on and that may not have been sent yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox: Option<Outbox>,
    /// The invocation that works on the stage now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// The request that opened it, when the client sent an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
}

impl Session {
    /// Who has the work of `stage`, as `invocation` sees it at `now` (RFC 3339 with milliseconds, UTC).
    pub fn holder(&self, stage: Stage, invocation: &str, now: &str) -> Holder {
        match self.claim.as_ref().filter(|claim| claim.stage == stage) {
            Some(claim) if claim.owner == invocation => Holder::Me,
            Some(claim) if claim.until.as_str() > now => Holder::Other,
            _ => Holder::Nobody,
        }
    }
}

/// What a client may ask for beyond repository, branch and folder. Which fields are set depends on the route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestDetails {
    /// Deploy as this, whatever detection would say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iac_type: Option<IacType>,
    /// Name of the stack or function, put behind the installation's prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_name: Option<String>,
    /// Template parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Stack tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// For `/fix`: what to repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix_instructions: Option<String>,
    /// For `/fix`: propose the repair as a pull request, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_pull_request: Option<bool>,
    /// For `/fix` and `/sanity-test`: what is deployed, as the client describes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_details: Option<Value>,
    /// For `/sanity-test`: run this plan as it is instead of making one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// For `/sanity-test`: tests may change and remove what they did not create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_destructive: Option<bool>,
    /// For a teardown: the session whose deployment goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teardown_of: Option<SessionId>,
}

/// The commit that a session works on and where its archive lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// 40 hexadecimal digits.
    pub commit: String,
    /// Key of the archive (zip) in the artifacts bucket.
    pub archive_key: String,
    /// Files in the archive.
    pub files: u64,
    /// Their bytes, unpacked.
    pub bytes: u64,
    /// Entries of the tree that were left out, each with why (the first 50).
    #[serde(default)]
    pub skipped: Vec<Skipped>,
}

/// An entry of a repository that is not in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path, with what is not UTF-8 replaced.
    pub path: String,
    /// Why it was left out.
    pub reason: String,
}

/// What a deployment brings up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Target {
    /// A CloudFormation stack.
    Stack {
        /// Its name.
        name: String,
        /// Its ARN, once it exists.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The client token of the execution that the monitor watches; events of other operations carry others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// A Lambda function of its own.
    Function {
        /// Its name.
        name: String,
    },
}

impl Target {
    /// Its name. Sessions with the same one take turns.
    pub fn name(&self) -> &str {
        match self {
            Self::Stack { name, .. } | Self::Function { name } => name,
        }
    }
}

/// What stands in the account after a deployment: `deployedResources` in `/status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeployedResources {
    /// Name of the stack, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_name: Option<String>,
    /// ARN of the stack, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_id: Option<String>,
    /// Name of the function, if it is a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_name: Option<String>,
    /// ARN of the function, if it is a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
    /// Every HTTPS address among the outputs and resources.
    pub urls: Vec<String>,
    /// The stack's resources (the first 200, or as many as [fit](Self::fit)).
    pub resources: Vec<DeployedResource>,
}

/// One resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account.
    pub physical_id: String,
    /// Such as `AWS::Lambda::Function`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
}

/// Why a session failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// One word or two of the sort `unknown-branch`, `template-invalid`, `stack-failed`; stable, for programs.
    pub code: String,
    /// What went wrong, for people, with the cause first.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The resource, file or line at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The stage that failed.
    pub stage: Stage,
    /// True if the message of the failed work lies in a dead-letter queue.
    #[serde(default)]
    pub replayable: bool,
}

/// A message to send. It stands in the head from the write that decides on it until it is known to be sent,
/// so a crash between the two loses nothing: whoever meets the session next sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outbox {
    /// What to send; its stage says to which queue.
    pub work: Work,
    /// Seconds that the queue holds it back, at most 900.
    pub delay_seconds: u32,
    /// True if the workflow is to be started with it instead of sending it to a queue.
    #[serde(default)]
    pub workflow: bool,
}

/// Who works on a stage. A claim older than the function's timeout belongs to an invocation that is dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The stage that is worked on.
    pub stage: Stage,
    /// The invocation's request id.
    pub owner: String,
    /// RFC 3339 with milliseconds, UTC; free again from then on.
    pub until: String,
    /// How often its message had been received by then.
    #[serde(default)]
    pub receives: u32,
}

/// What an `Idempotency-Key` was first used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Idempotency {
    /// SHA-256 of route and body, in hexadecimal.
    pub body_sha256: String,
}

//! Work that a machine has others do.

use crate::data::{Assign, Template, present};
use crate::{Catch, Dynamic, QueryLanguage, Resource, Retry, Selection, Transition};
use serde::{Deserialize, Serialize};

/// Calls a service, a function or an activity, and waits for its answer. [`crate::Integration::task`] makes one
/// with the right fields.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Task {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// What is called.
    pub resource: Resource,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONPath: what it is called with.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: what it is called with.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
    /// As whom it is called, if not as the machine's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// JSONPath: what the answer is made into.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_selector: Option<Template>,
    /// JSONPath: where in the input the answer is put.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_path: Option<Selection>,
    /// JSONPath: what of that goes on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// Fails the task with `States.Timeout` after that many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<Dynamic<u32>>,
    /// JSONPath: where those seconds stand in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds_path: Option<String>,
    /// Fails the task with `States.HeartbeatTimeout` if whoever works on it is silent for longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_seconds: Option<Dynamic<u32>>,
    /// JSONPath: where those seconds stand in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_seconds_path: Option<String>,
    /// JSONata: the next state's input; without it, the answer.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way; in JSONata the answer is `$states.result`.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
    /// Tried in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retry>,
    /// Tried in order, once no retrier is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catch>,
    /// Where to go.
    #[serde(flatten, skip_deserializing)]
    pub transition: Transition,
}

/// As whom a [`Task`] is done.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Credentials {
    /// The role of that ARN.
    RoleArn(Dynamic<String>),
    /// JSONPath: the role whose ARN stands there in the input, or an intrinsic function that gives it.
    #[serde(rename = "RoleArn.$")]
    RoleArnPath(String),
}

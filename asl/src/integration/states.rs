//! Other machines. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>

use super::Integration;
use crate::data::Template;
use crate::{Dynamic, Resource, Task};
use serde::{Deserialize, Serialize};

/// Starts an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct StartExecution {
    /// Of which machine.
    pub state_machine_arn: Dynamic<String>,
    /// Its input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Template>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Dynamic<String>>,
    /// What joins its trace to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<Dynamic<String>>,
}

impl Integration for StartExecution {
    const CALL: &'static str = "states:startExecution";
}

impl StartExecution {
    /// The state that also waits for the execution to end; its output is the result as JSON, not as text.
    pub fn task_and_wait(&self) -> Task {
        Task { resource: Resource::service(&format!("{}.sync:2", Self::CALL)), ..self.task() }
    }
}

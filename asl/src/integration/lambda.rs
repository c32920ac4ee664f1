//! Functions. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>

use super::Integration;
use crate::Dynamic;
use crate::data::Template;
use serde::{Deserialize, Serialize};

/// Invokes a function; its answer is `Payload` of the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Invoke {
    /// Name or ARN, with or without a version or an alias.
    pub function_name: Dynamic<String>,
    /// The event.
    #[serde(default, skip_serializing_if = "Template::is_null")]
    pub payload: Template,
    /// Without it, the function's answer is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_type: Option<InvocationType>,
    /// A version or an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<Dynamic<String>>,
    /// At most 3,583 bytes of base64 that the function finds in its context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_context: Option<Dynamic<String>>,
}

impl Default for Invoke {
    fn default() -> Self {
        Self {
            function_name: "".into(),
            payload: Template::Null,
            invocation_type: None,
            qualifier: None,
            client_context: None,
        }
    }
}

/// How a function is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvocationType {
    /// Waits for its answer.
    RequestResponse,
    /// Does not wait.
    Event,
    /// Only asks whether it may.
    DryRun,
}

impl Integration for Invoke {
    const CALL: &'static str = "lambda:invoke";
}

//! What a task calls.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An ARN that says what is called: a service (`arn:aws:states:::sqs:sendMessage`), a function, an activity, or a
/// `${Name}` that the deployment fills in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource(String);

/// When the task of a service integration is done.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// When the service has answered.
    RequestResponse,
    /// When the job that it started has ended: `.sync`, `.sync:2`.
    Job,
    /// When somebody has sent back the token that was handed out: `.waitForTaskToken`.
    Callback,
}

const SUFFIXES: [(&str, Pattern); 3] =
    [(".waitForTaskToken", Pattern::Callback), (".sync:2", Pattern::Job), (".sync", Pattern::Job)];

impl Resource {
    /// Any ARN, as it is to stand in the definition.
    pub fn new(arn: impl Into<String>) -> Self {
        Self(arn.into())
    }

    /// Calls `service:action`, such as `sqs:sendMessage` or `aws-sdk:s3:getObject`, in the partition `aws`.
    pub fn service(call: &str) -> Self {
        Self(format!("arn:aws:states:::{call}"))
    }

    /// As it stands in the definition.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which `service:action` is called, without what it is waited for; `None` for functions, activities and names
    /// that are filled in.
    pub fn call(&self) -> Option<&str> {
        let call = self.integration()?;
        Some(SUFFIXES.iter().find_map(|(suffix, _)| call.strip_suffix(suffix)).unwrap_or(call))
    }

    /// What is waited for.
    pub fn pattern(&self) -> Pattern {
        let found = SUFFIXES.iter().find(|(suffix, _)| self.0.ends_with(suffix));
        found.map_or(Pattern::RequestResponse, |(_, pattern)| *pattern)
    }

    /// True for a Lambda function that is called by its own ARN, the oldest form.
    pub fn is_function(&self) -> bool {
        self.0.contains(":lambda:") && self.0.contains(":function:")
    }

    /// True for an activity.
    pub fn is_activity(&self) -> bool {
        self.0.contains(":states:") && self.0.contains(":activity:")
    }

    fn integration(&self) -> Option<&str> {
        let (_partition, call) = self.0.strip_prefix("arn:")?.split_once(":states:::")?;
        Some(call)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_is_called_and_what_is_waited_for() {
        let check = |arn: &str, call: Option<&str>, pattern| {
            let resource = Resource::new(arn);
            assert_eq!((resource.call(), resource.pattern()), (call, pattern), "{arn}");
        };
        check("arn:aws:states:::sqs:sendMessage", Some("sqs:sendMessage"), Pattern::RequestResponse);
        check("arn:${Partition}:states:::sqs:sendMessage", Some("sqs:sendMessage"), Pattern::RequestResponse);
        check("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Some("sqs:sendMessage"), Pattern::Callback);
        check("arn:aws-cn:states:::ecs:runTask.sync", Some("ecs:runTask"), Pattern::Job);
        check("arn:aws:states:::states:startExecution.sync:2", Some("states:startExecution"), Pattern::Job);
        check("arn:aws:states:::aws-sdk:s3:getObject", Some("aws-sdk:s3:getObject"), Pattern::RequestResponse);
        check("arn:aws:lambda:eu-central-1:123456789012:function:hello", None, Pattern::RequestResponse);
        assert!(Resource::new("arn:aws:lambda:eu-central-1:123456789012:function:hello").is_function());
        assert!(Resource::new("arn:aws:states:eu-central-1:123456789012:activity:hello").is_activity());
    }
}

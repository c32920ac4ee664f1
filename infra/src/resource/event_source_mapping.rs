//! `AWS::Lambda::EventSourceMapping`: a queue's messages become a function's invocations.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html>

use super::{FunctionHandle, QueueHandle};
use crate::Expression;
use serde::Serialize;

/// Gives a queue's messages to a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMapping<'s> {
    event_source_arn: Expression<'s>,
    function_name: Expression<'s>,
    batch_size: u32,
    function_response_types: [&'static str; 1],
    scaling_config: ScalingConfig<'s>,
}

impl<'s> EventSourceMapping<'s> {
    /// One message an invocation, at most `maximum_concurrency` (2 to 1000) at the same time; only the messages that
    /// the function names come back. Were the queue's visibility timeout below the function's timeout, a message could
    /// be given to a second invocation while the first still works on it; AWS refuses that, and so does the compiler.
    pub fn new<const VISIBILITY: u32, const TIMEOUT: u32>(
        queue: &QueueHandle<'s, VISIBILITY>,
        function: &FunctionHandle<'s, TIMEOUT>,
        maximum_concurrency: Expression<'s>,
    ) -> Self {
        const { assert!(VISIBILITY >= TIMEOUT) };
        Self {
            event_source_arn: queue.arn(),
            function_name: function.arn(),
            batch_size: 1,
            function_response_types: ["ReportBatchItemFailures"],
            scaling_config: ScalingConfig { maximum_concurrency },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig<'s> {
    maximum_concurrency: Expression<'s>,
}

resource! {
    EventSourceMapping = "AWS::Lambda::EventSourceMapping",
    /// A mapping of the stack.
    EventSourceMappingHandle {
        /// Its UUID.
        id = Ref,
    }
}

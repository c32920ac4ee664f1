//! `AWS::Events::Rule`: invokes on a schedule.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html>

use super::FunctionHandle;
use crate::Expression;
use serde::Serialize;

/// A schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule<'s> {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// `rate(1 minute)` or `cron(…)`
    pub schedule_expression: &'static str,
    /// What is invoked.
    pub targets: Vec<Target<'s>>,
}

/// What a rule invokes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target<'s> {
    id: &'static str,
    arn: Expression<'s>,
    input: &'static str,
}

impl<'s> Target<'s> {
    /// The function, with the JSON `input` as its event. It needs a [`super::Permission`] for the rule.
    pub fn function<const TIMEOUT: u32>(
        id: &'static str,
        function: &FunctionHandle<'s, TIMEOUT>,
        input: &'static str,
    ) -> Self {
        Self { id, arn: function.arn(), input }
    }
}

resource! {
    Rule = "AWS::Events::Rule",
    /// A rule of the stack.
    RuleHandle {
        /// Its ARN.
        arn = "Arn",
    }
}

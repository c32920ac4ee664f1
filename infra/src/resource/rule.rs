//! `AWS::Events::Rule`: invokes on a schedule or on an event.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html>

use super::{FunctionHandle, QueueHandle, StateMachineHandle};
use crate::Expression;
use crate::units::Seconds;
use serde::Serialize;

/// A schedule, or events of the account's default bus.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule<'s> {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// `rate(1 minute)` or `cron(…)`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<&'static str>,
    /// Which events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<EventPattern<'s>>,
    /// What is invoked.
    pub targets: Vec<Target<'s>>,
}

/// Which events a rule is about: all of the fields must be one of their values.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html>
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EventPattern<'s> {
    source: [&'static str; 1],
    detail_type: [&'static str; 1],
    detail: ExecutionDetail<'s>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionDetail<'s> {
    state_machine_arn: [Expression<'s>; 1],
    status: Vec<&'static str>,
}

impl<'s> EventPattern<'s> {
    /// Executions of the machine that come into one of the statuses.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>
    pub fn executions(machine: &StateMachineHandle<'s>, statuses: &[&'static str]) -> Self {
        Self {
            source: ["aws.states"],
            detail_type: ["Step Functions Execution Status Change"],
            detail: ExecutionDetail { state_machine_arn: [machine.arn()], status: statuses.to_vec() },
        }
    }
}

/// What a rule invokes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target<'s> {
    id: &'static str,
    arn: Expression<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy: Option<RetryPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<RuleDeadLetters<'s>>,
}

/// Where a rule puts what it could not deliver.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleDeadLetters<'s> {
    arn: Expression<'s>,
}

/// How long a rule tries to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RetryPolicy {
    maximum_event_age_in_seconds: Seconds,
}

impl<'s> Target<'s> {
    /// The function, with the JSON `input` as its event. It needs a [`super::Permission`] for the rule.
    pub fn function<const TIMEOUT: u32>(
        id: &'static str,
        function: &FunctionHandle<'s, TIMEOUT>,
        input: &'static str,
    ) -> Self {
        Self { input: Some(input), ..Self::function_with_event(id, function) }
    }

    /// The function, with the event that the rule is about. It needs a [`super::Permission`] for the rule.
    pub fn function_with_event<const TIMEOUT: u32>(id: &'static str, function: &FunctionHandle<'s, TIMEOUT>) -> Self {
        Self { id, arn: function.arn(), input: None, retry_policy: None, dead_letter_config: None }
    }

    /// Tries to deliver for an hour instead of a day.
    #[must_use]
    pub fn for_an_hour(self) -> Self {
        Self { retry_policy: Some(RetryPolicy { maximum_event_age_in_seconds: Seconds::minutes(60) }), ..self }
    }

    /// Keeps what cannot be delivered. The queue needs a [`super::QueuePolicy`] for the rule.
    #[must_use]
    pub fn or_else<const VISIBILITY: u32>(self, dead_letters: &QueueHandle<'s, VISIBILITY>) -> Self {
        Self { dead_letter_config: Some(RuleDeadLetters { arn: dead_letters.arn() }), ..self }
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

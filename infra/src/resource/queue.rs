//! `AWS::SQS::Queue` and its policy.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html>

use super::role::arn_in_this_account;
use super::{RoleHandle, RuleHandle};
use crate::Expression;
use crate::policy::{PolicyDocument, Principal, Statement};
use crate::units::{FixedSeconds, Seconds};
use serde::Serialize;

/// A queue. `VISIBILITY` is its visibility timeout in seconds: how long a received message is hidden from others.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queue<'s, const VISIBILITY: u32> {
    /// Its name; CloudFormation makes one up if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_name: Option<QueueName<'s>>,
    /// Always `VISIBILITY`.
    pub visibility_timeout: FixedSeconds<VISIBILITY>,
    /// How long a message is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_retention_period: Option<Seconds>,
    /// Where messages go that are received too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_policy: Option<Redrive<'s>>,
    /// Which queues may send their failed messages here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_allow_policy: Option<RedriveAllow<'s>>,
    /// Encrypts with a key that SQS keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqs_managed_sse_enabled: Option<bool>,
}

resource! {
    Queue[const VISIBILITY] = "AWS::SQS::Queue",
    /// A queue of the stack.
    QueueHandle {
        /// Its URL.
        url = Ref,
        /// Its ARN.
        arn = "Arn",
        /// Its name.
        name = "QueueName",
    }
}

impl<'s, const VISIBILITY: u32> QueueHandle<'s, VISIBILITY> {
    /// Lets the role put messages in.
    pub fn grant_send(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["sqs:SendMessage"], [self.arn()]));
    }

    /// Lets the role read messages and leave them there.
    pub fn grant_peek(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["sqs:ReceiveMessage"], [self.arn()]));
    }

    /// Lets the role take messages out: what Lambda's poller does in the function's name.
    pub fn grant_consume(&self, role: &RoleHandle<'s>) {
        let actions =
            &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"];
        role.grant(Statement::allow(actions, [self.arn()]));
    }
}

/// The name of a queue. It is known before the queue is there, so a dead-letter queue can name the queue that it
/// serves, which refers to it in turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct QueueName<'s>(Expression<'s>);

impl<'s> QueueName<'s> {
    /// `name` should begin with the stack's name, so that two stacks do not collide.
    pub fn new(name: Expression<'s>) -> Self {
        Self(name)
    }

    fn arn(&self) -> Expression<'s> {
        arn_in_this_account("sqs", &self.0)
    }
}

/// Sends messages that were received too often to another queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redrive<'s> {
    dead_letter_target_arn: Expression<'s>,
    max_receive_count: u32,
}

impl<'s> Redrive<'s> {
    /// After `max_receive_count` receives, to `dead_letter_queue`. Nothing but a queue is taken.
    pub fn to<const VISIBILITY: u32>(dead_letter_queue: &QueueHandle<'s, VISIBILITY>, max_receive_count: u32) -> Self {
        Self { dead_letter_target_arn: dead_letter_queue.arn(), max_receive_count }
    }
}

/// Which queues may use this one as their dead-letter queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedriveAllow<'s> {
    redrive_permission: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source_queue_arns: Vec<Expression<'s>>,
}

impl<'s> RedriveAllow<'s> {
    /// Only the queue of that name.
    pub fn only(source: &QueueName<'s>) -> Self {
        Self { redrive_permission: "byQueue", source_queue_arns: vec![source.arn()] }
    }

    /// No queue at all: it is there for what services could not deliver.
    pub fn nobody() -> Self {
        Self { redrive_permission: "denyAll", source_queue_arns: Vec::new() }
    }
}

/// `AWS::SQS::QueuePolicy`: who may use a queue, beside what roles are granted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueuePolicy<'s> {
    queues: [Expression<'s>; 1],
    policy_document: PolicyDocument<'s>,
}

impl<'s> QueuePolicy<'s> {
    /// Refuses everything that does not come over TLS.
    pub fn tls_only<const VISIBILITY: u32>(queue: &QueueHandle<'s, VISIBILITY>) -> Self {
        let refuse = Statement::deny(&["sqs:*"], [queue.arn()]).to(Principal::Anyone).without_tls();
        Self { queues: [queue.url()], policy_document: PolicyDocument::of([refuse]) }
    }

    /// The same, and lets this one rule put in what it could not deliver.
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>
    pub fn for_rule<const VISIBILITY: u32>(queue: &QueueHandle<'s, VISIBILITY>, rule: &RuleHandle<'s>) -> Self {
        let mut policy = Self::tls_only(queue);
        let take = Statement::allow(&["sqs:SendMessage"], [queue.arn()]);
        let take = take.to(Principal::Service("events.amazonaws.com"));
        policy.policy_document.statement.push(take.when("ArnEquals", "aws:SourceArn", rule.arn()));
        policy
    }
}

resource! {
    QueuePolicy = "AWS::SQS::QueuePolicy",
    /// A queue's policy.
    QueuePolicyHandle {}
}

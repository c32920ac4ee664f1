//! `AWS::SNS::Topic` and its subscriptions.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html>

use crate::Expression;
use crate::expression::LogicalId;
use crate::resource::Resource;
use serde::Serialize;

/// A topic. Not encrypted: CloudWatch may not use the key that SNS keeps, and alarms hold nothing secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Topic {}

impl<'s> Resource<'s> for Topic {
    const TYPE: &'static str = "AWS::SNS::Topic";
    type Handle = TopicHandle<'s>;

    fn handle(&self, id: LogicalId<'s>) -> TopicHandle<'s> {
        TopicHandle { id }
    }
}

/// A topic of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicHandle<'s> {
    id: LogicalId<'s>,
}

impl<'s> TopicHandle<'s> {
    /// Its ARN.
    pub fn arn(&self) -> Expression<'s> {
        Expression::reference(&self.id)
    }
}

/// `AWS::SNS::Subscription`
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subscription<'s> {
    topic_arn: Expression<'s>,
    protocol: &'static str,
    endpoint: Expression<'s>,
}

impl<'s> Subscription<'s> {
    /// By e-mail; who gets it must confirm first.
    pub fn email(topic: &TopicHandle<'s>, address: Expression<'s>) -> Self {
        Self { topic_arn: topic.arn(), protocol: "email", endpoint: address }
    }
}

resource! {
    Subscription = "AWS::SNS::Subscription",
    /// A subscription of the stack.
    SubscriptionHandle {}
}

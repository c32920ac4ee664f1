//! `AWS::CloudWatch::Alarm`
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html>

use super::QueueHandle;
use crate::Expression;
use crate::units::Seconds;
use serde::Serialize;

/// An alarm on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm<'s> {
    /// For people: what it means and what to do.
    pub alarm_description: &'static str,
    namespace: &'static str,
    metric_name: &'static str,
    dimensions: Vec<Dimension<'s>>,
    /// What is made of the values of a period.
    pub statistic: Statistic,
    /// The length of a period.
    pub period: Seconds,
    /// Periods in a row.
    pub evaluation_periods: u32,
    /// How the value is compared with the threshold.
    pub comparison_operator: Comparison,
    /// The threshold.
    pub threshold: u32,
    /// What periods without values count as.
    pub treat_missing_data: MissingData,
    /// ARNs of topics that are told.
    pub alarm_actions: Vec<Expression<'s>>,
}

impl<'s> Alarm<'s> {
    /// Rings within a minute once there is a message in the queue.
    pub fn on_messages<const VISIBILITY: u32>(
        queue: &QueueHandle<'s, VISIBILITY>,
        description: &'static str,
        alarm_actions: Vec<Expression<'s>>,
    ) -> Self {
        Self {
            alarm_description: description,
            namespace: "AWS/SQS",
            metric_name: "ApproximateNumberOfMessagesVisible",
            dimensions: vec![Dimension { name: "QueueName", value: queue.name() }],
            statistic: Statistic::Maximum,
            period: Seconds::minutes(1),
            evaluation_periods: 1,
            comparison_operator: Comparison::GreaterThanThreshold,
            threshold: 0,
            treat_missing_data: MissingData::NotBreaching,
            alarm_actions,
        }
    }
}

/// Which of a metric's series.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension<'s> {
    name: &'static str,
    value: Expression<'s>,
}

/// What is made of the values of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Statistic {
    /// The largest.
    Maximum,
    /// All of them together.
    Sum,
}

/// How a value is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Comparison {
    /// Above it.
    GreaterThanThreshold,
    /// Below it.
    LessThanThreshold,
}

/// What periods without values count as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MissingData {
    /// Good.
    NotBreaching,
    /// Bad.
    Breaching,
}

resource! {
    Alarm = "AWS::CloudWatch::Alarm",
    /// An alarm of the stack.
    AlarmHandle {
        /// Its ARN.
        arn = "Arn",
    }
}

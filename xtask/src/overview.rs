//! What stands and what goes on, gathered from everywhere at once.

use crate::cloud::Aws;
use crate::cloud::error::Explain;
use crate::commands::stack_engine;
use crate::dead_letters::{Queue, QueueName};
use crate::json_api::{CLOUDWATCH, JsonApi};
use anyhow::{Context as _, Result};
use aws_sdk_sqs::types::QueueAttributeName;
use drydock_stack::StackInfo;
use infra::drydock::FUNCTIONS;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// More resources than a stack can have.
const ALL: usize = 10_000;
/// SQS tells its metrics each minute, some minutes late.
const METRICS_SECONDS: i64 = 900;

/// A function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionState {
    /// Its name in the account.
    pub name: String,
    /// Such as `Active`.
    pub state: String,
    /// How its last update ended.
    pub last_update: String,
    /// RFC 3339, with seconds.
    pub last_modified: Option<String>,
    /// Memory.
    pub memory_mb: i32,
    /// Size of its zip.
    pub code_bytes: i64,
}

/// A queue and its dead-letter queue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueState {
    /// Its name in the account.
    pub name: String,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are worked on.
    pub in_flight: u64,
    /// Messages that are held back for a time.
    pub delayed: u64,
    /// Age of the oldest that waits, if CloudWatch knows.
    pub oldest_seconds: Option<u64>,
    /// Dead letters.
    pub dead: u64,
    /// Age of the oldest dead letter, if CloudWatch knows.
    pub oldest_dead_seconds: Option<u64>,
}

/// An alarm.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct AlarmState {
    /// Its name.
    #[serde(rename(deserialize = "AlarmName"))]
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    #[serde(rename(deserialize = "StateValue"))]
    pub state: String,
    /// Why.
    #[serde(default, rename(deserialize = "StateReason"))]
    pub reason: String,
}

/// The stack's functions.
///
/// # Errors
/// If Lambda refuses.
pub async fn functions(aws: &Aws, stack: &StackInfo) -> Result<Vec<FunctionState>> {
    let lambda = aws.lambda();
    let asked = FUNCTIONS.into_iter().filter_map(|function| {
        let name = stack.outputs.get(&format!("{}Name", function.logical_id))?.clone();
        let lambda = lambda.clone();
        Some(tokio::spawn(async move {
            let configuration = lambda.get_function_configuration().function_name(&name).send().await;
            let found = configuration.map_err(|error| error.explain(&format!("cannot look at function {name}")))?;
            Ok::<_, anyhow::Error>(FunctionState {
                name,
                state: found.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
                last_update: found.last_update_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
                last_modified: found.last_modified.as_deref().and_then(seconds),
                memory_mb: found.memory_size.unwrap_or_default(),
                code_bytes: found.code_size,
            })
        }))
    });
    let mut states = Vec::new();
    for task in asked.collect::<Vec<_>>() {
        states.push(task.await.context("asking was cut off")??);
    }
    Ok(states)
}

/// A time as Lambda writes it (`2026-01-01T00:00:00.123+0000`), with seconds in UTC.
fn seconds(time: &str) -> Option<String> {
    let time = time.strip_suffix("+0000").map_or_else(|| time.to_owned(), |time| format!("{time}Z"));
    let time = time.parse::<Timestamp>().ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The stack's queues.
///
/// # Errors
/// If SQS refuses.
pub async fn queues(aws: &Aws, stack: &StackInfo) -> Result<Vec<QueueState>> {
    let sqs = aws.sqs();
    let queues = QueueName::ALL.map(|name| Queue::of(stack, name)).into_iter().collect::<Result<Vec<_>>>()?;
    let names = queues.iter().flat_map(|queue| [name(&queue.url), name(&queue.dead_url)]).collect::<Vec<_>>();
    // Without metrics there are no ages, which is no reason to show nothing.
    let ages = oldest(aws, &names).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "CloudWatch does not tell the age of messages");
        BTreeMap::new()
    });
    let mut states = Vec::new();
    for queue in &queues {
        let (own, dead) = tokio::try_join!(counts(&sqs, &queue.url), counts(&sqs, &queue.dead_url))?;
        // What waits in a queue of dead letters only is nobody's to take.
        let own = if queue.name.stage().is_some() { own } else { (0, 0, 0) };
        states.push(QueueState {
            name: name(&queue.url).to_owned(),
            waiting: own.0,
            in_flight: own.1,
            delayed: own.2,
            oldest_seconds: ages.get(name(&queue.url)).copied().filter(|_| own.0 > 0),
            dead: dead.0 + dead.1,
            oldest_dead_seconds: ages.get(name(&queue.dead_url)).copied().filter(|_| dead.0 > 0),
        });
    }
    Ok(states)
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// Messages that wait, are worked on, and are held back.
async fn counts(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<(u64, u64, u64)> {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let request = sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let answer = request.send().await.map_err(|error| error.explain(&format!("cannot look at the queue {url}")))?;
    let all = answer.attributes.unwrap_or_default();
    let [waiting, in_flight, delayed] =
        names.map(|name| all.get(&name).and_then(|value| value.parse().ok()).unwrap_or(0));
    Ok((waiting, in_flight, delayed))
}

/// The age of the oldest message of each queue, in seconds.
async fn oldest(aws: &Aws, queues: &[&str]) -> Result<BTreeMap<String, u64>> {
    let now = Timestamp::now().as_second();
    let queries: Vec<Value> = queues
        .iter()
        .enumerate()
        .map(|(at, queue)| {
            json!({"Id": format!("q{at}"), "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS", "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": queue}],
                },
                "Period": 60, "Stat": "Maximum",
            }})
        })
        .collect();
    let body = json!({
        "StartTime": now - METRICS_SECONDS, "EndTime": now, "ScanBy": "TimestampDescending",
        "MetricDataQueries": queries,
    });
    let answer = JsonApi::new(aws).await?.call(CLOUDWATCH, "GetMetricData", &body).await?;
    Ok(newest(&answer, queues))
}

fn newest(answer: &Value, queues: &[&str]) -> BTreeMap<String, u64> {
    let results = answer["MetricDataResults"].as_array().map(Vec::as_slice).unwrap_or_default();
    let value = |result: &Value| {
        let queue = queues.get(result["Id"].as_str()?.strip_prefix('q')?.parse::<usize>().ok()?)?;
        Some(((*queue).to_owned(), result["Values"].get(0)?.as_f64()? as u64))
    };
    results.iter().filter_map(value).collect()
}

/// The stack's alarms.
///
/// # Errors
/// If CloudFormation or CloudWatch refuses.
pub async fn alarms(aws: &Aws, stack: &StackInfo) -> Result<Vec<AlarmState>> {
    let resources = stack_engine(aws).resources(&stack.id, ALL).await.context("cannot list the stack's alarms")?;
    let names: Vec<String> = resources
        .into_iter()
        .filter(|resource| resource.resource_type == "AWS::CloudWatch::Alarm")
        .filter_map(|resource| resource.physical_id)
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let body = json!({"AlarmNames": names, "MaxRecords": 100});
    let mut answer = JsonApi::new(aws).await?.call(CLOUDWATCH, "DescribeAlarms", &body).await?;
    let mut alarms: Vec<AlarmState> =
        serde_json::from_value(answer["MetricAlarms"].take()).context("CloudWatch's answer is not understood")?;
    alarms.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(alarms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_times_are_read() {
        assert_eq!(seconds("2026-01-01T00:00:00.123+0000").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(seconds("2026-01-01T00:00:00Z").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(seconds("yesterday"), None);
    }

    #[test]
    fn the_newest_value_of_each_queue_counts() {
        let answer = json!({"MetricDataResults": [
            {"Id": "q1", "Values": [61.0, 1.0]}, {"Id": "q0", "Values": []}, {"Id": "x", "Values": [1]},
        ]});
        assert_eq!(newest(&answer, &["a", "b"]), BTreeMap::from([("b".to_owned(), 61)]));
    }
}

//! SQS's own way back: a message move task from a dead-letter queue to the queue that its messages came from.

use crate::cloud::error::Explain;
use anyhow::{Result, bail};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::list_message_move_tasks::ListMessageMoveTasksOutput;
use aws_sdk_sqs::types::QueueAttributeName;
use std::time::Duration;

/// Between two looks at a task.
const LOOK: Duration = Duration::from_secs(1);

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// So many messages are back.
    All(u64),
    /// It ended before all were back, for this reason.
    Cut(String),
    /// What answers here has no such tasks.
    Unsupported,
}

/// Moves every message of a dead-letter queue back to where it came from, and waits until that is done. A task that
/// runs already is joined.
pub(super) async fn move_all(sqs: &Client, dead_url: &str, pause: Option<Duration>) -> Result<Moved> {
    let arn = arn(sqs, dead_url).await?;
    if let Err(error) = sqs.start_message_move_task().source_arn(&arn).send().await {
        match error.error_code() {
            Some("InvalidAction" | "UnknownOperationException") => return Ok(Moved::Unsupported),
            // The word for "one is running", among other things; the list tells.
            Some("AWS.SimpleQueueService.UnsupportedOperation" | "UnsupportedOperation")
                if running(&tasks(sqs, &arn).await?) => {}
            _ => return Err(error.explain("cannot start to move the messages back")),
        }
    }
    loop {
        let tasks = tasks(sqs, &arn).await?;
        let Some(task) = tasks.results().first() else { bail!("SQS does not know the task that it has started") };
        let moved = u64::try_from(task.approximate_number_of_messages_moved()).unwrap_or(0);
        match task.status().unwrap_or_default() {
            "RUNNING" | "CANCELLING" => tokio::time::sleep(pause.unwrap_or(LOOK)).await,
            "COMPLETED" => return Ok(Moved::All(moved)),
            // CANCELLED, or FAILED: for instance, nobody knows where a message came from that was put there by hand.
            status => {
                let reason = task.failure_reason().unwrap_or("no reason given");
                return Ok(Moved::Cut(format!("{status} after {moved}: {reason}")));
            }
        }
    }
}

fn running(tasks: &ListMessageMoveTasksOutput) -> bool {
    tasks.results().first().is_some_and(|task| task.status() == Some("RUNNING"))
}

/// The queue's last task.
async fn tasks(sqs: &Client, arn: &str) -> Result<ListMessageMoveTasksOutput> {
    let listed = sqs.list_message_move_tasks().source_arn(arn).max_results(1).send().await;
    listed.map_err(|error| error.explain("cannot look at the task that moves the messages back"))
}

async fn arn(sqs: &Client, url: &str) -> Result<String> {
    let request = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    let answer = request.send().await.map_err(|error| error.explain(&format!("cannot look at {url}")))?;
    match answer.attributes.and_then(|mut all| all.remove(&QueueAttributeName::QueueArn)) {
        Some(arn) => Ok(arn),
        None => bail!("{url} does not say its ARN"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{Recorded, answer};
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:drydock-deploy-dlq";
    const NO_PAUSE: Option<Duration> = Some(Duration::ZERO);

    fn attributes() -> (u16, Value) {
        answer(json!({"Attributes": {"QueueArn": ARN}}))
    }

    fn task(status: &str, moved: u64) -> (u16, Value) {
        answer(json!({"Results": [{
            "Status": status, "SourceArn": ARN, "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": 3, "FailureReason": "AccessDenied", "StartedTimestamp": 1
        }]}))
    }

    fn error(code: &str) -> (u16, Value) {
        (400, json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "m"}))
    }

    async fn moved(answers: Vec<(u16, Value)>) -> (Result<Moved>, Vec<String>) {
        let recorded = Recorded::serve(answers).await;
        let moved =
            move_all(&recorded.aws().await.sqs(), "https://sqs/000000000000/drydock-deploy-dlq", NO_PAUSE).await;
        (moved, recorded.operations())
    }

    #[tokio::test]
    async fn a_task_is_followed_to_its_end() {
        let started = answer(json!({"TaskHandle": "h"}));
        let (result, asked) =
            moved(vec![attributes(), started, task("RUNNING", 1), task("RUNNING", 2), task("COMPLETED", 3)]).await;
        assert_eq!(result.unwrap(), Moved::All(3));
        assert_eq!(
            asked,
            [
                "GetQueueAttributes",
                "StartMessageMoveTask",
                "ListMessageMoveTasks",
                "ListMessageMoveTasks",
                "ListMessageMoveTasks"
            ]
        );
    }

    #[tokio::test]
    async fn a_task_that_runs_already_is_joined() {
        let answers = vec![attributes(), error("UnsupportedOperation"), task("RUNNING", 0), task("COMPLETED", 2)];
        assert_eq!(moved(answers).await.0.unwrap(), Moved::All(2));
    }

    #[tokio::test]
    async fn a_task_that_fails_says_how_far_it_came() {
        let (result, _) = moved(vec![attributes(), answer(json!({"TaskHandle": "h"})), task("FAILED", 1)]).await;
        assert_eq!(result.unwrap(), Moved::Cut("FAILED after 1: AccessDenied".to_owned()));
    }

    #[tokio::test]
    async fn where_there_are_no_tasks_another_way_is_needed() {
        assert_eq!(moved(vec![attributes(), error("InvalidAction")]).await.0.unwrap(), Moved::Unsupported);
        let (result, _) = moved(vec![attributes(), error("AccessDeniedException")]).await;
        assert_eq!(
            result.unwrap_err().to_string(),
            "cannot start to move the messages back: m (AccessDeniedException)"
        );
    }
}

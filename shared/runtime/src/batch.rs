//! A batch of messages, each on its own: one that fails is given back alone.

use crate::record::{self, Verdict};
use crate::{Invocation, Worker};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Serves invocations until Lambda ends the process.
///
/// # Errors
/// If the Lambda Runtime API cannot be reached.
pub async fn run<W: Worker>(worker: W) -> Result<(), Error> {
    let worker = &worker;
    lambda_runtime::run(service_fn(
        |event: LambdaEvent<SqsEvent>| async move { Ok::<_, Error>(batch(worker, event).await) },
    ))
    .await
}

async fn batch<W: Worker>(worker: &W, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
    let deadline = deadline(event.context.deadline);
    let mut response = SqsBatchResponse::default();
    for message in event.payload.records {
        let invocation = Invocation {
            request_id: event.context.request_id.clone(),
            deadline,
            receive_count: receive_count(&message),
        };
        // Boxed: the whole of it as one nested future exceeds the depth that the compiler computes layouts to.
        let handled = Box::pin(record::handle(worker, message.body.as_deref().unwrap_or_default(), &invocation)).await;
        let again_in = match handled {
            Verdict::Consumed => continue,
            Verdict::GivenBack { again_in } => again_in,
        };
        if let (Some(arn), Some(receipt)) = (&message.event_source_arn, &message.receipt_handle) {
            worker.queues().receive_again_in(arn, receipt, again_in).await;
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id.unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    response
}

fn receive_count(message: &SqsMessage) -> u32 {
    message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// Lambda gives the deadline in milliseconds since 1970.
fn deadline(epoch_millis: u64) -> Instant {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::now() + Duration::from_millis(epoch_millis).saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_a_count_is_on_its_first_try() {
        let mut message = SqsMessage::default();
        assert_eq!(receive_count(&message), 1);
        message.attributes.insert("ApproximateReceiveCount".into(), "3".into());
        assert_eq!(receive_count(&message), 3);
    }

    #[test]
    fn a_deadline_in_the_past_leaves_no_time() {
        assert!(deadline(0) <= Instant::now());
        let in_a_minute = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(60);
        let left = deadline(u64::try_from(in_a_minute.as_millis()).unwrap()) - Instant::now();
        assert!((58..=60).contains(&left.as_secs()), "{left:?}");
    }
}

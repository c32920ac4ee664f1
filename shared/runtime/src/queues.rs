//! Sending to the queues of other stages.

use aws_sdk_sqs::Client;
use drydock_aws::explain;
use drydock_contract::Stage;
use drydock_contract::session::Outbox;
use std::collections::HashMap;

/// The queues that a handler may send to, by the stage that reads them.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    urls: HashMap<Stage, String>,
}

impl Queues {
    /// The queues at these URLs.
    pub fn new(client: Client, urls: impl IntoIterator<Item = (Stage, String)>) -> Self {
        Self { client, urls: urls.into_iter().collect() }
    }

    /// Sends the message of an outbox. `Ok(false)` if its queue is not one of these: then it is another handler's to
    /// send.
    ///
    /// # Errors
    /// If SQS refuses it or cannot be reached, in words.
    pub async fn send(&self, outbox: &Outbox) -> Result<bool, String> {
        let Some(url) = self.urls.get(&outbox.work.stage).filter(|_| !outbox.workflow) else { return Ok(false) };
        self.client
            .send_message()
            .queue_url(url)
            .message_body(outbox.work.to_body())
            .delay_seconds(i32::try_from(outbox.delay_seconds.min(900)).expect("900 fits"))
            .send()
            .await
            .map(|_| true)
            .map_err(|error| format!("cannot send to the {} queue: {}", outbox.work.stage, explain(&error)))
    }

    /// Lets a message that was given back be received again in `seconds`, instead of when the queue's whole
    /// visibility timeout has passed. Best effort: without it the message only comes later.
    pub(crate) async fn receive_again_in(&self, queue_arn: &str, receipt_handle: &str, seconds: i32) {
        let Some(url) = url_of(queue_arn) else { return };
        let changed = self
            .client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await;
        if let Err(error) = changed {
            tracing::warn!(queue = queue_arn, error = explain(&error), "cannot shorten the wait for the next try");
        }
    }
}

/// The URL of the queue with this ARN (`arn:aws:sqs:region:account:name`). The SDK sends to the region's or the
/// configured endpoint whatever host stands here; only account and name are read.
fn url_of(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(3);
    let (region, account, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("https://sqs.{region}.amazonaws.com/{account}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_the_queue() {
        assert_eq!(
            url_of("arn:aws:sqs:eu-west-1:123456789012:fix").as_deref(),
            Some("https://sqs.eu-west-1.amazonaws.com/123456789012/fix")
        );
        assert_eq!(url_of("fix"), None);
    }
}

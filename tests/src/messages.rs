//! The queues: messages sent past the API, and what lies in a dead-letter queue.

use crate::World;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use drydock_contract::Stage;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(120);

impl World {
    /// Puts any text into the queue of a stage.
    pub async fn send_message(&self, stage: Stage, body: &str) {
        let url = self.output(&format!("{}Url", queue(stage)));
        self.sqs().send_message().queue_url(url).message_body(body).send().await.expect("the queue takes a message");
    }

    /// Waits until a message with this body lies in the dead-letter queue of a stage, and takes it out.
    ///
    /// # Panics
    /// If it does not come in two minutes.
    pub async fn until_dead(&self, stage: Stage, body: &str) {
        let url = self.output(&format!("{}DlqUrl", queue(stage)));
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            // What belongs to other tests is seen again at once.
            let receive = self.sqs().receive_message().queue_url(url).visibility_timeout(0).max_number_of_messages(10);
            let answer = receive.send().await.expect("the dead-letter queue answers");
            let found = answer.messages().iter().find(|message| message.body() == Some(body));
            if let Some(handle) = found.and_then(|message| message.receipt_handle()) {
                self.sqs().delete_message().queue_url(url).receipt_handle(handle).send().await.expect("deleted");
                return;
            }
            sleep(Duration::from_millis(300)).await;
        }
        panic!("no message {body:?} in {url} after {PATIENCE:?}");
    }

    /// Waits until a stage's queue holds nothing and hands out nothing.
    ///
    /// # Panics
    /// If that does not come in two minutes.
    pub async fn until_drained(&self, stage: Stage) {
        let url = self.output(&format!("{}Url", queue(stage)));
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let request = self.sqs().get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
            let answer = request.send().await.expect("the queue answers");
            if answer.attributes().is_some_and(|counts| counts.values().all(|count| count == "0")) {
                return;
            }
            sleep(Duration::from_millis(300)).await;
        }
        panic!("{url} still holds messages after {PATIENCE:?}");
    }

    fn sqs(&self) -> Client {
        Client::new(&self.config)
    }
}

/// The logical id of a stage's queue.
pub(crate) fn queue(stage: Stage) -> &'static str {
    match stage {
        Stage::CloneDetect => "CloneDetectQueue",
        Stage::Deploy => "DeployQueue",
        Stage::Monitor => "MonitorQueue",
        Stage::Fix => "FixerQueue",
        Stage::SanityTest => "SanityTesterQueue",
        Stage::Done => panic!("nothing is sent to a session that has ended"),
    }
}

//! The queues: messages sent past the API, messages sent again, and what lies in a dead-letter queue.

use crate::World;
use aws_sdk_lambda::types::FunctionResponseType;
use aws_sdk_sqs::types::QueueAttributeName;
use drydock_contract::Stage;
use drydock_contract::message::Work;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

impl World {
    /// Puts any text into the queue of a stage.
    pub async fn send_message(&self, stage: Stage, body: &str) {
        self.send_to(self.output(&format!("{}QueueUrl", queue(stage))), body).await;
    }

    /// Puts any text into the dead-letter queue of a stage.
    pub async fn send_dead_letter(&self, stage: Stage, body: &str) {
        self.send_to(self.output(&format!("{}DlqUrl", queue(stage))), body).await;
    }

    /// Puts any text into the dead-letter queue of a stage of another installation, by the name of its stack.
    pub async fn send_dead_letter_to(&self, stack: &str, stage: Stage, body: &str) {
        let outputs = crate::world::outputs(&self.config, stack).await;
        self.send_to(&outputs[&format!("{}DlqUrl", queue(stage))], body).await;
    }

    /// Puts an event about an execution where those lie that could not be delivered.
    pub async fn send_lost_event(&self, event: &str) {
        self.send_to(self.output("ExecutionsDlqUrl"), event).await;
    }

    /// Waits until a message with this body lies in the dead-letter queue of a stage, and takes it out.
    ///
    /// # Panics
    /// If it does not come in two minutes.
    pub async fn until_dead(&self, stage: Stage, body: &str) {
        let url = self.output(&format!("{}DlqUrl", queue(stage)));
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            // What belongs to other tests makes way for a moment.
            let receive = self.sqs().receive_message().queue_url(url).visibility_timeout(2).max_number_of_messages(10);
            let answer = receive.send().await.expect("the dead-letter queue answers");
            let found = answer.messages().iter().find(|message| message.body() == Some(body));
            if let Some(handle) = found.and_then(|message| message.receipt_handle()) {
                self.sqs().delete_message().queue_url(url).receipt_handle(handle).send().await.expect("deleted");
                return;
            }
            sleep(BETWEEN_LOOKS).await;
        }
        panic!("no message {body:?} in {url} after {PATIENCE:?}");
    }

    /// Waits until a message with this text, such as a session's id, lies in the dead-letter queue of a stage, and
    /// leaves it there.
    ///
    /// # Panics
    /// If it does not come in two minutes.
    pub async fn until_parked(&self, stage: Stage, text: &str) {
        let url = self.output(&format!("{}DlqUrl", queue(stage)));
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let receive = self.sqs().receive_message().queue_url(url).visibility_timeout(0).max_number_of_messages(10);
            let answer = receive.send().await.expect("the dead-letter queue answers");
            if answer.messages().iter().any(|message| message.body().is_some_and(|body| body.contains(text))) {
                return;
            }
            sleep(BETWEEN_LOOKS).await;
        }
        panic!("no message with {text} in {url} after {PATIENCE:?}");
    }

    /// Gives messages to the functions of their stages once more and waits until each has been consumed.
    ///
    /// They go through queues of their own, mapped to the same functions: in the real ones nobody could tell ours
    /// from those of other tests.
    ///
    /// # Panics
    /// If they are not consumed in two minutes.
    pub async fn redeliver(&self, messages: &[Work]) {
        let all = [Stage::CloneDetect, Stage::Deploy, Stage::Monitor, Stage::Fix, Stage::SanityTest];
        for stage in all.into_iter().filter(|stage| messages.iter().any(|work| work.stage == *stage)) {
            let name = format!("{}-e2e-{}", self.stack_name, uuid::Uuid::new_v4());
            let created = self.sqs().create_queue().queue_name(name).send().await.expect("a queue");
            let url = created.queue_url().expect("a URL");
            let mapping = self
                .lambda()
                .create_event_source_mapping()
                .function_name(self.output(&format!("{}Name", function(stage))))
                .event_source_arn(self.arn_of_queue(url).await)
                .batch_size(1)
                .function_response_types(FunctionResponseType::ReportBatchItemFailures)
                .send()
                .await
                .expect("a mapping");
            for work in messages.iter().filter(|work| work.stage == stage) {
                self.send_to(url, &work.to_body()).await;
            }
            self.until_drained(url).await;
            self.lambda().delete_event_source_mapping().set_uuid(mapping.uuid).send().await.expect("deleted");
            self.sqs().delete_queue().queue_url(url).send().await.expect("deleted");
        }
    }

    /// Waits until the queue of a stage is empty and nobody works on one of its messages.
    ///
    /// # Panics
    /// If that does not come in two minutes.
    pub async fn until_idle(&self, stage: Stage) {
        self.until_drained(self.output(&format!("{}QueueUrl", queue(stage)))).await;
    }

    async fn until_drained(&self, url: &str) {
        let names = vec![
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let request = self.sqs().get_queue_attributes().queue_url(url).set_attribute_names(Some(names.clone()));
            let answer = request.send().await.expect("the queue answers");
            if answer.attributes().is_some_and(|counts| counts.values().all(|count| count == "0")) {
                return;
            }
            sleep(BETWEEN_LOOKS).await;
        }
        panic!("{url} still holds messages after {PATIENCE:?}");
    }

    async fn send_to(&self, url: &str, body: &str) {
        self.sqs().send_message().queue_url(url).message_body(body).send().await.expect("the queue takes a message");
    }
}

/// What the outputs of a stage's queues begin with.
fn queue(stage: Stage) -> &'static str {
    match stage {
        Stage::CloneDetect => "CloneDetect",
        Stage::Deploy => "Deploy",
        Stage::Monitor => "Monitor",
        Stage::Fix => "Fixer",
        Stage::SanityTest => "SanityTester",
        Stage::Workflow | Stage::Done => panic!("nothing is sent to a session that has ended"),
    }
}

/// The logical id of a stage's function.
fn function(stage: Stage) -> &'static str {
    match stage {
        Stage::CloneDetect => "DeployerCloneDetect",
        Stage::Deploy => "DeployerDeploy",
        Stage::Monitor => "DeployerMonitor",
        Stage::Fix => "FixerLambda",
        Stage::SanityTest => "SanityTesterLambda",
        Stage::Workflow | Stage::Done => panic!("nothing works on a session that has ended"),
    }
}

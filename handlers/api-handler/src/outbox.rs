//! From a session's outbox to the queue or the workflow that its message is for.

use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use drydock_contract::env::ApiHandlerEnv;
use drydock_contract::{Session, Stage};
use drydock_runtime::Queues;
use drydock_store::Store;
use serde_json::json;
use std::error::Error;

/// Sends what stands in outboxes.
#[derive(Clone, Debug)]
pub struct Sender {
    queues: Queues,
    workflow: aws_sdk_sfn::Client,
    workflow_arn: String,
}

/// The message is still in the outbox.
#[derive(Debug, thiserror::Error)]
#[error("cannot send the message for stage {stage}: {cause}")]
pub struct NotSent {
    stage: Stage,
    cause: String,
}

impl Sender {
    /// Sends to the queues and the workflow that the environment names.
    pub fn new(sqs: aws_sdk_sqs::Client, sfn: aws_sdk_sfn::Client, env: &ApiHandlerEnv) -> Self {
        Self {
            queues: Queues::new(sqs, queue_urls(env)),
            workflow: sfn,
            workflow_arn: env.sdlc_state_machine_arn.clone(),
        }
    }

    /// Sends the message in the head's outbox and clears it. `Ok(false)` if there is none, or if it is another
    /// function's to send.
    ///
    /// Sent twice, a message does no harm: the stage compares it with the head, and an execution is named by its
    /// session. Cleared too early, it would be lost; so it is cleared once it is known to be sent, and a crash in
    /// between sends it again.
    ///
    /// # Errors
    /// If it could not be sent. The sweep tries again.
    pub async fn flush(&self, store: &Store, head: &Session) -> Result<bool, NotSent> {
        let Some(outbox) = &head.outbox else { return Ok(false) };
        let sent = if outbox.workflow { self.start(head).await } else { self.queues.send(outbox).await };
        let sent = sent.map_err(|cause| NotSent { stage: outbox.work.stage, cause })?;
        if sent && let Err(error) = store.outbox_sent(head).await {
            tracing::warn!(session = %head.session_id, %error, "the message is sent but still stands in the outbox");
        }
        Ok(sent)
    }

    async fn start(&self, head: &Session) -> Result<bool, String> {
        let most = head.workflow.as_ref().map(|workflow| workflow.max_fix_attempts);
        let input = json!({"sessionId": head.session_id, "maxFixAttempts": most});
        let start = self
            .workflow
            .start_execution()
            .state_machine_arn(&self.workflow_arn)
            .name(head.session_id.as_str())
            .input(input.to_string());
        match start.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                // Started before and ended since: that was this message.
                Some(StartExecutionError::ExecutionAlreadyExists(_)) => Ok(true),
                _ => Err(causes(&error)),
            },
        }
    }
}

/// The queues that sessions begin with. Later stages send to each other.
fn queue_urls(env: &ApiHandlerEnv) -> [(Stage, String); 3] {
    [
        (Stage::CloneDetect, env.clone_detect_queue_url.clone()),
        (Stage::Fix, env.fixer_queue_url.clone()),
        (Stage::SanityTest, env.sanity_tester_queue_url.clone()),
    ]
}

/// An SDK error says what happened only in its causes.
fn causes(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_first_stage_has_its_queue() {
        let env = ApiHandlerEnv::read(|name| Some(name.to_owned())).unwrap();
        let expected = [
            (Stage::CloneDetect, "CLONE_DETECT_QUEUE_URL".to_owned()),
            (Stage::Fix, "FIXER_QUEUE_URL".to_owned()),
            (Stage::SanityTest, "SANITY_TESTER_QUEUE_URL".to_owned()),
        ];
        assert_eq!(queue_urls(&env), expected);
    }
}

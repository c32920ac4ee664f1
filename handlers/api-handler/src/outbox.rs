//! From a session's outbox to the queue or the workflow that its message is for.

use crate::executions::Executions;
use drydock_contract::env::ApiHandlerEnv;
use drydock_contract::{Session, Stage};
use drydock_runtime::Queues;
use drydock_store::Store;

/// Sends what stands in outboxes.
#[derive(Clone, Debug)]
pub struct Sender {
    queues: Queues,
    /// The SDLC workflow's.
    pub executions: Executions,
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
    pub fn new(sqs: aws_sdk_sqs::Client, executions: Executions, env: &ApiHandlerEnv) -> Self {
        Self { queues: Queues::new(sqs, queue_urls(env)), executions }
    }

    /// Sends the message in the head's outbox and clears it. `Ok(false)` if there is none.
    ///
    /// Sent twice, a message does no harm: the stage compares it with the head, and an execution is named by its
    /// session. Cleared too early, it would be lost; so it is cleared once it is known to be sent, and a crash in
    /// between sends it again.
    ///
    /// # Errors
    /// If it could not be sent. The sweep tries again.
    pub async fn flush(&self, store: &Store, head: &Session) -> Result<bool, NotSent> {
        let Some(outbox) = &head.outbox else { return Ok(false) };
        let sent = if outbox.workflow { self.executions.start(head).await } else { self.queues.send(outbox).await };
        let sent = sent.map_err(|cause| NotSent { stage: outbox.work.stage, cause })?;
        if sent && let Err(error) = store.outbox_sent(head).await {
            tracing::warn!(session = %head.session_id, %error, "the message is sent but still stands in the outbox");
        }
        Ok(sent)
    }
}

/// The queue of every stage: sessions begin with some of them, and the sweep sends what other functions have left.
fn queue_urls(env: &ApiHandlerEnv) -> [(Stage, String); 5] {
    [
        (Stage::CloneDetect, env.clone_detect_queue_url.clone()),
        (Stage::Deploy, env.deploy_queue_url.clone()),
        (Stage::Monitor, env.monitor_queue_url.clone()),
        (Stage::Fix, env.fixer_queue_url.clone()),
        (Stage::SanityTest, env.sanity_tester_queue_url.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_queue() {
        let env = ApiHandlerEnv::read(|name| Some(name.to_owned())).unwrap();
        let expected = [
            (Stage::CloneDetect, "CLONE_DETECT_QUEUE_URL".to_owned()),
            (Stage::Deploy, "DEPLOY_QUEUE_URL".to_owned()),
            (Stage::Monitor, "MONITOR_QUEUE_URL".to_owned()),
            (Stage::Fix, "FIXER_QUEUE_URL".to_owned()),
            (Stage::SanityTest, "SANITY_TESTER_QUEUE_URL".to_owned()),
        ];
        assert_eq!(queue_urls(&env), expected);
    }
}

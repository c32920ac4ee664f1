//! What lies in the dead-letter queues, read without taking it out.

use aws_sdk_sqs::Client;
use drydock_aws::explain;
use drydock_contract::Stage;
use drydock_contract::env::ApiHandlerEnv;
use drydock_contract::message::Work;
use futures_util::future::join_all;
use std::collections::HashSet;

/// Seconds for which a message that was looked at is hidden from others: an operator who looks at the same moment
/// finds it right after.
const HIDDEN: i32 = 2;

/// Messages of one queue that are read at a time: ten for each of these. Where more lie there than that, nobody can say
/// which ones SQS gives out; a session whose letter is not among them ends once it has stood still for two hours, and can
/// be given back its letter all the same.
const READS: usize = 10;

/// The dead-letter queues, by the stage whose messages end there.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
    urls: [(Stage, String); 5],
}

impl DeadLetters {
    /// The queues that the environment names.
    pub fn new(client: Client, env: &ApiHandlerEnv) -> Self {
        let urls = [
            (Stage::CloneDetect, env.clone_detect_dlq_url.clone()),
            (Stage::Deploy, env.deploy_dlq_url.clone()),
            (Stage::Monitor, env.monitor_dlq_url.clone()),
            (Stage::Fix, env.fixer_dlq_url.clone()),
            (Stage::SanityTest, env.sanity_tester_dlq_url.clone()),
        ];
        Self { client, urls }
    }

    /// Every message that is work of ours, each once. What cannot be read is said, and looked for again by the next
    /// sweep; what is no work message belongs to no session.
    pub async fn peek(&self) -> (Vec<Work>, Vec<String>) {
        let found = join_all(self.urls.iter().map(|(stage, url)| self.peek_into(*stage, url))).await;
        let (mut letters, mut errors) = (Vec::new(), Vec::new());
        for (read, error) in found {
            letters.extend(read);
            errors.extend(error);
        }
        (letters, errors)
    }

    async fn peek_into(&self, stage: Stage, url: &str) -> (Vec<Work>, Option<String>) {
        let mut seen = HashSet::new();
        let mut letters = Vec::new();
        for _ in 0..READS {
            let receive = self.client.receive_message().queue_url(url).max_number_of_messages(10);
            let answer = match receive.visibility_timeout(HIDDEN).wait_time_seconds(0).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    let text = format!("cannot look into the dead-letter queue of stage {stage}: {}", explain(&error));
                    return (letters, Some(text));
                }
            };
            let new = answer.messages.unwrap_or_default().into_iter();
            let new: Vec<_> = new.filter(|message| seen.insert(message.message_id.clone())).collect();
            if new.is_empty() {
                break;
            }
            letters.extend(new.iter().filter_map(|message| Work::parse(message.body.as_deref()?, stage).ok()));
        }
        (letters, None)
    }
}

//! The messages of a dead-letter queue, held while they are looked at.

use super::Queue;
use crate::cloud::error::Explain;
use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use drydock_contract::message::Work;
use drydock_contract::{Session, SessionId};
use drydock_store::{Replay, Store};
use jiff::Timestamp;
use std::collections::HashSet;

/// How long a message stays hidden from others: long enough to look at it, and if we die it is back soon. That somebody
/// else gets it while it is still being sent does no harm.
const HOLD_SECONDS: i32 = 30;
/// The most that are looked at in one go; what is left comes with the next call.
const MOST: usize = 1_000;
/// SQS's own limit.
const BATCH: usize = 10;

/// A message.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The queue's name for it.
    pub id: String,
    /// The text.
    pub body: String,
    /// Needed to delete it or to let it go.
    pub receipt: String,
    /// When it was first sent.
    pub sent: Option<Timestamp>,
    /// What it means to its session.
    pub verdict: Verdict,
}

/// What a replay of a message would do.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Its session was ended because of it and would go on.
    Parked(Work),
    /// Its session waits for it and would go on.
    Waits(Work),
    /// Nothing: its session is past it.
    Past(Work, Box<Session>),
    /// Nothing: there is no such session.
    Unknown(Work),
    /// It would come back: no handler can read it.
    Poison(String),
    /// Nothing: it is an event about the execution of this session.
    Event(Option<SessionId>),
}

impl Verdict {
    /// What it is to be sent as, if that helps.
    pub const fn work(&self) -> Option<&Work> {
        match self {
            Self::Parked(work) | Self::Waits(work) => Some(work),
            Self::Past(..) | Self::Unknown(_) | Self::Poison(_) | Self::Event(_) => None,
        }
    }

    /// Whose message it is, if it is one.
    pub const fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Parked(work) | Self::Waits(work) | Self::Past(work, _) | Self::Unknown(work) => {
                Some(&work.session_id)
            }
            Self::Event(session) => session.as_ref(),
            Self::Poison(_) => None,
        }
    }

    /// What a replay would do, for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::Parked(_) => "resumes the session, which was ended because of it".to_owned(),
            Self::Waits(_) => "resumes the session, which waits for it".to_owned(),
            Self::Past(_, session) if session.status.is_terminal() => {
                let how = session.error.as_ref().map_or_else(String::new, |error| format!(" ({})", error.code));
                format!("leaves it: the session is over already: {}{how}", session.status)
            }
            Self::Past(_, session) => format!("leaves it: the session is past it, in stage {}", session.stage),
            Self::Unknown(_) => "leaves it: there is no such session".to_owned(),
            Self::Poison(reason) => format!("leaves it: {reason}"),
            Self::Event(_) => "leaves it: the sweep ends the session of an execution that is over".to_owned(),
        }
    }
}

/// Messages that nobody else receives for a while.
pub struct Letters<'a> {
    sqs: &'a Client,
    queue: &'a Queue,
    /// The messages, oldest first.
    pub all: Vec<Letter>,
}

impl<'a> Letters<'a> {
    /// Receives what lies in the dead-letter queue of `queue` and judges each message.
    ///
    /// # Errors
    /// If the queue or the table cannot be read.
    pub async fn hold(sqs: &'a Client, store: &Store, queue: &'a Queue) -> Result<Self> {
        let mut letters = Self { sqs, queue, all: Vec::new() };
        match letters.receive(store).await {
            Ok(()) => Ok(letters),
            Err(error) => {
                letters.release().await;
                Err(error)
            }
        }
    }

    async fn receive(&mut self, store: &Store) -> Result<()> {
        let mut seen = HashSet::new();
        while self.all.len() < MOST {
            let request = self
                .sqs
                .receive_message()
                .queue_url(&self.queue.dead_url)
                .max_number_of_messages(BATCH as i32)
                .visibility_timeout(HOLD_SECONDS)
                // Without waiting, SQS asks some of its servers only.
                .wait_time_seconds(1)
                .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
            let answer = request
                .send()
                .await
                .map_err(|error| error.explain(&format!("cannot read the {} dead-letter queue", self.queue.name)))?;
            let messages = answer.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let letter = letter(message);
                if seen.insert(letter.id.clone()) {
                    self.all.push(letter);
                }
            }
        }
        for letter in &mut self.all {
            letter.verdict = judge(store, self.queue, &letter.body).await?;
        }
        self.all.sort_by_key(|letter| letter.sent);
        Ok(())
    }

    /// Messages that cannot be seen, if none can: somebody else looks at them just now.
    ///
    /// # Errors
    /// If the queue cannot be asked.
    pub async fn hidden(&self) -> Result<u64> {
        if !self.all.is_empty() {
            return Ok(0);
        }
        self.count(&[QueueAttributeName::ApproximateNumberOfMessagesNotVisible]).await
    }

    /// True if these are all that lie in the queue, as far as SQS can tell: those that somebody else holds count, and
    /// what comes later cannot.
    ///
    /// # Errors
    /// If the queue cannot be asked.
    pub async fn are_all(&self) -> Result<bool> {
        let (seen, held) = (
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        );
        Ok(self.all.len() < MOST && self.count(&[seen, held]).await? == self.all.len() as u64)
    }

    /// The sum of these numbers of the queue.
    async fn count(&self, names: &[QueueAttributeName]) -> Result<u64> {
        let request = self.sqs.get_queue_attributes().queue_url(&self.queue.dead_url);
        let answer = request
            .set_attribute_names(Some(names.to_vec()))
            .send()
            .await
            .map_err(|error| error.explain(&format!("cannot look at the {} dead-letter queue", self.queue.name)))?;
        let all = answer.attributes.unwrap_or_default();
        Ok(names.iter().filter_map(|name| all.get(name)?.parse::<u64>().ok()).sum())
    }

    /// Lets others receive all of them but those that are gone. Best effort: without it they are back in a while.
    pub async fn release(&self) {
        for batch in self.all.chunks(BATCH) {
            let entries = batch.iter().enumerate().filter_map(|(at, letter)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(at.to_string())
                    .receipt_handle(&letter.receipt)
                    .visibility_timeout(0)
                    .build()
                    .ok()
            });
            let request = self.sqs.change_message_visibility_batch().queue_url(&self.queue.dead_url);
            if let Err(error) = request.set_entries(Some(entries.collect())).send().await {
                tracing::debug!(%error, "messages stay hidden for a while");
            }
        }
    }
}

fn letter(message: Message) -> Letter {
    let sent = message
        .attributes
        .as_ref()
        .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
        .and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
    Letter {
        id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        sent,
        verdict: Verdict::Poison("not judged".to_owned()),
    }
}

/// The session of the execution that an event of Step Functions is about: it has the session's id as its name.
fn session_of(event: &str) -> Option<SessionId> {
    let event: serde_json::Value = serde_json::from_str(event).ok()?;
    SessionId::parse(event["detail"]["name"].as_str()?).ok()
}

async fn judge(store: &Store, queue: &Queue, body: &str) -> Result<Verdict> {
    let Some(stage) = queue.name.stage() else { return Ok(Verdict::Event(session_of(body))) };
    let work = match Work::parse(body, stage) {
        Ok(work) => work,
        Err(error) => return Ok(Verdict::Poison(error.to_string())),
    };
    Ok(match store.replay_of(&work).await? {
        Replay::Parked(_) => Verdict::Parked(work),
        Replay::Waits(_) => Verdict::Waits(work),
        Replay::Past(session) => Verdict::Past(work, Box::new(session)),
        Replay::Unknown => Verdict::Unknown(work),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_about_an_execution_names_its_session() {
        let id = "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
        let event = format!(r#"{{"source": "aws.states", "detail": {{"name": "{id}", "status": "ABORTED"}}}}"#);
        assert_eq!(session_of(&event).map(|session| session.to_string()).as_deref(), Some(id));
        assert_eq!(session_of("{}"), None);
        assert_eq!(session_of("no JSON"), None);
    }
}

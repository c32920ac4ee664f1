//! Giving dead letters back to the queue that they came from.
//!
//! In this order, so that nothing is lost wherever it stops: first the session is taken up again, with the message in
//! its outbox; then the message is sent; then it is deleted from the dead-letter queue. A message that is sent and not
//! deleted is left where it is by the next replay, because its session is past it then, and says so.

use super::letters::{Letter, Letters, Verdict};
use super::move_task::{Moved, move_all};
use super::{Queue, QueueName};
use crate::cloud::error::Explain;
use crate::printer::Printer;
use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use drydock_contract::SessionId;
use drydock_contract::message::Work;
use drydock_store::{Replay, Store};

/// Replays dead letters.
pub struct Replayer<'a> {
    /// The queues.
    pub sqs: &'a Client,
    /// The sessions.
    pub store: &'a Store,
    /// Where output goes.
    pub printer: &'a Printer,
}

/// What became of the messages of a queue.
#[derive(Debug)]
pub struct Report {
    /// The queue.
    pub queue: QueueName,
    /// Back where they came from.
    pub replayed: Vec<Work>,
    /// Still dead letters, because a replay would not help.
    pub left: Vec<Letter>,
}

impl Replayer<'_> {
    /// Replays every message of a queue that helps its session, or only those of one session.
    ///
    /// # Errors
    /// If a queue or the table cannot be used. What was not replayed by then is where it was.
    pub async fn replay(&self, queue: &Queue, only: Option<&SessionId>) -> Result<Report> {
        let letters = Letters::hold(self.sqs, self.store, queue).await?;
        warn_of_hidden(self.printer, queue, &letters).await?;
        let result = self.replay_held(queue, &letters, only).await;
        letters.release().await;
        result
    }

    async fn replay_held(&self, queue: &Queue, letters: &Letters<'_>, only: Option<&SessionId>) -> Result<Report> {
        let wanted = |letter: &&Letter| only.is_none() || letter.verdict.session() == only;
        let (good, left): (Vec<&Letter>, Vec<&Letter>) =
            letters.all.iter().filter(wanted).partition(|letter| letter.verdict.work().is_some());
        let mut report = Report { queue: queue.name, replayed: Vec::new(), left: left.into_iter().cloned().collect() };
        if good.is_empty() {
            return Ok(report);
        }
        // SQS's own task takes all or nothing; what a replay does not help stays where it is.
        let all = good.len() == letters.all.len();
        if all && self.by_task(queue, letters, &good).await? {
            report.replayed = good.iter().filter_map(|letter| letter.verdict.work().cloned()).collect();
            return Ok(report);
        }
        for letter in good {
            match self.one(queue, letter).await? {
                Some(work) => report.replayed.push(work),
                None => report.left.push(letter.clone()),
            }
        }
        Ok(report)
    }

    /// True if SQS has moved them.
    async fn by_task(&self, queue: &Queue, letters: &Letters<'_>, good: &[&Letter]) -> Result<bool> {
        for work in good.iter().filter_map(|letter| letter.verdict.work()) {
            self.reopen(work).await?;
        }
        letters.release().await;
        match move_all(self.sqs, &queue.dead_url, None).await? {
            Moved::Unsupported => {
                self.printer.detail("            no message move tasks here; sending them one by one");
                Ok(false)
            }
            // Those that are back by then are taken for what they are when their sessions are looked at again.
            Moved::Cut(reason) => {
                self.printer.warning(format_args!(
                    "{}: SQS moves its messages no further ({reason}); sending what is left one by one",
                    queue.name
                ));
                Ok(false)
            }
            Moved::All(count) => {
                self.printer.detail(format_args!("            SQS has moved {count} messages"));
                Ok(true)
            }
        }
    }

    /// Replays one message; `None` if its session is past it by now.
    async fn one(&self, queue: &Queue, letter: &Letter) -> Result<Option<Work>> {
        let Some(work) = letter.verdict.work() else { return Ok(None) };
        let session = match self.reopen(work).await? {
            Replay::Parked(session) | Replay::Waits(session) => session,
            Replay::Past(_) | Replay::Unknown => return Ok(None),
        };
        let sent = self.sqs.send_message().queue_url(&queue.url).message_body(&letter.body).send().await;
        sent.map_err(|error| error.explain(&format!("cannot send to the {} queue", queue.name)))?;
        if session.outbox.as_ref().is_some_and(|outbox| outbox.work == *work) {
            self.store.outbox_sent(&session).await.context("the message was sent, but that cannot be noted")?;
        }
        let delete = self.sqs.delete_message().queue_url(&queue.dead_url).receipt_handle(&letter.receipt);
        delete.send().await.map_err(|error| {
            error.explain(&format!("the message was sent, but stays in the {} dead-letter queue", queue.name))
        })?;
        Ok(Some(work.clone()))
    }

    async fn reopen(&self, work: &Work) -> Result<Replay> {
        let replay = self.store.reopen(work).await.context("cannot take the session up again")?;
        if let Replay::Parked(session) = &replay {
            let text =
                format!("taken up again by an operator: the message for the {} stage is sent once more", work.stage);
            let key = format!("reopened-{}", session.version);
            let logged = self.store.log_once(&work.session_id, work.stage, &session.updated_at, &key, &text).await;
            logged.context("cannot write to the session's log")?;
        }
        Ok(replay)
    }
}

/// Says why nothing is found where something is.
pub async fn warn_of_hidden(printer: &Printer, queue: &Queue, letters: &Letters<'_>) -> Result<()> {
    let hidden = letters.hidden().await?;
    if hidden > 0 {
        printer.warning(format_args!(
            "{}: {hidden} messages are hidden, because somebody looked at them or replayed them less than a minute ago; try again soon",
            queue.name
        ));
    }
    Ok(())
}

impl Report {
    /// Why the messages that are left are left.
    pub fn reasons(&self) -> impl Iterator<Item = (&Letter, String)> {
        self.left.iter().map(|letter| {
            let reason = match &letter.verdict {
                // It has moved since it was looked at.
                Verdict::Parked(_) | Verdict::Waits(_) => "leaves it: the session is past it by now".to_owned(),
                verdict => verdict.sentence(),
            };
            (letter, reason)
        })
    }
}

//! Giving dead letters back to the queue that they came from.
//!
//! In this order, so that nothing is lost wherever it stops: first the session is taken up again, with the message in
//! its outbox; then the message is sent; then it is deleted from the dead-letter queue. A message that is sent and not
//! deleted is left where it is by the next replay, because its session is past it then, and says so.
//!
//! SQS can move a whole queue by itself, in one task. It asks nobody about a message, and one whose session was not taken
//! up before is dropped by the handler that gets it. So that way is taken only if every message was looked at and helps,
//! and there are no others; whoever was parked since is taken up afterwards, because its message may have gone along.

use super::letters::{Letter, Letters, Verdict};
use super::move_task::{Moved, move_all};
use super::{Queue, QueueName};
use crate::cloud::error::Explain;
use crate::printer::Printer;
use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use drydock_contract::message::Work;
use drydock_contract::{Session, SessionId, Stage, Status};
use drydock_store::{ListQuery, Replay, Store};
use jiff::{SignedDuration, Timestamp};

/// How long before its message lies in the dead-letter queue a session may have been parked, and how late SQS counts it.
const LATE: SignedDuration = SignedDuration::from_mins(5);
/// Sessions in one question.
const PAGE: usize = 100;

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
        let whole = only.is_none() && good.len() == letters.all.len() && letters.are_all().await?;
        if whole {
            let held: Vec<Work> = good.iter().filter_map(|letter| letter.verdict.work().cloned()).collect();
            let (moved, late) = self.by_task(queue, letters, &held).await?;
            report.replayed = late;
            if moved {
                report.replayed.splice(0..0, held);
                return Ok(report);
            }
        }
        for letter in good {
            match self.one(queue, letter).await? {
                Some(work) => report.replayed.push(work),
                None => report.left.push(letter.clone()),
            }
        }
        Ok(report)
    }

    /// Has SQS move them all. True if it has, and the work of those that came too late to be looked at.
    async fn by_task(&self, queue: &Queue, letters: &Letters<'_>, held: &[Work]) -> Result<(bool, Vec<Work>)> {
        let since = Timestamp::now() - LATE;
        for work in held {
            self.reopen(work).await?;
        }
        letters.release().await;
        let moved = move_all(self.sqs, &queue.dead_url, None).await;
        if let Ok(Moved::Unsupported) = &moved {
            self.printer.detail("            no message move tasks here; sending them one by one");
            return Ok((false, Vec::new()));
        }
        // What SQS counts is all that it moved. Whoever was parked since, and is not among it, lies there, or was purged.
        if let Ok(Moved::All(count)) = &moved
            && usize::try_from(*count).is_ok_and(|count| count <= held.len())
        {
            self.printer.detail(format_args!("            SQS has moved {count} messages"));
            return Ok((true, Vec::new()));
        }
        // Also after an error: what SQS has begun goes on without us.
        let late = self.late(queue, since, held).await?;
        match moved? {
            // Those that are back by then are taken for what they are when their sessions are looked at again.
            Moved::Cut(reason) => self.printer.warning(format_args!(
                "{}: SQS moves its messages no further ({reason}); sending what is left one by one",
                queue.name
            )),
            Moved::Unsupported => {}
            Moved::All(count) => {
                self.printer.detail(format_args!("            SQS has moved {count} messages"));
                return Ok((true, late));
            }
        }
        Ok((false, late))
    }

    /// Takes up the sessions that were parked at this queue's stage since then and whose messages were not looked at:
    /// SQS may have moved those, too, and then a handler has dropped them. A message that was not moved finds its
    /// session past it.
    async fn late(&self, queue: &Queue, since: Timestamp, held: &[Work]) -> Result<Vec<Work>> {
        let Some(stage) = queue.name.stage() else { return Ok(Vec::new()) };
        let since = format!("{since:.3}");
        let mut found = Vec::new();
        let mut query = ListQuery { status: Some(Status::Failed), limit: PAGE, cursor: None };
        loop {
            let page = self.store.list(&query).await.context("cannot look for sessions that were parked meanwhile")?;
            let recent = page.sessions.iter().take_while(|session| session.updated_at >= since);
            let recent: Vec<&Session> = recent.collect();
            let more = recent.len() == page.sessions.len();
            found.extend(recent.into_iter().filter(|session| is_parked(session, stage)).map(|session| Work {
                look: session.look,
                ..Work::new(session.session_id.clone(), stage, session.attempt)
            }));
            query.cursor = page.next_cursor.filter(|_| more);
            if query.cursor.is_none() {
                break;
            }
        }
        let mut taken = Vec::new();
        for work in found.into_iter().filter(|work| held.iter().all(|known| known.session_id != work.session_id)) {
            if let Replay::Parked(session) = self.reopen(&work).await? {
                self.send(queue, &work.to_body(), &work, &session).await?;
                taken.push(work);
            }
        }
        Ok(taken)
    }

    /// Sends a message whose session has been taken up.
    async fn send(&self, queue: &Queue, body: &str, work: &Work, session: &Session) -> Result<()> {
        let sent = self.sqs.send_message().queue_url(&queue.url).message_body(body).send().await;
        sent.map_err(|error| error.explain(&format!("cannot send to the {} queue", queue.name)))?;
        if session.outbox.as_ref().is_some_and(|outbox| outbox.work == *work) {
            self.store.outbox_sent(session).await.context("the message was sent, but that cannot be noted")?;
        }
        Ok(())
    }

    /// Replays one message; `None` if its session is past it by now.
    async fn one(&self, queue: &Queue, letter: &Letter) -> Result<Option<Work>> {
        let Some(work) = letter.verdict.work() else { return Ok(None) };
        let session = match self.reopen(work).await? {
            Replay::Parked(session) | Replay::Waits(session) => session,
            Replay::Past(_) | Replay::Unknown => return Ok(None),
        };
        self.send(queue, &letter.body, work, &session).await?;
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

/// True if the session was ended for want of a message of this stage.
fn is_parked(session: &Session, stage: Stage) -> bool {
    session.error.as_ref().is_some_and(|error| error.replayable && error.stage == stage)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{Recorded, answer};
    use serde_json::{Value, json};

    const STAGE: Stage = Stage::CloneDetect;

    fn id(number: u32) -> SessionId {
        SessionId::parse(&format!("0b0f1a52-7a3c-4a55-9a43-{number:012}")).unwrap()
    }

    fn now() -> String {
        format!("{:.3}", Timestamp::now())
    }

    /// A session that was parked at that time, as DynamoDB has it.
    fn parked(number: u32, at: &str) -> Value {
        let error = json!({"code": "parked", "message": "m", "stage": STAGE, "replayable": true});
        attribute(&json!({
            "sessionId": id(number), "kind": "deploy", "status": "failed", "stage": "done", "attempt": 1, "look": 1,
            "version": 9, "createdAt": at, "updatedAt": at, "repository": "r", "branch": "b", "message": "m",
            "request": {}, "error": error,
        }))["M"]
            .clone()
    }

    fn attribute(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields: serde_json::Map<_, _> =
                    fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
                json!({"M": fields})
            }
            Value::Number(number) => json!({"N": number.to_string()}),
            Value::Bool(truth) => json!({"BOOL": truth}),
            other => json!({"S": other}),
        }
    }

    /// A dead-letter queue in which session 1's message lies among so many.
    fn queue_of(messages: u32) -> Vec<(&'static str, Vec<(u16, Value)>)> {
        let body = Work::new(id(1), STAGE, 1).to_body();
        let message = json!({"MessageId": "m", "ReceiptHandle": "r", "Body": body});
        let arn = "arn:aws:sqs:us-east-1:000000000000:drydock-clone-detect-dlq";
        let count = json!({
            "QueueArn": arn, "ApproximateNumberOfMessages": (messages - 1).to_string(),
            "ApproximateNumberOfMessagesNotVisible": "1",
        });
        let task = moved(2);
        vec![
            ("ReceiveMessage", vec![answer(json!({"Messages": [message]})), answer(json!({}))]),
            ("GetQueueAttributes", vec![answer(json!({"Attributes": count}))]),
            ("ListMessageMoveTasks", vec![answer(task)]),
            ("GetItem", vec![answer(json!({"Item": parked(1, &now())}))]),
        ]
    }

    /// The end of a task that has moved so many.
    fn moved(count: u32) -> Value {
        let arn = "arn:aws:sqs:us-east-1:000000000000:drydock-clone-detect-dlq";
        json!({"Results": [{"Status": "COMPLETED", "SourceArn": arn, "ApproximateNumberOfMessagesMoved": count}]})
    }

    async fn replay(answers: Vec<(&'static str, Vec<(u16, Value)>)>) -> (Report, Vec<String>) {
        let recorded = Recorded::by_operation(answers).await;
        let aws = recorded.aws().await;
        let (sqs, printer) = (aws.sqs(), Printer::new(true, false, true));
        let store = Store::new(aws_sdk_dynamodb::Client::new(aws.config()), "table");
        let url = |suffix: &str| format!("https://sqs/000000000000/drydock-clone-detect{suffix}");
        let queue = Queue { name: QueueName::CloneDetect, url: url(""), dead_url: url("-dlq") };
        let report = Replayer { sqs: &sqs, store: &store, printer: &printer }.replay(&queue, None).await.unwrap();
        (report, recorded.operations())
    }

    fn sessions(report: &Report) -> Vec<SessionId> {
        report.replayed.iter().map(|work| work.session_id.clone()).collect()
    }

    #[tokio::test]
    async fn sqs_moves_no_queue_in_which_there_is_what_nobody_has_looked_at() {
        let (report, asked) = replay(queue_of(2)).await;
        assert_eq!(sessions(&report), [id(1)]);
        let sent: Vec<&str> = asked.iter().map(String::as_str).filter(|it| it.contains("Message")).collect();
        let one_by_one =
            ["ReceiveMessage", "ReceiveMessage", "SendMessage", "DeleteMessage", "ChangeMessageVisibilityBatch"];
        assert_eq!(sent, one_by_one);
    }

    #[tokio::test]
    async fn whoever_is_parked_while_sqs_moves_a_queue_is_taken_up_afterwards() {
        let long_ago = "2026-01-01T00:00:00.000Z";
        let mut answers = queue_of(1);
        let failed = [parked(2, &now()), parked(1, &now()), parked(3, long_ago)];
        answers.push(("Query", vec![answer(json!({"Items": failed}))]));
        answers.retain(|(operation, _)| *operation != "GetItem");
        let head = |number: u32| answer(json!({"Item": parked(number, &now())}));
        // Session 1's is judged and taken up, then session 2's is taken up.
        answers.push(("GetItem", vec![head(1), head(1), head(2)]));
        let (report, asked) = replay(answers).await;
        assert_eq!(sessions(&report), [id(1), id(2)]);
        assert_eq!(asked.iter().filter(|it| *it == "StartMessageMoveTask").count(), 1, "{asked:?}");
        let sent: Vec<&String> = asked.iter().filter(|it| *it == "SendMessage" || *it == "DeleteMessage").collect();
        assert_eq!(sent, ["SendMessage"], "only the late one's: {asked:?}");
    }

    #[tokio::test]
    async fn whose_message_was_purged_before_is_not_taken_up_with_the_rest() {
        let mut answers = queue_of(1);
        answers.retain(|(operation, _)| *operation != "ListMessageMoveTasks");
        answers.push(("ListMessageMoveTasks", vec![answer(moved(1))]));
        answers.push(("Query", vec![answer(json!({"Items": [parked(2, &now())]}))]));
        let (report, asked) = replay(answers).await;
        assert_eq!(sessions(&report), [id(1)]);
        assert!(!asked.iter().any(|it| it == "Query" || it == "SendMessage"), "{asked:?}");
    }
}

//! The five queues, each with a dead-letter queue of its own, and one for events that could not be delivered.

use super::named;
use crate::Stack;
use crate::resource::{Queue, QueueHandle, QueueName, QueuePolicy, Redrive, RedriveAllow};
use crate::units::{Seconds, minutes};
use drydock_contract::message::MAX_RECEIVE_COUNT;

/// Long enough to find out what is wrong and to replay.
const DEAD_LETTERS_ARE_KEPT: Seconds = Seconds::days(14);

/// How long a dead letter is hidden from others while somebody looks at it.
const INSPECTION: u32 = 30;

/// A queue for work, and where its failures go.
pub(super) struct WorkQueue<'s, const VISIBILITY: u32> {
    /// For work.
    pub queue: QueueHandle<'s, VISIBILITY>,
    /// For what failed three times.
    pub dead_letters: QueueHandle<'s, INSPECTION>,
}

/// The queues. Each hides a message as long as its function may take.
pub(super) struct Queues<'s> {
    pub clone_detect: WorkQueue<'s, { minutes(5) }>,
    pub deploy: WorkQueue<'s, { minutes(10) }>,
    pub monitor: WorkQueue<'s, { minutes(15) }>,
    pub fixer: WorkQueue<'s, { minutes(10) }>,
    pub sanity_tester: WorkQueue<'s, { minutes(10) }>,
    /// For events about executions that nobody could be told of.
    pub executions: QueueHandle<'s, INSPECTION>,
}

pub(super) fn add<'s>(stack: &mut Stack<'s>) -> Queues<'s> {
    Queues {
        clone_detect: work_queue(stack, "CloneDetect", "clone-detect", "clone-detect-dlq"),
        deploy: work_queue(stack, "Deploy", "deploy", "deploy-dlq"),
        monitor: work_queue(stack, "Monitor", "monitor", "monitor-dlq"),
        fixer: work_queue(stack, "Fixer", "fixer", "fixer-dlq"),
        sanity_tester: work_queue(stack, "SanityTester", "sanity-tester", "sanity-tester-dlq"),
        executions: lost_events(stack, "Executions", "executions-dlq"),
    }
}

impl<'s> Queues<'s> {
    /// Every dead-letter queue of work, with the word for its queue.
    pub fn dead_letters(&self) -> [(&'static str, &QueueHandle<'s, INSPECTION>); 5] {
        [
            ("CloneDetect", &self.clone_detect.dead_letters),
            ("Deploy", &self.deploy.dead_letters),
            ("Monitor", &self.monitor.dead_letters),
            ("Fixer", &self.fixer.dead_letters),
            ("SanityTester", &self.sanity_tester.dead_letters),
        ]
    }
}

/// A queue that only services put something in. Who may is said where the service is told to.
fn lost_events<'s>(stack: &mut Stack<'s>, id: &str, name: &'static str) -> QueueHandle<'s, INSPECTION> {
    let queue = stack.add(
        &format!("{id}Dlq"),
        Queue {
            queue_name: Some(QueueName::new(named(name))),
            message_retention_period: Some(DEAD_LETTERS_ARE_KEPT),
            redrive_allow_policy: Some(RedriveAllow::nobody()),
            sqs_managed_sse_enabled: Some(true),
            ..Default::default()
        },
    );
    stack.output(&format!("{id}DlqUrl"), "URL of the dead-letter queue", queue.url());
    queue
}

fn work_queue<'s, const VISIBILITY: u32>(
    stack: &mut Stack<'s>,
    id: &str,
    name: &'static str,
    dead_letter_name: &'static str,
) -> WorkQueue<'s, VISIBILITY> {
    let name = QueueName::new(named(name));
    let dead_letters = stack.add(
        &format!("{id}Dlq"),
        Queue {
            queue_name: Some(QueueName::new(named(dead_letter_name))),
            message_retention_period: Some(DEAD_LETTERS_ARE_KEPT),
            redrive_allow_policy: Some(RedriveAllow::only(&name)),
            sqs_managed_sse_enabled: Some(true),
            ..Default::default()
        },
    );
    let queue = stack.add(
        &format!("{id}Queue"),
        Queue {
            queue_name: Some(name),
            redrive_policy: Some(Redrive::to(&dead_letters, MAX_RECEIVE_COUNT)),
            sqs_managed_sse_enabled: Some(true),
            ..Default::default()
        },
    );
    stack.add(&format!("{id}QueuePolicy"), QueuePolicy::tls_only(&queue));
    stack.add(&format!("{id}DlqPolicy"), QueuePolicy::tls_only(&dead_letters));
    stack.output(&format!("{id}QueueUrl"), "URL of the queue", queue.url());
    stack.output(&format!("{id}DlqUrl"), "URL of its dead-letter queue", dead_letters.url());
    WorkQueue { queue, dead_letters }
}

//! Everything that a step can depend on: sessions, their messages, who works on them, and what leads them.

use crate::deploy::{Made, Point, Record};
use crate::order::{is_behind, may_find_something};
use crate::outside::reopens;
use crate::scope::Scope;
use drydock_contract::message::Work;
use drydock_contract::transition::{Due, Ended, Holder, Position, first_stage};
use drydock_contract::{SessionId, SessionKind, Stage, Status};
use std::sync::LazyLock;

/// Sessions that aim at one stack, and who may work on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// Every session.
    pub lives: Vec<Life>,
    /// Who waits for the stack, by place in `lives`; the first one has it.
    pub turns: Vec<u8>,
    /// Whose operation on the stack is going on. CloudFormation knows no second one at a time.
    pub operation: Option<u8>,
    /// The stack that stands under the name. Each deployment deletes what it finds and makes it anew, as one does whose
    /// creation has failed.
    pub stack: Option<Made>,
    /// Who deployed there, or began to, at last: the one whom a request to take the stack down is to name.
    pub last: Option<u8>,
}

/// One session with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Life {
    /// What its head says.
    pub at: Position,
    /// The message that its head has decided on.
    pub outbox: Option<Letter>,
    /// The claim in its head.
    pub lease: Lease,
    /// Messages that wait in queues, in no order: a queue keeps none.
    pub queue: Vec<Message>,
    /// What lies in dead-letter queues and is not yet past.
    pub dead: Vec<Letter>,
    /// Invocations that are alive.
    pub workers: Vec<Worker>,
    /// Its workflow.
    pub execution: Execution,
    /// True once it has begun something on the stack.
    pub begun: bool,
    /// What its head says of the stack.
    pub target: Record,
    /// If it has ended for want of a message that lies in a dead-letter queue: of which stage. Only where somebody may
    /// give it back.
    pub parked: Option<Stage>,
}

/// The claim in a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lease {
    /// Nobody's.
    Free,
    /// Somebody's; whether that invocation is alive is not known to others.
    Held,
    /// It has run out.
    RunOut,
}

/// What is said to a stage, or to the workflow to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Letter {
    /// Which stage.
    pub stage: Stage,
    /// Which round; 0 for one that every session has passed.
    pub attempt: u32,
    /// Which look.
    pub look: u32,
    /// True if it starts the workflow instead of lying in a queue.
    pub workflow: bool,
}

/// A letter in a queue or in the hands of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Message {
    /// What it says.
    pub letter: Letter,
    /// How often it was received.
    pub receives: u32,
    /// True if it was given back until the lease that it met has run out.
    pub waits: bool,
}

/// One invocation with its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    /// What it was invoked with.
    pub message: Message,
    /// True if the claim in the head is its own.
    pub holds: bool,
    /// How far it has come. It can die at each of these points.
    pub phase: Phase,
}

/// The points between two writes of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Has not looked at the head yet.
    Received,
    /// Has claimed.
    Working,
    /// Has done a part of a deployment.
    Beginning(Point),
    /// Has done the work and not written anything.
    Worked(Outcome),
    /// Has written, and has to send this.
    Written(Letter),
    /// Has sent it, and has to clear the outbox of it.
    Sent(Letter),
    /// Has to delete its message.
    Done,
}

/// What came of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// This stage is next.
    Next(Stage),
    /// It ended well.
    Well,
    /// It ended with a failure that repeating does not mend.
    Badly,
    /// There was nothing to test.
    Empty,
    /// Nothing could be tested of what there is.
    Untested,
    /// It may succeed later.
    Retry,
}

/// The SDLC workflow of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Execution {
    /// The session has none.
    None,
    /// It waits in the outbox.
    NotStarted,
    /// It is about to do this.
    Running(Step),
    /// It has ended in any way.
    Over,
}

/// What the state machine does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Sends a message to this stage in this round.
    Send(Stage, u32),
    /// Looks at the head until the work that it has sent to this stage in this round has ended.
    Await(Stage, u32),
    /// Asks the analyzer whether a repair is worth trying.
    Decide(u32),
    /// Lets the analyzer write the end.
    Conclude(bool),
}

static ID: LazyLock<SessionId> =
    LazyLock::new(|| SessionId::parse("sdlc-00000000-0000-0000-0000-000000000000").expect("the form of a session id"));

impl Letter {
    /// To this stage.
    pub const fn new(stage: Stage, attempt: u32, look: u32) -> Self {
        Self { stage, attempt, look, workflow: false }
    }

    /// As the table of moves reads it. Whose it is does not matter there.
    pub fn work(self) -> Work {
        Work { look: self.look, ..Work::new(ID.clone(), self.stage, self.attempt) }
    }
}

impl Life {
    /// A session whose head has just been written.
    pub fn opened(kind: SessionKind, max_fixes: u32) -> Self {
        let stage = first_stage(kind);
        let workflow = kind == SessionKind::Sdlc;
        let at = Position {
            kind,
            status: Status::Pending,
            stage,
            attempt: 1,
            look: 0,
            checkpoint: None,
            fixes: 0,
            max_fixes: if workflow { max_fixes } else { 0 },
        };
        Self {
            at,
            outbox: Some(Letter { workflow, ..Letter::new(stage, 1, 0) }),
            lease: Lease::Free,
            queue: Vec::new(),
            dead: Vec::new(),
            workers: Vec::new(),
            execution: if workflow { Execution::NotStarted } else { Execution::None },
            begun: false,
            target: Record::None,
            parked: None,
        }
    }

    /// True once it has ended.
    pub fn is_over(&self) -> bool {
        self.at.status.is_terminal()
    }

    /// True once it has ended and nothing of it is left anywhere.
    pub fn is_at_rest(&self) -> bool {
        let led = matches!(self.execution, Execution::Running(_));
        self.is_over() && self.queue.is_empty() && self.workers.is_empty() && !led
    }

    /// True if the session waits for this letter, or would begin something with it.
    pub fn waits_for(&self, letter: Letter) -> bool {
        self.at.due(&letter.work()) != Due::Past
    }

    /// Who has the work, as this invocation sees it.
    pub fn holder(&self, worker: &Worker) -> Holder {
        match self.lease {
            _ if worker.holds => Holder::Me,
            Lease::Held => Holder::Other,
            Lease::Free | Lease::RunOut => Holder::Nobody,
        }
    }

    /// The end of the session, whoever writes it. An invocation that works on it does not know, and comes to write.
    pub fn end(&mut self, status: Status) {
        if !self.is_over() {
            self.at = self.at.ended(status);
            self.outbox = None;
        }
    }

    /// Nobody has the work any more.
    pub fn release(&mut self) {
        self.lease = Lease::Free;
        self.workers.iter_mut().for_each(|worker| worker.holds = false);
    }

    /// Brings what is the same into the same form and takes away what can have no effect any more, so that fewer worlds
    /// are to be looked at:
    /// - a queue knows no order;
    /// - messages that the session has passed are alike but for the function that reads them, which may find something
    ///   in the outbox to send, unless it can be given back to a session that has failed for want of it;
    /// - one whose reader will never find anything there will be received and dropped.
    pub fn tidy(&mut self, scope: &Scope) {
        let (at, parked) = (self.at, self.parked);
        let old = |letter: Letter| {
            let old = at.status.is_terminal() || is_behind(letter, &at);
            debug_assert!(!old || at.due(&letter.work()) == Due::Past, "{letter:?} is due at {at:?}");
            let lasts = !old || reopens(&at, parked, letter, scope).is_some();
            if lasts { letter } else { Letter::new(letter.stage, 0, 0) }
        };
        for message in &mut self.queue {
            let letter = old(message.letter);
            *message = if letter.attempt == 0 { Message::sent(letter) } else { *message };
        }
        for worker in &mut self.workers {
            let letter = old(worker.message.letter);
            if letter.attempt == 0 {
                worker.message = Message { receives: 1, ..Message::sent(letter) };
            }
            worker.phase = match worker.phase {
                // It has nothing to write any more, and looks at the outbox like one that has just come.
                Phase::Working | Phase::Worked(_) if letter.attempt == 0 && !worker.holds => Phase::Received,
                Phase::Written(letter) => Phase::Written(old(letter)),
                Phase::Sent(letter) => Phase::Sent(old(letter)),
                phase => phase,
            };
        }
        let matters = |letter: Letter| letter.attempt > 0 || may_find_something(letter.stage, &at);
        self.queue.retain(|message| matters(message.letter));
        self.workers.retain(|worker| matters(worker.message.letter) || worker.may_do_something());
        self.dead.retain(|letter| old(*letter).attempt > 0);
        self.queue.sort_unstable();
        self.queue.dedup_by(|one, other| one == other && one.letter.attempt == 0);
        self.workers.sort_unstable();
        self.dead.sort_unstable();
        self.dead.dedup();
    }
}

impl Worker {
    /// True if it may still write or send something, whatever becomes of its message.
    fn may_do_something(&self) -> bool {
        match self.phase {
            Phase::Working | Phase::Worked(_) => self.holds,
            Phase::Beginning(_) => true,
            Phase::Written(letter) | Phase::Sent(letter) => letter.attempt > 0,
            Phase::Received | Phase::Done => false,
        }
    }
}

impl Outcome {
    /// As the table of moves has it; `None` for what ends nothing.
    pub const fn ended(self) -> Option<Ended> {
        match self {
            Self::Well => Some(Ended::Well),
            Self::Badly => Some(Ended::Badly),
            Self::Empty => Some(Ended::Empty),
            Self::Untested => Some(Ended::Untested),
            Self::Next(_) | Self::Retry => None,
        }
    }
}

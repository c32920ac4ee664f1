//! The SDLC workflow: one execution takes one session round by round through deployment, tests and repairs.
//!
//! The machine does no work. It puts messages into the workers' queues, looks at the session's head until the head
//! says how that ended, and decides what comes next. Whether a failure is worth a repair is asked of the status
//! analyzer, which also writes the outcome. Messages may come twice and executions may die: the table allows each
//! step once.
//!
//! ```text
//! Deploy ─> wait, look ─┬─> Test ─> wait, look ─┬─> Conclude: success
//!   ^                   └─> Decide <────────────┘
//!   └──── next round      Decide ─┬─> Fix ─> wait, look ─> next round
//!                                 └─> Conclude: failed
//! ```
//!
//! A failure can be caught where it happens in a task only. So all that could go wrong is evaluated in tasks;
//! choices and waits use variables that are always there. What is not caught even so ends the execution, and a rule
//! has the analyzer end the session.

use super::Place;
use super::phase::{CONCLUDE, ENDED_ELSEWHERE, NOW, Phase, again, assign, at, concluding, on_any_error, when};
use crate::integration::{Integration, lambda};
use crate::{
    Catch, Choice, Dynamic, Fail, Pass, QueryLanguage, State, StateMachine, States, Succeed, Task, Transition,
};
use drydock_contract::workflow::{Checkpoint, MAX_FIX_ATTEMPTS, TIME_LIMIT, TURN_LIMIT};
use drydock_contract::{Stage, Status};
use serde_json::{Value, json};
use std::time::Duration;

/// The analyzer has half a minute for an answer.
const ANALYZER_TIMEOUT: u32 = 60;

/// What can be set about the machine. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// How long the first look at a piece of work is waited for: what takes a moment is not held up.
    pub first_wait: u32,
    /// By how much each wait is longer than the one before; a fraction of a second counts as one.
    pub lengthening: f64,
    /// The longest wait.
    pub longest_wait: u32,
    /// How long the rounds may take, the time apart in which the session waits for its turn.
    pub time_limit: u32,
    /// How long it may wait for its turn. AWS ends the execution after both together.
    pub turn_limit: u32,
    /// How long before that the machine ends the session itself, which then says so.
    pub time_to_conclude: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        let seconds = |limit: Duration| u32::try_from(limit.as_secs()).expect("some hours");
        let (time_limit, turn_limit) = (seconds(TIME_LIMIT), seconds(TURN_LIMIT));
        Self { first_wait: 2, lengthening: 1.5, longest_wait: 15, time_limit, turn_limit, time_to_conclude: 60 }
    }
}

/// The machine. Its input is `{"sessionId": …, "maxFixAttempts": …}`, the second 0 to 3 or missing.
pub fn sdlc(parameters: &Parameters) -> StateMachine {
    let mut states = States::new();
    states.insert("Begin".to_owned(), State::Pass(begin()));
    states.extend(deployment().states(parameters));
    states.extend(tests().states(parameters));
    states.insert("Decide".to_owned(), State::Task(decide()));
    states.insert("Decision".to_owned(), State::Choice(decision()));
    states.extend(repair().states(parameters));
    states.insert(CONCLUDE.to_owned(), State::Task(conclude()));
    states.insert(ENDED_ELSEWHERE.to_owned(), State::Succeed(ended_elsewhere()));
    states.insert("NotConcluded".to_owned(), State::Fail(not_concluded()));
    StateMachine {
        comment: Some("Deploys, tests and repairs what a session asks for".to_owned()),
        query_language: Some(QueryLanguage::Jsonata),
        start_at: "Begin".to_owned(),
        timeout_seconds: Some(parameters.time_limit + parameters.turn_limit),
        states,
        ..StateMachine::default()
    }
}

fn begin() -> Pass {
    let repairs = format!(
        "{{% $type($states.input.maxFixAttempts) = 'number' ? $min([$states.input.maxFixAttempts, {MAX_FIX_ATTEMPTS}]) : {MAX_FIX_ATTEMPTS} %}}"
    );
    Pass {
        comment: Some("The first round".to_owned()),
        assign: assign([
            ("sessionId", "{% $states.input.sessionId %}".into()),
            ("repairs", repairs.into()),
            ("attempt", 1.into()),
            // When it was started, from when on its time counts, and when the head was last looked at.
            ("started", NOW.into()),
            ("begun", NOW.into()),
            ("looked", NOW.into()),
        ]),
        transition: Transition::to("Deploy"),
        ..Pass::default()
    }
}

fn deployment() -> Phase {
    Phase {
        send: "Deploy",
        wait: "WaitForDeployment",
        check: "CheckDeployment",
        outcome: "DeploymentOutcome",
        queue: Place::CloneDetectQueue,
        stage: Stage::CloneDetect,
        at_last: vec![],
        go_on: vec![at(Checkpoint::Deployed, "Test"), at(Checkpoint::DeployFailed, "Decide")],
    }
}

fn tests() -> Phase {
    Phase {
        send: "Test",
        wait: "WaitForTests",
        check: "CheckTests",
        outcome: "TestsOutcome",
        queue: Place::SanityTesterQueue,
        stage: Stage::SanityTest,
        at_last: [
            (Checkpoint::Tested, succeeded()),
            (Checkpoint::NothingToTest, succeeded()),
            // No repair mends that the tester is let in nowhere.
            (Checkpoint::Untested, failed()),
        ]
        .map(|(checkpoint, conclusion)| concluding(at(checkpoint, CONCLUDE), conclusion))
        .into(),
        go_on: vec![at(Checkpoint::TestFailed, "Decide")],
    }
}

fn repair() -> Phase {
    let next_round = at(Checkpoint::Fixed, "Deploy");
    Phase {
        send: "Fix",
        wait: "WaitForFix",
        check: "CheckFix",
        outcome: "FixOutcome",
        queue: Place::FixerQueue,
        stage: Stage::Fix,
        at_last: vec![concluding(at(Checkpoint::FixFailed, CONCLUDE), failed())],
        go_on: vec![crate::Rule { assign: assign([("attempt", "{% $attempt + 1 %}".into())]), ..next_round }],
    }
}

fn succeeded() -> Value {
    json!({"outcome": Status::Success.as_str()})
}

/// Failed for the reason that the head holds.
fn failed() -> Value {
    json!({"outcome": Status::Failed.as_str()})
}

fn decide() -> Task {
    Task {
        comment: Some("Can editing code help?".to_owned()),
        assign: assign([("decision", "{% $states.result.Payload.decision %}".into())]),
        catch: on_any_error(),
        transition: Transition::to("Decision"),
        ..ask(json!({"drydock": "decide", "sessionId": "{% $sessionId %}"}))
    }
}

fn decision() -> Choice {
    Choice {
        choices: vec![when("$decision = 'fix' and $attempt <= $repairs", "worth a repair", "Fix")],
        default: Some(CONCLUDE.to_owned()),
        assign: assign([("conclusion", failed())]),
        ..Choice::default()
    }
}

/// The last that is done. If it fails, the execution fails, and the rule for that does the same once more.
fn conclude() -> Task {
    Task {
        output: Some(Dynamic::expression("$states.result.Payload")),
        catch: vec![Catch::all("NotConcluded")],
        ..ask("{% $merge([{'drydock': 'conclude', 'sessionId': $sessionId}, $conclusion]) %}".into())
    }
}

fn ask(payload: Value) -> Task {
    let analyzer = Place::StatusAnalyzer.placeholder();
    let invoke = lambda::Invoke { function_name: analyzer.as_str().into(), payload, ..Default::default() };
    Task { timeout_seconds: Some(Dynamic::from(ANALYZER_TIMEOUT)), retry: again(), ..invoke.task() }
}

fn ended_elsewhere() -> Succeed {
    Succeed { comment: Some("Cancelled, for instance".to_owned()), ..Succeed::default() }
}

fn not_concluded() -> Fail {
    Fail {
        error: Some(Dynamic::expression("$states.input.Error")),
        cause: Some(Dynamic::expression("$states.input.Cause")),
        ..Fail::default()
    }
}

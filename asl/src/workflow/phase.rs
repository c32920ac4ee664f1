//! A phase of a round: have a worker do something, and look at the head until it says how that ended.

use super::{Parameters, Place};
use crate::integration::{Integration, dynamodb, sqs};
use crate::{Assign, Catch, Choice, Dynamic, ErrorName, Retry, Rule, State, Task, Transition, Wait, WaitFor};
use drydock_contract::{Stage, Status, message};
use serde_json::{Value, json};

/// The state that ends the session.
pub(super) const CONCLUDE: &str = "Conclude";
/// The state that an execution ends in whose session somebody else has ended.
pub(super) const ENDED_ELSEWHERE: &str = "EndedElsewhere";

/// The time, as variables hold it.
pub(super) const NOW: &str = "{% $millis() %}";

/// From when on the session's time counts: later by every wait, at the end of which it waits for its turn. The deploy
/// stage has looked whether it has come, then, and nobody is at work on it.
const SINCE: &str = "($head := $states.result.Item; $head.stage.S = 'deploy' and $number($head.look.N) > 0 and \
                     $not($exists($head.claim)) ? $begun + $millis() - $looked : $begun)";

/// SQS and DynamoDB answer within a second or are down.
const CALL_TIMEOUT: u32 = 30;

/// Four states: send, wait, look, go on.
pub(super) struct Phase {
    /// Puts the message into the queue.
    pub send: &'static str,
    /// Waits for the worker.
    pub wait: &'static str,
    /// Reads the head.
    pub check: &'static str,
    /// Goes on as the head says, or waits again.
    pub outcome: &'static str,
    /// Whose queue.
    pub queue: Place,
    /// What the worker is to do.
    pub stage: Stage,
    /// Where to go when nothing more is to be done. Taken even if the time is over.
    pub at_last: Vec<Rule>,
    /// Where to go for more work, if there is time.
    pub go_on: Vec<Rule>,
}

impl Phase {
    pub(super) fn states(self, parameters: &Parameters) -> [(String, State); 4] {
        let named = |name: &str, state| (name.to_owned(), state);
        [
            named(self.send, State::Task(self.sending(parameters))),
            named(self.wait, State::Wait(waiting(self.check))),
            named(self.check, State::Task(checking(self.outcome, parameters))),
            named(self.outcome, State::Choice(self.outcome())),
        ]
    }

    fn sending(&self, parameters: &Parameters) -> Task {
        let message = sqs::SendMessage {
            queue_url: self.queue.placeholder().as_str().into(),
            message_body: json!({
                "version": message::VERSION,
                "sessionId": "{% $sessionId %}",
                "stage": self.stage.as_str(),
                "attempt": "{% $attempt %}",
                "look": 0
            }),
            ..Default::default()
        };
        Task {
            timeout_seconds: Some(Dynamic::from(CALL_TIMEOUT)),
            assign: assign([("wait", parameters.first_wait.into())]),
            retry: again(),
            catch: on_any_error(),
            transition: Transition::to(self.wait),
            ..message.task()
        }
    }

    /// An ended session first: nothing is done for it any more.
    fn outcome(self) -> Choice {
        let mut choices = vec![when("$ended", "ended elsewhere", ENDED_ELSEWHERE)];
        choices.extend(self.at_last);
        choices.push(concluding(
            when("$late != ''", "out of time", CONCLUDE),
            json!({"outcome": "failed", "code": "out-of-time", "reason": "{% $late %}"}),
        ));
        choices.extend(self.go_on);
        Choice { choices, default: Some(self.wait.to_owned()), ..Choice::default() }
    }
}

fn waiting(check: &str) -> Wait {
    let wait_for = WaitFor::Seconds(Dynamic::expression("$wait"));
    Wait { wait_for, transition: Transition::to(check), ..Wait::default() }
}

/// Reads no more of the head than it needs: a head may be larger than what a state may pass on.
fn checking(outcome: &str, parameters: &Parameters) -> Task {
    let head = dynamodb::GetItem {
        table_name: Place::SessionsTable.placeholder().as_str().into(),
        key: json!({"sessionId": {"S": "{% $sessionId %}"}, "entry": {"S": "session"}}),
        consistent_read: Some(true),
        projection_expression: Some("#status, stage, attempt, #look, #claim.stage, workflow.checkpoint".to_owned()),
        expression_attribute_names: ["status", "look", "claim"]
            .map(|name| (format!("#{name}"), name.to_owned()))
            .into(),
    };
    let Parameters { lengthening, longest_wait, .. } = parameters;
    let variables = [
        ("ended", ended().into()),
        (
            "checkpoint",
            // Only what this round's work has left; before the worker has begun, the head speaks of what was before.
            "{% ($head := $states.result.Item; $head.stage.S = 'workflow' and $number($head.attempt.N) = $attempt and $exists($head.workflow.M.checkpoint.S) ? $head.workflow.M.checkpoint.S : 'none') %}".into(),
        ),
        ("wait", format!("{{% $min([$ceil($wait * {lengthening}), {longest_wait}]) %}}").into()),
        ("begun", format!("{{% {SINCE} %}}").into()),
        ("looked", NOW.into()),
        ("late", late(parameters).into()),
    ];
    Task {
        timeout_seconds: Some(Dynamic::from(CALL_TIMEOUT)),
        assign: assign(variables),
        retry: again(),
        catch: on_any_error(),
        transition: Transition::to(outcome),
        ..head.task()
    }
}

/// Whether the session has ended or is not there. A word that this version does not know ends nothing: a function of
/// another version has the session for now, or nobody any more, and then it is this machine that ends it in time.
fn ended() -> String {
    let terminal = Status::ALL.into_iter().filter(|status| status.is_terminal());
    let terminal: Vec<String> = terminal.map(|status| format!("'{status}'")).collect();
    format!("{{% $not($exists($states.result.Item)) or $states.result.Item.status.S in [{}] %}}", terminal.join(", "))
}

/// Why there is no more time, or nothing. Its own work and its turn are waited for by themselves.
fn late(Parameters { time_limit, turn_limit, time_to_conclude, .. }: &Parameters) -> String {
    let milliseconds = |seconds: u32| u64::from(seconds) * 1000;
    let (own, turn) = (milliseconds(time_limit.saturating_sub(*time_to_conclude)), milliseconds(*turn_limit));
    let (own_minutes, turn_minutes) = (time_limit / 60, turn_limit / 60);
    format!(
        "{{% ($since := {SINCE}; $waited := $since - $started; $waited >= {turn} \
         ? 'it waited {turn_minutes} minutes for its turn at its stack or function, and others are still before it' \
         : $millis() - $since >= {own} ? 'it was not done within {own_minutes} minutes' & ($waited >= 60000 \
         ? ', apart from ' & $string($round($waited / 60000)) & ' minutes of waiting for its turn' : '') : '') %}}"
    )
}

/// Variables and what they are set to.
pub(super) fn assign<const N: usize>(variables: [(&str, Value); N]) -> Assign {
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Goes to `next` if the expression is true; the diagram says why.
pub(super) fn when(condition: &str, why: &str, next: &str) -> Rule {
    Rule { comment: Some(why.to_owned()), ..Rule::when(condition, next) }
}

/// Goes to `next` if the worker has left that.
pub(super) fn at(checkpoint: drydock_contract::workflow::Checkpoint, next: &str) -> Rule {
    when(&format!("$checkpoint = '{checkpoint}'"), checkpoint.as_str(), next)
}

/// Says on the way how the session is to end.
pub(super) fn concluding(rule: Rule, conclusion: Value) -> Rule {
    Rule { assign: assign([("conclusion", conclusion)]), ..rule }
}

/// 1 s, 2 s, 4 s, 8 s and 16 s, spread at random: a service that is busy has recovered by then, or is down.
pub(super) fn again() -> Vec<Retry> {
    vec![Retry::with_backoff(vec![ErrorName::All], 5)]
}

/// What no retry cured ends the session with that error.
pub(super) fn on_any_error() -> Vec<Catch> {
    let reason = "{% 'step ' & $states.context.State.Name & ' of the workflow failed: ' & $states.errorOutput.Error & ': ' & $substring($states.errorOutput.Cause, 0, 500) %}";
    let conclusion = json!({"outcome": "failed", "code": "workflow-error", "reason": reason});
    vec![Catch { assign: assign([("conclusion", conclusion)]), ..Catch::all(CONCLUDE) }]
}

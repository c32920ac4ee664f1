//! Numbers that must be in range, and fields that need or exclude each other.

use super::time::is_time;
use super::{Check, Defect};
use crate::{
    Comparison, Dynamic, ErrorName, Map, Operand, Operator, Pattern, Retry, State, StateMachine, Task, Test, WaitFor,
};

/// The longest that anything takes or waits, in seconds: more than three years.
const MAX_SECONDS: u32 = 99_999_999;
/// The longest delay between two tries, in seconds: a year.
const MAX_RETRY_DELAY: u32 = 31_622_400;
/// The longest label of a distributed map, in characters.
const MAX_LABEL_LENGTH: usize = 40;

pub(super) fn machine(machine: &StateMachine, check: &mut Check<'_>) {
    let mut report = |reason: &str| check.defects.push(Defect::Misfit { state: None, reason: reason.to_owned() });
    if machine.version.as_deref().is_some_and(|version| version != "1.0") {
        report("Version: only 1.0 is known");
    }
    if machine.timeout_seconds.is_some_and(|seconds| !(1..=MAX_SECONDS).contains(&seconds)) {
        report("TimeoutSeconds: 1 to 99999999");
    }
}

pub(super) fn state(name: &str, state: &State, check: &mut Check<'_>) {
    let mut reasons = recovery(state);
    if check.express {
        reasons.extend(in_express(state));
    }
    match state {
        State::Task(it) => reasons.extend(task(it)),
        State::Map(it) => reasons.extend(map(it)),
        State::Choice(choice) => {
            if choice.choices.is_empty() {
                reasons.push("Choices: nothing to choose from".to_owned());
            }
            if choice.default.is_none() {
                check.defects.push(Defect::NoDefault(name.to_owned()));
            }
            for rule in &choice.choices {
                if let Test::Comparison(comparison) = &rule.test {
                    times(comparison, &mut reasons);
                }
            }
        }
        State::Parallel(parallel) if parallel.branches.is_empty() => {
            reasons.push("Branches: nothing to do".to_owned());
        }
        State::Wait(wait) => {
            if let WaitFor::Seconds(Dynamic::Constant(seconds)) = &wait.wait_for
                && *seconds > MAX_SECONDS
            {
                reasons.push(format!("Seconds: at most {MAX_SECONDS}"));
            }
            if let WaitFor::Timestamp(Dynamic::Constant(time)) = &wait.wait_for {
                reasons.extend(no_time(time).map(|reason| format!("Timestamp: {reason}")));
            }
        }
        State::Fail(fail) => {
            if fail.error.is_some() && fail.error_path.is_some() {
                reasons.push("Error and ErrorPath: one of them".to_owned());
            }
            if fail.cause.is_some() && fail.cause_path.is_some() {
                reasons.push("Cause and CausePath: one of them".to_owned());
            }
        }
        State::Pass(_) | State::Succeed(_) | State::Parallel(_) => {}
    }
    for reason in reasons {
        check.misfit(name, reason);
    }
}

/// What express executions cannot do: they last five minutes, and nobody can come back to them.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
fn in_express(state: &State) -> Option<String> {
    match state {
        State::Task(task) if task.resource.is_activity() => {
            Some("Resource: express executions have no activities".to_owned())
        }
        State::Task(task) => match task.resource.pattern() {
            Pattern::RequestResponse => None,
            Pattern::Job => Some("Resource: express executions do not wait for jobs (.sync)".to_owned()),
            Pattern::Callback => Some("Resource: express executions wait for no token".to_owned()),
        },
        State::Map(map) if map.is_distributed() => {
            Some("ItemProcessor: express executions have no distributed maps".to_owned())
        }
        _ => None,
    }
}

/// Constants that a comparison takes for times.
fn times(comparison: &Comparison, reasons: &mut Vec<String>) {
    match comparison {
        Comparison::And(all) | Comparison::Or(all) => all.iter().for_each(|one| times(one, reasons)),
        Comparison::Not(one) => times(one, reasons),
        Comparison::Variable { operator: Operator::Timestamp(_, Operand::Value(time)), .. } => {
            reasons.extend(no_time(time).map(|reason| format!("Choices: {reason}")));
        }
        Comparison::Variable { .. } => {}
    }
}

/// Why a constant is no time. What the deployment fills in is not known yet.
fn no_time(text: &str) -> Option<String> {
    let filled_in = text.contains("${");
    (!filled_in && !is_time(text)).then(|| format!("`{text}` is no time such as 2016-03-14T01:59:00Z"))
}

fn task(task: &Task) -> Vec<String> {
    let mut reasons = Vec::new();
    if task.resource.as_str().is_empty() {
        reasons.push("Resource: nothing to call".to_owned());
    }
    let range = 1..=MAX_SECONDS;
    for (field, seconds, path) in [
        ("TimeoutSeconds", &task.timeout_seconds, &task.timeout_seconds_path),
        ("HeartbeatSeconds", &task.heartbeat_seconds, &task.heartbeat_seconds_path),
    ] {
        if seconds.is_some() && path.is_some() {
            reasons.push(format!("{field} and {field}Path: one of them"));
        }
        if let Some(Dynamic::Constant(seconds)) = seconds
            && !range.contains(seconds)
        {
            reasons.push(format!("{field}: 1 to {MAX_SECONDS}"));
        }
    }
    if let (Some(Dynamic::Constant(timeout)), Some(Dynamic::Constant(heartbeat))) =
        (&task.timeout_seconds, &task.heartbeat_seconds)
        && heartbeat >= timeout
    {
        reasons.push("HeartbeatSeconds: must be less than TimeoutSeconds".to_owned());
    }
    let pattern = task.resource.pattern();
    if pattern == Pattern::Job && task.resource.call().is_some_and(|call| call.starts_with("aws-sdk:")) {
        reasons.push("Resource: aws-sdk calls are not waited for with .sync".to_owned());
    }
    if pattern == Pattern::Callback {
        let handed_out = task.arguments.as_ref().or(task.parameters.as_ref());
        if !handed_out.is_some_and(|arguments| arguments.to_string().contains(".Task.Token")) {
            reasons.push("Resource: waits for a token that is never handed out".to_owned());
        }
    }
    reasons
}

fn map(map: &Map) -> Vec<String> {
    let mut reasons = Vec::new();
    match (&map.item_processor, &map.iterator) {
        (None, None) => reasons.push("ItemProcessor: nothing to do with the items".to_owned()),
        (Some(_), Some(_)) => reasons.push("ItemProcessor and Iterator: one of them".to_owned()),
        _ => {}
    }
    for (field, one, other) in [
        ("MaxConcurrency", map.max_concurrency.is_some(), map.max_concurrency_path.is_some()),
        (
            "ToleratedFailurePercentage",
            map.tolerated_failure_percentage.is_some(),
            map.tolerated_failure_percentage_path.is_some(),
        ),
        ("ToleratedFailureCount", map.tolerated_failure_count.is_some(), map.tolerated_failure_count_path.is_some()),
    ] {
        if one && other {
            reasons.push(format!("{field} and {field}Path: one of them"));
        }
    }
    if let Some(Dynamic::Constant(percentage)) = map.tolerated_failure_percentage
        && !(0.0..=100.0).contains(&percentage)
    {
        reasons.push("ToleratedFailurePercentage: 0 to 100".to_owned());
    }
    if map.label.as_ref().is_some_and(|label| label.is_empty() || label.chars().count() > MAX_LABEL_LENGTH) {
        reasons.push(format!("Label: 1 to {MAX_LABEL_LENGTH} characters"));
    }
    if map.is_distributed() {
        if map.config().is_some_and(|config| config.execution_type.is_none()) {
            reasons.push("ProcessorConfig: a distributed map needs an ExecutionType".to_owned());
        }
    } else {
        let only = [
            ("ItemReader", map.item_reader.is_some()),
            ("ItemBatcher", map.item_batcher.is_some()),
            ("ResultWriter", map.result_writer.is_some()),
            ("Label", map.label.is_some()),
            (
                "ToleratedFailurePercentage",
                map.tolerated_failure_percentage.is_some() || map.tolerated_failure_percentage_path.is_some(),
            ),
            (
                "ToleratedFailureCount",
                map.tolerated_failure_count.is_some() || map.tolerated_failure_count_path.is_some(),
            ),
        ];
        let used = only.into_iter().filter(|(_, used)| *used);
        reasons.extend(used.map(|(field, _)| format!("{field}: only in a distributed map")));
    }
    reasons
}

fn recovery(state: &State) -> Vec<String> {
    let mut reasons: Vec<_> = state.retriers().iter().flat_map(retrier).map(|it| format!("Retry: {it}")).collect();
    let retried: Vec<_> = state.retriers().iter().map(|retry| retry.error_equals.as_slice()).collect();
    let caught: Vec<_> = state.catchers().iter().map(|catch| catch.error_equals.as_slice()).collect();
    for (field, matchers) in [("Retry", retried), ("Catch", caught)] {
        reasons.extend(unmatched(&matchers).map(|reason| format!("{field}: {reason}")));
    }
    reasons
}

fn retrier(retry: &Retry) -> Vec<&'static str> {
    let interval = retry.interval_seconds.unwrap_or(1);
    let wrong = [
        (retry.backoff_rate.is_some_and(|rate| rate.is_nan() || rate < 1.0), "BackoffRate is below 1.0"),
        (retry.interval_seconds == Some(0), "IntervalSeconds is 0"),
        (
            retry.max_delay_seconds.is_some_and(|longest| longest <= interval),
            "MaxDelaySeconds does not exceed IntervalSeconds",
        ),
        (retry.max_delay_seconds.is_some_and(|longest| longest > MAX_RETRY_DELAY), "MaxDelaySeconds exceeds a year"),
        (retry.max_attempts.is_some_and(|attempts| attempts > MAX_SECONDS), "MaxAttempts exceeds 99999999"),
    ];
    wrong.into_iter().filter(|(wrong, _)| *wrong).map(|(_, reason)| reason).collect()
}

/// The rules for `ErrorEquals`: never empty, `States.ALL` stands alone and last, and no invented `States.…`.
fn unmatched(matchers: &[&[ErrorName]]) -> Option<String> {
    for (index, errors) in matchers.iter().enumerate() {
        if errors.is_empty() {
            return Some("ErrorEquals is empty".to_owned());
        }
        if errors.contains(&ErrorName::All) {
            if errors.len() > 1 {
                return Some("States.ALL stands beside other errors".to_owned());
            }
            if index + 1 < matchers.len() {
                return Some("States.ALL stands before others, which are never tried".to_owned());
            }
        }
        let invented = errors.iter().map(ErrorName::as_str).find(|name| is_invented(name));
        if let Some(name) = invented {
            return Some(format!("{name} is no error of the language"));
        }
    }
    None
}

/// `States.` is for the language's own; errors of HTTPS calls are named by their status.
fn is_invented(name: &str) -> bool {
    let known = !matches!(ErrorName::parse(name), ErrorName::Named(_)) || name.starts_with("States.Http.StatusCode.");
    name.starts_with("States.") && !known
}

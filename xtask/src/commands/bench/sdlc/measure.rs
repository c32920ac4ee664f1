//! Arithmetic over what happened.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Standard workflows, by the transition, in us-east-1.
const TRANSITION_USD: f64 = 0.025 / 1000.0;
/// Lambda on arm64 in us-east-1.
const GB_SECOND_USD: f64 = 0.000_013_333_4;
/// Lambda, by the invocation.
const INVOCATION_USD: f64 = 0.20 / 1_000_000.0;

/// Something that happened in an execution.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    /// Seconds since 1970.
    pub at: f64,
    /// Such as `TaskStateEntered`.
    pub kind: String,
    /// The state that was entered.
    pub entered: Option<String>,
}

impl Event {
    /// From the service's JSON.
    pub(super) fn read(event: &Value) -> Option<Self> {
        let at = event["timestamp"].as_f64().or_else(|| event["timestamp"].as_str().and_then(seconds))?;
        let entered = event["stateEnteredEventDetails"]["name"].as_str().map(ToOwned::to_owned);
        Some(Self { at, kind: event["type"].as_str()?.to_owned(), entered })
    }
}

/// An RFC 3339 time in seconds since 1970.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let at: Timestamp = text.parse().ok()?;
    Some(since_1970(at))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this century are far below 2^53")]
fn since_1970(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// Lambda's report of one invocation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Report {
    pub function: &'static str,
    /// Seconds since 1970.
    pub at: f64,
    pub billed_ms: f64,
    pub memory_mb: u64,
}

impl Report {
    /// From the line in the log; `None` if it is another.
    pub(super) fn read(function: &'static str, line: &str, at: Timestamp) -> Option<Self> {
        if !line.starts_with("REPORT RequestId: ") {
            return None;
        }
        let field = |name: &str| {
            let field = line.split('\t').find_map(|field| field.trim().strip_prefix(name))?;
            field.trim().split(' ').next()
        };
        let billed_ms = field("Billed Duration:")?.parse().ok()?;
        let memory_mb = field("Memory Size:")?.parse().ok()?;
        Some(Self { function, at: since_1970(at), billed_ms, memory_mb })
    }
}

/// What one execution took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Measured {
    /// The session.
    pub session: String,
    /// From the start of the execution to its end.
    pub seconds: f64,
    /// States that were entered.
    pub transitions: usize,
    /// How often the head was read.
    pub looks: usize,
    /// Between the moment when a piece of work had ended and the moment when the workflow went on.
    pub unnoticed_seconds: f64,
    /// What was done one after the other.
    pub steps: Vec<Step>,
    /// Invocations by function.
    pub functions: Vec<Invocations>,
    /// USD for state transitions.
    pub transitions_cost_usd: f64,
    /// USD for transitions and functions.
    pub cost_usd: f64,
}

/// One step: a state that does something, with the waits and looks that follow it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    /// The state's name.
    pub state: String,
    /// Until the next step.
    pub seconds: f64,
    /// Of these, after the work had ended.
    pub unnoticed_seconds: f64,
}

/// The invocations of one function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocations {
    pub function: &'static str,
    pub invocations: usize,
    pub billed_seconds: f64,
    pub memory_mb: u64,
    pub gb_seconds: f64,
    pub cost_usd: f64,
}

/// When the execution began and ended; `None` if it has not.
pub(super) fn span(history: &[Event]) -> Option<(f64, f64)> {
    let ended = |event: &&Event| event.kind.starts_with("Execution") && event.kind != "ExecutionStarted";
    let end = history.iter().find(ended)?.at;
    Some((history.first()?.at, end))
}

impl Measured {
    /// `settled` are the moments at which a piece of work had ended.
    pub(super) fn of(
        session: &str,
        history: &[Event],
        (start, end): (f64, f64),
        settled: &[f64],
        reports: &[Report],
    ) -> Self {
        let entered: Vec<_> = history.iter().filter_map(|event| Some((event.at, event.entered.as_deref()?))).collect();
        let steps = steps(&entered, end, settled);
        let functions = invocations(reports);
        let transitions_cost_usd = count(entered.len()) * TRANSITION_USD;
        Self {
            session: session.to_owned(),
            seconds: end - start,
            transitions: entered.len(),
            looks: entered.iter().filter(|(_, state)| state.starts_with("Check")).count(),
            unnoticed_seconds: steps.iter().map(|step| step.unnoticed_seconds).sum(),
            transitions_cost_usd,
            cost_usd: transitions_cost_usd + functions.iter().map(|it| it.cost_usd).sum::<f64>(),
            steps,
            functions,
        }
    }
}

/// True for what only waits for the work of the step before.
fn is_waiting(state: &str) -> bool {
    state.starts_with("WaitFor") || state.starts_with("Check") || state.ends_with("Outcome")
}

fn steps(entered: &[(f64, &str)], end: f64, settled: &[f64]) -> Vec<Step> {
    let begun: Vec<_> = entered.iter().filter(|(_, state)| !is_waiting(state)).collect();
    let ends = begun.iter().skip(1).map(|(at, _)| *at).chain([end]);
    begun
        .iter()
        .zip(ends)
        .map(|((at, state), end)| {
            let done = settled.iter().copied().filter(|done| *done >= *at && *done <= end).reduce(f64::max);
            let unnoticed_seconds = done.map_or(0.0, |done| end - done);
            Step { state: (*state).to_owned(), seconds: end - at, unnoticed_seconds }
        })
        .collect()
}

fn invocations(reports: &[Report]) -> Vec<Invocations> {
    let mut all: Vec<Invocations> = Vec::new();
    for Report { function, billed_ms, memory_mb, .. } in reports {
        let row = match all.iter_mut().position(|row| row.function == *function) {
            Some(at) => &mut all[at],
            None => {
                all.push(Invocations {
                    function,
                    invocations: 0,
                    billed_seconds: 0.0,
                    memory_mb: *memory_mb,
                    gb_seconds: 0.0,
                    cost_usd: 0.0,
                });
                all.last_mut().expect("one was pushed")
            }
        };
        let gb_seconds = billed_ms / 1000.0 * mebibytes(*memory_mb) / 1024.0;
        row.invocations += 1;
        row.billed_seconds += billed_ms / 1000.0;
        row.gb_seconds += gb_seconds;
        row.cost_usd += gb_seconds * GB_SECOND_USD + INVOCATION_USD;
    }
    all
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are small")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are small")]
fn mebibytes(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn history() -> Vec<Event> {
        let entered = |at: f64, name: &str| json!({"timestamp": at, "type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name}});
        let events = [
            json!({"timestamp": 100.0, "type": "ExecutionStarted"}),
            entered(100.0, "Begin"),
            entered(100.5, "Deploy"),
            entered(101.0, "WaitForDeployment"),
            entered(103.0, "CheckDeployment"),
            entered(103.0, "DeploymentOutcome"),
            entered(103.0, "WaitForDeployment"),
            entered(106.0, "CheckDeployment"),
            entered(106.0, "DeploymentOutcome"),
            entered(106.5, "Conclude"),
            json!({"timestamp": "1970-01-01T00:01:48Z", "type": "ExecutionSucceeded"}),
        ];
        events.iter().filter_map(Event::read).collect()
    }

    fn report(line: &str) -> Option<Report> {
        Report::read("deployer-deploy", line, Timestamp::from_second(105).unwrap())
    }

    const LINE: &str = "REPORT RequestId: r\tDuration: 1999.5 ms\tBilled Duration: 2000 ms\tMemory Size: 2048 MB\t";

    #[test]
    fn a_report_is_told_from_other_lines() {
        let expected = Report { function: "deployer-deploy", at: 105.0, billed_ms: 2000.0, memory_mb: 2048 };
        assert_eq!(report(LINE), Some(expected));
        assert_eq!(report("START RequestId: r Version: $LATEST"), None);
        assert_eq!(report("REPORT RequestId: r\tDuration: 1 ms"), None);
    }

    #[test]
    fn what_has_not_ended_has_no_span() {
        let history = history();
        assert_eq!(span(&history), Some((100.0, 108.0)));
        assert_eq!(span(&history[..9]), None);
    }

    #[test]
    fn time_after_the_work_had_ended_is_told_from_the_work() {
        let history = history();
        let reports: Vec<_> = [LINE, LINE].into_iter().filter_map(report).collect();
        let measured = Measured::of("s", &history, (100.0, 108.0), &[104.0], &reports);
        assert_eq!((measured.seconds, measured.transitions, measured.looks), (8.0, 9, 2));
        let step = |state: &str, seconds, unnoticed_seconds| Step { state: state.into(), seconds, unnoticed_seconds };
        assert_eq!(measured.steps, [step("Begin", 0.5, 0.0), step("Deploy", 6.0, 2.5), step("Conclude", 1.5, 0.0)]);
        assert_eq!(measured.unnoticed_seconds, 2.5);
        let [deploy] = &measured.functions[..] else { panic!("{:?}", measured.functions) };
        assert_eq!((deploy.invocations, deploy.billed_seconds, deploy.gb_seconds), (2, 4.0, 8.0));
        let expected = 9.0 * TRANSITION_USD + 8.0 * GB_SECOND_USD + 2.0 * INVOCATION_USD;
        assert!((measured.cost_usd - expected).abs() < 1e-12, "{}", measured.cost_usd);
    }
}

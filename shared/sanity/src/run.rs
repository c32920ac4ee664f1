//! Running a plan: one step after another, bounded in requests, rate, time and bytes, with the same outcome for the
//! same answers.

mod capture;
mod checks;
mod message;
mod outcome;
mod pace;
mod promised;
mod record;
mod said;
mod secrets;
mod send;

use checks::Seen;
pub use checks::{Check, CheckName};
pub use message::{Answer, Credentials, Sent, Showing};
pub use outcome::{Outcome, StepResult};
use pace::Pace;
pub use record::{Recorded, RecordedAnswer};
pub use secrets::Secrets;
pub use send::{AddressMap, Sender};

use crate::plan::{Auth, CheckedPlan, Known, Method, Phase, Request, RetryReason, Step, TestPlan, UNIQUE, says_whose};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a step waits for an answer unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a run may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most requests, retries and what redirects lead to included.
    pub requests: u32,
    /// Shortest time between the beginnings of two requests.
    pub spacing: Duration,
    /// Longest time for everything; what is left then is skipped.
    pub wall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 600, spacing: Duration::from_millis(20), wall_time: Duration::from_secs(300) }
    }
}

/// One try of a step.
struct Try {
    checks: Vec<Check>,
    answer: Option<Answer>,
    captured: Vec<(String, Value)>,
    timed_out: bool,
}

impl Try {
    fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// What a gateway answers while a function starts, or an answer whose only fault is that it came late. A POST may
    /// have made something whatever was answered, and whether or not: only 503 says that nobody has seen it.
    fn looks_cold(&self, method: Method) -> bool {
        if method == Method::Post {
            return self.status() == Some(503);
        }
        let mut failed = self.checks.iter().filter(|check| !check.passed);
        self.timed_out
            || matches!(self.status(), Some(502..=504))
            || failed.all(|check| check.name == CheckName::MaxResponseTime)
    }
}

/// Runs every step of a plan and says what became of each.
pub async fn run(plan: &CheckedPlan, sender: &Sender, limits: Limits) -> Vec<StepResult> {
    let steps = &plan.plan().steps;
    let cleaning = steps.iter().filter(|step| step.phase == Phase::CleanUp).count();
    let mut run = Run {
        sender,
        secrets: sender.credentials.secrets(),
        cleaning: u32::try_from(cleaning).unwrap_or(u32::MAX),
        limits,
        begun: Instant::now(),
        pace: Pace::new(limits.requests, limits.spacing),
        values: BTreeMap::from([(UNIQUE.to_owned(), Value::from(unique()))]),
        leftovers: BTreeMap::new(),
        removed: BTreeSet::new(),
        known: Known::default(),
        foreign: Vec::new(),
        untouched: Vec::new(),
    };
    let mut results = Vec::new();
    for step in steps {
        let result = run.step(plan, step).await;
        run.known.learn(step);
        for name in run.foreign.drain(..) {
            run.known.disown(&name);
        }
        if result.outcome == Outcome::Skipped && step.request.is_destructive() {
            run.untouched.push(&step.request);
        }
        results.push(result);
    }
    results
}

struct Run<'run> {
    sender: &'run Sender,
    secrets: Secrets,
    limits: Limits,
    begun: Instant,
    pace: Pace,
    /// How many steps of clean-up there are.
    cleaning: u32,
    values: BTreeMap<String, Value>,
    /// What was captured of answers that are not as they should be: what was made all the same must be removed.
    leftovers: BTreeMap<String, Value>,
    /// The addresses at which nothing is any more.
    removed: BTreeSet<String>,
    /// What of it is the plan's own.
    known: Known<'run>,
    /// What the last step has captured and is not.
    foreign: Vec<String>,
    /// Changes that were not made: what looks for them would be misled.
    untouched: Vec<&'run Request>,
}

impl Run<'_> {
    async fn step(&mut self, plan: &CheckedPlan, step: &Step) -> StepResult {
        let mut result = StepResult {
            id: step.id.clone(),
            name: step.name.clone(),
            phase: step.phase,
            outcome: Outcome::Skipped,
            checks: Vec::new(),
            tries: 0,
            requests: 0,
            span_ms: (0, 0),
            reason: None,
            request: None,
            answer: None,
        };
        if let Some(reason) = self.refused(plan, step) {
            result.reason = Some(reason);
            return result;
        }
        let (bounds, plan) = (plan.bounds(), plan.plan());
        let target = &plan.targets[&step.request.target];
        let sent = match self.sender.prepare(target, &step.request, &self.values_for(step.phase), bounds) {
            Ok(sent) => sent,
            Err(unsendable) => {
                result.reason = Some(unsendable.to_string());
                return result;
            }
        };
        if step.phase == Phase::CleanUp && sent.method == Method::Delete && self.removed.contains(&sent.url) {
            result.reason = Some("what it removes was removed before".to_owned());
            return result;
        }
        let auth = step.request.shows(target);
        if let Some(reason) = self.sender.credentials.lacks(auth, &sent.url) {
            result.reason = Some(reason);
            return result;
        }
        result.span_ms.0 = now_ms();
        let before = self.pace.requests();
        let Some(first) = self.attempt(plan, step, &sent, auth).await else {
            result.reason = Some("the run's limit of requests or time was reached".to_owned());
            return result;
        };
        let mut last = first;
        result.tries = 1;
        let planned = step.retry.as_ref().map_or(1, |retry| retry.attempts);
        while !last.passed() && result.tries < planned {
            let retry = step.retry.as_ref().expect("more than one attempt is planned by a retry");
            if retry.reason == RetryReason::ColdStart && !last.looks_cold(sent.method) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(retry.delay_ms)).await;
            let Some(next) = self.attempt(plan, step, &sent, auth).await else { break };
            last = next;
            result.tries += 1;
        }
        result.outcome = if last.passed() { Outcome::Passed } else { Outcome::Failed };
        // What failed is sent once more, unchanged, where that changes nothing: to tell a flaky answer from a fault.
        if result.outcome == Outcome::Failed
            && step.request.method.is_safe()
            && let Some(again) = self.attempt(plan, step, &sent, auth).await
        {
            result.tries += 1;
            if again.passed() {
                result.outcome = Outcome::Flaky;
            }
        }
        result.span_ms.1 = now_ms();
        result.requests = self.pace.requests() - before;
        result.request = Some(Recorded::of(&sent, auth, &self.secrets));
        result.answer = last.answer.as_ref().map(|answer| RecordedAnswer::of(answer, &self.secrets));
        result.checks = last.checks;
        result
    }

    /// The time that may still be used: clean-up has its share of it, and of the requests, to itself, so that what a
    /// plan made is removed even when the rest was too much.
    fn left(&self, phase: Phase) -> Option<Duration> {
        let reserve =
            if phase == Phase::CleanUp || self.cleaning == 0 { Duration::ZERO } else { self.limits.wall_time / 10 };
        self.limits.wall_time.checked_sub(reserve + self.begun.elapsed()).filter(|left| !left.is_zero())
    }

    /// Sends once; `None` when the run's limits are reached.
    async fn attempt(&mut self, plan: &TestPlan, step: &Step, sent: &Sent, auth: Auth) -> Option<Try> {
        let left = self.left(step.phase)?;
        self.pace.keep(if step.phase == Phase::CleanUp { 0 } else { self.cleaning });
        if !self.pace.next().await {
            return None;
        }
        let timeout = step.timeout_ms.map_or(TIMEOUT, Duration::from_millis).min(left);
        let wanted = |status| step.expect.status.iter().any(|wanted| wanted.matches(status));
        let done = match self.sender.send(sent, auth, timeout, wanted, &mut self.pace).await {
            Err(no_answer) => {
                let late = step.expect.max_response_time_ms.filter(|_| no_answer.timed_out);
                let check = late.map_or(no_answer.check.clone(), |limit| {
                    let expected = format!("at most {limit} ms");
                    Check::new(CheckName::MaxResponseTime, false, expected, no_answer.check.actual.clone())
                });
                Try { checks: vec![check], answer: None, captured: Vec::new(), timed_out: no_answer.timed_out }
            }
            Ok(answer) => {
                let seen = Seen { shown: auth, values: &self.values, secrets: &self.secrets };
                let promises = step.expect.promise.as_ref().and_then(|name| plan.promises.get(name));
                let mut checks = checks::checks(&step.expect, promises, &answer, &seen);
                let (captured, missing) = capture::captured(&step.capture, &answer);
                checks.extend(missing);
                Try { checks, answer: Some(answer), captured, timed_out: false }
            }
        };
        self.keep(&step.request, sent, &done);
        Some(done)
    }

    /// What placeholders stand for. Clean-up also knows what wrong answers named.
    fn values_for(&self, phase: Phase) -> Cow<'_, BTreeMap<String, Value>> {
        if phase != Phase::CleanUp || self.leftovers.is_empty() {
            return Cow::Borrowed(&self.values);
        }
        let mut all = self.leftovers.clone();
        all.extend(self.values.clone());
        Cow::Owned(all)
    }

    /// Why a step is not sent after what was answered so far.
    fn refused(&self, plan: &CheckedPlan, step: &Step) -> Option<String> {
        let request = &step.request;
        let may_destroy = plan.bounds().allow_destructive || !request.is_destructive();
        if !may_destroy && !self.known.is_own(request) {
            let method = request.method.as_str();
            return Some(format!(
                "it was refused: {method} only names what the plan itself created, and an answer has shown that this may have been there before"
            ));
        }
        let same = |other: &&Request| other.target == request.target && other.path == request.path;
        let untouched = step.phase != Phase::CleanUp && self.untouched.iter().any(same);
        untouched.then(|| "a step that changes what it looks at was not sent".to_owned())
    }

    /// Keeps what a try has captured, and what it has removed.
    fn keep(&mut self, request: &Request, sent: &Sent, done: &Try) {
        let status = done.status().unwrap_or_default();
        let is_success = (200..300).contains(&status);
        if sent.method == Method::Delete && (is_success || matches!(status, 404 | 410)) {
            self.removed.insert(sent.url.clone());
        } else if is_success && !sent.method.is_safe() {
            // It may have put something there again.
            self.removed.clear();
        }
        if done.captured.is_empty() || !done.passed() && !is_success {
            return;
        }
        let said = said::said(sent);
        let unique = said::plain(&self.values[UNIQUE]).unwrap_or_default();
        // Who asks for something that is there may get it with 200: a user by an address, the caller's own cart.
        let is_made = status == 201 || is_success && says_whose(request);
        let values = if done.passed() { &mut self.values } else { &mut self.leftovers };
        for (name, value) in done.captured.clone() {
            let is_new = |text: String| text.contains(&unique) || !said.contains(&text);
            self.foreign.retain(|foreign| *foreign != name);
            // What was refused, or was there already, was not made.
            if !is_made || !said::plain(&value).is_some_and(is_new) {
                self.foreign.push(name.clone());
            }
            values.insert(name, value);
        }
    }
}

/// A text that no other run has: a UUID that begins with a letter, for what begins with a digit may be read as a number.
fn unique() -> String {
    let mut bytes = uuid::Uuid::new_v4().into_bytes();
    bytes[0] |= 0xa0;
    uuid::Uuid::from_bytes(bytes).to_string()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

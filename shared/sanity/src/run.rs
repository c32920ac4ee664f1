//! Running a plan: one step after another, bounded in requests, rate, time and bytes, with the same outcome for the
//! same answers.

mod attempt;
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
mod throttle;
mod weight;

use attempt::{Cut, Try};
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

/// What a run may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most requests, retries and what redirects lead to included.
    pub requests: u32,
    /// Shortest time between the beginnings of two requests.
    pub spacing: Duration,
    /// Longest time for everything; what is left then is skipped.
    pub wall_time: Duration,
    /// How long to wait at first where an API says that it was asked too often.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 600,
            spacing: Duration::from_millis(20),
            wall_time: Duration::from_secs(300),
            patience: Duration::from_millis(500),
        }
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
        let (begun, before) = (now_ms(), self.pace.requests());
        let answer = match self.tries(plan, step, (&sent, auth), &mut result.tries).await {
            Ok((outcome, last)) => {
                result.outcome = outcome;
                result.checks = last.checks;
                last.answer
            }
            Err(cut) => {
                result.reason = Some(cut.reason().to_owned());
                cut.answer()
            }
        };
        result.requests = self.pace.requests() - before;
        if result.requests > 0 {
            result.span_ms = (begun, now_ms());
            result.request = Some(Recorded::of(&sent, auth, &self.secrets));
            result.answer = answer.map(|answer| RecordedAnswer::of(&answer, &self.secrets));
        }
        result
    }

    /// Tries a step as often as the plan allows, and what failed once more, unchanged, where that changes nothing: to
    /// tell a flaky answer from a fault. The last try that the plan allows decides.
    async fn tries(
        &mut self,
        plan: &TestPlan,
        step: &Step,
        (sent, auth): (&Sent, Auth),
        sent_times: &mut u32,
    ) -> Result<(Outcome, Try), Cut> {
        let mut last = self.attempt(plan, step, (sent, auth), sent_times).await?;
        if let Some(retry) = &step.retry {
            for _ in 1..retry.attempts {
                let is_vain = retry.reason == RetryReason::ColdStart && !last.looks_cold(sent.method);
                if last.passed() || is_vain {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(retry.delay_ms)).await;
                last = self.attempt(plan, step, (sent, auth), sent_times).await?;
            }
        }
        if last.passed() {
            return Ok((Outcome::Passed, last));
        }
        let passes_again = step.request.method.is_safe()
            && self.attempt(plan, step, (sent, auth), sent_times).await.is_ok_and(|again| again.passed());
        Ok((if passes_again { Outcome::Flaky } else { Outcome::Failed }, last))
    }

    /// The time that may still be used: clean-up has its share of it, and of the requests, to itself, so that what a
    /// plan made is removed even when the rest was too much.
    fn left(&self, phase: Phase) -> Option<Duration> {
        let reserve =
            if phase == Phase::CleanUp || self.cleaning == 0 { Duration::ZERO } else { self.limits.wall_time / 10 };
        self.limits.wall_time.checked_sub(reserve + self.begun.elapsed()).filter(|left| !left.is_zero())
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

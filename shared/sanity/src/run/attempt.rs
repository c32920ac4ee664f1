//! One try of a step: sent, and sent again where an API says that it was asked too often.

use super::checks::{self, Seen};
use super::message::Json;
use super::send::Why;
use super::{Answer, Check, CheckName, Run, Sent, capture, throttle};
use crate::plan::{Auth, Method, Phase, Step, TestPlan};
use serde_json::Value;
use std::time::Duration;

/// How long a step waits for an answer unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One try of a step.
pub(super) struct Try {
    pub checks: Vec<Check>,
    pub answer: Option<Answer>,
    pub captured: Vec<(String, Value)>,
    timed_out: bool,
}

impl Try {
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// What a gateway answers while a function starts, or an answer whose only fault is that it came late. A POST may
    /// have made something whatever was answered, and whether or not: only 503 says that nobody has seen it.
    pub fn looks_cold(&self, method: Method) -> bool {
        if method == Method::Post {
            return self.status() == Some(503);
        }
        let mut failed = self.checks.iter().filter(|check| !check.passed);
        self.timed_out
            || matches!(self.status(), Some(502..=504))
            || failed.all(|check| check.name == CheckName::MaxResponseTime)
    }
}

/// Why a try came to no end that says something of the API.
pub(super) enum Cut {
    /// The run's own limits.
    Limit,
    /// The API was asked too often, and did nothing.
    Throttled(Answer),
}

impl Cut {
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Limit => "the run's limit of requests or time was reached",
            Self::Throttled(_) => "the API was asked too often (429), after waiting as well",
        }
    }

    pub fn answer(self) -> Option<Answer> {
        match self {
            Self::Limit => None,
            Self::Throttled(answer) => Some(answer),
        }
    }
}

impl Run<'_> {
    /// Tries a step once. What is throttled did nothing, and so is sent again whatever it is; `sent_times` counts.
    pub(super) async fn attempt(
        &mut self,
        plan: &TestPlan,
        step: &Step,
        (sent, auth): (&Sent, Auth),
        sent_times: &mut u32,
    ) -> Result<Try, Cut> {
        let mut waits = throttle::Waits::new(self.limits.patience);
        let done = loop {
            let done = self.once(plan, step, (sent, auth), sent_times).await?;
            let Some(answer) = done.answer.as_ref().filter(|answer| throttle::is_throttled(answer, &step.expect))
            else {
                break done;
            };
            self.pace.slow_down(self.limits.patience);
            let wait = waits.next(answer).filter(|wait| self.left(step.phase).is_some_and(|left| *wait < left));
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                // A document may promise it.
                None if step.expect.status.iter().any(|wanted| wanted.matches(answer.status)) => break done,
                None => return Err(Cut::Throttled(answer.clone())),
            }
        };
        self.keep(&step.request, sent, &done);
        Ok(done)
    }

    /// Sends once and looks at the answer.
    async fn once(
        &mut self,
        plan: &TestPlan,
        step: &Step,
        (sent, auth): (&Sent, Auth),
        sent_times: &mut u32,
    ) -> Result<Try, Cut> {
        let left = self.left(step.phase).ok_or(Cut::Limit)?;
        self.pace.keep(if step.phase == Phase::CleanUp { 0 } else { self.cleaning });
        if !self.pace.next().await {
            return Err(Cut::Limit);
        }
        *sent_times += 1;
        let own = step.timeout_ms.map_or(TIMEOUT, Duration::from_millis);
        let timeout = own.min(left);
        let late = step.expect.max_response_time_ms;
        let wanted = |status| step.expect.status.iter().any(|wanted| wanted.matches(status));
        match self.sender.send(sent, auth, timeout, wanted, &mut self.pace).await {
            Ok(answer) => {
                let json = Json::of(&answer);
                let seen = Seen { shown: auth, values: &self.values, secrets: &self.secrets, json: &json };
                let promises = step.expect.promise.as_ref().and_then(|name| plan.promises.get(name));
                let mut checks = checks::checks(&step.expect, promises, &answer, &seen);
                let (captured, missing) = capture::captured(&step.capture, &answer, &json);
                checks.extend(missing);
                Ok(Try { checks, answer: Some(answer), captured, timed_out: false })
            }
            Err(no_answer) => {
                let timed_out = no_answer.why == Why::TimedOut;
                // It was not given the time that it may take.
                let is_cut =
                    timed_out && timeout < own && late.is_none_or(|limit| timeout < Duration::from_millis(limit));
                if is_cut || no_answer.why == Why::Limit {
                    return Err(Cut::Limit);
                }
                let check = match late.filter(|_| timed_out) {
                    Some(limit) => {
                        let expected = format!("at most {limit} ms");
                        Check::new(CheckName::MaxResponseTime, false, expected, no_answer.check.actual)
                    }
                    None => no_answer.check,
                };
                Ok(Try { checks: vec![check], answer: None, captured: Vec::new(), timed_out })
            }
        }
    }
}

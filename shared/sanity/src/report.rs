//! The report: what was tested, what came of it, and what its reader needs to mend it.

mod html;
mod junit;
mod left;

use crate::plan::{DemandCheck, Expect, Phase, TestPlan};
use crate::run::{Outcome, StepResult};
use drydock_contract::SessionId;
pub use drydock_contract::sanity::{Counts, Verdict};
pub use left::left_behind;
use serde::{Deserialize, Serialize};

/// The only version written today.
pub const VERSION: u32 = 1;

/// A report. Its JSON is the whole of it; [`Report::to_html`] and [`Report::to_junit`] are other forms of the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Always [`VERSION`].
    pub version: u32,
    /// The session.
    pub session_id: SessionId,
    /// The plan that was run; it can be run again by this id.
    pub plan_id: String,
    /// `https://host/owner/name`
    pub repository: String,
    /// A Git branch.
    pub branch: String,
    /// RFC 3339.
    pub created_at: String,
    /// Milliseconds that the run took.
    pub duration_ms: u64,
    /// The answer to "does it work?".
    pub verdict: Verdict,
    /// How many steps became what.
    pub counts: Counts,
    /// What is there, and how it was found.
    pub endpoints: Vec<ReportedEndpoint>,
    /// True if all that is deployed was looked at, and nothing of it takes requests that the tester could send.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_endpoint: bool,
    /// What the reader must know about how the plan came about and what it could not cover.
    pub notes: Vec<String>,
    /// Every step.
    pub steps: Vec<ReportedStep>,
}

/// An endpoint of the deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedEndpoint {
    /// In capitals.
    pub method: String,
    /// With `{parameters}`.
    pub path: String,
    /// Where it was seen: resource, file and line, document.
    pub origins: Vec<String>,
    /// True if a step sent a request to it.
    pub tested: bool,
}

/// A step with what else is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedStep {
    /// What became of it.
    pub result: StepResult,
    /// The function's log lines around it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log_lines: Vec<String>,
    /// The file that most likely answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likely_file: Option<String>,
}

impl ReportedStep {
    /// True if the verdict rests on it. Clean-up is not judged: what it leaves behind is a note, not a fault of the API.
    pub fn is_judged(&self) -> bool {
        self.result.phase != Phase::CleanUp
    }

    /// True if it is a fault of the API.
    pub fn is_fault(&self) -> bool {
        self.is_judged() && self.result.outcome == Outcome::Failed
    }

    /// True if it was answered with 401 or 403.
    pub fn is_refused(&self) -> bool {
        is_refusal(&self.result)
    }
}

impl From<StepResult> for ReportedStep {
    fn from(result: StepResult) -> Self {
        Self { result, log_lines: Vec::new(), likely_file: None }
    }
}

/// The verdict on a run. A set-up that failed is a fault: it is an endpoint that does not do what it is there for. An
/// API that lets nobody in may work or not: a test that was refused, as it should be, shows nothing of what is behind.
pub fn verdict(steps: &[ReportedStep]) -> Verdict {
    let shows = |result: &StepResult| match result.outcome {
        Outcome::Skipped => false,
        Outcome::Passed => !is_refusal(result),
        Outcome::Failed | Outcome::Flaky => true,
    };
    if steps.iter().any(ReportedStep::is_fault) {
        Verdict::Failed
    } else if steps.iter().any(|step| step.result.phase == Phase::Test && shows(&step.result)) {
        Verdict::Passed
    } else {
        Verdict::NothingToTest
    }
}

fn is_refusal(result: &StepResult) -> bool {
    result.answer.as_ref().is_some_and(|answer| matches!(answer.status, 401 | 403))
}

/// What is to be said of tests that were refused and were not meant to be.
pub fn refusals(plan: &TestPlan, steps: &[ReportedStep]) -> Option<String> {
    let is_meant = |expect: &Expect| {
        let demands = expect.demand.as_ref().is_some_and(|demand| demand.check == DemandCheck::IgnoredAuth);
        demands || !expect.status.is_empty() && expect.status.iter().all(|one| one.matches(401) || one.matches(403))
    };
    let sent = || plan.steps.iter().zip(steps).filter(|(_, step)| step.result.outcome != Outcome::Skipped);
    if sent().count() > 0 && sent().all(|(_, step)| is_refusal(&step.result)) {
        return Some("Every request was refused (401 or 403): nothing could be tested without credentials.".to_owned());
    }
    let passed = sent().filter(|(_, step)| step.result.outcome == Outcome::Passed && is_refusal(&step.result));
    let names: Vec<&str> =
        passed.filter(|(step, _)| !is_meant(&step.expect)).map(|(step, _)| step.name.as_str()).collect();
    let first = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 3 { ", …" } else { "" };
    (!names.is_empty()).then(|| {
        let (refused, all) = (names.len(), sent().count());
        format!(
            "{refused} of {all} requests met a refusal (401 or 403), which shows nothing of what is behind: {first}{more}."
        )
    })
}

/// Counts the outcomes of the steps that are judged.
pub fn counts(steps: &[ReportedStep]) -> Counts {
    let judged = || steps.iter().filter(|step| step.is_judged());
    let of = |outcome| judged().filter(|step| step.result.outcome == outcome).count();
    Counts {
        total: judged().count(),
        passed: of(Outcome::Passed),
        failed: of(Outcome::Failed),
        flaky: of(Outcome::Flaky),
        skipped: of(Outcome::Skipped),
    }
}

impl Report {
    /// The steps that failed, as the fixer and the session's reader need them: few and short.
    pub fn short(&self) -> Vec<String> {
        self.steps
            .iter()
            .filter(|step| step.is_fault())
            .map(|step| {
                let request = step.result.request.as_ref();
                let request =
                    request.map_or_else(String::new, |request| format!(" ({} {})", request.method, request.url));
                let checks: Vec<String> = step
                    .result
                    .checks
                    .iter()
                    .filter(|check| !check.passed)
                    .map(|check| format!("{}: expected {}, got {}", check.name, check.expected, check.actual))
                    .collect();
                let file = step.likely_file.as_ref().map_or_else(String::new, |file| format!("; see {file}"));
                format!("{}{request}: {}{file}", step.result.name, checks.join("; "))
            })
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::{Value, json};

    pub(crate) fn step(id: &str, phase: &str, outcome: &str) -> ReportedStep {
        let failed = outcome == "failed" || outcome == "flaky";
        serde_json::from_value(json!({"likelyFile": "src/app.py", "result": {
            "id": id, "name": format!("step <{id}>"), "phase": phase, "outcome": outcome, "tries": 1,
            "checks": [{"name": "not_a_server_error", "passed": !failed, "expected": "a status below 500", "actual": "500"}],
            "reason": (outcome == "skipped").then_some("the step that captures it did not succeed"),
            "request": {"method": "GET", "url": "https://api.example/x?a=1&b=2", "headers": [], "curl": "curl -i 'https://api.example/x?a=1&b=2'"},
            "answer": {"status": 500, "headers": [["content-type", "text/html"]], "body": "<script>alert(1)</script>", "millis": 12},
        }}))
        .unwrap()
    }

    pub(crate) fn report(steps: Vec<ReportedStep>) -> Report {
        Report {
            version: VERSION,
            session_id: SessionId::parse("sanity-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap(),
            plan_id: "p1".into(),
            repository: "https://github.com/o/n".into(),
            branch: "main".into(),
            created_at: "2026-01-01T00:00:00Z".into(),
            duration_ms: 1234,
            verdict: verdict(&steps),
            counts: counts(&steps),
            endpoints: vec![ReportedEndpoint {
                method: "GET".into(),
                path: "/x".into(),
                origins: vec!["template.yaml: Resources.Api".into()],
                tested: true,
            }],
            no_endpoint: false,
            notes: vec!["No model key: the plan comes from the evidence alone.".into()],
            steps,
        }
    }

    #[test]
    fn a_verdict_rests_on_what_was_tested() {
        let check = |steps: &[(&str, &str)], expected: Verdict| {
            let steps: Vec<_> = steps.iter().map(|(phase, outcome)| step("a", phase, outcome)).collect();
            assert_eq!(verdict(&steps), expected, "{steps:?}");
        };
        check(&[], Verdict::NothingToTest);
        check(&[("set-up", "passed")], Verdict::NothingToTest);
        check(&[("test", "skipped")], Verdict::NothingToTest);
        check(&[("test", "passed"), ("test", "skipped")], Verdict::Passed);
        check(&[("test", "flaky")], Verdict::Passed);
        check(&[("test", "passed"), ("test", "failed")], Verdict::Failed);
        check(&[("set-up", "failed"), ("test", "skipped")], Verdict::Failed);
        check(&[("test", "passed"), ("clean-up", "failed")], Verdict::Passed);
    }

    /// A plan with a step for each of these, and what was answered to it.
    fn answered(steps: &[(Value, u16)]) -> (TestPlan, Vec<ReportedStep>) {
        let plan_steps = steps.iter().enumerate().map(|(at, (expect, _))| {
            json!({"id": format!("s{at}"), "name": format!("n{at}"), "request": {"target": "api", "method": "GET", "path": "/"},
                   "expect": expect})
        });
        let plan = json!({"version": 1, "targets": {}, "steps": plan_steps.collect::<Vec<_>>()});
        let steps = steps.iter().map(|(_, status)| {
            let mut step = step("s", "test", "passed");
            step.result.answer.as_mut().unwrap().status = *status;
            step
        });
        (serde_json::from_value(plan).unwrap(), steps.collect())
    }

    #[test]
    fn an_api_that_lets_nobody_in_is_not_tested() {
        let check = |steps: &[(Value, u16)], expected: Verdict, note: Option<&str>| {
            let (plan, steps) = answered(steps);
            let said = refusals(&plan, &steps);
            assert_eq!(verdict(&steps), expected, "{steps:?}");
            assert!(note.is_none() == said.is_none() && said.unwrap_or_default().contains(note.unwrap_or_default()));
        };
        let ignored = json!({"demand": {"check": "ignored_auth", "status": [401, 403]}});
        let nobody = Some("nothing could be tested without credentials");
        check(&[(ignored.clone(), 401)], Verdict::NothingToTest, nobody);
        check(&[(json!({}), 401), (json!({"status": [200, 403]}), 403)], Verdict::NothingToTest, nobody);
        check(&[(ignored.clone(), 401), (json!({}), 200)], Verdict::Passed, None);
        check(&[(json!({"status": [401]}), 401), (json!({}), 404)], Verdict::Passed, None);
        check(
            &[(json!({}), 403), (json!({}), 200)],
            Verdict::Passed,
            Some("1 of 2 requests met a refusal (401 or 403)"),
        );
    }

    #[test]
    fn the_short_form_names_request_check_and_file() {
        let report =
            report(vec![step("a", "test", "failed"), step("b", "test", "passed"), step("c", "clean-up", "failed")]);
        assert_eq!(
            report.short(),
            [
                "step <a> (GET https://api.example/x?a=1&b=2): not_a_server_error: expected a status below 500, got 500; see src/app.py"
            ]
        );
        assert_eq!(report.counts, Counts { total: 2, passed: 1, failed: 1, flaky: 0, skipped: 0 });
    }

    #[test]
    fn the_json_is_the_whole_report() {
        let report = report(vec![step("a", "test", "failed")]);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}

//! The report: what was tested, what came of it, and what its reader needs to mend it.

mod html;
mod junit;

use crate::plan::Phase;
use crate::run::{Outcome, StepResult};
use drydock_contract::SessionId;
pub use drydock_contract::sanity::{Counts, Verdict};
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

impl From<StepResult> for ReportedStep {
    fn from(result: StepResult) -> Self {
        Self { result, log_lines: Vec::new(), likely_file: None }
    }
}

/// The verdict on a run. Clean-up is not judged: what it leaves behind is a note, not a fault of the API. A set-up
/// that failed is a fault: it is an endpoint that does not do what it is there for.
pub fn verdict(steps: &[ReportedStep]) -> Verdict {
    let judged = || steps.iter().map(|step| &step.result).filter(|result| result.phase != Phase::CleanUp);
    if judged().any(|result| result.outcome == Outcome::Failed) {
        Verdict::Failed
    } else if judged().any(|result| result.phase == Phase::Test && result.outcome != Outcome::Skipped) {
        Verdict::Passed
    } else {
        Verdict::NothingToTest
    }
}

/// Counts outcomes.
pub fn counts(steps: &[ReportedStep]) -> Counts {
    let of = |outcome| steps.iter().filter(|step| step.result.outcome == outcome).count();
    Counts {
        total: steps.len(),
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
            .filter(|step| step.result.outcome == Outcome::Failed)
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
    use serde_json::json;

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

    #[test]
    fn the_short_form_names_request_check_and_file() {
        let report = report(vec![step("a", "test", "failed"), step("b", "test", "passed")]);
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

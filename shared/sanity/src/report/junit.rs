//! The report as JUnit XML, which every CI system shows.

use super::{Report, ReportedStep};
use crate::run::Outcome;
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

impl Report {
    /// One test suite with a case a step; a flaky step passes with its first failure beside it. Clean-up is no case: what
    /// failed of it is said beside them.
    ///
    /// # Errors
    /// If a text cannot be written as XML.
    pub fn to_junit(&self) -> Result<String, String> {
        let mut suite = TestSuite::new(self.repository.as_str());
        suite.set_time(Duration::from_millis(self.duration_ms));
        for step in self.steps.iter().filter(|step| step.is_judged()) {
            suite.add_test_case(case(step));
        }
        let unclean = self.steps.iter().filter(|step| !step.is_judged() && step.result.outcome == Outcome::Failed);
        let unclean: Vec<String> =
            unclean.map(|step| format!("{}: {}\n{}", step.result.name, why(step), details(step))).collect();
        if !unclean.is_empty() {
            suite.set_system_out(format!("Clean-up failed, which is not judged:\n{}", unclean.join("\n")));
        }
        let mut junit = Junit::new("drydock sanity test");
        junit.set_time(Duration::from_millis(self.duration_ms)).add_test_suite(suite);
        junit.to_string().map_err(|error| error.to_string())
    }
}

fn case(step: &ReportedStep) -> TestCase {
    let result = &step.result;
    let message = why(step);
    let status = match result.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(result.reason.as_deref().unwrap_or_default());
            status
        }
        Outcome::Flaky => {
            let mut status = TestCaseStatus::success();
            let mut rerun = quick_junit::TestRerun::new(NonSuccessKind::Failure);
            rerun.set_message(message).set_description(details(step));
            status.add_rerun(rerun);
            status
        }
        Outcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let kind = result.checks.iter().find(|check| !check.passed).map(|check| check.name.to_string());
            let kind = kind.unwrap_or_default();
            status.set_type(kind).set_message(message).set_description(details(step));
            status
        }
    };
    let mut case = TestCase::new(result.name.as_str(), status);
    case.set_classname(result.id.as_str());
    if let Some(answer) = &result.answer {
        case.set_time(Duration::from_millis(answer.millis));
    }
    case
}

/// Every check that failed.
fn why(step: &ReportedStep) -> String {
    let failed = step.result.checks.iter().filter(|check| !check.passed);
    let failed = failed.map(|check| format!("{}: expected {}, got {}", check.name, check.expected, check.actual));
    failed.collect::<Vec<_>>().join("; ")
}

/// What a person needs to see it again.
fn details(step: &ReportedStep) -> String {
    let mut text = String::new();
    if let Some(request) = &step.result.request {
        text += &format!("{}\n", request.curl);
    }
    if let Some(answer) = &step.result.answer {
        text += &format!("HTTP {} after {} ms\n{}\n", answer.status, answer.millis, answer.body);
    }
    if let Some(file) = &step.likely_file {
        text += &format!("likely file: {file}\n");
    }
    for line in &step.log_lines {
        text += &format!("log: {line}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::report::tests::{report, step};

    #[test]
    fn what_was_not_removed_is_no_failure() {
        let steps = vec![step("a", "test", "passed"), step("left", "clean-up", "failed")];
        let xml = report(steps).to_junit().unwrap();
        assert!(xml.contains(r#"tests="1" skipped="0" failures="0" errors="0""#), "{xml}");
        assert!(xml.contains("Clean-up failed, which is not judged:\nstep &lt;left&gt;: not_a_server_error"), "{xml}");
    }

    #[test]
    fn every_outcome_has_its_form() {
        let steps = ["passed", "failed", "flaky", "skipped"].map(|outcome| step(outcome, "test", outcome));
        let xml = report(steps.to_vec()).to_junit().unwrap();
        for part in [
            r#"tests="4" skipped="1" failures="1" errors="0""#,
            r#"type="not_a_server_error""#,
            r#"message="not_a_server_error: expected a status below 500, got 500""#,
            "<flakyFailure",
            "<skipped message=\"the step that captures it did not succeed\"",
            "likely file: src/app.py",
            "&lt;script&gt;",
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
    }
}

//! What came of a run: the report with its log lines and without secrets, and its short form on the session.

use crate::account::{Account, Signed};
use crate::inspecting::Found;
use crate::stored::ModelUse;
use crate::testing::Means;
use crate::time;
use drydock_contract::sanity::{FailedStep, Reports, SanitySummary};
use drydock_mask::MASK;
use drydock_sanity::evidence::Evidence;
use drydock_sanity::plan::TestPlan;
use drydock_sanity::report::{Report, ReportedEndpoint, ReportedStep};
use drydock_sanity::run::{Outcome, Secrets, StepResult};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Most failed steps whose logs are read.
const LOGGED_STEPS: usize = 15;

/// How long before and after a step its function's lines are looked for, in milliseconds.
const AROUND_MS: i64 = 1_000;

/// Logs take a moment to be readable.
const LOG_TRIES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(4)];

/// Results with the file and the log lines that belong to them.
pub(crate) async fn steps(
    plan: &TestPlan,
    results: Vec<StepResult>,
    found: &Found,
    means: &Means<'_>,
    notes: &mut Vec<String>,
) -> Vec<ReportedStep> {
    let Account { signed, prefix, .. } = means.account;
    let Found { evidence, functions, .. } = found;
    let secrets = found.secret.secrets();
    let mut reported = Vec::new();
    let mut logged = 0;
    let mut unreadable = false;
    for (step, result) in plan.steps.iter().zip(results) {
        let mut one = ReportedStep::from(result);
        one.likely_file = evidence.likely_file(step).map(str::to_owned);
        let bad = matches!(one.result.outcome, Outcome::Failed | Outcome::Flaky);
        if bad
            && logged < LOGGED_STEPS
            && !unreadable
            && let Some(function) = evidence.function(step)
            && let Some(time) = time::of_logs(means.deadline, Instant::now())
        {
            let function = function_name(functions.get(function).map_or(function, String::as_str));
            // Nobody else's logs may be read.
            if !function.starts_with(prefix.as_str()) {
                reported.push(one);
                continue;
            }
            logged += 1;
            let lines = log_lines(signed, function, one.result.span_ms, &secrets, logged == 1);
            let late = |_| Err("it takes too long".to_owned());
            match tokio::time::timeout(time, lines).await.unwrap_or_else(late) {
                Ok(lines) => one.log_lines = lines,
                Err(error) => {
                    unreadable = true;
                    notes.push(format!("The log of {function} could not be read: {error}."));
                }
            }
        }
        reported.push(one);
    }
    reported
}

async fn log_lines(
    signed: &Signed,
    function: &str,
    span: (u64, u64),
    secrets: &Secrets,
    patient: bool,
) -> Result<Vec<String>, String> {
    let at = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX - AROUND_MS);
    for pause in &LOG_TRIES[..if patient { LOG_TRIES.len() } else { 1 }] {
        tokio::time::sleep(*pause).await;
        let lines = signed.log_lines(function, at(span.0) - AROUND_MS, at(span.1) + AROUND_MS, secrets).await?;
        if !lines.is_empty() {
            return Ok(lines);
        }
    }
    Ok(Vec::new())
}

/// The name in an ARN, or the name itself.
fn function_name(function: &str) -> &str {
    function.split(":function:").last().and_then(|rest| rest.split(':').next()).unwrap_or(function)
}

/// Every endpoint, and whether a step asked it.
pub(crate) fn endpoints(evidence: &Evidence, plan: &TestPlan, steps: &[ReportedStep]) -> Vec<ReportedEndpoint> {
    let sent = plan.steps.iter().zip(steps).filter(|(_, step)| step.result.outcome != Outcome::Skipped);
    let asked: Vec<_> = sent.filter_map(|(step, _)| evidence.endpoint_of(step)).collect();
    let reported = |endpoint: &drydock_sanity::endpoint::Endpoint| ReportedEndpoint {
        method: endpoint.method.as_str().to_owned(),
        path: endpoint.path.clone(),
        origins: endpoint.origins.iter().map(|origin| origin.place.clone()).collect(),
        tested: asked.iter().any(|asked| std::ptr::eq(*asked, endpoint)),
    };
    evidence.endpoints.iter().map(reported).collect()
}

/// Takes out of every text what is a secret: those that we showed, should an API repeat them (and a later request
/// hold what was repeated, in a query or a form), and what looks like one.
pub(crate) fn without_secrets(report: &mut Report, shown: &Secrets) {
    let clean = |text: &mut String| {
        without_signatures(text);
        if let Cow::Owned(clean) = shown.clean(text) {
            *text = clean;
        }
    };
    report.notes.iter_mut().for_each(clean);
    for step in &mut report.steps {
        let result = &mut step.result;
        step.log_lines.iter_mut().chain(&mut result.reason).for_each(clean);
        for check in &mut result.checks {
            clean(&mut check.expected);
            clean(&mut check.actual);
        }
        if let Some(request) = &mut result.request {
            request.headers.iter_mut().for_each(|(_, value)| clean(value));
            request.body.iter_mut().for_each(clean);
            clean(&mut request.curl);
            clean(&mut request.url);
        }
        if let Some(answer) = &mut result.answer {
            answer.headers.iter_mut().for_each(|(_, value)| clean(value));
            clean(&mut answer.body);
        }
    }
}

/// Takes out what an API repeats of our signature: it is good for a few minutes, and tells whose it is.
fn without_signatures(text: &mut String) {
    const SIGNED: &str = "AWS4-HMAC-SHA256 ";
    const SIGNATURE: &str = "Signature=";
    while let Some(from) = text.find(SIGNED) {
        let rest = &text[from..];
        let end = rest.find(SIGNATURE).map_or(SIGNED.len(), |at| {
            let digits = rest[at + SIGNATURE.len()..].bytes().take_while(u8::is_ascii_hexdigit).count();
            at + SIGNATURE.len() + digits
        });
        text.replace_range(from..from + end, MASK);
    }
}

/// The short form for the session.
pub(crate) fn summary(report: &Report, model: &ModelUse, keys: Reports) -> SanitySummary {
    let judged = || report.steps.iter().filter(|step| step.is_judged());
    let of = |outcome: Outcome| judged().filter(move |step| step.result.outcome == outcome);
    let mut summary = SanitySummary {
        verdict: Some(report.verdict),
        plan_id: Some(report.plan_id.clone()),
        endpoints: u32::try_from(report.endpoints.len()).unwrap_or(u32::MAX),
        no_endpoint: report.no_endpoint,
        counts: report.counts,
        duration_ms: report.duration_ms,
        failed_steps: of(Outcome::Failed).map(failed_step).collect(),
        flaky_steps: of(Outcome::Flaky).map(|step| step.result.name.clone()).collect(),
        notes: report.notes.clone(),
        report_keys: Some(keys),
        reports: None,
        model: model.name.clone(),
        input_tokens: model.input_tokens,
        output_tokens: model.output_tokens,
        cost_usd: model.cost_usd,
    };
    summary.fit();
    summary
}

fn failed_step(step: &ReportedStep) -> FailedStep {
    let failed = step.result.checks.iter().find(|check| !check.passed);
    // What went wrong stands in the last lines, and a head has room for few.
    let mut log_lines = step.log_lines.clone();
    log_lines.drain(..log_lines.len().saturating_sub(5));
    FailedStep {
        name: step.result.name.clone(),
        check: failed.map(|check| check.name.to_string()).unwrap_or_default(),
        expected: failed.map(|check| check.expected.clone()).unwrap_or_default(),
        actual: failed.map(|check| check.actual.clone()).unwrap_or_default(),
        curl: step.result.request.as_ref().map(|request| request.curl.clone()),
        likely_file: step.likely_file.clone(),
        log_lines,
    }
}

/// The failure of a session whose tests failed, in the words of its first steps.
pub(crate) fn failure_text(summary: &SanitySummary) -> String {
    let counts = summary.counts;
    let first: Vec<String> = summary
        .failed_steps
        .iter()
        .take(3)
        .map(|step| format!("{}: {}: expected {}, got {}", step.name, step.check, step.expected, step.actual))
        .collect();
    let more = counts.failed.saturating_sub(first.len());
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{} of {} tests failed: {}{more}", counts.failed, counts.total, first.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report() -> Report {
        serde_json::from_value(json!({
            "version": 1, "sessionId": "sanity-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "planId": "plan-x",
            "repository": "https://github.com/o/n", "branch": "main", "createdAt": "2026-01-01T00:00:00Z",
            "durationMs": 5, "verdict": "failed", "endpoints": [], "notes": [],
            "counts": {"total": 1, "passed": 0, "failed": 1, "flaky": 0, "skipped": 0},
            "steps": [{"likelyFile": "app.py", "logLines": ["a", "b", "c", "d", "e", "f"], "result": {
                "id": "s", "name": "GET /x", "phase": "test", "outcome": "failed", "tries": 2,
                "checks": [
                    {"name": "status_code_conformance", "passed": true, "expected": "", "actual": ""},
                    {"name": "not_a_server_error", "passed": false, "expected": "a status below 500", "actual": "500"},
                ],
                "request": {"method": "GET", "url": "https://a/x", "headers": [], "curl": "curl 'https://a/x'"},
                "answer": {"status": 500, "headers": [["x-echo", "Bearer s3cret-token"]],
                           "body": "you sent s3cret-token, and AKIAIOSFODNN7EXAMPLE is mine", "millis": 3},
            }}],
        }))
        .unwrap()
    }

    #[test]
    fn the_session_gets_the_check_that_failed_and_how_to_see_it_again() {
        let summary = summary(&report(), &ModelUse::default(), Reports::default());
        let [step] = &summary.failed_steps[..] else { panic!("{summary:?}") };
        assert_eq!((step.check.as_str(), step.actual.as_str()), ("not_a_server_error", "500"));
        assert_eq!(step.log_lines, ["b", "c", "d", "e", "f"]);
        assert_eq!(step.likely_file.as_deref(), Some("app.py"));
        let text = failure_text(&summary);
        assert_eq!(text, "1 of 1 tests failed: GET /x: not_a_server_error: expected a status below 500, got 500");
    }

    #[test]
    fn no_secret_is_reported_even_if_an_api_repeats_it() {
        let mut report = report();
        let curl = "curl --data-raw 'token=s3%2Fcret%3D&x=1' 'https://a/x?t=s3%2Fcret%3D'";
        curl.clone_into(&mut report.steps[0].result.request.as_mut().unwrap().curl);
        without_secrets(&mut report, &Secrets::new(["s3cret-token", "s3/cret="]));
        assert!(!serde_json::to_string(&report).unwrap().contains("%2Fcret"), "behind percent signs, too");
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains("s3cret-token") && !text.contains("AKIAIOSFODNN7EXAMPLE"), "{text}");
        assert!(text.contains("you sent"));
        let mut signed =
            "{\"a\": \"AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host, Signature=0a1b\"}".to_owned();
        without_signatures(&mut signed);
        assert_eq!(signed, format!("{{\"a\": \"{MASK}\"}}"));
        let mut odd = "AWS4-HMAC-SHA256 AWS4-HMAC-SHA256 x".to_owned();
        without_signatures(&mut odd);
        assert!(!odd.contains("AWS4"), "{odd}");
    }
}

//! Why a test could test nothing, and what helps.

use crate::planning::NO_KEY;
use drydock_sanity::report::{Report, ReportedStep};

/// What stood in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Nothing: there is nothing that could be tested.
    NoEndpoint,
    /// Where the API is.
    NotFound,
    /// What it takes.
    NotPlanned,
    /// Credentials.
    Refused,
    /// The API's limits.
    Throttled,
    /// The run's own limits, or that there is nothing to show.
    NotSent,
}

impl Cause {
    fn of(report: &Report) -> Self {
        let throttled = |step: &ReportedStep| step.result.answer.as_ref().is_some_and(|answer| answer.status == 429);
        match report {
            Report { no_endpoint: true, .. } => Self::NoEndpoint,
            Report { endpoints, .. } if endpoints.is_empty() => Self::NotFound,
            Report { steps, .. } if steps.is_empty() => Self::NotPlanned,
            Report { steps, .. } if steps.iter().any(ReportedStep::is_refused) => Self::Refused,
            Report { steps, .. } if steps.iter().any(throttled) => Self::Throttled,
            _ => Self::NotSent,
        }
    }
}

/// Why, in one sentence, with the first thing that is known about it.
pub(crate) fn why(report: &Report) -> String {
    let cause = match Cause::of(report) {
        Cause::NoEndpoint => return "there is nothing to test: what is deployed has no endpoint".to_owned(),
        Cause::NotFound => "no endpoint was found",
        Cause::NotPlanned => "no request could be planned",
        Cause::Refused => "the API lets nobody in",
        Cause::Throttled => "the API was asked too often (429), after waiting as well",
        Cause::NotSent => {
            report.steps.iter().find_map(|step| step.result.reason.as_deref()).unwrap_or("no request could be sent")
        }
    };
    let note = report.notes.iter().find(|note| *note != NO_KEY);
    format!("nothing could be tested: {cause}{}", note.map_or_else(String::new, |note| format!(" ({note})")))
}

/// What helps.
pub(crate) fn remedy(report: &Report) -> &'static str {
    match Cause::of(report) {
        Cause::NoEndpoint | Cause::NotFound => {
            "Name the API's address in stackDetails, such as {\"apiUrl\": \"https://…\"}, or deploy one."
        }
        Cause::NotPlanned => "Put an OpenAPI document into the repository: it says what the API takes.",
        Cause::Refused => {
            "Put what the API's callers must show into a secret whose name begins with the name of Drydock's stack and \
             -sanity-, and name it in stackDetails: {\"credentialsSecret\": \"…\"}."
        }
        Cause::Throttled => "Raise the API's limit of requests, or test it when others ask it less.",
        Cause::NotSent => "Read the report, which /status links: it says of each request why it was not sent.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn report(endpoints: usize, steps: &[Value]) -> Report {
        let endpoint = json!({"method": "GET", "path": "/x", "origins": [], "tested": false});
        let steps = steps.iter().map(|given| {
            let mut result = json!({"id": "s", "name": "n", "phase": "test", "checks": [], "tries": 1});
            result.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
            json!({"result": result})
        });
        serde_json::from_value(json!({
            "version": 1, "sessionId": "sanity-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "planId": "plan-x",
            "repository": "https://github.com/o/n", "branch": "main", "createdAt": "2026-01-01T00:00:00Z",
            "durationMs": 5, "verdict": "nothing-to-test", "endpoints": vec![endpoint; endpoints],
            "notes": [NO_KEY, "A note."], "steps": steps.collect::<Vec<_>>(),
            "counts": {"total": 0, "passed": 0, "failed": 0, "flaky": 0, "skipped": 0},
        }))
        .unwrap()
    }

    #[test]
    fn why_nothing_was_tested_is_said_with_what_helps() {
        let check = |report: &Report, expected: &str, helps: &str| {
            assert_eq!(why(report), expected);
            assert!(remedy(report).contains(helps), "{}", remedy(report));
        };
        let nothing = Report { no_endpoint: true, ..report(0, &[]) };
        check(&nothing, "there is nothing to test: what is deployed has no endpoint", "apiUrl");
        let barred = |endpoints, steps: &[Value], why: &str, helps: &str| {
            check(&report(endpoints, steps), &format!("nothing could be tested: {why} (A note.)"), helps);
        };
        let answered = |outcome: &str, status: u16| json!({"outcome": outcome, "answer": {"status": status, "headers": [], "body": "", "millis": 1}});
        let cut = json!({"outcome": "skipped", "reason": "the run's limit of requests or time was reached"});
        barred(0, &[], "no endpoint was found", "apiUrl");
        barred(2, &[], "no request could be planned", "OpenAPI");
        barred(2, &[answered("passed", 401), cut.clone()], "the API lets nobody in", "credentialsSecret");
        barred(
            2,
            &[answered("skipped", 429), cut.clone()],
            "the API was asked too often (429), after waiting as well",
            "limit of requests",
        );
        barred(2, &[cut], "the run's limit of requests or time was reached", "each request");
    }
}

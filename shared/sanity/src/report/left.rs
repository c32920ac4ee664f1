//! What a run left behind in the deployment: what it made and nothing has removed.

use super::ReportedStep;
use crate::plan::{Method, Step, Template, TestPlan, UNIQUE};
use crate::run::Outcome;

/// Most things that are named.
const MOST_NAMED: usize = 5;

/// What is to be said of it, given what has been said already.
pub fn left_behind(plan: &TestPlan, steps: &[ReportedStep], said: &[String]) -> Option<String> {
    let all: Vec<(&Step, &ReportedStep)> = plan.steps.iter().zip(steps).collect();
    let is_said = |step: &Step| said.iter().any(|note| note.contains(&format!("POST {} stays", step.request.path)));
    let makers = all.iter().filter(|(step, _)| matches!(step.request.method, Method::Post | Method::Put));
    let left: Vec<String> = makers
        .filter(|(step, _)| !is_said(step))
        .filter_map(|(step, done)| {
            let made = made(done)?;
            let removals: Vec<_> = all.iter().filter(|(removal, _)| removes(removal, step)).collect();
            if removals.iter().any(|(_, removal)| is_removed(removal)) {
                return None;
            }
            match removals.last() {
                Some((_, removal)) => Some(format!("what {} {made} ({})", step.name, why(removal))),
                // Nothing was to remove it: that it made something is certain only if the answer says so.
                None => (status(done) == Some(201)).then(|| format!("what {} {made}", step.name)),
            }
        })
        .collect();
    let more = left.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    let named = left.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
    (!left.is_empty()).then(|| format!("Left behind in the deployment: {named}{more}."))
}

/// Whether a step has made something, in words; `None` if it has not.
fn made(done: &ReportedStep) -> Option<&'static str> {
    match (done.result.outcome, status(done)) {
        (Outcome::Skipped, _) if done.result.requests == 0 => None,
        (_, Some(200..300)) => Some("made"),
        // Nobody knows: it may have come to its end behind a gateway that waited no longer.
        (_, None | Some(500..)) => Some("may have made"),
        _ => None,
    }
}

fn status(done: &ReportedStep) -> Option<u16> {
    done.result.answer.as_ref().map(|answer| answer.status)
}

/// True if a step would remove what another has made: its path holds what was captured of it, or what it said itself.
fn removes(removal: &Step, maker: &Step) -> bool {
    let path = removal.request.path.as_str();
    let names = Template(path).names();
    let own = path.rsplit('/').next().unwrap_or_default();
    let says = || {
        let body = maker.request.body.as_ref().map(ToString::to_string).unwrap_or_default();
        maker.request.path == path || body.contains(&format!("\"{own}\""))
    };
    removal.request.method == Method::Delete
        && removal.request.target == maker.request.target
        && (names.iter().any(|name| maker.capture.contains_key(*name)) || names.contains(UNIQUE) && says())
}

/// True if what it is about is not there any more.
fn is_removed(removal: &ReportedStep) -> bool {
    removal.result.outcome != Outcome::Skipped && matches!(status(removal), Some(200..300 | 404 | 410))
}

/// Why a removal came to nothing.
fn why(removal: &ReportedStep) -> String {
    match (&removal.result.reason, status(removal)) {
        (Some(reason), _) => reason.clone(),
        (None, Some(status)) => format!("its removal was answered with {status}"),
        (None, None) => "its removal was not answered".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::step;
    use serde_json::{Value, json};

    /// What is said of a POST and its removal, each with the status that was answered; 0 for none at all.
    fn said(maker: u16, removal: Option<(&str, u16)>) -> String {
        let make = json!({"id": "make", "name": "POST /items", "capture": {"id": {"body": "$.id"}},
                          "request": {"target": "api", "method": "POST", "path": "/items"}});
        let remove = json!({"id": "remove", "name": "DELETE /items/{id}", "phase": "clean-up",
                            "request": {"target": "api", "method": "DELETE", "path": "/items/{{id}}"}});
        let steps: Vec<Value> = [make].into_iter().chain(removal.map(|_| remove)).collect();
        let plan = serde_json::from_value(json!({"version": 1, "targets": {}, "steps": steps})).unwrap();
        let answered = |phase: &str, outcome: &str, status: u16| {
            let mut step = step("s", phase, outcome);
            match step.result.answer.as_mut().filter(|_| status > 0 && outcome != "skipped") {
                Some(answer) => answer.status = status,
                None => step.result.answer = None,
            }
            step
        };
        let done = [answered("test", "passed", maker)];
        let done: Vec<_> =
            done.into_iter().chain(removal.map(|(outcome, status)| answered("clean-up", outcome, status))).collect();
        left_behind(&plan, &done, &[]).unwrap_or_default()
    }

    #[test]
    fn what_was_made_and_not_removed_is_said() {
        let check = |maker, removal, expected: &str| {
            let left = said(maker, removal);
            let left = left.strip_prefix("Left behind in the deployment: ").unwrap_or(&left);
            assert_eq!(left, expected, "{maker} {removal:?}");
        };
        check(201, Some(("passed", 204)), "");
        check(201, Some(("passed", 404)), "");
        check(201, Some(("failed", 500)), "what POST /items made (its removal was answered with 500).");
        check(200, Some(("passed", 403)), "what POST /items made (its removal was answered with 403).");
        let skipped = "the step that captures it did not succeed";
        check(200, Some(("skipped", 0)), &format!("what POST /items made ({skipped})."));
        check(504, Some(("skipped", 0)), &format!("what POST /items may have made ({skipped})."));
        check(0, Some(("skipped", 0)), &format!("what POST /items may have made ({skipped})."));
        check(400, Some(("skipped", 0)), "");
        check(201, None, "what POST /items made.");
        check(200, None, "");
    }

    #[test]
    fn what_the_runs_limits_cut_short_may_have_made_something() {
        let plan = serde_json::from_value(json!({"version": 1, "targets": {}, "steps": [
            {"id": "make", "name": "POST /items", "capture": {"id": {"body": "$.id"}},
             "request": {"target": "api", "method": "POST", "path": "/items"}},
            {"id": "remove", "name": "DELETE /items/{id}", "phase": "clean-up",
             "request": {"target": "api", "method": "DELETE", "path": "/items/{{id}}"}}]}))
        .unwrap();
        let left = |requests: u32| {
            let mut done = [step("make", "test", "skipped"), step("remove", "clean-up", "skipped")];
            done[0].result.requests = requests;
            done.iter_mut().for_each(|step| step.result.answer = None);
            left_behind(&plan, &done, &[])
        };
        assert_eq!(left(0), None);
        assert!(left(1).unwrap().contains("POST /items may have made"));
    }
}

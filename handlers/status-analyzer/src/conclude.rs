//! The end of an SDLC session: its terminal status, and a sentence about all that happened.

use crate::brief::quotable;
use crate::service::ServiceError;
use drydock_contract::session::Failure;
use drydock_contract::workflow::{Checkpoint, Conclusion, Round, Workflow};
use drydock_contract::{Session, SessionId, Stage, Status};
use drydock_diagnosis::Class;
use drydock_store::{Change, Store, now};
use std::sync::atomic::{AtomicBool, Ordering};

/// How a workflow has ended, as whoever noticed it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// True if all is well.
    pub(crate) success: bool,
    /// Why not, if the head does not know: a stable word, and a sentence.
    pub(crate) cause: Option<(String, String)>,
}

/// Ends the session, also if this version cannot read all of its head: nothing else leads it on. One that is over already
/// stays as it is, and is told of as it is.
pub(crate) async fn conclude(store: &Store, id: &SessionId, ending: &Ending) -> Result<Conclusion, ServiceError> {
    let wrote = AtomicBool::new(false);
    let head = store
        .end_latest(id, |head, _| {
            let change = concluded(head, ending, &now());
            wrote.store(change.is_some(), Ordering::Relaxed);
            change
        })
        .await?;
    if wrote.into_inner() {
        store.log_once(id, Stage::Workflow, &head.updated_at, "concluded", &head.message).await?;
    }
    Ok(Conclusion { status: head.status, message: head.message })
}

fn concluded(head: &Session, ending: &Ending, now: &str) -> Option<Change> {
    if head.status.is_terminal() {
        return None;
    }
    let mut workflow = head.workflow.clone();
    if let Some(round) = workflow.as_mut().and_then(Workflow::round_mut) {
        round.ended_at.get_or_insert_with(|| now.to_owned());
    }
    let error = (!ending.success).then(|| failure(head, ending.cause.as_ref()));
    Some(Change {
        status: Some(if ending.success { Status::Success } else { Status::Failed }),
        stage: Some(Stage::Done),
        message: Some(message(head, ending)),
        clear_error: ending.success,
        error,
        workflow,
        release_claim: true,
        clear_outbox: true,
        ..Change::default()
    })
}

/// What the round failed for; a repair that was not found only says why that was the end.
fn failure(head: &Session, cause: Option<&(String, String)>) -> Failure {
    let of_round = round(head).and_then(|round| round.failure.clone());
    let last = head.error.as_ref();
    if let Some((code, reason)) = cause {
        let known = of_round.as_ref().or(last).map(|failure| format!("; before that: {}", failure.message));
        return Failure {
            code: code.clone(),
            message: format!("{}{}", trimmed(reason), known.unwrap_or_default()),
            remedy: Some(
                "Request it again; if it comes back, the operator finds the execution's history in Step Functions."
                    .to_owned(),
            ),
            location: None,
            stage: head.stage,
            replayable: false,
        };
    }
    match (of_round, last) {
        (Some(own), Some(fix)) if fix.stage == Stage::Fix => {
            Failure { message: format!("{}; no repair was found: {}", trimmed(&own.message), fix.message), ..own }
        }
        (Some(failure), _) => failure,
        (None, Some(failure)) => failure.clone(),
        (None, None) => Failure {
            code: "workflow-error".to_owned(),
            message: "the workflow ended without a reason".to_owned(),
            remedy: None,
            location: None,
            stage: head.stage,
            replayable: false,
        },
    }
}

fn message(head: &Session, ending: &Ending) -> String {
    let cost = cost(head);
    if ending.success {
        return format!("{}{cost}.", achieved(head));
    }
    let stands = match round(head).map(|round| (round.deployment, round.tests)) {
        Some((Some(Checkpoint::Deployed), Some(Checkpoint::Untested))) => "Deployed, but not tested",
        Some((Some(Checkpoint::Deployed), _)) => "Deployed, but not working",
        _ => "Not deployed",
    };
    if let Some((_, reason)) = &ending.cause {
        return format!("{stands}{}: {}{cost}.", tries(head), trimmed(reason));
    }
    let why = failure(head, None);
    let why = quotable(trimmed(&why.message));
    format!("{stands}{}: {why}{}{}{cost}.", tries(head), unrepaired(head), branches(head))
}

/// Why nobody tried to repair it.
fn unrepaired(head: &Session) -> String {
    let class = round(head).filter(|round| round.fix.is_none()).and_then(|round| Class::parse(round.class.as_deref()?));
    match class {
        Some(class) if !class.is_fixable_in_code() => {
            format!("; no edit of the repository repairs that, it takes {} ({class})", class.cure().as_str())
        }
        Some(_) if head.workflow.as_ref().is_some_and(|workflow| workflow.max_fix_attempts == 0) => {
            "; no repairs were allowed".to_owned()
        }
        _ => String::new(),
    }
}

/// `Deployed and tested (12 passed), fixed in 1 round: branch fix/…, commit 0123abc`, or that nothing was tested, and why.
fn achieved(head: &Session) -> String {
    let round = round(head);
    let counts = round.and_then(|round| round.test_counts).unwrap_or_default();
    let some = |number: usize, word: &str| if number > 0 { format!(", {number} {word}") } else { String::new() };
    let (tested, untested) = match round.and_then(|round| round.tests) {
        Some(Checkpoint::Tested) => {
            let others = some(counts.flaky, "flaky") + &some(counts.skipped, "skipped");
            (format!(" and tested ({} passed{others})", counts.passed), String::new())
        }
        Some(Checkpoint::NothingToTest) => {
            let why = round.and_then(|round| round.failure.as_ref()).map(|failure| quotable(trimmed(&failure.message)));
            let why = why.unwrap_or_else(|| "there is nothing to test".to_owned());
            (String::new(), format!("; nothing was tested: {why}"))
        }
        _ => (String::new(), String::new()),
    };
    let fixed = match head.workflow.as_ref().map_or(0, |workflow| workflow.fixes) {
        0 => " from".to_owned(),
        fixes => format!(", fixed in {}:", count(fixes, "round")),
    };
    format!("Deployed{tested}{fixed} branch {}{}{untested}", head.working_branch(), commit(round))
}

fn commit(round: Option<&Round>) -> String {
    let commit = round.and_then(|round| round.commit.as_deref()).and_then(|commit| commit.get(..7));
    commit.map_or_else(String::new, |commit| format!(", commit {commit}"))
}

/// ` after 3 repairs`
fn tries(head: &Session) -> String {
    match head.workflow.as_ref().map_or(0, |workflow| workflow.fixes) {
        0 => String::new(),
        fixes => format!(" after {}", count(fixes, "repair")),
    }
}

/// Where the repairs stand that did not help.
fn branches(head: &Session) -> String {
    let rounds = head.workflow.as_ref().map_or(&[][..], |workflow| &workflow.rounds);
    let names: Vec<&str> = rounds.iter().filter_map(|round| round.fix.as_ref()?.branch.as_deref()).collect();
    if names.is_empty() { String::new() } else { format!("; the repairs are on {}", names.join(", ")) }
}

/// USD of all repairs and of all plans of tests.
fn cost(head: &Session) -> String {
    match head.workflow.as_ref().map_or(0.0, Workflow::cost_usd) {
        usd if usd < 0.000_05 => String::new(),
        usd if usd < 0.01 => format!("; the model cost ${usd:.4}"),
        usd => format!("; the model cost ${usd:.2}"),
    }
}

fn round(head: &Session) -> Option<&Round> {
    head.workflow.as_ref().and_then(Workflow::round)
}

fn count(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::session;
    use serde_json::{Value, json};

    const NOW: &str = "2026-11-23T16:30:00.000Z";

    fn head(fixes: u32, rounds: &Value, changes: &Value) -> Session {
        let mut fields = json!({
            "kind": "sdlc", "status": "testing", "stage": "workflow",
            "workflow": {"checkpoint": "tested", "maxFixAttempts": 3, "fixes": fixes, "rounds": rounds},
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        session(&fields)
    }

    fn tested(attempt: u32, branch: &str) -> Value {
        json!({
            "attempt": attempt, "branch": branch, "commit": "0123abcdef0123abcdef0123abcdef0123abcdef", "startedAt": NOW,
            "deployment": "deployed", "tests": "tested", "testCounts": {"total": 12, "passed": 12},
        })
    }

    fn broken(attempt: u32, branch: &str) -> Value {
        json!({
            "attempt": attempt, "branch": branch, "startedAt": NOW, "deployment": "deploy-failed",
            "failure": {"code": "stack-failed", "message": "Role CREATE_FAILED: bad.", "location": "Role", "stage": "monitor"},
            "fix": {"outcome": "fixed", "branch": format!("fix/{attempt}"), "costUsd": 0.06},
        })
    }

    fn end(success: bool, cause: Option<(&str, &str)>) -> Ending {
        Ending { success, cause: cause.map(|(code, reason)| (code.to_owned(), reason.to_owned())) }
    }

    #[test]
    fn a_person_likes_to_read_how_it_ended() {
        let check = |head: &Session, ending: &Ending, status: Status, expected: &str| {
            let change = concluded(head, ending, NOW).unwrap();
            assert_eq!((change.status, change.stage), (Some(status), Some(Stage::Done)));
            assert_eq!(change.message.as_deref(), Some(expected));
            assert_eq!(change.error.is_some(), status == Status::Failed);
        };
        let none = json!({});
        let success = end(true, None);
        check(
            &head(0, &json!([tested(1, "main")]), &none),
            &success,
            Status::Success,
            "Deployed and tested (12 passed) from branch main, commit 0123abc.",
        );
        check(
            &head(1, &json!([broken(1, "main"), tested(2, "fix/1")]), &none),
            &success,
            Status::Success,
            "Deployed and tested (12 passed), fixed in 1 round: branch fix/1, commit 0123abc; the model cost $0.06.",
        );
        let mut dear = tested(1, "main");
        dear.as_object_mut()
            .unwrap()
            .extend([("testsCostUsd".to_owned(), json!(0.2)), ("tests".to_owned(), json!("test-failed"))]);
        check(
            &head(1, &json!([dear, tested(2, "fix/1")]), &json!({"sanity": {"costUsd": 0.0}})),
            &success,
            Status::Success,
            "Deployed and tested (12 passed), fixed in 1 round: branch fix/1, commit 0123abc; the model cost $0.20.",
        );
        let untested = |how: &str, why: &str| {
            let failure = json!({"code": "nothing-to-test", "message": why, "stage": "sanity-test"});
            json!([{"attempt": 1, "branch": "main", "startedAt": NOW, "deployment": "deployed", "tests": how, "failure": failure}])
        };
        check(
            &head(0, &untested("nothing-to-test", "what is deployed has no endpoint"), &none),
            &success,
            Status::Success,
            "Deployed from branch main; nothing was tested: what is deployed has no endpoint.",
        );
        check(
            &head(0, &untested("untested", "Every request was refused."), &none),
            &end(false, None),
            Status::Failed,
            "Deployed, but not tested: Every request was refused.",
        );
        let rounds = json!([broken(1, "main"), broken(2, "fix/1"), broken(3, "fix/2"), broken(4, "fix/3")]);
        check(
            &head(3, &rounds, &none),
            &end(false, None),
            Status::Failed,
            "Not deployed after 3 repairs: Role CREATE_FAILED: bad; the repairs are on fix/1, fix/2, fix/3, fix/4; the model cost $0.24.",
        );
        let refused = json!([{"attempt": 1, "branch": "main", "startedAt": NOW, "deployment": "deploy-failed",
            "class": "iam-permission", "failure": {"code": "not-allowed", "message": "the role may not call sqs:CreateQueue", "stage": "deploy"}}]);
        check(
            &head(0, &refused, &none),
            &end(false, None),
            Status::Failed,
            "Not deployed: the role may not call sqs:CreateQueue; no edit of the repository repairs that, it takes a person (iam-permission).",
        );
        check(
            &head(1, &json!([broken(1, "main"), tested(2, "fix/1")]), &none),
            &end(false, Some(("out-of-time", "it took longer than 30 minutes."))),
            Status::Failed,
            "Deployed, but not working after 1 repair: it took longer than 30 minutes; the model cost $0.06.",
        );
    }

    #[test]
    fn the_failure_is_what_was_wrong_and_not_that_nobody_mended_it() {
        let no_fix = json!({"error": {"code": "fix-not-found", "message": "nothing was found", "stage": "fix"}});
        let failed = failure(&head(1, &json!([broken(1, "main")]), &no_fix), None);
        assert_eq!((failed.code.as_str(), failed.location.as_deref()), ("stack-failed", Some("Role")));
        assert_eq!(failed.message, "Role CREATE_FAILED: bad; no repair was found: nothing was found");
        let stopped = ("execution-aborted".to_owned(), "somebody stopped the workflow".to_owned());
        let failed = failure(&head(0, &json!([broken(1, "main")]), &json!({})), Some(&stopped));
        assert_eq!(failed.code, "execution-aborted");
        assert_eq!(failed.message, "somebody stopped the workflow; before that: Role CREATE_FAILED: bad.");
        let bare = failure(&head(0, &json!([]), &json!({})), None);
        assert_eq!(bare.code, "workflow-error");
    }

    #[test]
    fn what_is_over_stays_as_it_is() {
        for status in ["success", "failed", "cancelled"] {
            let over = head(0, &json!([tested(1, "main")]), &json!({"status": status}));
            assert_eq!(concluded(&over, &end(true, None), NOW), None, "{status}");
        }
    }

    #[test]
    fn the_last_round_gets_its_end() {
        let rounds = json!([{"attempt": 1, "branch": "main", "startedAt": NOW}]);
        let change = concluded(&head(0, &rounds, &json!({})), &end(false, Some(("out-of-time", "late"))), NOW).unwrap();
        assert_eq!(change.workflow.unwrap().rounds[0].ended_at.as_deref(), Some(NOW));
    }
}

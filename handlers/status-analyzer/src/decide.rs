//! Whether a repair is worth trying.
//!
//! The class of the failure and what the fixer is told are written once for each round; the answer is read off the head
//! as it then stands. So an invocation that comes again, whatever it crashed on, writes nothing and answers the same.

use crate::brief::{brief, quotable};
use crate::evidence::findings;
use crate::service::{MAX_LINES, ServiceError};
use drydock_contract::workflow::{Checkpoint, Decision, Verdict, Workflow};
use drydock_contract::{Session, SessionId, Stage};
use drydock_diagnosis::{Class, of_failure};
use drydock_store::{Change, Store};

pub(crate) async fn decide(store: &Store, id: &SessionId) -> Result<Decision, ServiceError> {
    let session = store.get(id).await?.ok_or_else(|| ServiceError::UnknownSession(id.clone()))?;
    if session.workflow.is_none() {
        return Err(ServiceError::NoWorkflow(id.clone()));
    }
    let lines = store.logs(id, MAX_LINES).await?;
    let judged = findings(&session, &lines);
    let class = judged.first().map_or(Class::Unknown, |finding| finding.class);
    let instructions = brief(&session, &judged);
    let same_round = |head: &Session| head.attempt == session.attempt;
    let write = |head: &Session| recorded(head, class, &instructions).filter(|_| same_round(head));
    let head = store.update_latest(id, write).await?;
    let decision = read_off(&head);
    if let Some(at) = decided_at(&head) {
        // Named by the round and dated by its failure: it is one line however often it is written.
        let key = format!("decided-{}", decision.attempt);
        let line = format!("{}: {}", decision.class, decision.reason);
        store.log_once(id, Stage::Workflow, at, &key, &line).await?;
    }
    Ok(decision)
}

/// When the round failed, while its failure is being judged.
fn decided_at(head: &Session) -> Option<&str> {
    let workflow = head.workflow.as_ref().filter(|workflow| !head.status.is_terminal() && has_failed(workflow))?;
    let round = workflow.round()?;
    Some(round.ended_at.as_deref().unwrap_or(&round.started_at))
}

const fn has_failed(workflow: &Workflow) -> bool {
    matches!(workflow.checkpoint, Some(Checkpoint::DeployFailed | Checkpoint::TestFailed))
}

/// What is to be written over `head`: nothing if it is over, has moved on or was judged before.
fn recorded(head: &Session, class: Class, instructions: &str) -> Option<Change> {
    let mut workflow = head.workflow.clone()?;
    let failed = has_failed(&workflow);
    let round = workflow.round_mut()?;
    if head.status.is_terminal() || !failed || round.class.is_some() {
        return None;
    }
    round.class = Some(class.to_string());
    let verdict = verdict(class, &workflow);
    if verdict == Verdict::Fix {
        workflow.instructions = Some(instructions.to_owned());
    }
    let message = reason(head, class, &workflow, verdict);
    Some(Change { workflow: Some(workflow), message: Some(message), ..Change::default() })
}

fn verdict(class: Class, workflow: &Workflow) -> Verdict {
    let left = workflow.fixes < workflow.max_fix_attempts;
    if class.is_fixable_in_code() && left { Verdict::Fix } else { Verdict::GiveUp }
}

/// The decision that a head holds. A pure function of it.
fn read_off(head: &Session) -> Decision {
    let attempt = head.attempt;
    let give_up = |class: Class, reason: String| Decision {
        decision: Verdict::GiveUp,
        class: class.to_string(),
        reason,
        attempt,
    };
    let class_of_error = || head.error.as_ref().map_or(Class::Unknown, of_failure);
    let Some(workflow) = head.workflow.as_ref() else {
        return give_up(Class::Unknown, "it has no workflow".to_owned());
    };
    if head.status.is_terminal() {
        return give_up(class_of_error(), format!("the session is over: it is {}", head.status));
    }
    let class = workflow.round().and_then(|round| Class::parse(round.class.as_deref()?));
    match (workflow.checkpoint, class) {
        (Some(Checkpoint::DeployFailed | Checkpoint::TestFailed), Some(class)) => {
            let decision = verdict(class, workflow);
            Decision { decision, class: class.to_string(), reason: reason(head, class, workflow, decision), attempt }
        }
        // The answer to the first invocation was lost, and the repair has begun meanwhile.
        (None, Some(class)) if head.stage == Stage::Fix => Decision {
            decision: Verdict::Fix,
            class: class.to_string(),
            reason: "the repair has begun".to_owned(),
            attempt,
        },
        (Some(Checkpoint::FixFailed), _) => {
            let failure = head.error.as_ref().map_or("no reason was given", |failure| failure.message.as_str());
            give_up(class_of_error(), format!("no repair was found: {}", quotable(failure)))
        }
        (checkpoint, _) => {
            let stands = checkpoint.map_or("working", Checkpoint::as_str);
            give_up(
                class.unwrap_or(Class::Unknown),
                format!("nothing has failed: it is {stands} in stage {}", head.stage),
            )
        }
    }
}

/// Why, in one sentence. A pure function of the head, so that it stays the same.
fn reason(head: &Session, class: Class, workflow: &Workflow, verdict: Verdict) -> String {
    let failure = head.error.as_ref().map_or("it failed", |failure| failure.message.trim_end_matches(['.', ' ']));
    let failure = quotable(failure);
    let (fixes, most) = (workflow.fixes, workflow.max_fix_attempts);
    match verdict {
        Verdict::Fix => {
            format!("{failure}. Editing the repository can repair it: repair {} of {most} begins", fixes + 1)
        }
        Verdict::GiveUp if !class.is_fixable_in_code() => {
            format!(
                "{failure}. Editing the repository cannot repair it; it takes {}: {}",
                class.cure().as_str(),
                remedy(head, class)
            )
        }
        Verdict::GiveUp if most == 0 => format!(
            "{failure}. Editing the repository might repair it, but no repairs are allowed (maxFixAttempts is 0)"
        ),
        Verdict::GiveUp => format!("{failure}. It still fails after {fixes} of {most} repairs"),
    }
}

fn remedy(head: &Session, class: Class) -> String {
    let own = head.error.as_ref().and_then(|failure| failure.remedy.as_deref());
    quotable(own.unwrap_or_else(|| class.remedy()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::session;
    use serde_json::{Value, json};

    /// A session whose round has failed: how, what of, and how many repairs were begun and are allowed.
    fn failed(checkpoint: &str, message: &str, fixes: u32, most: u32) -> Session {
        let stage = if checkpoint == "test-failed" { "sanity-test" } else { "monitor" };
        session(&json!({
            "sessionId": "sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "sdlc", "status": "deploying",
            "stage": "workflow", "attempt": fixes + 1,
            "error": {"code": "x", "message": message, "stage": stage},
            "workflow": {"checkpoint": checkpoint, "maxFixAttempts": most, "fixes": fixes, "rounds": [
                {"attempt": fixes + 1, "branch": "main", "startedAt": "2026-11-23T16:00:00.000Z"},
            ]},
        }))
    }

    /// As the store writes it.
    fn written(head: &Session, change: Option<Change>) -> Session {
        let mut next = head.clone();
        if let Some(change) = change {
            next.workflow = change.workflow.or(next.workflow);
            next.message = change.message.unwrap_or(next.message);
        }
        next
    }

    fn judge(head: &Session) -> (Session, Decision) {
        let found = findings(head, &[]);
        let next = written(head, recorded(head, found[0].class, "do this"));
        let decision = read_off(&next);
        (next, decision)
    }

    #[test]
    fn only_what_an_edit_repairs_is_given_to_the_fixer() {
        let check =
            |checkpoint: &str, message: &str, fixes: u32, most: u32, verdict: Verdict, class: &str, reason: &str| {
                let (head, decision) = judge(&failed(checkpoint, message, fixes, most));
                assert_eq!((decision.decision, decision.class.as_str()), (verdict, class), "{message}");
                assert!(decision.reason.contains(reason), "{}", decision.reason);
                assert_eq!(decision.attempt, fixes + 1);
                let workflow = head.workflow.unwrap();
                assert_eq!(workflow.rounds[0].class.as_deref(), Some(class));
                assert_eq!(workflow.instructions.is_some(), verdict == Verdict::Fix);
            };
        let deploy = |message: &str, verdict, class: &str, reason: &str| {
            check("deploy-failed", message, 0, 3, verdict, class, reason);
        };
        deploy("demo already exists", Verdict::Fix, "resource-exists", "repair 1 of 3 begins");
        deploy(
            "User: a is not authorized to perform: iam:CreateRole on resource: x",
            Verdict::GiveUp,
            "iam-permission",
            "it takes a person",
        );
        deploy("The maximum number of VPCs has been reached.", Verdict::GiveUp, "quota", "Service Quotas");
        deploy("github.com cannot be reached: connection refused", Verdict::GiveUp, "network", "trying again later");
        deploy("no idea", Verdict::Fix, "unknown", "can repair it");
        check("test-failed", "2 of 9 tests failed", 2, 3, Verdict::Fix, "test-failure", "repair 3 of 3 begins");
        check(
            "test-failed",
            "2 of 9 tests failed",
            3,
            3,
            Verdict::GiveUp,
            "test-failure",
            "still fails after 3 of 3 repairs",
        );
        check("deploy-failed", "demo already exists", 0, 0, Verdict::GiveUp, "resource-exists", "maxFixAttempts is 0");
    }

    #[test]
    fn a_decision_stands() {
        for head in
            [failed("deploy-failed", "demo already exists", 1, 3), failed("deploy-failed", "Rate exceeded", 0, 3)]
        {
            let (decided, decision) = judge(&head);
            assert_eq!(recorded(&decided, Class::Quota, "something else"), None, "the first one stands");
            assert_eq!(read_off(&decided), decision);
        }
    }

    #[test]
    fn an_answer_that_was_lost_is_given_again_when_the_repair_has_begun() {
        let (mut head, decision) = judge(&failed("deploy-failed", "demo already exists", 0, 3));
        head.stage = Stage::Fix;
        let workflow = head.workflow.as_mut().unwrap();
        (workflow.checkpoint, workflow.fixes) = (None, 1);
        let again = read_off(&head);
        assert_eq!((again.decision, again.class, again.attempt), (decision.decision, decision.class, decision.attempt));
        assert_eq!(recorded(&head, Class::Quota, "x"), None);
    }

    #[test]
    fn where_there_is_nothing_to_decide_nothing_is_fixed() {
        let check = |changes: &Value, class: &str, reason: &str| {
            let mut head = serde_json::to_value(failed("deploy-failed", "demo already exists", 0, 3)).unwrap();
            head.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let head: Session = serde_json::from_value(head).unwrap();
            assert_eq!(recorded(&head, Class::Unknown, "x"), None, "{changes}");
            let decision = read_off(&head);
            assert_eq!((decision.decision, decision.class.as_str()), (Verdict::GiveUp, class), "{changes}");
            assert!(decision.reason.contains(reason), "{}", decision.reason);
        };
        let workflow = |checkpoint: &str| json!({"checkpoint": checkpoint, "maxFixAttempts": 3, "fixes": 1, "rounds": [{"attempt": 1}]});
        check(&json!({"status": "cancelled"}), "resource-exists", "cancelled");
        check(&json!({"workflow": workflow("tested"), "error": null}), "unknown", "it is tested");
        check(
            &json!({"workflow": workflow("fix-failed"), "error": {"code": "model-key-missing", "message": "there is no key", "stage": "fix"}}),
            "model-access",
            "no repair was found: there is no key",
        );
    }
}

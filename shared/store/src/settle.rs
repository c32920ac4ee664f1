//! What the beginning and the end of a stage's work write. An SDLC session does not end with a stage: its workflow has
//! the word between two of them. Which moves there are is said by [`drydock_contract::transition`].

use crate::change::applied;
use crate::{Change, time};
use drydock_contract::fix::FixSummary;
use drydock_contract::sanity::{NOTHING_TO_TEST, SanitySummary};
use drydock_contract::session::Failure;
use drydock_contract::transition::{Due, Ended, Position};
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{Session, Stage, Status};

impl Change {
    /// What a failure writes.
    pub fn failed(failure: &Failure) -> Self {
        Self {
            status: Some(Status::Failed),
            stage: Some(Stage::Done),
            message: Some(failure.message.clone()),
            error: Some(failure.clone()),
            release_claim: true,
            clear_outbox: true,
            ..Self::default()
        }
    }

    /// True if the work of a stage may end so from `from`: the session is over, or the next piece of work follows by
    /// the table of moves and its message is in the outbox.
    pub fn is_move(&self, from: &Position) -> bool {
        if self.status.is_some_and(Status::is_terminal) {
            return true;
        }
        let Some(to) = from.handed_over(self.stage.unwrap_or(from.stage)) else { return false };
        let sends = self.outbox.as_ref().is_some_and(|outbox| to.due(&outbox.work) == Due::Now);
        sends && self.look.unwrap_or(from.look) == to.look
    }

    /// What the end of a stage's work writes over `head`: the session has ended, or its workflow has the word. A
    /// change that is no end is left as it is.
    #[must_use]
    pub fn settled(self, head: &Session) -> Self {
        let ended = match (self.status, self.error.as_ref()) {
            (Some(Status::Success), _) => Ended::Well,
            (Some(Status::Failed), Some(failure)) if failure.code == NOTHING_TO_TEST => {
                let is_empty = self.sanity.as_ref().is_some_and(|sanity| sanity.no_endpoint);
                if is_empty { Ended::Empty } else { Ended::Untested }
            }
            (Some(Status::Failed), _) => Ended::Badly,
            _ => return self,
        };
        let settled = Position::of(head).settled(ended);
        // A session that was in its workflow's hands already has a checkpoint, and ends.
        let checkpoint = settled.checkpoint.filter(|_| settled.stage == Stage::Workflow);
        let (Some(checkpoint), Some(mut workflow)) = (checkpoint, head.workflow.clone()) else { return self };
        workflow.settle(&applied(head, &self), checkpoint, self.error.as_ref(), &time::now());
        // That there is nothing to test is no failure of a deployment. Why that is so stands with the round.
        let failure = self.error.clone().filter(|_| checkpoint != Checkpoint::NothingToTest);
        Self {
            status: None,
            stage: Some(settled.stage),
            workflow: Some(workflow),
            clear_error: failure.is_none(),
            error: failure,
            release_claim: true,
            ..self
        }
    }

    /// What the beginning of a piece of work that the workflow asks for writes over `head`.
    pub(crate) fn begun(head: &Session, at: &Position) -> Self {
        let next_round = at.attempt > head.attempt;
        let workflow = head.workflow.clone().map(|mut workflow| {
            workflow.checkpoint = at.checkpoint;
            workflow.fixes = at.fixes;
            if next_round {
                let branch = head.deployment_job.as_ref().map_or(head.branch.as_str(), |job| job.branch.as_str());
                let commit = head.fix.as_ref().and_then(|fix| fix.commit.clone());
                workflow.begin_round(at.attempt, branch, commit, &time::now());
            }
            workflow
        });
        // The next round stands for itself: what was fetched, tested and wrong before is on the record of its own
        // round. Only the plan is run again, if there is one, so that a repair is judged by the same tests.
        let plan = |sanity: &SanitySummary| SanitySummary { plan_id: sanity.plan_id.clone(), ..Default::default() };
        Self {
            stage: Some(at.stage),
            attempt: Some(at.attempt),
            look: Some(at.look),
            workflow,
            clear_error: next_round,
            clear_source: next_round,
            sanity: head.sanity.as_ref().map(plan).filter(|_| next_round),
            // The next repair stands for itself, too.
            fix: (at.stage == Stage::Fix).then(FixSummary::default),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::message::Work;
    use drydock_contract::session::Outbox;
    use drydock_contract::workflow::Round;
    use serde_json::json;

    const NOW: &str = "2026-01-01T00:00:00.000Z";
    const ID: &str = "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";

    fn head(stage: Stage, checkpoint: Option<Checkpoint>) -> Session {
        serde_json::from_value(json!({
            "sessionId": format!("sdlc-{ID}"), "kind": "sdlc", "status": "deploying", "stage": stage, "attempt": 1,
            "look": 4, "version": 9, "createdAt": NOW, "updatedAt": NOW, "repository": "https://github.com/o/n",
            "branch": "main", "message": "", "request": {},
            "source": {"commit": "c", "archiveKey": "k", "files": 1, "bytes": 1},
            "deploymentJob": {"repository": "https://github.com/o/n", "branch": "fix/1"},
            "fix": {"branch": "fix/1", "commit": "r"},
            "workflow": {
                "checkpoint": checkpoint, "maxFixAttempts": 3, "fixes": 0,
                "rounds": [{"attempt": 1, "branch": "main", "startedAt": NOW}],
            },
        }))
        .unwrap()
    }

    fn failure(code: &str) -> Failure {
        serde_json::from_value(json!({"code": code, "message": "m", "stage": "monitor"})).unwrap()
    }

    #[test]
    fn the_end_of_a_stage_is_the_workflows_to_judge() {
        let check = |stage, change: Change, expected: Checkpoint, error: bool| {
            let settled = change.settled(&head(stage, None));
            assert_eq!((settled.status, settled.stage), (None, Some(Stage::Workflow)), "{stage}");
            let workflow = settled.workflow.unwrap();
            assert_eq!(workflow.checkpoint, Some(expected));
            assert_eq!(workflow.rounds.last().unwrap().commit.as_deref(), Some("c"));
            assert_eq!(settled.error.is_some(), error, "{stage}");
            workflow.rounds.last().unwrap().failure.clone()
        };
        let success = || Change { status: Some(Status::Success), stage: Some(Stage::Done), ..Change::default() };
        check(Stage::Monitor, success(), Checkpoint::Deployed, false);
        check(Stage::Deploy, Change::failed(&failure("stack-failed")), Checkpoint::DeployFailed, true);
        check(Stage::SanityTest, success(), Checkpoint::Tested, false);
        check(Stage::SanityTest, Change::failed(&failure("tests-failed")), Checkpoint::TestFailed, true);
        let nothing = failure(NOTHING_TO_TEST);
        let no_endpoint = SanitySummary { no_endpoint: true, ..SanitySummary::default() };
        let empty = Change { sanity: Some(no_endpoint), ..Change::failed(&nothing) };
        let why = check(Stage::SanityTest, empty, Checkpoint::NothingToTest, false);
        assert_eq!(why.as_ref(), Some(&nothing), "the reason stays on record");
        let closed = Change { sanity: Some(SanitySummary::default()), ..Change::failed(&nothing) };
        check(Stage::SanityTest, closed, Checkpoint::Untested, true);
        check(Stage::SanityTest, Change::failed(&nothing), Checkpoint::Untested, true);
        check(Stage::Fix, success(), Checkpoint::Fixed, false);
        check(Stage::Fix, Change::failed(&failure("no-repair")), Checkpoint::FixFailed, true);
    }

    #[test]
    fn a_stage_ends_with_a_move_of_the_table_and_its_message() {
        let from = Position::of(&head(Stage::Deploy, None));
        let sends = |stage, look| {
            let work = Work { look, ..Work::new(head(stage, None).session_id, stage, 1) };
            Change { outbox: Some(Outbox { work, delay_seconds: 0, workflow: false }), ..Change::default() }
        };
        let check = |stage, look, sent: Option<(Stage, u32)>, expected: bool| {
            let change = sent.map_or_else(Change::default, |(stage, look)| sends(stage, look));
            let change = Change { stage: Some(stage), look: Some(look), ..change };
            assert_eq!(change.is_move(&from), expected, "{stage} {look} {sent:?}");
        };
        check(Stage::Monitor, 1, Some((Stage::Monitor, 1)), true);
        check(Stage::Deploy, 5, Some((Stage::Deploy, 5)), true);
        check(Stage::Monitor, 1, None, false);
        check(Stage::Monitor, 1, Some((Stage::Monitor, 2)), false);
        check(Stage::Monitor, 0, Some((Stage::Monitor, 0)), false);
        check(Stage::SanityTest, 0, Some((Stage::SanityTest, 0)), false);
        let waits = Change { look: Some(5), ..sends(Stage::Deploy, 5) };
        assert!(waits.is_move(&from), "a stage that is not named stays");
        assert!(Change::failed(&failure("stack-failed")).is_move(&from));
        assert!(!Change::default().is_move(&from), "nobody would ever come back to it");
    }

    #[test]
    fn a_failure_while_the_workflow_has_the_word_ends_the_session() {
        // The message for the next piece of work is a dead letter.
        let change = Change::failed(&failure("dead-letter"));
        let settled = change.clone().settled(&head(Stage::Workflow, Some(Checkpoint::Deployed)));
        assert_eq!(settled, change);
    }

    #[test]
    fn every_other_session_ends_with_its_stage() {
        let alone =
            Session { kind: drydock_contract::SessionKind::Deploy, workflow: None, ..head(Stage::Monitor, None) };
        let change = Change::failed(&failure("stack-failed"));
        assert_eq!(change.clone().settled(&alone), change);
        let step = Change { stage: Some(Stage::Monitor), ..Change::default() };
        assert_eq!(step.clone().settled(&head(Stage::Deploy, None)), step);
    }

    #[test]
    fn a_round_begins_on_the_branch_of_the_repair() {
        let head = head(Stage::Workflow, Some(Checkpoint::Fixed));
        let work = Work::new(head.session_id.clone(), Stage::CloneDetect, 2);
        let Due::Begins(at) = Position::of(&head).due(&work) else { panic!("not due") };
        let change = Change::begun(&head, &at);
        assert_eq!((change.stage, change.attempt, change.look), (Some(Stage::CloneDetect), Some(2), Some(0)));
        assert!(change.clear_error);
        let workflow = change.workflow.unwrap();
        let of = |round: &Round| (round.attempt, round.branch.clone(), round.commit.clone());
        let rounds: Vec<_> = workflow.rounds.iter().map(of).collect();
        assert_eq!(rounds, [(1, "main".to_owned(), None), (2, "fix/1".to_owned(), Some("r".to_owned()))]);
        assert_eq!(workflow.checkpoint, None);
    }

    #[test]
    fn a_round_has_only_what_is_its_own() {
        let mut head = head(Stage::Workflow, Some(Checkpoint::Fixed));
        let tested =
            json!({"verdict": "failed", "planId": "plan-1", "counts": {"total": 3, "failed": 3}, "costUsd": 0.2});
        head.sanity = serde_json::from_value(tested).unwrap();
        let Due::Begins(at) = Position::of(&head).due(&Work::new(head.session_id.clone(), Stage::CloneDetect, 2))
        else {
            panic!("not due")
        };
        let begun = applied(&head, &Change::begun(&head, &at));
        assert_eq!((&begun.source, &begun.detection), (&None, &None));
        let kept = SanitySummary { plan_id: Some("plan-1".to_owned()), ..SanitySummary::default() };
        assert_eq!(begun.sanity.as_ref(), Some(&kept), "the plan, and nothing that came of it");
        // The branch of the repair cannot be fetched.
        let failed = applied(&begun, &Change::failed(&failure("unknown-branch")).settled(&begun));
        let round = failed.workflow.unwrap().rounds.pop().unwrap();
        assert_eq!((round.commit.as_deref(), round.test_counts), (Some("r"), None));
        // It can, and has moved meanwhile; then its tests come to no end.
        let fetched = json!({"commit": "later", "archiveKey": "k", "files": 1, "bytes": 1});
        let fetched = Change { source: serde_json::from_value(fetched).unwrap(), ..Change::default() };
        let testing = Session { stage: Stage::SanityTest, ..applied(&begun, &fetched) };
        let died = applied(&testing, &Change::failed(&failure("abandoned")).settled(&testing));
        let round = died.workflow.unwrap().rounds.pop().unwrap();
        assert_eq!((round.commit.as_deref(), round.test_counts), (Some("later"), None));
    }
}

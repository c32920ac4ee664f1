//! The analysis of one session, from its record and its log.

use crate::advice::instructions;
use crate::evidence::{Finding, findings};
use drydock_contract::api::{Analysis, AnalysisError};
use drydock_contract::{Session, Status};
use drydock_store::LogLine;
use jiff::Timestamp;

/// Explains a session as of `now` (RFC 3339). `lines` are the newest of its log, oldest first.
pub fn analyze(session: &Session, lines: &[LogLine], now: &str) -> Analysis {
    let findings = findings(session, lines);
    Analysis {
        session_id: session.session_id.clone(),
        status: session.status,
        repository: session.repository.clone(),
        branch: session.branch.clone(),
        analysis_timestamp: now.to_owned(),
        fix_instructions: if session.status == Status::Success { Vec::new() } else { instructions(&findings) },
        summary: summary(session, &findings),
        deployment_duration: duration(session),
        root_cause: session.error.as_ref().map(|failure| failure.message.clone()),
        explanation: None,
        errors: findings.into_iter().map(error).collect(),
    }
}

fn error(finding: Finding) -> AnalysisError {
    AnalysisError {
        location: finding.place(),
        error_type: finding.class.to_string(),
        severity: finding.severity,
        message: finding.message,
        related_logs: finding.related,
        fixable_in_code: finding.class.is_fixable_in_code(),
    }
}

/// Two sentences: how it stands, and what follows.
fn summary(session: &Session, findings: &[Finding]) -> String {
    let Session { repository, branch, .. } = session;
    match (session.status, &session.error, findings.first()) {
        (Status::Success, ..) => {
            format!("{repository} ({branch}) ended well: {}. Nothing is to be done.", trimmed(&session.message))
        }
        (Status::Cancelled, ..) => {
            format!("{repository} ({branch}) was cancelled in stage {}. Nothing is to be done.", session.stage)
        }
        (Status::Failed, Some(failure), Some(finding)) => format!(
            "{repository} ({branch}) failed in stage {} with an error of class {}, which takes {}. {}.",
            failure.stage,
            finding.class,
            finding.class.cure().as_str(),
            trimmed(&failure.message),
        ),
        (Status::Failed, ..) => format!("{repository} ({branch}) failed. {}.", trimmed(&session.message)),
        (status, _, None) => format!(
            "{repository} ({branch}) has not ended: it is {status} in stage {}. Nothing has gone wrong so far.",
            session.stage
        ),
        (status, _, Some(finding)) => format!(
            "{repository} ({branch}) has not ended: it is {status} in stage {}. So far: {}.",
            session.stage,
            trimmed(&finding.message),
        ),
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

/// Seconds from request to end, once it has ended.
fn duration(session: &Session) -> Option<u64> {
    if !session.status.is_terminal() {
        return None;
    }
    let begun: Timestamp = session.created_at.parse().ok()?;
    let ended: Timestamp = session.updated_at.parse().ok()?;
    u64::try_from(ended.as_second() - begun.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{lines, session};
    use drydock_contract::api::Severity;
    use serde_json::json;

    const NOW: &str = "2026-11-23T17:00:00.000Z";

    fn failed(message: &str, location: &str) -> Session {
        session(&json!({
            "error": {"code": "stack-failed", "message": message, "remedy": "Do this.", "location": location, "stage": "monitor"}
        }))
    }

    #[test]
    fn a_failed_stack_is_explained_by_its_root_cause_and_not_by_what_followed() {
        let log = lines(&[
            "CREATE_IN_PROGRESS AWS::S3::Bucket Bucket",
            "CREATE_FAILED AWS::S3::Bucket Bucket: demo-bucket already exists",
            "CREATE_FAILED AWS::SQS::Queue Queue: Resource creation cancelled",
            "CREATE_FAILED AWS::IAM::Role Role: Encountered unsupported property Foo",
            "ROLLBACK_IN_PROGRESS AWS::CloudFormation::Stack drydock-app-demo: The following resource(s) failed to create: [Bucket, Queue].",
        ]);
        let found =
            analyze(&failed("Bucket (AWS::S3::Bucket) CREATE_FAILED: demo-bucket already exists", "Bucket"), &log, NOW);
        let errors: Vec<_> =
            found.errors.iter().map(|it| (it.error_type.as_str(), it.severity, it.location.as_deref())).collect();
        assert_eq!(
            errors,
            [
                ("resource-exists", Severity::High, Some("Bucket")),
                ("template-validation", Severity::High, Some("Role"))
            ]
        );
        assert_eq!(found.errors[0].related_logs.len(), 3);
        assert_eq!(
            found.root_cause.as_deref(),
            Some("Bucket (AWS::S3::Bucket) CREATE_FAILED: demo-bucket already exists")
        );
        assert_eq!(found.fix_instructions[0].action, "Leave the name of Bucket to CloudFormation");
        assert!(
            found.fix_instructions[0].details.contains("demo-bucket exists already"),
            "{:?}",
            found.fix_instructions[0]
        );
        assert_eq!(found.deployment_duration, Some(90));
        assert!(
            found.summary.contains("failed in stage monitor with an error of class resource-exists"),
            "{}",
            found.summary
        );
    }

    #[test]
    fn an_error_without_lines_of_its_own_is_proved_by_the_last_ones() {
        let log = lines(&["cloning", "fetching main", "failed: there is no branch x"]);
        let mut session = failed("there is no branch x", "x");
        session.error.as_mut().unwrap().code = "unknown-branch".into();
        session.error.as_mut().unwrap().location = None;
        let found = analyze(&session, &log, NOW);
        assert_eq!((found.errors.len(), found.errors[0].error_type.as_str()), (1, "git-access"));
        assert_eq!(found.errors[0].related_logs.len(), 3);
    }

    #[test]
    fn a_session_that_ended_well_needs_nothing() {
        let log =
            lines(&["try 1 did not succeed, trying again: Rate exceeded", "CREATE_COMPLETE AWS::SQS::Queue Queue"]);
        let found = analyze(&session(&json!({"status": "success", "message": "stack demo stands"})), &log, NOW);
        assert_eq!(found.errors.len(), 1, "the try that failed is told");
        assert_eq!((found.errors[0].error_type.as_str(), found.errors[0].severity), ("throttling", Severity::Low));
        assert!(found.fix_instructions.is_empty() && found.root_cause.is_none());
        assert_eq!(
            found.summary,
            "https://github.com/o/n (main) ended well: stack demo stands. Nothing is to be done."
        );
    }

    #[test]
    fn a_session_under_way_has_no_duration() {
        let under_way = session(&json!({"status": "deploying", "stage": "monitor"}));
        let found = analyze(&under_way, &[], NOW);
        assert_eq!((found.deployment_duration, found.errors.len()), (None, 0));
        assert!(found.summary.contains("deploying in stage monitor. Nothing has gone wrong"), "{}", found.summary);
        let troubled = analyze(&under_way, &lines(&["CREATE_FAILED AWS::IAM::Role Role: role-x already exists"]), NOW);
        assert!(troubled.summary.contains("So far: Role (AWS::IAM::Role)"), "{}", troubled.summary);
    }

    #[test]
    fn the_fields_are_those_of_the_contract() {
        let found = analyze(&failed("Rate exceeded", "Queue"), &[], NOW);
        let value = serde_json::to_value(found).unwrap();
        let names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "sessionId",
            "status",
            "repository",
            "branch",
            "analysisTimestamp",
            "errors",
            "fixInstructions",
            "summary",
            "deploymentDuration",
            "rootCause",
        ];
        assert_eq!(names, expected);
    }
}

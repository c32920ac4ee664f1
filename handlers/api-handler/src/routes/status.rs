//! `GET /status/{sessionId}`

use crate::links::Links;
use crate::reply::{ApiError, Reply};
use drydock_contract::api::StatusBody;
use drydock_contract::fix::DeploymentJob;
use drydock_contract::session::Failure;
use drydock_contract::{Session, SessionId};
use drydock_store::{LogLine, Store};

/// Most log lines in an answer, the newest: a large stack writes some hundred, and API Gateway passes on 6 MB.
const MAX_LINES: usize = 500;

/// Answers a request.
///
/// # Errors
/// 404, or 503 if the table does not answer.
pub async fn get(store: &Store, links: &Links, id: &str) -> Result<Reply, ApiError> {
    let id = known(id)?;
    let (session, lines) = tokio::try_join!(store.get(&id), store.logs(&id, MAX_LINES))?;
    let mut session = session.ok_or_else(|| ApiError::NotFound(format!("there is no session {id}")))?;
    if let Some(sanity) = &mut session.sanity
        && let Some(keys) = &sanity.report_keys
    {
        sanity.reports = links.of(keys).await;
    }
    Ok(Reply::json(200, &body(session, &lines)))
}

/// The id in a path. What cannot be one names no session.
///
/// # Errors
/// 404
pub fn known(id: &str) -> Result<SessionId, ApiError> {
    let unknown = |_| ApiError::NotFound(format!("there is no session {}", id.chars().take(80).collect::<String>()));
    SessionId::parse(id).map_err(unknown)
}

fn body(session: Session, lines: &[LogLine]) -> StatusBody {
    let asked = session.request.stack_details;
    let deployment_job = session.deployment_job;
    let deployment_job = deployment_job.map(|job| DeploymentJob { stack_details: job.stack_details.or(asked), ..job });
    StatusBody {
        session_id: session.session_id,
        status: session.status,
        repository: session.repository,
        branch: session.branch,
        project_root: session.project_root,
        message: session.message,
        logs: lines.iter().map(|line| format!("{} {} {}", line.at, line.stage, line.text)).collect(),
        deployed_resources: session.deployed_resources,
        fix: session.fix,
        sanity: session.sanity,
        deployment_job,
        workflow: session.workflow,
        error: session.error.as_ref().map(error_text),
        last_updated: session.updated_at,
    }
}

/// Cause first, then where, then what to do.
fn error_text(failure: &Failure) -> String {
    let mut text = failure.message.clone();
    if let Some(location) = &failure.location {
        text += &format!(" (at {location})");
    }
    if let Some(remedy) = &failure.remedy {
        text += &format!(" — {remedy}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::Stage;
    use serde_json::{Value, json};

    fn check(change: &Value, lines: &[LogLine], expected: &Value) {
        let mut session = json!({
            "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "deploying",
            "stage": "monitor", "attempt": 1, "look": 2, "version": 5, "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:09.000Z", "repository": "https://github.com/o/n", "branch": "main",
            "message": "Creating", "request": {}
        });
        session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let body = body(serde_json::from_value(session).unwrap(), lines);
        assert_eq!(&serde_json::to_value(body).unwrap(), expected);
    }

    #[test]
    fn a_session_under_way() {
        let line = LogLine { at: "2026-01-01T00:00:08.000Z".into(), stage: Stage::Monitor, text: "Topic".into() };
        check(
            &json!({"projectRoot": "api"}),
            &[line],
            &json!({
                "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "status": "deploying",
                "repository": "https://github.com/o/n", "branch": "main", "projectRoot": "api", "message": "Creating",
                "logs": ["2026-01-01T00:00:08.000Z monitor Topic"], "lastUpdated": "2026-01-01T00:00:09.000Z"
            }),
        );
    }

    #[test]
    fn a_job_has_the_stack_details_of_the_request() {
        let job = json!({"repository": "https://github.com/o/n", "branch": "fix/x"});
        let check = |request: Value, expected: Option<&str>| {
            let mut session = json!({
                "sessionId": "fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "fixer", "status": "success",
                "stage": "done", "attempt": 1, "look": 0, "version": 5, "createdAt": "c", "updatedAt": "u",
                "repository": "https://github.com/o/n", "branch": "main", "message": "m", "request": request,
            });
            session["deploymentJob"] = job.clone();
            let job = body(serde_json::from_value(session).unwrap(), &[]).deployment_job.unwrap();
            assert_eq!(job.stack_details, expected.map(|name| json!({"stackName": name})));
        };
        check(json!({"stackDetails": {"stackName": "hello"}}), Some("hello"));
        check(json!({}), None);
    }

    #[test]
    fn a_session_that_ended() {
        check(
            &json!({
                "status": "failed", "stage": "done",
                "deployedResources": {"stackName": "s"},
                "error": {"code": "stack-failed", "message": "the role is not allowed to do it", "stage": "monitor",
                          "location": "resource Queue", "remedy": "allow it"}
            }),
            &[],
            &json!({
                "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "status": "failed",
                "repository": "https://github.com/o/n", "branch": "main", "message": "Creating", "logs": [],
                "deployedResources": {"stackName": "s", "outputs": {}, "urls": [], "resources": []},
                "error": "the role is not allowed to do it (at resource Queue) — allow it",
                "lastUpdated": "2026-01-01T00:00:09.000Z"
            }),
        );
    }
}

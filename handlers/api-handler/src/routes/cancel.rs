//! `POST /deployments/{sessionId}/cancel`

use super::deployments::summary;
use super::status::known;
use crate::reply::{ApiError, Reply};
use crate::service::Service;
use crate::unread::unknown_target;
use drydock_contract::session::Target;
use drydock_contract::{Session, SessionKind, Stage, Status};
use drydock_store::{Change, StoreError};

/// Ends a session for good, wherever it is, also if this version cannot read all of its head. A session that was
/// cancelled before is as good.
///
/// One write ends it: messages that are under way find it past their stage, a handler that is at it stops before its
/// next change in the account and writes nothing, and whoever waits for its turn goes on. An execution that cannot be
/// stopped now finds the session ended at its next look.
///
/// # Errors
/// 404, 409 if it has ended otherwise, or 503 if the table does not answer.
pub async fn post(service: &Service, id: &str) -> Result<Reply, ApiError> {
    let id = known(id)?;
    let change = |head: &Session, unread: &[String]| {
        (!head.status.is_terminal()).then(|| cancelled(head, unread, &service.base_url))
    };
    let session = service.store.end_latest(&id, change).await.map_err(|error| match error {
        StoreError::NotFound(id) => ApiError::NotFound(format!("there is no session {id}")),
        error => error.into(),
    })?;
    if session.status != Status::Cancelled {
        let status = session.status;
        return Err(ApiError::Conflict(format!(
            "the session has ended as {status} already: there is nothing to cancel"
        )));
    }
    if session.kind == SessionKind::Sdlc
        && let Err(error) = service.sender.executions.stop(&id).await
    {
        tracing::warn!(session = %id, error, "cancelled, but its execution was not stopped");
    }
    let logged = service.store.log_once(&id, Stage::Done, &session.updated_at, "cancelled", &session.message).await;
    if let Err(error) = logged {
        tracing::warn!(session = %id, %error, "the last log line is missing");
    }
    tracing::info!(session = %id, "cancelled");
    Ok(Reply::json(200, &summary(session)))
}

fn cancelled(head: &Session, unread: &[String], base_url: &str) -> Change {
    Change {
        status: Some(Status::Cancelled),
        stage: Some(Stage::Done),
        message: Some(format!("cancelled; {}", what_stays(head, unread, base_url))),
        release_claim: true,
        clear_outbox: true,
        ..Change::default()
    }
}

/// What there is in the account, and what to do about it. Of what is `unread`, the head knows nothing.
fn what_stays(head: &Session, unread: &[String], base_url: &str) -> String {
    let take_down = format!("DELETE {base_url}/deployments/{} takes it down", head.session_id);
    let is_unread = |attribute: &str| unread.iter().any(|name| name == attribute);
    let watched = head.stage == Stage::Monitor;
    match (&head.target, head.kind) {
        (Some(Target::Stack { name, .. }), SessionKind::Teardown) => {
            format!("CloudFormation goes on deleting stack {name}")
        }
        (None, SessionKind::Teardown) => "what has not been deleted yet stays".to_owned(),
        (Some(Target::Stack { name, .. }), _) if watched => {
            format!("CloudFormation goes on with stack {name}; {take_down}")
        }
        (Some(Target::Stack { name, .. }), _) if is_unread("stage") => {
            format!("CloudFormation may go on with stack {name}; {take_down}")
        }
        (Some(Target::Stack { name, .. }), _) => format!("stack {name} stays as it is; {take_down}"),
        (Some(Target::Function { name }), _) => format!("function {name} stays as it is; {take_down}"),
        (None, SessionKind::Fixer) => "a branch that was pushed stays".to_owned(),
        (None, _) if is_unread("target") => unknown_target(head),
        (None, _) => "nothing has been deployed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_stays_is_said() {
        let check = |change: Value, unread: &[&str], expected: &str| {
            let mut session = json!({
                "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "deploying",
                "stage": "monitor", "attempt": 1, "look": 2, "version": 5, "createdAt": "c", "updatedAt": "u",
                "repository": "r", "branch": "b", "message": "m", "request": {},
            });
            session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let unread: Vec<String> = unread.iter().map(|name| (*name).to_owned()).collect();
            let change = cancelled(&serde_json::from_value(session).unwrap(), &unread, "https://api");
            assert_eq!((change.status, change.stage), (Some(Status::Cancelled), Some(Stage::Done)));
            assert!(change.release_claim && change.clear_outbox);
            assert_eq!(change.message.as_deref(), Some(expected));
        };
        let take_down = "DELETE https://api/deployments/0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11 takes it down";
        let stack = json!({"kind": "stack", "name": "s"});
        check(json!({"stage": "clone-detect"}), &[], "cancelled; nothing has been deployed");
        check(json!({"target": stack}), &[], &format!("cancelled; CloudFormation goes on with stack s; {take_down}"));
        let stays = format!("cancelled; stack s stays as it is; {take_down}");
        check(json!({"target": stack, "stage": "deploy"}), &[], &stays);
        let function = json!({"kind": "function", "name": "f"});
        check(json!({"target": function}), &[], &format!("cancelled; function f stays as it is; {take_down}"));
        check(json!({"target": stack, "kind": "teardown"}), &[], "cancelled; CloudFormation goes on deleting stack s");
        check(json!({"kind": "fixer", "stage": "fix"}), &[], "cancelled; a branch that was pushed stays");
        // What another version wrote may be anything.
        let may_go_on = format!("cancelled; CloudFormation may go on with stack s; {take_down}");
        check(json!({"target": stack, "stage": "done"}), &["stage"], &may_go_on);
        let unknown = "cancelled; another version of Drydock wrote down what it has deployed, which this one cannot \
                       read: look for stacks and functions with the tag";
        check(json!({}), &["target"], &format!("{unknown} drydock:repository = r"));
        let by_session = format!("{unknown} drydock:session = 0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11");
        check(json!({"repository": ""}), &["repository", "target"], &by_session);
    }
}

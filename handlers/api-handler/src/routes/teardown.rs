//! `DELETE /deployments/{sessionId}`

use super::status::known;
use crate::idempotency::teardown_id;
use crate::open::accept;
use crate::opening::first_words;
use crate::reply::{ApiError, Reply};
use crate::service::Service;
use crate::unread::unknown_target;
use drydock_contract::message::Work;
use drydock_contract::session::{Outbox, RequestDetails, Target};
use drydock_contract::transition::first_stage;
use drydock_contract::{Session, SessionId, SessionKind, Status};
use drydock_store::{Created, NewSession};

/// Teardowns of one deployment that may fail. Far more than anybody tries.
const MAX_TRIES: u32 = 100;

/// Opens a session that takes down what another one has deployed.
///
/// While a teardown is under way, and once one has succeeded, the same request finds it again; after one that failed or
/// was cancelled it opens the next.
///
/// # Errors
/// 404, 409 if there is nothing that could be taken down now, or 503 if the table does not answer.
pub async fn delete(service: &Service, id: &str) -> Result<Reply, ApiError> {
    let id = known(id)?;
    let unknown = || ApiError::NotFound(format!("there is no session {id}"));
    let session = service.store.get(&id).await?.ok_or_else(unknown)?;
    let unread = if session.target.is_none() { service.store.unread(&id).await? } else { Vec::new() };
    let target = deployed(&session, &unread).map_err(ApiError::Conflict)?;
    if let Some(last) = service.store.last_at(target.name()).await?.filter(|last| *last != id) {
        return Err(ApiError::Conflict(format!(
            "session {last} has deployed to {} since; to take that down, send DELETE /deployments/{last}",
            target.name()
        )));
    }
    for number in 0..MAX_TRIES {
        let next = teardown_id(&id, number);
        let (teardown, is_new) = match service.store.get(&next).await? {
            Some(before) => (before, false),
            None => match service.store.create(new_session(next, &session)).await? {
                Created::New(teardown) => (teardown, true),
                Created::Existing(teardown) => (teardown, false),
                Created::Conflict => return Err(ApiError::Internal("a teardown has another's id".to_owned())),
            },
        };
        if !matches!(teardown.status, Status::Failed | Status::Cancelled) {
            return Ok(accept(service, &teardown, is_new).await);
        }
    }
    Err(ApiError::Conflict(format!(
        "{MAX_TRIES} teardowns of this session have failed; delete {} yourself",
        target.name()
    )))
}

/// What a session has deployed, or why it cannot be taken down now. Of what is `unread`, the head knows nothing.
fn deployed<'s>(session: &'s Session, unread: &[String]) -> Result<&'s Target, String> {
    if session.kind == SessionKind::Teardown {
        return Err("this session is a teardown itself; name the session that has deployed".to_owned());
    }
    if !session.status.is_terminal() {
        return Err(format!(
            "the session is {} still: end it first with POST /deployments/{}/cancel",
            session.status, session.session_id
        ));
    }
    session.target.as_ref().ok_or_else(|| match unread.iter().any(|name| name == "target") {
        true => unknown_target(session),
        false => "this session has deployed nothing".to_owned(),
    })
}

fn new_session(id: SessionId, of: &Session) -> NewSession {
    let (kind, stage) = (SessionKind::Teardown, first_stage(SessionKind::Teardown));
    NewSession {
        outbox: Some(Outbox { work: Work::new(id.clone(), stage, 1), delay_seconds: 0, workflow: false }),
        id,
        repository: of.repository.clone(),
        branch: of.branch.clone(),
        project_root: of.project_root.clone(),
        request: RequestDetails { teardown_of: Some(of.session_id.clone()), ..RequestDetails::default() },
        message: first_words(kind).to_owned(),
        stage,
        idempotency: None,
        max_fix_attempts: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_contract::Stage;
    use serde_json::{Value, json};

    fn session(change: &Value) -> Session {
        let mut session = json!({
            "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "success",
            "stage": "done", "attempt": 1, "look": 2, "version": 5, "createdAt": "c", "updatedAt": "u",
            "repository": "https://github.com/o/n", "branch": "b", "message": "m", "request": {"stackName": "x"},
            "target": {"kind": "stack", "name": "s"},
        });
        session.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        serde_json::from_value(session).unwrap()
    }

    #[test]
    fn what_has_ended_and_deployed_can_be_taken_down() {
        let check = |change: Value, expected: Result<&str, &str>| {
            let session = session(&change);
            let found = deployed(&session, &[]);
            assert_eq!(found.as_ref().map(|target| target.name()).map_err(String::as_str), expected, "{change}");
        };
        for status in ["success", "failed", "cancelled"] {
            check(json!({"status": status}), Ok("s"));
        }
        check(json!({"target": null}), Err("this session has deployed nothing"));
        let going_on = "the session is deploying still: end it first with POST \
                        /deployments/0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11/cancel";
        check(json!({"status": "deploying"}), Err(going_on));
        let itself = "this session is a teardown itself; name the session that has deployed";
        check(json!({"kind": "teardown"}), Err(itself));
        let unknown = session(&json!({"target": null}));
        let refused = deployed(&unknown, &["target".to_owned()]).unwrap_err();
        assert!(refused.ends_with("with the tag drydock:repository = https://github.com/o/n"), "{refused}");
    }

    #[test]
    fn a_teardown_begins_at_the_deploy_stage_and_asks_for_nothing_else() {
        let of = session(&json!({}));
        let new = new_session(teardown_id(&of.session_id, 0), &of);
        assert_eq!((new.id.kind(), new.stage), (SessionKind::Teardown, Stage::Deploy));
        assert_eq!(new.request, RequestDetails { teardown_of: Some(of.session_id), ..RequestDetails::default() });
        assert_eq!(new.outbox.map(|outbox| outbox.work.stage), Some(Stage::Deploy));
    }
}

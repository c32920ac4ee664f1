//! The four `POST` routes: check, write the session, send its first message, answer.

use crate::event::Request;
use crate::idempotency::{self, Key};
use crate::opening::{Opening, first_words};
use crate::reply::{ApiError, Reply};
use crate::service::Service;
use crate::{body, fields, routes};
use drydock_contract::api::Accepted;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::session::Idempotency;
use drydock_contract::transition::first_stage;
use drydock_contract::{Session, SessionId, SessionKind, Status};
use drydock_store::{Created, NewSession, Store, StoreError};

/// Opens a session, or finds the one that the same request has opened before.
///
/// Head and message are one item, so a session is there with its message or not at all. The message is sent after
/// that write; if it cannot be sent, the session is accepted all the same and the sweep sends it.
///
/// # Errors
/// 400, 409 or, if the table does not answer, 503.
pub async fn open(service: &Service, kind: SessionKind, request: &Request) -> Result<Reply, ApiError> {
    let new = read(kind, request, &service.hosts)?;
    let (session, is_new) = match service.store.create(new).await? {
        Created::New(session) => (session, true),
        Created::Existing(session) => (session, false),
        Created::Conflict => {
            return Err(ApiError::Conflict(
                "this Idempotency-Key was used for a request with another body; use a new key".to_owned(),
            ));
        }
    };
    Ok(accept(service, &session, is_new).await)
}

/// Sends the first message of a session that was written, now or before, and answers.
pub async fn accept(service: &Service, session: &Session, is_new: bool) -> Reply {
    if let Err(error) = service.sender.flush(&service.store, session).await {
        tracing::warn!(session = %session.session_id, %error, "left in the outbox for the sweep");
    }
    if let Err(error) = log(&service.store, session).await {
        tracing::warn!(session = %session.session_id, %error, "the first log line is missing");
    }
    tracing::info!(session = %session.session_id, repository = %session.repository, is_new, "accepted");
    accepted(session, &service.base_url)
}

/// The line has a name of its own, so that a repeated request makes good for one that died before it, and adds none.
async fn log(store: &Store, session: &Session) -> Result<(), StoreError> {
    let first = first_stage(session.kind);
    store.log_once(&session.session_id, first, &session.created_at, "accepted", first_words(session.kind)).await
}

/// Checks the whole request; nothing is stored before.
fn read(kind: SessionKind, request: &Request, hosts: &AllowedHosts) -> Result<NewSession, ApiError> {
    let refused = |error: String| ApiError::BadRequest { error, example: routes::example(kind, hosts) };
    let key = request.idempotency_key.as_deref().map(Key::parse).transpose().map_err(refused)?;
    let body = body::object(&request.body).map_err(refused)?;
    let idempotency = key.as_ref().map(|_| idempotency::fingerprint(kind, &body));
    let opening = fields::read(body)
        .and_then(|fields| routes::read(kind, fields, hosts))
        .map_err(|error| refused(error.to_string()))?;
    let id = idempotency::session_id(kind, &request.caller, key.as_ref());
    Ok(new_session(opening, id, idempotency))
}

fn new_session(opening: Opening, id: SessionId, idempotency: Option<Idempotency>) -> NewSession {
    NewSession {
        outbox: Some(opening.outbox(&id)),
        message: first_words(opening.kind).to_owned(),
        stage: first_stage(opening.kind),
        id,
        repository: opening.repository,
        branch: opening.branch,
        project_root: opening.project_root,
        request: opening.request,
        idempotency,
        max_fix_attempts: opening.max_fix_attempts,
    }
}

/// 202. A request that is repeated later gets what the session has come to.
fn accepted(session: &Session, base_url: &str) -> Reply {
    let location = format!("{base_url}/status/{}", session.session_id);
    let message = match session.status {
        Status::Pending => format!("{}; follow it at GET {location}", session.message),
        _ => session.message.clone(),
    };
    let body = Accepted {
        session_id: session.session_id.clone(),
        status: session.status,
        message,
        repository: session.repository.clone(),
        branch: session.branch.clone(),
        project_root: session.project_root.clone(),
        fix_instructions: session.request.fix_instructions.clone(),
    };
    Reply { location: Some(location), ..Reply::json(202, &body) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Caller;
    use drydock_contract::Stage;
    use serde_json::{Value, json};

    fn hosts() -> AllowedHosts {
        AllowedHosts::parse("github.com").unwrap()
    }

    fn request(body: &[u8], key: Option<&str>) -> Request {
        Request {
            method: "POST".into(),
            path: "/deploy".into(),
            query: Vec::new(),
            idempotency_key: key.map(|key| key.as_bytes().to_vec()),
            body: body.to_vec(),
            caller: Caller::of(None),
        }
    }

    #[test]
    fn a_request_becomes_a_session_with_its_message() {
        let body = json!({
            "repository": "https://github.com/o/n.git", "branch": "main", "fixInstructions": ["a", "b"],
            "stackDetails": {"stackName": "x"}
        });
        let new = read(SessionKind::Fixer, &request(body.to_string().as_bytes(), None), &hosts()).unwrap();
        assert_eq!((new.stage, new.repository.as_str()), (Stage::Fix, "https://github.com/o/n"));
        assert_eq!(new.request.fix_instructions.as_deref(), Some("a\nb"));
        assert_eq!(new.request.stack_details, Some(json!({"stackName": "x"})));
        let outbox = new.outbox.unwrap();
        assert_eq!((&outbox.work.session_id, outbox.work.stage), (&new.id, Stage::Fix));
        assert_eq!(new.idempotency, None);
    }

    #[test]
    fn the_same_key_gives_the_same_session_and_tells_bodies_apart() {
        let open = |branch: &str| {
            let body = json!({"repository": "https://github.com/o/n", "branch": branch}).to_string();
            read(SessionKind::Deploy, &request(body.as_bytes(), Some("k")), &hosts()).unwrap()
        };
        assert_eq!(open("main"), open("main"));
        assert_eq!(open("main").id, open("dev").id);
        assert_ne!(open("main").idempotency, open("dev").idempotency);
    }

    #[test]
    fn a_refusal_says_why_and_shows_what_is_accepted() {
        let check = |body: &[u8], key: Option<&str>, expected: &str| match read(
            SessionKind::Sanity,
            &request(body, key),
            &hosts(),
        ) {
            Err(ApiError::BadRequest { error, example }) => {
                assert!(error.contains(expected), "{error}");
                assert_eq!(example, routes::example(SessionKind::Sanity, &hosts()));
            }
            other => panic!("{other:?}"),
        };
        let good = json!({"repository": "https://github.com/o/n", "branch": "main", "stackDetails": "x"}).to_string();
        check(good.as_bytes(), Some("two words"), "Idempotency-Key");
        check(b"{", None, "not JSON");
        check(b"{\"branch\": 1}", None, "`branch` must be a text");
        check(br#"{"repository": "https://github.com/o/n", "branch": "main"}"#, None, "`stackDetails` is required");
    }

    #[test]
    fn the_answer_is_the_contracts() {
        let mut session: Session = serde_json::from_value(json!({
            "sessionId": "fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "fixer", "status": "pending",
            "stage": "fix", "attempt": 1, "look": 0, "version": 1, "createdAt": "t", "updatedAt": "t",
            "repository": "https://github.com/o/n", "branch": "main", "projectRoot": "api",
            "message": "Fix accepted and queued", "request": {"fixInstructions": "do it"}
        }))
        .unwrap();
        let reply = accepted(&session, "https://api.example");
        let url = "https://api.example/status/fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
        assert_eq!((reply.status, reply.location.as_deref()), (202, Some(url)));
        assert_eq!(
            reply.body,
            json!({
                "sessionId": "fixer-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "status": "pending",
                "message": format!("Fix accepted and queued; follow it at GET {url}"),
                "repository": "https://github.com/o/n", "branch": "main", "projectRoot": "api",
                "fixInstructions": "do it"
            })
        );
        session.status = Status::Failed;
        session.message = "No such branch".into();
        session.project_root = None;
        session.request.fix_instructions = None;
        let body = accepted(&session, "https://api.example").body;
        assert_eq!((&body["status"], &body["message"]), (&json!("failed"), &json!("No such branch")));
        assert_eq!(body.get("projectRoot").or(body.get("fixInstructions")), None::<&Value>);
    }
}

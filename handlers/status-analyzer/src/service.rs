//! From an invocation to its answer.

use crate::analysis::analyze;
use crate::conclude::conclude;
use crate::decide::decide;
use crate::event::{Event, Refused};
use crate::explain::Explainer;
use crate::reply;
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use drydock_contract::api::Analysis;
use drydock_contract::{SessionId, Status};
use drydock_store::{Store, StoreError, now};
use serde_json::Value;
use std::time::Duration;
use tracing::{error, warn};

/// API Gateway ends a request after 30 seconds, with an answer that says nothing, and a cold start is part of them.
const PATIENCE: Duration = Duration::from_secs(25);

/// Log lines that are read, the newest.
pub(crate) const MAX_LINES: usize = 1000;

/// What every invocation works with.
#[derive(Debug)]
pub struct Analyzer {
    /// Where sessions are kept.
    pub store: Store,
    /// Who writes the explanation in prose.
    pub explainer: Explainer,
}

/// Why a direct call has no answer. An HTTP request always has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Whoever calls is set up wrongly.
    #[error("{0}")]
    UnknownEvent(String),
    /// No such session.
    #[error("there is no session {0}")]
    UnknownSession(SessionId),
    /// Only an SDLC session has something to decide.
    #[error("session {0} has no workflow")]
    NoWorkflow(SessionId),
    /// The table did not answer or holds something unreadable.
    #[error("cannot read or write the session: {0}")]
    Store(StoreError),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(id) => Self::UnknownSession(id),
            error => Self::Store(error),
        }
    }
}

/// Answers one invocation: an HTTP request with an HTTP response, a call with what it asks for.
///
/// # Errors
/// For calls only.
pub async fn handle(analyzer: &Analyzer, payload: Value, request_id: &str) -> Result<Value, ServiceError> {
    let event = Event::read(payload).map_err(|error| ServiceError::UnknownEvent(error.to_string()))?;
    let store = &analyzer.store;
    match event {
        Event::Direct(id) => explain(analyzer, &id).await.map(|analysis| to_value(&analysis)),
        Event::Http(asked) => Ok(to_value(&http(analyzer, asked, request_id).await)),
        Event::Decide(id) => decide(store, &id).await.map(|decision| to_value(&decision)),
        Event::Conclude(id, ending) => conclude(store, &id, &ending).await.map(|conclusion| to_value(&conclusion)),
        Event::Stopped(id, ending) => match conclude(store, &id, &ending).await {
            // Trying again would not bring it back.
            Err(ServiceError::UnknownSession(id)) => {
                warn!(session = %id, "an execution has ended whose session is not there");
                Ok(Value::Null)
            }
            result => result.map(|conclusion| to_value(&conclusion)),
        },
        Event::Other => Ok(Value::Null),
    }
}

async fn http(analyzer: &Analyzer, asked: Result<SessionId, Refused>, request_id: &str) -> ApiGatewayV2httpResponse {
    let id = match asked {
        Ok(id) => id,
        Err(Refused::Body(error)) => return reply::bad_request(error),
        Err(Refused::Path(id)) => return reply::unknown_session(&id),
    };
    match within(PATIENCE, explain(analyzer, &id)).await {
        Ok(analysis) => reply::json(200, &analysis),
        Err(ServiceError::UnknownSession(id)) => reply::unknown_session(id.as_str()),
        Err(cause) => {
            error!(session = %id, %cause, request_id, "cannot analyze");
            match cause {
                ServiceError::Store(StoreError::Aws(_)) => {
                    reply::our_fault(503, "the service cannot reach its storage right now; try again", request_id)
                }
                _ => reply::our_fault(500, "internal error; tell the operator the requestId", request_id),
            }
        }
    }
}

async fn explain(analyzer: &Analyzer, id: &SessionId) -> Result<Analysis, ServiceError> {
    let Analyzer { store, explainer } = analyzer;
    let session = store.get(id).await?.ok_or_else(|| ServiceError::UnknownSession(id.clone()))?;
    let lines = store.logs(id, MAX_LINES).await?;
    let mut analysis = analyze(&session, &lines, &now());
    // What goes on changes with every look; what has ended well explains itself.
    if session.status == Status::Failed {
        analysis.explanation = explainer.explain(&session, &analysis).await;
    }
    Ok(analysis)
}

/// The work, or after `limit` what is said of a table that does not answer.
async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, ServiceError>>) -> Result<T, ServiceError> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(ServiceError::Store(StoreError::Aws(format!("not done after {} s", limit.as_secs())))),
    }
}

fn to_value(answer: &impl serde::Serialize) -> Value {
    serde_json::to_value(answer).expect("bodies of the contract have text keys and serialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_answered_before_the_api_gives_up() {
        let stuck = within::<()>(Duration::from_millis(1), std::future::pending()).await;
        assert!(matches!(stuck, Err(ServiceError::Store(StoreError::Aws(_)))));
        assert_eq!(within(PATIENCE, async { Ok(1) }).await, Ok(1));
    }
}

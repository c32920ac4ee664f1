//! From an invocation to its answer.

use crate::analysis::analyze;
use crate::event::{Event, Refused};
use crate::reply;
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use drydock_contract::SessionId;
use drydock_contract::api::Analysis;
use drydock_store::{Store, StoreError, now};
use serde_json::Value;
use std::time::Duration;
use tracing::error;

/// API Gateway ends a request after 30 seconds, with an answer that says nothing, and a cold start is part of them.
const PATIENCE: Duration = Duration::from_secs(25);

/// Log lines that are read, the newest.
const MAX_LINES: usize = 1000;

/// Why a direct call has no answer. An HTTP request always has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Whoever calls is set up wrongly.
    #[error("{0}")]
    UnknownEvent(String),
    /// No such session.
    #[error("there is no session {0}")]
    UnknownSession(SessionId),
    /// The table did not answer or holds something unreadable.
    #[error("cannot read the session: {0}")]
    Store(#[from] StoreError),
}

/// Answers one invocation: an HTTP request with an HTTP response, a direct call with the analysis.
///
/// # Errors
/// For direct calls only.
pub async fn handle(store: &Store, payload: Value, request_id: &str) -> Result<Value, ServiceError> {
    let event = Event::read(payload).map_err(|error| ServiceError::UnknownEvent(error.to_string()))?;
    match event {
        Event::Direct(id) => explain(store, &id).await.map(|analysis| to_value(&analysis)),
        Event::Http(asked) => Ok(to_value(&http(store, asked, request_id).await)),
    }
}

async fn http(store: &Store, asked: Result<SessionId, Refused>, request_id: &str) -> ApiGatewayV2httpResponse {
    let id = match asked {
        Ok(id) => id,
        Err(Refused::Body(error)) => return reply::bad_request(error),
        Err(Refused::Path(id)) => return reply::unknown_session(&id),
    };
    match within(PATIENCE, explain(store, &id)).await {
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

async fn explain(store: &Store, id: &SessionId) -> Result<Analysis, ServiceError> {
    let session = store.get(id).await?.ok_or_else(|| ServiceError::UnknownSession(id.clone()))?;
    let lines = store.logs(id, MAX_LINES).await?;
    Ok(analyze(&session, &lines, &now()))
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

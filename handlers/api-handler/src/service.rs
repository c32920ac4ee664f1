//! From an invocation to its answer.

use crate::dead_letters::DeadLetters;
use crate::event::{Event, Request, UnknownEvent};
use crate::links::Links;
use crate::outbox::Sender;
use crate::reply::{ApiError, Reply};
use crate::router::{Route, route};
use crate::{open, routes, sweep};
use drydock_contract::hosts::AllowedHosts;
use drydock_store::Store;
use serde_json::Value;
use std::time::Duration;

/// API Gateway ends a request after 30 seconds, with an answer that says nothing, and a cold start is part of them.
const PATIENCE: Duration = Duration::from_secs(25);

/// What requests are served with.
#[derive(Clone, Debug)]
pub struct Service {
    /// The sessions.
    pub store: Store,
    /// Sends first messages, and what others have left behind.
    pub sender: Sender,
    /// What came to nothing.
    pub dead_letters: DeadLetters,
    /// Where reports can be read.
    pub links: Links,
    /// Where repositories may be.
    pub hosts: AllowedHosts,
    /// Where clients reach the API, without a slash at the end.
    pub base_url: String,
}

/// Serves one invocation.
///
/// # Errors
/// If the event is none of ours; every failure of a request is an answer.
pub async fn handle(service: &Service, payload: Value, request_id: &str) -> Result<Value, UnknownEvent> {
    match Event::read(payload)? {
        Event::Http(request) => {
            let reply = answer(service, &request, request_id).await;
            Ok(serde_json::to_value(reply.into_response()).expect("a response of texts and numbers serializes"))
        }
        Event::Sweep => {
            // In a box, as below.
            let swept = Box::pin(sweep::sweep(service)).await;
            Ok(serde_json::to_value(swept).expect("a struct of numbers serializes"))
        }
    }
}

async fn answer(service: &Service, request: &Request, request_id: &str) -> Reply {
    // In a box: the compiler gives up on the layout of futures that are nested as deeply as these.
    let work = Box::pin(async {
        match route(&request.method, &request.path) {
            Some(Route::Open(kind)) => open::open(service, kind, request).await,
            Some(Route::Status(id)) => routes::status::get(&service.store, &service.links, &id).await,
            Some(Route::Cancel(id)) => routes::cancel::post(service, &id).await,
            Some(Route::Teardown(id)) => routes::teardown::delete(service, &id).await,
            Some(Route::Deployments) => routes::deployments::get(&service.store, request).await,
            None => Err(ApiError::NotFound("there is no such route; docs/api.md lists them".to_owned())),
        }
    });
    within(PATIENCE, work).await.unwrap_or_else(|error| {
        let reply = Reply::error(&error, request_id);
        if reply.status >= 500 {
            tracing::error!(request_id, method = request.method, path = request.path, %error, "the request failed");
        } else {
            tracing::info!(method = request.method, path = request.path, status = reply.status, %error, "refused");
        }
        reply
    })
}

/// The work, or after `limit` a word that it may be tried again. It can be left at any point: what was written and not
/// sent is sent by the next request or the sweep.
async fn within(limit: Duration, work: impl Future<Output = Result<Reply, ApiError>>) -> Result<Reply, ApiError> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(ApiError::Unavailable(format!("not done after {} s", limit.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_answered_before_the_api_gives_up() {
        let stuck = within(Duration::from_millis(1), std::future::pending()).await;
        assert_eq!(Reply::error(&stuck.unwrap_err(), "r").status, 503);
        let quick = within(PATIENCE, async { Ok(Reply::json(200, &1)) }).await;
        assert_eq!(quick.unwrap().status, 200);
    }
}

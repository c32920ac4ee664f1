//! `GET /deployments`

use crate::event::Request;
use crate::reply::{ApiError, Reply};
use drydock_contract::api::{DeploymentSummary, DeploymentsBody};
use drydock_contract::{Session, Status};
use drydock_store::{ListPage, ListQuery, Store, StoreError};
use serde_json::{Value, json};

const DEFAULT_LIMIT: usize = 20;

const MAX_LIMIT: usize = 100;

/// Answers a request.
///
/// # Errors
/// 400, or 503 if the table does not answer.
pub async fn get(store: &Store, request: &Request) -> Result<Reply, ApiError> {
    let query = read(request).map_err(refused)?;
    match store.list(&query).await {
        Ok(page) => Ok(Reply::json(200, &body(page))),
        Err(StoreError::InvalidCursor) => Err(refused(
            "`cursor` must be the nextCursor of an earlier answer to the same query; leave it out for the first page"
                .to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

fn read(request: &Request) -> Result<ListQuery, String> {
    let status = request
        .query("status")
        .map(|word| {
            Status::parse(word)
                .ok_or_else(|| format!("`status` must be one of {}", Status::ALL.map(Status::as_str).join(", ")))
        })
        .transpose()?;
    let limit = match request.query("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => limit,
            _ => return Err(format!("`limit` must be a number from 1 to {MAX_LIMIT}")),
        },
    };
    let cursor = request.query("cursor").filter(|cursor| !cursor.is_empty()).map(str::to_owned);
    Ok(ListQuery { status, limit, cursor })
}

fn refused(error: String) -> ApiError {
    ApiError::BadRequest { error, example: example() }
}

/// A query that is accepted.
fn example() -> Value {
    json!({"status": "failed", "limit": 20})
}

fn body(page: ListPage) -> DeploymentsBody {
    let deployments: Vec<_> = page.sessions.into_iter().map(summary).collect();
    DeploymentsBody { count: deployments.len(), deployments, next_cursor: page.next_cursor }
}

/// A session in few words.
pub fn summary(session: Session) -> DeploymentSummary {
    DeploymentSummary {
        session_id: session.session_id,
        status: session.status,
        repository: session.repository,
        branch: session.branch,
        message: session.message,
        last_updated: session.updated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Caller;

    fn request(query: &[(&str, &str)]) -> Request {
        Request {
            method: "GET".into(),
            path: "/deployments".into(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            idempotency_key: None,
            body: Vec::new(),
            caller: Caller::of(None),
        }
    }

    #[test]
    fn a_query_is_read() {
        let check = |query: &[(&str, &str)], status, limit, cursor: Option<&str>| {
            let expected = ListQuery { status, limit, cursor: cursor.map(str::to_owned) };
            assert_eq!(read(&request(query)), Ok(expected));
        };
        check(&[], None, 20, None);
        check(&[("status", "failed"), ("limit", "5"), ("cursor", "abc")], Some(Status::Failed), 5, Some("abc"));
        check(&[("limit", "100"), ("cursor", "")], None, 100, None);
    }

    #[test]
    fn a_bad_query_says_what_to_write() {
        let check = |name: &str, value: &str, expected: &str| {
            let error = read(&request(&[(name, value)])).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check("status", "done", "`status` must be one of pending, deploying");
        check("status", "", "`status` must be one of");
        for limit in ["0", "101", "-1", "x", "", "1.5"] {
            check("limit", limit, "`limit` must be a number from 1 to 100");
        }
    }

    #[test]
    fn the_answer_is_the_contracts() {
        let session = serde_json::from_value(json!({
            "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "kind": "deploy", "status": "success",
            "stage": "done", "attempt": 1, "look": 2, "version": 5, "createdAt": "c", "updatedAt": "u",
            "repository": "https://github.com/o/n", "branch": "main", "message": "Done", "request": {}
        }))
        .unwrap();
        let full = body(ListPage { sessions: vec![session], next_cursor: Some("n".into()) });
        assert_eq!(
            serde_json::to_value(full).unwrap(),
            json!({
                "deployments": [{
                    "sessionId": "0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11", "status": "success",
                    "repository": "https://github.com/o/n", "branch": "main", "message": "Done", "lastUpdated": "u"
                }],
                "count": 1, "nextCursor": "n"
            })
        );
        let empty = body(ListPage { sessions: Vec::new(), next_cursor: None });
        assert_eq!(serde_json::to_value(empty).unwrap(), json!({"deployments": [], "count": 0}));
    }
}

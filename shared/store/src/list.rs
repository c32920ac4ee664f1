//! Sessions, newest first, page by page. Both ways go through an index; the table is never scanned.

use crate::{Store, StoreError, keys, session};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use drydock_contract::{Session, SessionId, SessionKind, Status};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Sessions that have not changed for a while.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unchanged {
    /// Those that wait the longest first.
    pub sessions: Vec<Session>,
    /// Those whose heads this version cannot read, see [`Store::unreadable`](crate::Store::unreadable).
    pub unreadable: Vec<SessionId>,
}

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Only sessions in this status (by last change), or all (by creation).
    pub status: Option<Status>,
    /// Most sessions in a page.
    pub limit: usize,
    /// Where the last page ended.
    pub cursor: Option<String>,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPage {
    /// Newest first.
    pub sessions: Vec<Session>,
    /// For the next page, if there may be one.
    pub next_cursor: Option<String>,
}

/// What a cursor holds: the place after which the next page begins, in the order of its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
enum Cursor {
    Status { status: Status, at: String, id: SessionId },
    Creation { key: String },
}

/// An index and the way through it.
struct Index {
    name: &'static str,
    /// Its partition key.
    key: &'static str,
    newest_first: bool,
}

const BY_STATUS: Index = Index { name: keys::STATUS_INDEX, key: "status", newest_first: true };
const BY_KIND: Index = Index { name: keys::KIND_INDEX, key: "kind", newest_first: true };

/// What is asked of an index.
struct Condition {
    /// About its keys.
    key: &'static str,
    /// About what else it holds.
    filter: Option<&'static str>,
    values: HashMap<String, AttributeValue>,
}

impl Condition {
    fn new(key: &'static str, values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), keys::text(*value))).collect();
        Self { key, filter: None, values }
    }
}

/// Where a session stands in the index by status.
fn place(status: Status, updated_at: String, id: &SessionId) -> crate::Item {
    let mut key = keys::head(id);
    key.insert("status".to_owned(), keys::text(status.as_str()));
    key.insert("updatedAt".to_owned(), keys::text(updated_at));
    key
}

impl Cursor {
    fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("a cursor is plain text"))
    }

    fn decode(text: &str) -> Result<Self, StoreError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| StoreError::InvalidCursor)?;
        serde_json::from_slice(&bytes).map_err(|_| StoreError::InvalidCursor)
    }
}

impl Store {
    /// One page of sessions.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] if the cursor was not given out for the same status.
    pub async fn list(&self, query: &ListQuery) -> Result<ListPage, StoreError> {
        let cursor = query.cursor.as_deref().map(Cursor::decode).transpose()?;
        match (query.status, cursor) {
            (Some(status), None) => self.by_status(status, query.limit, None).await,
            (Some(wanted), Some(Cursor::Status { status, at, id })) if status == wanted => {
                self.by_status(status, query.limit, Some((at, id))).await
            }
            (None, None) => self.by_creation(query.limit, None).await,
            (None, Some(Cursor::Creation { key })) => self.by_creation(query.limit, Some(key)).await,
            _ => Err(StoreError::InvalidCursor),
        }
    }

    async fn by_status(
        &self,
        status: Status,
        limit: usize,
        after: Option<(String, SessionId)>,
    ) -> Result<ListPage, StoreError> {
        let start = after.map(|(at, id)| place(status, at, &id));
        let condition = Condition::new("#key = :key", &[(":key", status.as_str())]);
        // One more than asked for tells whether there is a next page.
        let mut sessions = self.query_index(&BY_STATUS, condition, start, limit + 1).await?.sessions;
        let more = sessions.len() > limit;
        sessions.truncate(limit);
        let next_cursor = sessions
            .last()
            .filter(|_| more)
            .map(|last| Cursor::Status { status, at: last.updated_at.clone(), id: last.session_id.clone() }.encode());
        Ok(ListPage { sessions, next_cursor })
    }

    /// The index holds each kind by itself; the kinds are asked at once and merged here.
    async fn by_creation(&self, limit: usize, before: Option<String>) -> Result<ListPage, StoreError> {
        let of_kind = |kind: SessionKind| {
            let kind = (":key", kind.as_str());
            let condition = match &before {
                Some(before) => {
                    Condition::new("#key = :key AND createdKey < :before", &[kind, (":before", before.as_str())])
                }
                None => Condition::new("#key = :key", &[kind]),
            };
            self.query_index(&BY_KIND, condition, None, limit + 1)
        };
        let found = try_join_all(SessionKind::ALL.map(of_kind)).await?;
        let mut sessions: Vec<Session> = found.into_iter().flat_map(|found| found.sessions).collect();
        let key = |session: &Session| keys::created(&session.created_at, &session.session_id);
        sessions.sort_by_key(|session| Reverse(key(session)));
        let more = sessions.len() > limit;
        sessions.truncate(limit);
        let next_cursor = sessions.last().filter(|_| more).map(|last| Cursor::Creation { key: key(last) }.encode());
        Ok(ListPage { sessions, next_cursor })
    }

    /// One page of the sessions in `status` that have not changed since before `before` (RFC 3339 with milliseconds,
    /// UTC), those that wait the longest first. The next page begins after the last of this one.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn unchanged(
        &self,
        status: Status,
        before: &str,
        after: Option<&Session>,
        limit: usize,
    ) -> Result<Unchanged, StoreError> {
        let start = after.map(|last| place(status, last.updated_at.clone(), &last.session_id));
        let values = [(":key", status.as_str()), (":before", before)];
        let condition = Condition::new("#key = :key AND updatedAt < :before", &values);
        self.query_index(&Index { newest_first: false, ..BY_STATUS }, condition, start, limit).await
    }

    /// Sessions of one kind in `status` that were opened before `opened` and have changed at `since` or later (both
    /// RFC 3339 with milliseconds, UTC), at most `limit` of them.
    ///
    /// # Errors
    /// If the table cannot be used.
    pub async fn still_changing(
        &self,
        (status, kind): (Status, SessionKind),
        opened: &str,
        since: &str,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let values = [(":key", status.as_str()), (":since", since), (":kind", kind.as_str()), (":opened", opened)];
        let condition = Condition {
            filter: Some("kind = :kind AND createdAt < :opened"),
            ..Condition::new("#key = :key AND updatedAt >= :since", &values)
        };
        Ok(self.query_index(&BY_STATUS, condition, None, limit).await?.sessions)
    }

    async fn query_index(
        &self,
        index: &Index,
        Condition { key, filter, values }: Condition,
        mut start: Option<HashMap<String, AttributeValue>>,
        limit: usize,
    ) -> Result<Unchanged, StoreError> {
        let mut found = Unchanged::default();
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(index.name)
                .key_condition_expression(key)
                .set_filter_expression(filter.map(str::to_owned))
                .expression_attribute_names("#key", index.key)
                .set_expression_attribute_values(Some(values.clone()))
                .scan_index_forward(!index.newest_first)
                .limit(i32::try_from(limit - found.sessions.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(StoreError::aws)?;
            for item in page.items.unwrap_or_default() {
                let id = item.get("sessionId").and_then(|id| SessionId::parse(id.as_s().ok()?).ok());
                // One head that another version wrote must not hide all others from lists and from the sweep.
                match session(item) {
                    Ok(session) => found.sessions.push(session),
                    Err(error) => {
                        tracing::error!(%error, index = index.name, "left out of the list");
                        found.unreadable.extend(id);
                    }
                }
            }
            start = page.last_evaluated_key.filter(|_| found.sessions.len() < limit);
            if start.is_none() {
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_opaque_and_survives_a_query_string() {
        let id = SessionId::parse("sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        for cursor in
            [Cursor::Status { status: Status::Failed, at: "t".into(), id }, Cursor::Creation { key: "k#1".into() }]
        {
            let text = cursor.encode();
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
            assert_eq!(Cursor::decode(&text), Ok(cursor));
        }
        assert_eq!(Cursor::decode("e30"), Err(StoreError::InvalidCursor));
        assert_eq!(Cursor::decode("%%%"), Err(StoreError::InvalidCursor));
    }
}

//! Sessions in DynamoDB.
//!
//! One table, key `sessionId` and `entry`. `entry = "session"` is the head; log lines (`log#…`) and transitions
//! (`transition#…`) are items of their own, so that nothing written late can overwrite the head. A head changes only
//! by a write that is conditional on the version that was read and on the status that it leaves.
//!
//! Beside the sessions, every stack or function that they work on has an item (`target#…`, `entry = "lock"`) that says
//! whose turn it is.

mod change;
mod claim;
mod create;
mod error;
mod hold;
mod keys;
mod list;
mod lock;
mod log;
mod reopen;
mod settle;
mod time;
mod unreadable;

pub use change::Change;
pub use claim::Claimed;
pub use create::{Created, NewSession};
pub use error::StoreError;
pub use hold::Held;
pub use list::{ListPage, ListQuery, Unchanged};
pub use log::LogLine;
pub use reopen::Replay;
pub use time::{after, now, seconds_until};
pub use unreadable::Unreadable;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::{Session, SessionId};
use std::collections::HashMap;

/// An item as DynamoDB has it.
type Item = HashMap<String, AttributeValue>;

/// The table of sessions.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The store in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The head of a session, as of now (a consistent read).
    ///
    /// # Errors
    /// If the table cannot be read; [`StoreError::Corrupt`] if this version cannot read the head.
    pub async fn get(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.raw(id).await?.map(session).transpose()
    }

    async fn raw(&self, id: &SessionId) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::head(id))).consistent_read(true);
        Ok(get.send().await.map_err(StoreError::aws)?.item)
    }
}

/// Reads a head back.
fn session(item: Item) -> Result<Session, StoreError> {
    let id = item.get("sessionId").and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|error| StoreError::Corrupt(format!("head of {id}: {error}")))
}

/// Anything that serializes, as an attribute.
fn attribute<T: serde::Serialize>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

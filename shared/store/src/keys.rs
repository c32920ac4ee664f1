//! Keys of the table and of its indexes.

use crate::Item;
use aws_sdk_dynamodb::types::AttributeValue;
use drydock_contract::SessionId;
use std::collections::HashMap;

/// `entry` of the head.
pub(crate) const HEAD: &str = "session";
/// What `entry` of a log line begins with.
pub(crate) const LOG: &str = "log#";
/// What `entry` of a transition begins with.
pub(crate) const TRANSITION: &str = "transition#";
/// Heads by status and time of the last change.
pub(crate) const STATUS_INDEX: &str = "StatusIndex";
/// Heads by kind and time of creation.
pub(crate) const KIND_INDEX: &str = "KindIndex";

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// Key of the item `entry` of a session.
pub(crate) fn item(id: &SessionId, entry: &str) -> Item {
    HashMap::from([("sessionId".to_owned(), text(id.as_str())), ("entry".to_owned(), text(entry))])
}

/// Key of a session's head.
pub(crate) fn head(id: &SessionId) -> Item {
    item(id, HEAD)
}

/// Range key of [`KIND_INDEX`]: the time and, so that no two are equal, the session.
pub(crate) fn created(created_at: &str, id: &SessionId) -> String {
    format!("{created_at}#{id}")
}

//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use drydock_contract::SessionId;
use std::error::Error;

/// A read or a write that did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The head was changed since it was read, or may not become what was asked for. Read it again and decide anew.
    #[error("the session has been changed by another writer")]
    Stale,
    /// A transaction of another writer touched the same item at the same moment. The same write may be tried again.
    #[error("another writer is writing the session right now")]
    Contended,
    /// No such session.
    #[error("there is no session {0}")]
    NotFound(SessionId),
    /// The cursor is not one that this list gave out.
    #[error("the cursor is not one of this list")]
    InvalidCursor,
    /// DynamoDB refused or could not be reached; another try may succeed.
    #[error("the sessions table cannot be used: {0}")]
    Aws(String),
    /// The table holds something that this version cannot read.
    #[error("the sessions table holds something unreadable: {0}")]
    Corrupt(String),
}

/// DynamoDB's word for a condition that did not hold.
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

impl StoreError {
    /// Sorts an SDK error: a failed condition is [`StoreError::Stale`], everything else may succeed later.
    #[expect(clippy::needless_pass_by_value, reason = "so that it fits into map_err")]
    pub(crate) fn aws<E, R>(error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        match &error {
            SdkError::ServiceError(service) => {
                let metadata = service.err().meta();
                let (code, message) = (metadata.code().unwrap_or("unknown"), metadata.message().unwrap_or_default());
                // A cancelled transaction names each item's reason in its message:
                // `Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]`
                let cancelled = |reason| code == "TransactionCanceledException" && message.contains(reason);
                if code == CONDITION_FAILED || cancelled("ConditionalCheckFailed") {
                    Self::Stale
                } else if code == "TransactionConflictException" || cancelled("TransactionConflict") {
                    Self::Contended
                } else {
                    Self::Aws(format!("{code}: {message}"))
                }
            }
            SdkError::TimeoutError(_) => Self::Aws("timed out".to_owned()),
            _ => Self::Aws(root(&error)),
        }
    }
}

/// The innermost cause, which is the one that says something.
fn root(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

//! Where a repair's progress and records go.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use drydock_aws::explain;
use drydock_contract::fix::FixSummary;
use drydock_contract::{SessionId, Stage, Status};
use drydock_runtime::{Invocation, WorkError};
use drydock_store::{Change, Store};
use std::future::Future;

/// What a repair tells and keeps on its way.
pub trait Journal: Send + Sync {
    /// A line for the session's log.
    fn say(&self, text: &str) -> impl Future<Output = Result<(), WorkError>> + Send;

    /// A new status, and what is known so far. An error if the session has ended meanwhile, or is another's by now: then
    /// the repair stops.
    fn progress(
        &self,
        status: Option<Status>,
        message: &str,
        fix: &FixSummary,
    ) -> impl Future<Output = Result<(), WorkError>> + Send;

    /// What was kept under `key`.
    fn find(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, WorkError>> + Send;

    /// Keeps something. Writing twice does no harm.
    fn keep(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), WorkError>> + Send;
}

/// The session's own: its head, its log and the artifacts bucket.
#[derive(Debug)]
pub(crate) struct SessionJournal<'a> {
    pub(crate) store: &'a Store,
    pub(crate) s3: &'a Client,
    pub(crate) bucket: &'a str,
    pub(crate) id: &'a SessionId,
    pub(crate) invocation: &'a Invocation,
}

impl Journal for SessionJournal<'_> {
    async fn say(&self, text: &str) -> Result<(), WorkError> {
        Ok(self.store.log(self.id, Stage::Fix, text).await?)
    }

    async fn progress(&self, status: Option<Status>, message: &str, fix: &FixSummary) -> Result<(), WorkError> {
        let change = Change { status, message: Some(message.to_owned()), fix: Some(fix.clone()), ..Change::default() };
        // A session that was cancelled or taken over meanwhile keeps what it has, and nothing is pushed for it.
        self.invocation.hold(self.store, self.id, Some(change)).await?;
        self.say(message).await
    }

    async fn find(&self, key: &str) -> Result<Option<Vec<u8>>, WorkError> {
        match self.s3.get_object().bucket(self.bucket).key(key).send().await {
            Ok(object) => {
                let body = object.body.collect().await;
                body.map(|bytes| Some(bytes.to_vec())).map_err(|error| retry("read", key, &error.to_string()))
            }
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(retry("read", key, &explain(&error))),
        }
    }

    async fn keep(&self, key: &str, bytes: Vec<u8>) -> Result<(), WorkError> {
        let put = self.s3.put_object().bucket(self.bucket).key(key).body(ByteStream::from(bytes));
        let put = put.content_type("application/json");
        put.send().await.map(|_| ()).map_err(|error| retry("write", key, &explain(&error)))
    }
}

fn retry(verb: &str, key: &str, reason: &str) -> WorkError {
    WorkError::Retry(format!("cannot {verb} {key} in the artifacts bucket: {reason}"))
}

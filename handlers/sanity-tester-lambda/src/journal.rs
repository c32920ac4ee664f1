//! The session's head and log, and the artifacts bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use drydock_aws::explain;
use drydock_contract::sanity::SanitySummary;
use drydock_contract::{SessionId, Stage, Status};
use drydock_runtime::{Invocation, WorkError};
use drydock_store::{Change, Store};

/// Where a test's progress and records go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Journal<'a> {
    pub(crate) store: &'a Store,
    pub(crate) s3: &'a Client,
    pub(crate) bucket: &'a str,
    pub(crate) id: &'a SessionId,
    pub(crate) invocation: &'a Invocation,
}

impl Journal<'_> {
    /// A line for the session's log.
    pub(crate) async fn say(&self, text: &str) -> Result<(), WorkError> {
        Ok(self.store.log(self.id, Stage::SanityTest, text).await?)
    }

    /// A new status, and what is known so far. An error if the session has ended meanwhile, or is another's by now: what
    /// that one has written stays.
    pub(crate) async fn progress(
        &self,
        status: Status,
        message: &str,
        sanity: &SanitySummary,
    ) -> Result<(), WorkError> {
        let change = Change {
            status: Some(status),
            message: Some(message.to_owned()),
            sanity: Some(sanity.clone()),
            ..Change::default()
        };
        self.invocation.hold(self.store, self.id, Some(change)).await?;
        self.say(message).await
    }

    /// What was kept under `key`.
    pub(crate) async fn find(&self, key: &str) -> Result<Option<Vec<u8>>, WorkError> {
        match self.s3.get_object().bucket(self.bucket).key(key).send().await {
            Ok(object) => {
                let body = object.body.collect().await;
                body.map(|bytes| Some(bytes.to_vec())).map_err(|error| retry("read", key, &error.to_string()))
            }
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(retry("read", key, &explain(&error))),
        }
    }

    /// Keeps something. Writing twice does no harm.
    pub(crate) async fn keep(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), WorkError> {
        let put = self.s3.put_object().bucket(self.bucket).key(key).body(ByteStream::from(bytes));
        let put = put.content_type(content_type);
        put.send().await.map(|_| ()).map_err(|error| retry("write", key, &explain(&error)))
    }
}

fn retry(verb: &str, key: &str, reason: &str) -> WorkError {
    WorkError::Retry(format!("cannot {verb} {key} in the artifacts bucket: {reason}"))
}

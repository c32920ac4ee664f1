//! The clone cache: archives of commits in the artifacts bucket, each with a report of what was left out.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use drydock_aws::explain;
use drydock_contract::input::RepositoryUrl;
use drydock_contract::session::Skipped;
use drydock_runtime::WorkError;
use drydock_source::CommitId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::future::Future;

/// What is known of an archive besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What was left out: the first entries of it.
    pub skipped: Vec<Skipped>,
    /// How many entries were left out.
    pub skipped_count: u64,
}

/// Where archives are kept.
pub trait Archives: Send + Sync {
    /// The archive under `key` and its report; `None` if it is not there, or not all of it.
    fn find(&self, key: &str) -> impl Future<Output = Result<Option<(Vec<u8>, Report)>, WorkError>> + Send;

    /// Keeps an archive and its report. The same key always holds the same commit, so writing twice does no harm.
    fn keep(&self, key: &str, archive: Vec<u8>, report: &Report) -> impl Future<Output = Result<(), WorkError>> + Send;
}

/// The key of a commit's archive. The repository is a part of it: who may read one repository may not for that reason
/// get at a commit that came from another.
pub fn archive_key(repository: &RepositoryUrl, commit: &CommitId) -> String {
    format!("sources/{}/{commit}.zip", hex::encode(Sha256::digest(repository.as_str())))
}

/// The report lies beside the archive: object metadata is too small for it.
fn report_key(key: &str) -> String {
    format!("{}.json", key.strip_suffix(".zip").unwrap_or(key))
}

/// Archives in a bucket.
#[derive(Clone, Debug)]
pub struct S3Archives {
    client: Client,
    bucket: String,
}

impl S3Archives {
    /// The archives in `bucket`.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, WorkError> {
        match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => {
                let body = object.body.collect().await;
                body.map(|bytes| Some(bytes.to_vec())).map_err(|error| retry("read", key, &error.to_string()))
            }
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(retry("read", key, &explain(&error))),
        }
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), WorkError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        put.send().await.map(|_| ()).map_err(|error| retry("write", key, &explain(&error)))
    }
}

impl Archives for S3Archives {
    async fn find(&self, key: &str) -> Result<Option<(Vec<u8>, Report)>, WorkError> {
        // The report is written last: without a readable one the archive may be any old bytes.
        let Some(report) = self.read(&report_key(key)).await? else { return Ok(None) };
        let Ok(report) = serde_json::from_slice(&report) else { return Ok(None) };
        Ok(self.read(key).await?.map(|archive| (archive, report)))
    }

    async fn keep(&self, key: &str, archive: Vec<u8>, report: &Report) -> Result<(), WorkError> {
        self.write(key, archive).await?;
        let report = serde_json::to_vec(report).expect("a struct of strings and numbers serializes");
        self.write(&report_key(key), report).await
    }
}

fn retry(verb: &str, key: &str, reason: &str) -> WorkError {
    WorkError::Retry(format!("cannot {verb} {key} in the artifacts bucket: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lie_beside_their_archives() {
        assert_eq!(report_key("sources/a/b.zip"), "sources/a/b.json");
    }
}

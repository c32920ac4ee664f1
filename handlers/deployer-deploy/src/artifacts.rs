//! Reading the repository's archive and writing packages, in the artifacts bucket.

use crate::failure::{failed, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use drydock_aws::explain;
use drydock_contract::session::Source;
use drydock_package::Artifact;
use drydock_runtime::WorkError;
use drydock_tree::{Limits, Tree};
use std::time::{Duration, SystemTime};
use tracing::debug;

/// What may come out of an archive. The stage before wrote it and has stricter limits; these only keep a damaged one
/// from filling the memory.
const LIMITS: Limits = Limits { files: 200_000, bytes: 700 * 1024 * 1024 };

/// An artifact older than this is written again, so that the bucket's lifecycle rule (90 days) never removes one that a
/// deployment has just been told to use.
const FRESH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Reads the archive of a commit.
pub(crate) async fn read_source(s3: &Client, bucket: &str, source: &Source) -> Result<Tree, WorkError> {
    let key = &source.archive_key;
    let object = match s3.get_object().bucket(bucket).key(key).send().await {
        Ok(object) => object,
        Err(error) if error.code() == Some("NoSuchKey") => {
            return Err(failed(
                "source-gone",
                "the archive of the repository has been removed from the bucket",
                "Request the deployment again.",
                key,
            ));
        }
        Err(error) => return Err(refused("cannot read the archive of the repository", &error)),
    };
    let bytes = object.body.collect().await;
    let bytes =
        bytes.map_err(|error| WorkError::Retry(format!("cannot read the archive of the repository: {error}")))?;
    Tree::from_zip(&bytes.to_vec(), LIMITS)
        .map_err(|error| failed("source-damaged", error.to_string(), "Request the deployment again.", key))
}

/// Writes what is not there. Keys say the content, so a repeated run writes nothing new and two runs at a time write
/// the same bytes.
pub(crate) async fn upload(s3: &Client, bucket: &str, artifacts: Vec<Artifact>) -> Result<usize, WorkError> {
    let mut written = 0;
    for Artifact { key, bytes } in artifacts {
        if is_fresh(s3, bucket, &key).await {
            continue;
        }
        let put = s3.put_object().bucket(bucket).key(&key).body(ByteStream::from(bytes));
        put.send().await.map_err(|error| refused(&format!("cannot write {key} to the artifacts bucket"), &error))?;
        written += 1;
    }
    Ok(written)
}

/// True if the object is there and not about to expire. Whoever may not list the bucket gets 403 for what is not
/// there; then it is written.
async fn is_fresh(s3: &Client, bucket: &str, key: &str) -> bool {
    match s3.head_object().bucket(bucket).key(key).send().await {
        Ok(head) => {
            let written = head.last_modified.and_then(|time| SystemTime::try_from(time).ok());
            let age = written.and_then(|written| SystemTime::now().duration_since(written).ok());
            age.is_none_or(|age| age < FRESH)
        }
        Err(error) => {
            debug!(key, error = explain(&error), "not in the bucket yet");
            false
        }
    }
}

//! Emptying a versioned bucket: CloudFormation deletes none that holds anything.

use super::error::Explain;
use anyhow::{Context, Result, bail};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

/// Deletes every version and every delete marker; returns how many. A bucket that is gone has none.
///
/// # Errors
/// If AWS refuses, also for a single object (one under a legal hold, for instance).
pub async fn empty(s3: &Client, bucket: &str) -> Result<u64> {
    let mut deleted = 0;
    loop {
        // Always from the start: what was listed before is gone by now.
        let page = match s3.list_object_versions().bucket(bucket).max_keys(1000).send().await {
            Ok(page) => page,
            Err(error) if error.error_code() == Some("NoSuchBucket") => return Ok(deleted),
            Err(error) => return Err(error.explain(&format!("cannot list the bucket {bucket}"))),
        };
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let objects = versions
            .chain(markers)
            .filter_map(|(key, version)| Some((key?, version)))
            .map(|(key, version)| {
                ObjectIdentifier::builder().key(key).set_version_id(version.map(ToOwned::to_owned)).build()
            })
            .collect::<Result<Vec<_>, _>>()
            .context("S3 listed an object without a key")?;
        if objects.is_empty() {
            return Ok(deleted);
        }
        let count = objects.len() as u64;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build()?;
        let answer = s3
            .delete_objects()
            .bucket(bucket)
            .delete(delete)
            .send()
            .await
            .map_err(|error| error.explain(&format!("cannot empty the bucket {bucket}")))?;
        if let Some(refused) = answer.errors().first() {
            bail!(
                "cannot delete {} from {bucket}: {}",
                refused.key().unwrap_or("an object"),
                refused.message().or(refused.code()).unwrap_or("no reason given")
            );
        }
        deleted += count;
    }
}

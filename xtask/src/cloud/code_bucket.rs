//! The bucket that holds what is deployed: zips by their SHA-256, and templates too large for a request.
//!
//! One per account and region, made when it is missing. It belongs to no stack, so that every version of every
//! handler stays there for a rollback.

mod setup;

use super::error::Explain;
use crate::build::package::Package;
use anyhow::{Context, Result};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// What becomes of a zip that is not in the bucket yet, by its place among those that are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// It is being sent.
    Begun(usize),
    /// It was sent.
    Done(usize),
}

/// The code bucket of an account and region.
#[derive(Clone)]
pub struct CodeBucket {
    s3: Client,
    name: String,
    account: String,
    /// Where CloudFormation finds an object: `<base>/<key>`.
    base: String,
}

impl CodeBucket {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts a zip under its SHA-256; `begun` is called before it is sent. Returns its key and whether it had to be.
    async fn put_package(&self, package: &Package, begun: impl FnOnce()) -> Result<(String, bool)> {
        let key = package_key(package);
        if self.has(&key).await? {
            return Ok((key, false));
        }
        begun();
        let package = package.clone();
        let zip = tokio::task::spawn_blocking(move || package.read()).await.context("reading was cut off")??;
        self.put(&key, zip).await?;
        Ok((key, true))
    }

    /// Puts a template under its SHA-256 and returns the address that CloudFormation takes.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn put_template(&self, body: &str) -> Result<String> {
        let key = template_key(body);
        if !self.has(&key).await? {
            self.put(&key, body.to_owned()).await?;
        }
        Ok(format!("{}/{key}", self.base))
    }

    /// A note that was left there; `None` if there is none.
    ///
    /// # Errors
    /// If AWS refuses, or it is no text.
    pub async fn note(&self, key: &str) -> Result<Option<String>> {
        let got = self.s3.get_object().bucket(&self.name).key(key).expected_bucket_owner(&self.account).send().await;
        let object = match got {
            Ok(object) => object,
            Err(error) if error.http_status() == Some(404) => return Ok(None),
            Err(error) => return Err(error.explain(&format!("cannot read {key} in {}", self.name))),
        };
        let bytes = object.body.collect().await.with_context(|| format!("cannot read {key} in {}", self.name))?;
        let text = String::from_utf8(bytes.to_vec()).with_context(|| format!("{key} in {} is no text", self.name))?;
        Ok(Some(text))
    }

    /// The keys of the notes whose keys begin so, in order.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn notes(&self, prefix: &str) -> Result<Vec<String>> {
        let request = self.s3.list_objects_v2().bucket(&self.name).prefix(prefix).expected_bucket_owner(&self.account);
        let mut pages = request.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| error.explain(&format!("cannot list {prefix} in {}", self.name)))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }

    /// Leaves a note, in the place of one that is there.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn leave_note(&self, key: &str, text: &str) -> Result<()> {
        self.put(key, text.to_owned()).await
    }

    /// Takes a note away.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn remove_note(&self, key: &str) -> Result<()> {
        let request = self.s3.delete_object().bucket(&self.name).key(key).expected_bucket_owner(&self.account);
        let removed = request.send().await.map(|_| ());
        removed.map_err(|error| error.explain(&format!("cannot delete {key} in {}", self.name)))
    }

    /// True if there is an object under that key. The name says what is in it, so one that is there is the right one.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn has(&self, key: &str) -> Result<bool> {
        let head = self.s3.head_object().bucket(&self.name).key(key).expected_bucket_owner(&self.account).send().await;
        match head {
            Ok(_) => Ok(true),
            Err(error) if error.http_status() == Some(404) => Ok(false),
            Err(error) => Err(error.explain(&format!("cannot look for {key} in {}", self.name))),
        }
    }

    async fn put(&self, key: &str, content: impl Into<Bytes>) -> Result<()> {
        self.s3
            .put_object()
            .bucket(&self.name)
            .key(key)
            .expected_bucket_owner(&self.account)
            .body(ByteStream::from(content.into()))
            .send()
            .await
            .map_err(|error| error.explain(&format!("cannot upload {key} to {}", self.name)))?;
        Ok(())
    }

    /// Puts every zip in parallel; `told` hears of each that is new. Returns the keys in the order of `packages`.
    ///
    /// # Errors
    /// If one cannot be uploaded.
    pub async fn put_packages(&self, packages: &[Package], mut told: impl FnMut(Upload)) -> Result<Vec<String>> {
        let mut uploads = tokio::task::JoinSet::new();
        let (tell, mut begun) = tokio::sync::mpsc::unbounded_channel();
        for (at, package) in packages.iter().enumerate() {
            let (bucket, package, tell) = (self.clone(), package.clone(), tell.clone());
            uploads.spawn(async move {
                // Nobody listens any more once another upload has failed.
                let begun = || {
                    let _ = tell.send(at);
                };
                (at, bucket.put_package(&package, begun).await)
            });
        }
        let mut keys = vec![String::new(); packages.len()];
        loop {
            tokio::select! {
                // In this order: it has begun before it is done.
                biased;
                Some(at) = begun.recv() => told(Upload::Begun(at)),
                upload = uploads.join_next() => {
                    let Some(upload) = upload else { return Ok(keys) };
                    let (at, put) = upload.context("an upload was cut off")?;
                    let (key, new) = put?;
                    keys[at] = key;
                    if new {
                        told(Upload::Done(at));
                    }
                }
            }
        }
    }
}

/// Where a zip lies in the bucket.
pub fn package_key(package: &Package) -> String {
    format!("handlers/{}.zip", package.sha256)
}

/// Where a template lies in the bucket.
pub fn template_key(body: &str) -> String {
    format!("templates/{}.json", hex::encode(Sha256::digest(body)))
}

/// The bucket's name.
pub fn name(account: &str, region: &str) -> String {
    format!("drydock-code-{account}-{region}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_is_short_enough_for_a_bucket() {
        assert!(name("123456789012", "ap-southeast-99").len() <= 63);
    }
}

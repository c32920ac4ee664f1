//! The bucket that holds what is deployed: zips by their SHA-256, and templates too large for a request.
//!
//! One per account and region, made when it is missing. It belongs to no stack, so that every version of every
//! handler stays there for a rollback.

use super::Aws;
use super::error::Explain;
use crate::build::package::Package;
use anyhow::{Context, Result, bail};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, VersioningConfiguration,
};
use sha2::{Digest, Sha256};

/// Written last, so a bucket without it was not finished.
const FINISHED: (&str, &str) = ("drydock:purpose", "code");

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
    /// Finds the bucket, or makes it: private, encrypted, versioned, TLS only.
    ///
    /// # Errors
    /// If it belongs to somebody else, or AWS refuses.
    pub async fn ensure(aws: &Aws, account: &str) -> Result<(Self, bool)> {
        let name = name(account, aws.region());
        let base = match aws.endpoint() {
            Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
            None => format!("https://{name}.s3.{}.amazonaws.com", aws.region()),
        };
        let bucket = Self { s3: aws.s3(), name, account: account.to_owned(), base };
        let made = match bucket.state().await? {
            State::Finished => false,
            State::Unfinished => {
                bucket.secure(aws.region()).await?;
                false
            }
            State::Missing => {
                bucket.create(aws.region()).await?;
                bucket.secure(aws.region()).await?;
                true
            }
        };
        Ok((bucket, made))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn state(&self) -> Result<State> {
        let tags = self.s3.get_bucket_tagging().bucket(&self.name).expected_bucket_owner(&self.account).send().await;
        match tags {
            Ok(tags) if tags.tag_set.iter().any(|tag| tag.key == FINISHED.0) => Ok(State::Finished),
            Ok(_) => Ok(State::Unfinished),
            Err(error) => match error.error_code() {
                Some("NoSuchBucket") => Ok(State::Missing),
                Some("NoSuchTagSet") => Ok(State::Unfinished),
                Some("AccessDenied") => bail!(
                    "the code bucket {} belongs to another account, or these credentials may not read its tags \
                     (s3:GetBucketTagging)",
                    self.name
                ),
                _ => Err(error.explain(&format!("cannot look at the code bucket {}", self.name))),
            },
        }
    }

    async fn create(&self, region: &str) -> Result<()> {
        // us-east-1 is where a bucket is made when no place is named; naming it is refused.
        let place = (region != "us-east-1").then(|| {
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build()
        });
        let made = self.s3.create_bucket().bucket(&self.name).set_create_bucket_configuration(place).send().await;
        match made {
            Ok(_) => Ok(()),
            Err(error) if error.error_code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
            Err(error) => Err(error.explain(&format!("cannot create the code bucket {}", self.name))),
        }
    }

    async fn secure(&self, region: &str) -> Result<()> {
        let (s3, name) = (&self.s3, &self.name);
        let refused = |what: &'static str| {
            move |error: &dyn Explain| error.explain(&format!("cannot set {what} of the code bucket {name}"))
        };
        let private = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        s3.put_public_access_block()
            .bucket(name)
            .public_access_block_configuration(private)
            .send()
            .await
            .map_err(|error| refused("the public access block")(&error))?;
        let aes = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256).build()?;
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(aes).build();
        s3.put_bucket_encryption()
            .bucket(name)
            .server_side_encryption_configuration(ServerSideEncryptionConfiguration::builder().rules(rule).build()?)
            .send()
            .await
            .map_err(|error| refused("the encryption")(&error))?;
        let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        s3.put_bucket_versioning()
            .bucket(name)
            .versioning_configuration(versioning)
            .send()
            .await
            .map_err(|error| refused("the versioning")(&error))?;
        s3.put_bucket_policy()
            .bucket(name)
            .policy(tls_only(name, partition(region)))
            .send()
            .await
            .map_err(|error| refused("the policy")(&error))?;
        let finished = Tagging::builder().tag_set(Tag::builder().key(FINISHED.0).value(FINISHED.1).build()?).build()?;
        s3.put_bucket_tagging()
            .bucket(name)
            .tagging(finished)
            .send()
            .await
            .map_err(|error| refused("the tags")(&error))?;
        Ok(())
    }

    /// Puts a zip under its SHA-256. Returns its key and whether it had to be sent.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn put_package(&self, package: &Package) -> Result<(String, bool)> {
        let key = package_key(package);
        let sent = self.put_new(&key, &package.bytes).await?;
        Ok((key, sent))
    }

    /// Puts a template under its SHA-256 and returns the address that CloudFormation takes.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn put_template(&self, body: &str) -> Result<String> {
        let key = format!("templates/{}.json", hex::encode(Sha256::digest(body)));
        self.put_new(&key, body.as_bytes()).await?;
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

    /// Leaves a note, in the place of one that is there.
    ///
    /// # Errors
    /// If AWS refuses.
    pub async fn leave_note(&self, key: &str, text: &str) -> Result<()> {
        self.put(key, text.as_bytes()).await
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

    /// The name says what is in an object, so one that is there is the right one.
    async fn put_new(&self, key: &str, bytes: &[u8]) -> Result<bool> {
        let head = self.s3.head_object().bucket(&self.name).key(key).expected_bucket_owner(&self.account).send().await;
        match head {
            Ok(_) => return Ok(false),
            Err(error) if error.http_status() == Some(404) => {}
            Err(error) => return Err(error.explain(&format!("cannot look for {key} in {}", self.name))),
        }
        self.put(key, bytes).await?;
        Ok(true)
    }

    async fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.s3
            .put_object()
            .bucket(&self.name)
            .key(key)
            .expected_bucket_owner(&self.account)
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await
            .map_err(|error| error.explain(&format!("cannot upload {key} to {}", self.name)))?;
        Ok(())
    }

    /// Puts every zip in parallel; `sent` hears of each that was new. Returns the keys in the order of `packages`.
    ///
    /// # Errors
    /// If one cannot be uploaded.
    pub async fn put_packages(&self, packages: &[Package], mut sent: impl FnMut(usize)) -> Result<Vec<String>> {
        let mut uploads = tokio::task::JoinSet::new();
        for (at, package) in packages.iter().enumerate() {
            let (bucket, package) = (self.clone(), package.clone());
            uploads.spawn(async move { (at, bucket.put_package(&package).await) });
        }
        let mut keys = vec![String::new(); packages.len()];
        while let Some(upload) = uploads.join_next().await {
            let (at, put) = upload.context("an upload was cut off")?;
            let (key, new) = put?;
            keys[at] = key;
            if new {
                sent(at);
            }
        }
        Ok(keys)
    }
}

/// Where a zip lies in the bucket.
pub fn package_key(package: &Package) -> String {
    format!("handlers/{}.zip", package.sha256)
}

enum State {
    Missing,
    Unfinished,
    Finished,
}

/// The bucket's name.
pub fn name(account: &str, region: &str) -> String {
    format!("drydock-code-{account}-{region}")
}

/// The part of AWS that a region lies in; ARNs begin with it.
fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn tls_only(bucket: &str, partition: &str) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [format!("arn:{partition}:s3:::{bucket}"), format!("arn:{partition}:s3:::{bucket}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}
        }]
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_bucket_and_objects_in_the_right_partition() {
        let policy: serde_json::Value = serde_json::from_str(&tls_only("b", partition("cn-north-1"))).unwrap();
        assert_eq!(policy["Statement"][0]["Resource"], serde_json::json!(["arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b/*"]));
        assert_eq!(partition("eu-west-1"), "aws");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
    }

    #[test]
    fn the_longest_name_is_short_enough_for_a_bucket() {
        assert!(name("123456789012", "ap-southeast-99").len() <= 63);
    }
}

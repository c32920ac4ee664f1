//! Making the code bucket, and seeing to it that it is private, encrypted, versioned and takes requests over TLS only.

use super::{CodeBucket, name};
use crate::cloud::Aws;
use crate::cloud::error::Explain;
use anyhow::{Result, bail};
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, VersioningConfiguration,
};

/// Written last, so a bucket without it was not finished.
const FINISHED: (&str, &str) = ("drydock:purpose", "code");

enum State {
    Missing,
    Unfinished,
    Finished,
}

impl CodeBucket {
    /// The bucket, which may not be there. What is read of one that is not is not there either.
    ///
    /// # Errors
    /// If it belongs to somebody else, or AWS refuses.
    pub async fn find(aws: &Aws, account: &str) -> Result<(Self, bool)> {
        let bucket = Self::of(aws, account);
        let there = !matches!(bucket.state().await?, State::Missing);
        Ok((bucket, there))
    }

    fn of(aws: &Aws, account: &str) -> Self {
        let name = name(account, aws.region());
        let base = match aws.endpoint() {
            Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
            None => format!("https://{name}.s3.{}.amazonaws.com", aws.region()),
        };
        Self { s3: aws.s3(), name, account: account.to_owned(), base }
    }

    /// Finds the bucket, or makes it: private, encrypted, versioned, TLS only.
    ///
    /// # Errors
    /// If it belongs to somebody else, or AWS refuses.
    pub async fn ensure(aws: &Aws, account: &str) -> Result<(Self, bool)> {
        let bucket = Self::of(aws, account);
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
}

//! `AWS::S3::Bucket` and its policy.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html>

use super::{Removal, RoleHandle};
use crate::expression::LogicalId;
use crate::policy::{PolicyDocument, Principal, Statement};
use crate::units::Days;
use crate::{Expression, Resource, pseudo, sub};
use serde::Serialize;

/// A bucket. CloudFormation gives it a name that is unique in the world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bucket {
    /// How objects are encrypted.
    pub bucket_encryption: BucketEncryption,
    /// Who owns what is put in; with the default, access lists are off.
    pub ownership_controls: OwnershipControls,
    /// That nothing is ever public.
    pub public_access_block_configuration: PublicAccessBlock,
    /// Whether what is overwritten or deleted is kept for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versioning_configuration: Option<Versioning>,
    /// When objects go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_configuration: Option<LifecycleConfiguration>,
    /// What becomes of the objects.
    #[serde(skip)]
    pub removal: Removal,
}

/// Private and encrypted.
impl Default for Bucket {
    fn default() -> Self {
        Self {
            bucket_encryption: BucketEncryption::S3_MANAGED,
            ownership_controls: OwnershipControls::BUCKET_OWNER,
            public_access_block_configuration: PublicAccessBlock::ALL,
            versioning_configuration: None,
            lifecycle_configuration: None,
            removal: Removal::WITH_THE_STACK,
        }
    }
}

/// How objects are encrypted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BucketEncryption {
    server_side_encryption_configuration: [EncryptionRule; 1],
}

impl BucketEncryption {
    /// AES-256 with keys that S3 keeps.
    pub const S3_MANAGED: Self = Self {
        server_side_encryption_configuration: [EncryptionRule {
            server_side_encryption_by_default: EncryptionDefault { algorithm: "AES256" },
        }],
    };
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EncryptionRule {
    server_side_encryption_by_default: EncryptionDefault,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct EncryptionDefault {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: &'static str,
}

/// Who owns what is put in.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipControls {
    rules: [OwnershipRule; 1],
}

impl OwnershipControls {
    /// The bucket's owner; access control lists have no effect.
    pub const BUCKET_OWNER: Self = Self { rules: [OwnershipRule { object_ownership: "BucketOwnerEnforced" }] };
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OwnershipRule {
    object_ownership: &'static str,
}

/// What is refused although a policy or an access list would make it public.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublicAccessBlock {
    /// Refuses public access lists.
    pub block_public_acls: bool,
    /// Refuses public policies.
    pub block_public_policy: bool,
    /// Ignores public access lists.
    pub ignore_public_acls: bool,
    /// Ignores public policies.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All of it.
    pub const ALL: Self = Self {
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
    };
}

/// Whether what is overwritten or deleted is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "Status")]
pub enum Versioning {
    /// Kept as an older version.
    Enabled,
    /// Gone.
    Suspended,
}

/// When objects go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleConfiguration {
    /// Each applies to the whole bucket.
    pub rules: Vec<LifecycleRule>,
}

/// A rule for the objects whose keys begin with a prefix, or for all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleRule {
    /// Its name.
    pub id: &'static str,
    /// `Enabled` or `Disabled`
    pub status: &'static str,
    /// What keys begin with; all objects without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<&'static str>,
    /// Deletes objects of that age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_in_days: Option<Days>,
    /// Deletes older versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    /// Deletes what was never completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_multipart_upload: Option<AbortIncompleteMultipartUpload>,
}

/// Deletes older versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoncurrentVersionExpiration {
    /// Days after they were replaced.
    pub noncurrent_days: Days,
}

/// Deletes uploads that were never completed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AbortIncompleteMultipartUpload {
    /// Days after they began.
    pub days_after_initiation: Days,
}

impl<'s> Resource<'s> for Bucket {
    const TYPE: &'static str = "AWS::S3::Bucket";
    type Handle = BucketHandle<'s>;

    fn handle(&self, id: LogicalId<'s>) -> BucketHandle<'s> {
        BucketHandle { id }
    }

    fn removal(&self) -> Option<Removal> {
        Some(self.removal)
    }
}

/// A bucket of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketHandle<'s> {
    id: LogicalId<'s>,
}

impl BucketHandle<'_> {
    /// What changes a bucket or its objects.
    pub const WRITING: &'static [&'static str] = &["s3:Put*", "s3:Delete*", "s3:AbortMultipartUpload"];
}

impl<'s> BucketHandle<'s> {
    /// Its name.
    pub fn name(&self) -> Expression<'s> {
        Expression::reference(&self.id)
    }

    /// Its ARN.
    pub fn arn(&self) -> Expression<'s> {
        Expression::attribute(&self.id, "Arn")
    }

    /// ARN of everything in it.
    pub fn objects(&self) -> Expression<'s> {
        sub![self.arn(), "/*"]
    }

    /// Lets the role read objects. With the list, a missing object is "not found" instead of "access denied".
    pub fn grant_read(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["s3:GetObject"], [self.objects()]));
        role.grant(Statement::allow(&["s3:ListBucket"], [self.arn()]));
    }

    /// Lets the role read the objects whose keys begin so.
    pub fn grant_read_below(&self, role: &RoleHandle<'s>, prefix: &str) {
        role.grant(Statement::allow(&["s3:GetObject"], [sub![self.arn(), "/", prefix, "*"]]));
    }

    /// Lets the role read and write objects; not delete them.
    pub fn grant_read_write(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["s3:GetObject", "s3:PutObject"], [self.objects()]));
        role.grant(Statement::allow(&["s3:ListBucket"], [self.arn()]));
    }
}

/// ARN of a bucket that is of no stack of ours.
pub(crate) fn bucket_by_name<'s>(name: &Expression<'s>) -> Expression<'s> {
    sub!["arn:", pseudo::partition(), ":s3:::", name]
}

/// `AWS::S3::BucketPolicy`
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BucketPolicy<'s> {
    bucket: Expression<'s>,
    policy_document: PolicyDocument<'s>,
}

impl<'s> BucketPolicy<'s> {
    /// Refuses everything that does not come over TLS.
    pub fn tls_only(bucket: &BucketHandle<'s>) -> Self {
        let refuse = Statement::deny(&["s3:*"], [bucket.arn(), bucket.objects()]).to(Principal::Anyone).without_tls();
        Self { bucket: bucket.name(), policy_document: PolicyDocument::of([refuse]) }
    }
}

resource! {
    BucketPolicy = "AWS::S3::BucketPolicy",
    /// A bucket's policy.
    BucketPolicyHandle {}
}

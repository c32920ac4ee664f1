//! What is kept: sessions, artifacts and secrets.

use crate::Stack;
use crate::resource::{
    AbortIncompleteMultipartUpload, Attribute, Bucket, BucketHandle, BucketPolicy, GlobalSecondaryIndex, KeyElement,
    LifecycleConfiguration, LifecycleRule, NoncurrentVersionExpiration, PointInTimeRecovery, Projection, Secret,
    SecretHandle, SseSpecification, Table, TableHandle, TimeToLive, Versioning,
};
use crate::units::Days;

/// What is kept.
pub(super) struct Storage<'s> {
    /// One item a session, and its log lines.
    pub table: TableHandle<'s>,
    /// Source archives and packages.
    pub bucket: BucketHandle<'s>,
    /// The key to the language model.
    pub model_key: SecretHandle<'s>,
    /// A token for private repositories.
    pub git_token: SecretHandle<'s>,
}

pub(super) fn add<'s>(stack: &mut Stack<'s>) -> Storage<'s> {
    let table = stack.add("DeploymentsTable", deployments());
    let bucket = stack.add("ArtifactsBucket", artifacts());
    stack.add("ArtifactsBucketPolicy", BucketPolicy::tls_only(&bucket));
    let mut secret = |id, description| stack.add(id, Secret { description: Some(description) });
    let model_key = secret("ModelKeySecret", "Key to the language model");
    let git_token = secret("GitTokenSecret", "Token for private Git repositories");
    stack.output("DeploymentsTable", "Name of the sessions table", table.name());
    stack.output("ArtifactsBucket", "Name of the artifacts bucket", bucket.name());
    stack.output("ModelKeySecretArn", "Holds the model key", model_key.arn());
    stack.output("GitTokenSecretArn", "Holds the Git token", git_token.arn());
    Storage { table, bucket, model_key, git_token }
}

/// Sessions are found by id, by status, or by kind; only heads have the attributes that the indexes use.
fn deployments() -> Table {
    let index = |index_name, hash, range| GlobalSecondaryIndex {
        index_name,
        key_schema: KeyElement::pair(hash, range),
        projection: Projection::All,
    };
    Table {
        attribute_definitions: ["sessionId", "entry", "status", "updatedAt", "kind", "createdKey"]
            .map(Attribute::text)
            .into(),
        key_schema: KeyElement::pair("sessionId", "entry"),
        global_secondary_indexes: vec![
            index("StatusIndex", "status", "updatedAt"),
            index("KindIndex", "kind", "createdKey"),
        ],
        time_to_live_specification: Some(TimeToLive { attribute_name: "expiresAt", enabled: true }),
        point_in_time_recovery_specification: Some(PointInTimeRecovery { point_in_time_recovery_enabled: true }),
        sse_specification: Some(SseSpecification { sse_enabled: true }),
        ..Default::default()
    }
}

/// Source archives can be fetched again and records of repairs are read soon or never, so neither stays for ever.
/// Packages stay: when an update fails, CloudFormation rolls back to the code of the version before, however old.
fn artifacts() -> Bucket {
    let expire = |id, prefix| LifecycleRule {
        id,
        status: "Enabled",
        prefix: Some(prefix),
        expiration_in_days: Some(Days(90)),
        noncurrent_version_expiration: None,
        abort_incomplete_multipart_upload: None,
    };
    Bucket {
        versioning_configuration: Some(Versioning::Enabled),
        lifecycle_configuration: Some(LifecycleConfiguration {
            rules: vec![
                expire("expire-sources", "sources/"),
                expire("expire-repairs", "fixes/"),
                expire("expire-plans", "plans/"),
                expire("expire-reports", "reports/"),
                LifecycleRule {
                    id: "clean-up",
                    status: "Enabled",
                    prefix: None,
                    expiration_in_days: None,
                    noncurrent_version_expiration: Some(NoncurrentVersionExpiration { noncurrent_days: Days(7) }),
                    abort_incomplete_multipart_upload: Some(AbortIncompleteMultipartUpload {
                        days_after_initiation: Days(1),
                    }),
                },
            ],
        }),
        ..Default::default()
    }
}

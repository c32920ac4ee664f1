//! The code bucket, as it is made.

use super::DEPLOY;
use crate::script::Script;

#[tokio::test]
async fn the_code_bucket_is_private_encrypted_versioned_and_takes_tls_only() {
    let ran = Script::stack(&["UPDATE_COMPLETE"]).no_changes().without_bucket().run(DEPLOY).await;
    assert_eq!(ran.code, 0, "{ran}");
    let told: Vec<String> = ran.bucket.iter().map(|(what, how)| format!("{what}\n{how}\n")).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    publicAccessBlock
    <PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>

    encryption
    <ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>

    versioning
    <VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>

    policy
    {"Version":"2012-10-17","Statement":[{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::drydock-code-123456789012-us-east-1","arn:aws:s3:::drydock-code-123456789012-us-east-1/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}

    tagging
    <Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>drydock:purpose</Key><Value>code</Value></Tag></TagSet></Tagging>
    "#);
}

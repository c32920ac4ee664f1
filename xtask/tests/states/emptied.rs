//! Buckets, which are emptied before their stack goes.

use super::STACK;
use crate::answers::{resource, resources};
use crate::script::{Script, Version};
use insta::assert_snapshot;
use serde_json::json;

const BUCKET: &str = "AWS::S3::Bucket";

/// Three pages.
const VERSIONS: [Version; 5] = [("a", "1"), ("a", "marker-2"), ("b", "1"), ("b", "marker-2"), ("c", "1")];

/// A stack of a bucket that goes with it, where those under a key are held.
fn with_bucket(held: &'static str) -> Script {
    let stands = "UPDATE_COMPLETE";
    let deleting = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    Script::stack(&[stands, stands, stands, "DELETE_COMPLETE"])
        .template(&json!({"Resources": {"Bucket": {"Type": BUCKET}}}))
        .on("ListStackResources", [resources(&[resource("Bucket", BUCKET, stands, "")]), resources(&[])])
        .own_history(&deleting)
        .versions(&VERSIONS, held)
}

#[tokio::test]
async fn all_that_a_bucket_holds_goes_page_by_page_before_the_stack() {
    let ran = with_bucket("").run("destroy --yes").await;
    assert!(ran.code == 0 && ran.versions.is_empty(), "{ran}");
    assert!(ran.stderr.contains("Emptied physical-Bucket (5 object versions)"), "{ran}");
    assert_eq!(ran.asked, ["DeleteStack"], "{ran}");
}

#[tokio::test]
async fn what_is_held_ends_it_before_anything_else_is_deleted() {
    let ran = with_bucket("b").run("destroy --yes").await;
    assert_eq!(ran.versions, VERSIONS[2..], "what was listed before is gone, and what comes after stands");
    assert_snapshot!(ran, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    Stack drydock in us-east-1 (UPDATE_COMPLETE):

         DELETE Bucket                         AWS::S3::Bucket physical-Bucket with all that it holds

    The code bucket stays: other stacks may use it.

    error: stack drydock is not deleted: cannot delete b from physical-Bucket: Access Denied because object protected by object lock.
    ----- asked for -----
    ");
}

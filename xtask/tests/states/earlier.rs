//! Going back to a version that was deployed before.

use super::data::loses_the_table;
use super::stack_with;
use crate::answers::parameters;
use crate::script::Script;
use insta::assert_snapshot;
use serde_json::json;

/// A stack that was deployed twice; the code of the first version is still there, or not.
fn deployed_twice(code: bool) -> Script {
    let bucket = "drydock-code-123456789012-us-east-1";
    let first = json!({"CodeBucket": bucket, "ApiHandlerCodeKey": "handlers/good.zip"});
    let template = json!({"Parameters": {"CodeBucket": {"Type": "String"}, "ApiHandlerCodeKey": {"Type": "String"}}});
    let record = |version: &str, day: u8, parameters: &serde_json::Value| {
        let arn = "arn:aws:sts::123456789012:assumed-role/Operator/ann";
        let record = json!({
            "version": version, "at": format!("2026-11-{day}T16:00:00Z"), "by": arn, "source": format!("v0.{day}.0"),
            "template": "templates/1.json", "parameters": parameters,
        });
        (format!("deployments/drydock/1/202611{day}T160000000Z-{version}.json"), record.to_string())
    };
    let (old, new) = (record("aaaaaaaaaaaa", 21, &first), record("bbbbbbbbbbbb", 22, &json!({})));
    let of_another = record("cccccccccccc", 23, &json!({}));
    let script = Script::stack(&["UPDATE_COMPLETE"])
        .holding(&of_another.0.replace("drydock/1/", "drydock/2/"), &of_another.1)
        .holding(&new.0, &new.1)
        .holding(&old.0, &old.1)
        .holding("templates/1.json", &template.to_string());
    if code { script.holding("handlers/good.zip", "zip") } else { script }
}

#[tokio::test]
async fn what_was_deployed_is_listed() {
    assert_snapshot!(deployed_twice(true).run("rollback --list").await, @r"
    exit code: 0
    ----- stdout -----
       version       at                    by way of  from     by
    *  bbbbbbbbbbbb  2026-11-22T16:00:00Z  deploy     v0.22.0  assumed-role/Operator/ann
       aaaaaaaaaaaa  2026-11-21T16:00:00Z  deploy     v0.21.0  assumed-role/Operator/ann
    ----- stderr -----
    ----- asked for -----
    ");
    let ran = Script::stack(&["UPDATE_COMPLETE"]).run("rollback --list").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "no deployment of stack drydock is on record\n"), "{ran}");
}

#[tokio::test]
async fn going_back_is_shown_and_asked_for() {
    assert_snapshot!(deployed_twice(true).change_set_ready().run("rollback --previous").await, @r"
    exit code: 3
    ----- stdout -----
    ----- stderr -----
     Going back to version aaaaaaaaaaaa of 2026-11-21T16:00:00Z from v0.21.0 by assumed-role/Operator/ann
      Preparing a change set for stack drydock

         change Queue  AWS::SQS::Queue
                  VisibilityTimeout: 30 → 45

    1 to change

    error: nobody can be asked here: there is no terminal; pass --yes to go on without being asked
        Nothing was changed
    ----- asked for -----
    CreateChangeSet ChangeSetType=UPDATE ApiHandlerCodeKey=handlers/good.zip CodeBucket=drydock-code-123456789012-us-east-1
    DeleteChangeSet
    ");
    let ran = deployed_twice(true).no_changes().run("rollback --to bbbbb --json").await;
    assert_eq!(ran.code, 0, "{ran}");
    let last: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["result"], "unchanged", "{ran}");
}

#[tokio::test]
async fn who_was_interrupted_on_the_way_back_goes_no_further_by_repeating_it() {
    let first = [("CodeBucket", "drydock-code-123456789012-us-east-1"), ("ApiHandlerCodeKey", "handlers/good.zip")];
    let script = deployed_twice(true).on("DescribeStacks", [stack_with(&parameters(&first))]);
    let ran = script.no_changes().run("rollback --previous --yes").await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("Going back to version aaaaaaaaaaaa"), "{ran}");
    assert!(ran.stderr.contains("nothing to do: the stack is as it should be"), "{ran}");
}

#[tokio::test]
async fn where_there_is_no_way_back_nothing_is_touched() {
    let check = async |script: Script, arguments: &str, expected: &str| {
        let ran = script.run(arguments).await;
        assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    };
    let gone = "the code of api-handler of version aaaaaaaaaaaa is not in drydock-code-123456789012-us-east-1 any more: \
                check out v0.21.0 and deploy it";
    check(deployed_twice(false), "rollback --previous --yes", gone).await;
    check(deployed_twice(true), "rollback --to cccc --yes", "no version cccc is on record").await;
    let nothing = Script::stack(&["UPDATE_COMPLETE"]);
    check(nothing, "rollback --previous --yes", "what stands is not on record").await;
}

#[tokio::test]
async fn going_back_does_not_lose_data_without_a_word_of_its_own() {
    let script = || deployed_twice(true).on("DescribeChangeSet", [loses_the_table()]);
    let refused = script().run("rollback --previous --yes").await;
    assert_eq!((refused.code, refused.asked.last().map(String::as_str)), (1, Some("DeleteChangeSet")), "{refused}");
    assert!(refused.stderr.contains("the data in Table would be lost"), "{refused}");
    let misunderstood = script().run("rollback --allow-data-loss --yes").await;
    assert_eq!((misunderstood.code, misunderstood.asked.len()), (2, 0), "{misunderstood}");
}

#[tokio::test]
async fn who_only_looks_makes_no_code_bucket() {
    let stack = || Script::stack(&["UPDATE_COMPLETE"]).without_bucket();
    let ran = stack().run("rollback --list").await;
    assert_eq!((ran.code, ran.asked.len()), (0, 0), "{ran}");
    assert_eq!(ran.stdout, "no deployment of stack drydock is on record\n", "{ran}");
    let ran = stack().run("rollback --previous --yes").await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    // Our own template is too large for a request.
    let ran = stack().change_set_ready().run("diff --skip-build").await;
    assert_eq!((ran.code, ran.asked.as_slice().first().map(String::as_str)), (0, Some("CreateBucket")), "{ran}");
    assert!(ran.stderr.contains("Created the code bucket"), "{ran}");
}

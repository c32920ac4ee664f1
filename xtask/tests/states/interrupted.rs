//! Ctrl-C, wherever it comes.

use super::data::loses_the_table;
use super::{DEPLOY, STACK, UPDATED, held};
use crate::answers::{error, events, parameters, stack, stack_with};
use crate::script::{Ran, Script, code};
use insta::assert_snapshot;

#[tokio::test]
async fn ctrl_c_while_it_executes_says_what_goes_on_and_how_to_take_it_up() {
    let script = Script::stack(&["UPDATE_COMPLETE"]).change_set_ready();
    let ran = script.interrupted_at("ExecuteChangeSet", &format!("{DEPLOY} --yes")).await;
    assert_snapshot!(ran, @r"
    exit code: 130
    ----- stdout -----
    ----- stderr -----
      Deploying stack drydock to account 123456789012, us-east-1
      Preparing a change set for stack drydock

         change Queue  AWS::SQS::Queue
                  VisibilityTimeout: 30 → 45

    1 to change


    warning: interrupted here; the deployment goes on in AWS
      to follow it   cargo xtask events --follow --stack-name drydock
      to undo it     cargo xtask rollback --stack-name drydock
    The same command again follows it, too, and then does what is left to do.
    ----- asked for -----
    CreateChangeSet TemplateURL=… ChangeSetType=UPDATE
    SetStackPolicy
    ExecuteChangeSet
    ");
}

#[tokio::test]
async fn ctrl_c_while_a_stack_is_created_names_what_ends_that() {
    let script = Script::stack(&["REVIEW_IN_PROGRESS"]).change_set_ready();
    let ran = script.interrupted_at("ExecuteChangeSet", &format!("{DEPLOY} --yes")).await;
    let told = "interrupted here; the creation of the stack goes on in AWS\n  \
                to follow it   cargo xtask events --follow --stack-name drydock\n  \
                to undo it     cargo xtask destroy --stack-name drydock\n";
    assert!(ran.code == 130 && ran.stderr.contains(told), "{ran}");
}

#[tokio::test]
async fn ctrl_c_before_anything_was_begun_leaves_nothing_behind() {
    let ran = Script::stack(&["UPDATE_COMPLETE"]).interrupted_at("CreateChangeSet", &format!("{DEPLOY} --yes")).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (130, Some("DeleteChangeSet")), "{ran}");
    assert!(ran.stderr.contains("interrupted; nothing was changed; the change set is removed"), "{ran}");
}

#[tokio::test]
async fn ctrl_c_while_comparing_leaves_nothing_behind() {
    let diff = "diff --skip-build --exit-code";
    let ran = Script::stack(&["UPDATE_COMPLETE"]).interrupted_at("CreateChangeSet", diff).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (130, Some("DeleteChangeSet")), "{ran}");
}

/// What a failed creation has left is deleted; then the stack can be created.
fn left_by_a_creation() -> Script {
    let deleted = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    Script::stack(&["ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", ""]).own_history(&deleted)
}

#[tokio::test]
async fn ctrl_c_while_a_stack_is_recovered_says_what_goes_on() {
    let check = async |status: &str, action: &'static str, expected: &str| {
        let script = Script::stack(&[status]).on("ListStackResources", [held("UPDATE_FAILED")]).history(&UPDATED);
        let ran = script.interrupted_at(action, &format!("{DEPLOY} --yes")).await;
        assert_eq!(ran.code, 130, "{ran}");
        assert!(!ran.asked.iter().any(|asked| asked.starts_with("CreateChangeSet")), "{ran}");
        assert!(ran.stderr.contains(&format!("interrupted here; {expected} goes on in AWS")), "{ran}");
        assert!(ran.stderr.contains("cargo xtask events --follow --stack-name drydock"), "{ran}");
        assert!(!ran.stderr.contains("nothing was changed"), "{ran}");
    };
    check("ROLLBACK_COMPLETE", "DeleteStack", "the deletion of what the failed creation has left").await;
    let rollback = "the rollback of the update that failed";
    check("UPDATE_ROLLBACK_FAILED", "ContinueUpdateRollback", rollback).await;
    check("UPDATE_FAILED", "RollbackStack", rollback).await;
    check("UPDATE_IN_PROGRESS", "DescribeStackEvents", "the operation that somebody else has begun").await;
}

#[tokio::test]
async fn what_was_done_before_is_not_forgotten() {
    let interrupted = left_by_a_creation().interrupted_at("CreateChangeSet", &format!("{DEPLOY} --yes")).await;
    let told =
        "interrupted; what was left of the failed creation is deleted, and nothing else was changed; the change set";
    assert!(interrupted.stderr.contains(told), "{interrupted}");
    let declined = left_by_a_creation().change_set_ready().answered(&["y", "n"], DEPLOY).await;
    assert_eq!(declined.code, 3, "{declined}");
    let told = "Nothing else was changed: what was left of the failed creation is deleted";
    assert!(declined.stdout.contains(told), "{declined}");
}

/// CloudFormation knows nothing of a stack that is gone, so the second run has it from the first.
#[tokio::test]
async fn a_stack_that_is_made_again_is_what_it_was_though_the_run_that_deleted_it_was_cut_off() {
    let asked_for = "<Tags><member><Key>team</Key><Value>platform</Value></member></Tags>\
                     <RoleARN>arn:aws:iam::123456789012:role/cfn</RoleARN>";
    let given = parameters(&[code(), vec![("FixBudgetUsd", "3"), ("RequireBoundary", "true")]].concat());
    let failed = stack_with("drydock", "ROLLBACK_COMPLETE", &format!("{given}{asked_for}"));
    let deploy = format!("{DEPLOY} --yes");
    let creation = |ran: &Ran| ran.asked.iter().find(|asked| asked.starts_with("CreateChangeSet")).cloned();
    let note = |ran: &Ran| ran.objects.get("remakes/drydock.json").cloned();
    let script = || Script::default().on("DescribeStacks", [failed.clone()]);
    let deleted = [("drydock", STACK, "DELETE_IN_PROGRESS", ""), ("drydock", STACK, "DELETE_COMPLETE", "")];
    let first = script().interrupted_at("DeleteStack", &deploy).await;
    assert_eq!((first.code, creation(&first)), (130, None), "{first}");

    // Which finds it being deleted, or gone, or a shell for a change set.
    let deleting =
        Script::stack(&["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE", ""])
            .history(&deleted);
    for again in [deleting, Script::stack(&[""]), Script::stack(&["REVIEW_IN_PROGRESS"])] {
        let ran = again.after(&first).change_set_ready().interrupted_at("ExecuteChangeSet", &deploy).await;
        let asked = creation(&ran).unwrap_or_default();
        for part in ["FixBudgetUsd=3", "RequireBoundary=true", "team=platform", "role/cfn", "CodeBucket=code"] {
            assert!(asked.contains(part), "{part}: {ran}");
        }
        assert!(ran.stderr.contains("Keeping of the stack that was deleted: --parameter FixBudgetUsd=3"), "{ran}");
        assert!(note(&ran).is_some() && note(&ran) == note(&first), "it does not stand yet: {ran}");
    }

    // Once it stands, or nobody wants it any more, that is forgotten.
    let created = [("drydock", STACK, "CREATE_IN_PROGRESS", ""), ("drydock", STACK, "CREATE_COMPLETE", "")];
    let stands = Script::stack(&["", "", "REVIEW_IN_PROGRESS", "CREATE_COMPLETE"]).own_history(&created);
    let stands = stands.after(&first).change_set_ready().run(&deploy).await;
    assert_eq!(stands.code, 0, "{stands}");
    // Also if the run that made it was cut off, and the next one finds it standing.
    let found = Script::stack(&["CREATE_COMPLETE"]).after(&first).no_changes().run(&deploy).await;
    assert_eq!(found.code, 0, "{found}");
    let given_up = Script::stack(&[""]).after(&first).run("destroy --yes").await;
    assert_eq!(given_up.code, 0, "{given_up}");
    for ran in [stands, found, given_up] {
        assert_eq!(note(&ran), None, "{ran}");
    }
    let plain = Script::stack(&["ROLLBACK_COMPLETE"])
        .template(&serde_json::json!({"Resources": {}}))
        .after(&first)
        .run("destroy")
        .await;
    assert_eq!((plain.code, note(&plain)), (3, note(&first)), "nobody has agreed: {plain}");
}

#[tokio::test]
async fn a_stack_that_cannot_be_remembered_is_not_deleted() {
    let ran = left_by_a_creation().unwritable().run(&format!("{DEPLOY} --yes")).await;
    assert_eq!((ran.code, ran.asked.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("cannot upload remakes/drydock.json"), "{ran}");
}

#[tokio::test]
async fn while_data_may_be_lost_that_is_said() {
    let deploy = format!("{DEPLOY} --yes --allow-data-loss");
    let script = || Script::stack(&["UPDATE_COMPLETE"]).on("DescribeChangeSet", [loses_the_table()]);
    let open = "Until then no stack policy protects the data of the stack";
    let ran = script().interrupted_at("ExecuteChangeSet", &deploy).await;
    assert!(ran.code == 130 && ran.stderr.contains(open), "{ran}");
    // Before it executes, the policy is set again.
    let ran = script().interrupted_at("SetStackPolicy", &deploy).await;
    let asked: Vec<&str> = ran.asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(asked, ["CreateChangeSet", "SetStackPolicy", "SetStackPolicy", "DeleteChangeSet"], "{ran}");
    assert!(ran.stderr.contains("interrupted; nothing was changed") && !ran.stderr.contains(open), "{ran}");
    // So it is if CloudFormation does not take the change set.
    let refused =
        error(400, "InvalidChangeSetStatus", "ChangeSet [arn:change] cannot be executed in its current status");
    let script = script().on("ExecuteChangeSet", [refused]).on("DescribeStackEvents", [events(&[], "")]);
    let ran = script.run(&deploy).await;
    let asked: Vec<&str> = ran.asked.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(asked, ["CreateChangeSet", "SetStackPolicy", "ExecuteChangeSet", "SetStackPolicy"], "{ran}");
    assert!(ran.code == 1 && !ran.stderr.contains(open), "{ran}");
}

#[tokio::test]
async fn credentials_that_expire_while_data_may_be_lost_say_so() {
    let stands = || stack("drydock", "UPDATE_COMPLETE");
    let expired = error(403, "ExpiredToken", "The security token included in the request is expired");
    let script = Script::default()
        .on("DescribeStacks", [stands(), stands(), stands(), stands(), expired])
        .on("DescribeChangeSet", [loses_the_table()]);
    let ran = script.run(&format!("{DEPLOY} --yes --allow-data-loss")).await;
    let told = "with new credentials (`aws sso login`, for instance)\nUntil then no stack policy protects the data";
    assert!(ran.code == 1 && ran.stderr.contains(told), "{ran}");
}

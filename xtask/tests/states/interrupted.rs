//! Ctrl-C, wherever it comes.

use super::DEPLOY;
use crate::script::Script;
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
    ExecuteChangeSet
    ");
}

#[tokio::test]
async fn ctrl_c_before_anything_was_begun_leaves_nothing_behind() {
    let ran = Script::stack(&["UPDATE_COMPLETE"]).interrupted_at("CreateChangeSet", &format!("{DEPLOY} --yes")).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (130, Some("DeleteChangeSet")), "{ran}");
    assert!(ran.stderr.contains("interrupted; nothing was changed and the change set is removed"), "{ran}");
}

#[tokio::test]
async fn ctrl_c_while_comparing_leaves_nothing_behind() {
    let diff = "diff --skip-build --exit-code";
    let ran = Script::stack(&["UPDATE_COMPLETE"]).interrupted_at("CreateChangeSet", diff).await;
    assert_eq!((ran.code, ran.asked.last().map(String::as_str)), (130, Some("DeleteChangeSet")), "{ran}");
}

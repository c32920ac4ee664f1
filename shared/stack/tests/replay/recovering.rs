//! Taking stacks away, and getting them out of operations that hang or failed.

use crate::recorded::{Answer, Recorded};
use drydock_stack::*;

#[tokio::test]
async fn a_stack_is_deleted_with_another_role_only_if_one_is_named() {
    let check = |deletion: Deletion, expected: &'static str| async move {
        let recorded = Recorded::new([("DeleteStack", Answer::empty("DeleteStack"))]);
        assert_eq!(recorded.engine().delete_stack("demo", &deletion).await, Ok(()));
        let asked = recorded.asked();
        let sent = asked[0].strip_prefix("Action=DeleteStack&Version=2010-05-15&").unwrap();
        assert_eq!(sent, expected);
    };
    check(Deletion::default(), "StackName=demo").await;
    let role_arn = Some("role".to_owned());
    check(Deletion { role_arn, ..Deletion::default() }, "StackName=demo&RoleARN=role").await;
    let deletion = Deletion { token: Some("t".to_owned()), retain: vec!["Queue".to_owned()], role_arn: None };
    check(deletion, "StackName=demo&RetainResources.member.1=Queue&ClientRequestToken=t").await;
}

#[tokio::test]
async fn a_rollback_that_got_stuck_goes_on_without_what_is_skipped() {
    let recorded = Recorded::new([("ContinueUpdateRollback", Answer::empty("ContinueUpdateRollback"))]);
    let skip = ["Queue".to_owned(), "Net.Subnet".to_owned()];
    assert_eq!(recorded.engine().continue_rollback("demo", &skip, "t", Some("role")).await, Ok(()));
    let expected = "Action=ContinueUpdateRollback&Version=2010-05-15&StackName=demo&RoleARN=role\
        &ResourcesToSkip.member.1=Queue&ResourcesToSkip.member.2=Net.Subnet&ClientRequestToken=t";
    assert_eq!(recorded.asked(), [expected]);
}

#[tokio::test]
async fn an_operation_is_cancelled_or_undone_under_a_token_of_its_own() {
    let recorded = Recorded::new([
        ("CancelUpdateStack", Answer::empty("CancelUpdateStack")),
        ("RollbackStack", Answer::empty("RollbackStack")),
    ]);
    let engine = recorded.engine();
    assert_eq!(engine.cancel_update("demo", "t").await, Ok(()));
    assert_eq!(engine.roll_back("demo", "t", None).await, Ok(()));
    assert!(recorded.asked().iter().all(|body| body.contains("ClientRequestToken=t")), "{:?}", recorded.asked());
}

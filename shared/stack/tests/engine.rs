//! The engine against a running CloudFormation: `cargo xtask local -- cargo test -p drydock-stack`. Without
//! `AWS_ENDPOINT_URL` there is none, and nobody's real account is touched: the tests do nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first surprise, and says so if it is skipped"
)]

use drydock_aws::Roots;
use drydock_stack::*;
use std::collections::BTreeMap;
use std::time::Duration;

const QUEUE: &str = r#"
Parameters:
  Seconds: {Type: Number, Default: 30}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: !Ref Seconds}
Outputs:
  Url: {Value: !Ref Queue}
"#;

/// The policy's role is not there: the policy cannot be made, and the queue is undone.
const BROKEN: &str = r#"
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: read
      Roles: [role-of-nobody]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: sqs:ReceiveMessage, Resource: !GetAtt Queue.Arn}]
"#;

/// A stack that an earlier run cannot have left.
fn unique(name: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("engine-{name}-{}", now.as_micros())
}

async fn engine() -> Option<Engine> {
    if std::env::var("AWS_ENDPOINT_URL").unwrap_or_default().is_empty() {
        println!("skipped: AWS_ENDPOINT_URL is not set");
        return None;
    }
    let config = drydock_aws::config(Roots::Native).await.unwrap();
    let look = Duration::from_millis(200);
    Some(Engine::new(aws_sdk_cloudformation::Client::new(&config)).with_pace(Pace { look, ..Pace::default() }))
}

fn request(stack: &str, version: u32, template: &str) -> ChangeSetRequest {
    ChangeSetRequest {
        stack: stack.to_owned(),
        name: format!("change-{version}"),
        client_token: Some(format!("token-{stack}-{version}")),
        template: Template::Body(template.to_owned()),
        ..ChangeSetRequest::default()
    }
}

async fn ready(engine: &Engine, request: &ChangeSetRequest) -> ChangeSet {
    match engine.create_change_set(request).await.unwrap() {
        ChangeSetOutcome::Ready(change_set) => change_set,
        other => panic!("{other:?}"),
    }
}

/// Executes and follows to the end: the outcome and every event's line.
async fn apply(engine: &Engine, request: &ChangeSetRequest) -> (Outcome, Vec<StackEvent>) {
    let token = request.client_token.as_deref().unwrap();
    let change_set = ready(engine, request).await;
    engine.execute(&change_set, token).await.unwrap();
    engine.execute(&change_set, token).await.unwrap();
    follow(engine, &change_set.stack_id, token).await
}

async fn follow(engine: &Engine, stack_id: &str, token: &str) -> (Outcome, Vec<StackEvent>) {
    let mut follower = engine.follow(stack_id, Some(token));
    let mut events = Vec::new();
    loop {
        let look = follower.next().await.unwrap();
        events.extend(look.events);
        if look.outcome.is_terminal() {
            return (look.outcome, events);
        }
    }
}

async fn remove(engine: &Engine, stack: &str) {
    let id = engine.describe(stack).await.unwrap().unwrap().id;
    let deletion = Deletion { token: Some("token-delete".to_owned()), ..Deletion::default() };
    engine.delete_stack(stack, &deletion).await.unwrap();
    let (outcome, _) = follow(engine, &id, "token-delete").await;
    assert!(matches!(outcome, Outcome::Complete | Outcome::Gone), "{outcome:?}");
    assert_eq!(engine.describe(stack).await.unwrap(), None);
    engine.delete_stack(stack, &deletion).await.unwrap();
}

#[tokio::test]
async fn a_stack_is_created_updated_left_alone_and_deleted() {
    let Some(engine) = engine().await else { return };
    let stack = &unique("life");
    let first = request(stack, 1, QUEUE);
    let change_set = ready(&engine, &first).await;
    assert!(change_set.creates);
    assert_eq!((change_set.changes.len(), change_set.changes[0].action), (1, ChangeAction::Add));
    assert_eq!(ready(&engine, &first).await.id, change_set.id, "asked twice, it is the same change set");

    let (outcome, events) = apply(&engine, &first).await;
    assert_eq!(outcome, Outcome::Complete, "{events:#?}");
    assert!(events.iter().any(|event| event.logical_id == "Queue" && event.status == ResourceStatus::CreateComplete));
    let again = engine.create_change_set(&first).await.unwrap();
    assert!(matches!(again, ChangeSetOutcome::Executed { .. }), "{again:?}");

    assert_eq!(engine.create_change_set(&request(stack, 2, QUEUE)).await.unwrap(), ChangeSetOutcome::NoChanges);

    let value = ParameterValue::Value("45".to_owned());
    let update =
        ChangeSetRequest { parameters: BTreeMap::from([("Seconds".to_owned(), value)]), ..request(stack, 3, QUEUE) };
    let change_set = ready(&engine, &update).await;
    assert!(!change_set.creates);
    let changed = &change_set.changes[0];
    assert_eq!((changed.action, changed.replacement), (ChangeAction::Modify, Replacement::No), "{changed:?}");
    let paths: Vec<_> = changed.properties.iter().map(|property| property.path.replace('/', ".")).collect();
    assert!(paths.len() == 1 && paths[0].ends_with("Properties.VisibilityTimeout"), "{changed:?}");
    let (outcome, events) = apply(&engine, &update).await;
    assert_eq!(outcome, Outcome::Complete);
    assert!(events.iter().all(|event| event.token == update.client_token), "{events:#?}");

    let resources = engine.resources(stack, 10).await.unwrap();
    assert_eq!((resources.len(), resources[0].logical_id.as_str()), (1, "Queue"));
    assert!(engine.outputs(stack).await.unwrap()["Url"].contains(stack.as_str()));
    remove(&engine, stack).await;
}

#[tokio::test]
async fn a_failure_is_rolled_back_and_its_first_cause_found() {
    let Some(engine) = engine().await else { return };
    let stack = &unique("broken");
    let plain = request(stack, 1, BROKEN);
    let refused = engine.create_change_set(&plain).await;
    assert!(matches!(refused, Err(StackError::Capabilities(_))), "{refused:?}");
    let request = ChangeSetRequest { capabilities: vec!["CAPABILITY_IAM".to_owned()], ..plain };
    let (outcome, events) = apply(&engine, &request).await;
    assert_eq!(outcome, Outcome::Failed, "{events:#?}");
    let cause = engine.root_cause(stack, request.client_token.as_deref()).await.unwrap().expect("a cause");
    assert_eq!((cause.logical_id.as_str(), cause.reason.class), ("Policy", ReasonClass::MissingReference), "{cause:?}");
    assert_eq!(engine.describe(stack).await.unwrap().unwrap().status.next_step(), NextStep::DeleteFirst);
    remove(&engine, stack).await;
}

#[tokio::test]
async fn what_is_discarded_leaves_nothing_behind() {
    let Some(engine) = engine().await else { return };
    let stack = &unique("discarded");
    let change_set = ready(&engine, &request(stack, 1, QUEUE)).await;
    engine.discard(stack, &change_set.name).await.unwrap();
    assert_eq!(engine.describe(stack).await.unwrap(), None);
    engine.discard(stack, &change_set.name).await.unwrap();
}

#[tokio::test]
async fn a_template_that_does_not_parse_is_refused_at_once() {
    let Some(engine) = engine().await else { return };
    let stack = &unique("refused");
    let refused = engine.create_change_set(&request(stack, 1, "Resources: [")).await;
    assert!(matches!(refused, Err(StackError::Validation(_))), "{refused:?}");
    assert_eq!(engine.describe(stack).await.unwrap(), None);
}

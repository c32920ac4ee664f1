//! Looks at real stacks and functions: `cargo xtask local -- cargo test -p deployer-monitor`. Without
//! `AWS_ENDPOINT_URL` there is no engine, and nobody's real account is touched: the tests do nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first surprise, and says so if it is skipped"
)]

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use deployer_monitor::Monitor;
use drydock_aws::Roots;
use drydock_contract::message::Work;
use drydock_contract::session::{DeployedResources, Failure, RequestDetails, Target};
use drydock_contract::{Session, SessionId, SessionKind, Stage, Status};
use drydock_runtime::{Invocation, Queues, WorkError, Worker};
use drydock_stack::{ChangeSetOutcome, ChangeSetRequest, Deletion, Engine, Template};
use drydock_store::{Change, NewSession, Store};
use std::time::{Duration, Instant};

const GOOD: &str = r#"
Resources:
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  Site: {Value: https://site.example/hello}
  Queue: {Value: !Ref Queue}
"#;

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

/// A monitor with a table of its own.
struct World {
    monitor: Monitor,
    id: SessionId,
    name: String,
}

impl World {
    async fn new() -> Option<Self> {
        if std::env::var("AWS_ENDPOINT_URL").unwrap_or_default().is_empty() {
            println!("skipped: AWS_ENDPOINT_URL is not set");
            return None;
        }
        let config = drydock_aws::config(Roots::Native).await.unwrap();
        let uuid = uuid::Uuid::new_v4().to_string();
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        create_table(&dynamodb, &uuid).await;
        let queues = Queues::new(aws_sdk_sqs::Client::new(&config), []);
        let monitor = Monitor {
            store: Store::new(dynamodb, &uuid),
            queues,
            engine: Engine::new(aws_sdk_cloudformation::Client::new(&config)),
            lambda: aws_sdk_lambda::Client::new(&config),
        };
        let id = SessionId::new(SessionKind::Deploy, &uuid).unwrap();
        Some(Self { monitor, id, name: format!("monitor-{uuid}") })
    }

    /// A session whose deployment of `target` has begun.
    async fn session(&self, target: Target) -> Session {
        let store = &self.monitor.store;
        let new = NewSession {
            id: self.id.clone(),
            repository: "https://github.com/o/n".to_owned(),
            branch: "main".to_owned(),
            project_root: None,
            request: RequestDetails::default(),
            message: String::new(),
            stage: Stage::Monitor,
            outbox: None,
            idempotency: None,
            max_fix_attempts: None,
        };
        store.create(new).await.unwrap();
        let head = store.get(&self.id).await.unwrap().unwrap();
        let status = Some(Status::Deploying);
        store.update(&head, Change { status, target: Some(target), look: Some(1), ..Change::default() }).await.unwrap()
    }

    async fn begin(&self, template: &str) -> Target {
        let request = ChangeSetRequest {
            stack: self.name.clone(),
            name: "change".to_owned(),
            client_token: Some(self.name.clone()),
            template: Template::Body(template.to_owned()),
            capabilities: vec!["CAPABILITY_IAM".to_owned()],
            ..ChangeSetRequest::default()
        };
        let engine = &self.monitor.engine;
        let ChangeSetOutcome::Ready(set) = engine.create_change_set(&request).await.unwrap() else {
            panic!("not ready")
        };
        engine.execute(&set, &self.name).await.unwrap();
        Target::Stack { name: self.name.clone(), id: Some(set.stack_id), token: Some(self.name.clone()) }
    }

    /// Looks, each time anew, until something else than the next look comes of it.
    async fn watch(&self, session: &Session) -> Result<Change, WorkError> {
        let invocation = Invocation {
            request_id: "r".to_owned(),
            deadline: Instant::now() + Duration::from_secs(60),
            receive_count: 1,
        };
        for look in 1..60 {
            let work = Work { look, ..Work::new(self.id.clone(), Stage::Monitor, 1) };
            let change = self.monitor.work(session.clone(), &work, &invocation).await?;
            let Some(outbox) = &change.outbox else { return Ok(change) };
            assert_eq!((outbox.work.look, change.look), (look + 1, Some(look + 1)));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("it does not end")
    }

    async fn succeeds(&self, target: Target) -> DeployedResources {
        let session = self.session(target).await;
        let change = self.watch(&session).await.unwrap();
        assert_eq!((change.status, change.stage), (Some(Status::Success), Some(Stage::Done)));
        let first = self.lines().await;
        self.watch(&session).await.unwrap();
        assert_eq!(self.lines().await, first, "a look that is repeated tells nothing twice");
        change.deployed_resources.unwrap()
    }

    async fn fails(&self, target: Target) -> Failure {
        match self.watch(&self.session(target).await).await {
            Err(WorkError::Fatal(failure)) => *failure,
            other => panic!("{other:?}"),
        }
    }

    async fn lines(&self) -> Vec<String> {
        let lines = self.monitor.store.logs(&self.id, 100).await.unwrap();
        lines.into_iter().map(|line| line.text).collect()
    }
}

async fn create_table(dynamodb: &aws_sdk_dynamodb::Client, name: &str) {
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let text = |name: &str| {
        let kind = ScalarAttributeType::S;
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    };
    let request = dynamodb.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let request = request.attribute_definitions(text("sessionId")).attribute_definitions(text("entry"));
    let request = request.key_schema(key("sessionId", KeyType::Hash)).key_schema(key("entry", KeyType::Range));
    request.send().await.unwrap();
}

#[tokio::test]
async fn a_stack_that_comes_up() {
    let Some(world) = World::new().await else { return };
    let target = world.begin(GOOD).await;
    let deployed = world.succeeds(target).await;
    assert_eq!(deployed.urls, ["https://site.example/hello"]);
    assert_eq!(deployed.resources.len(), 1);
    assert_eq!(deployed.stack_name.as_ref(), Some(&world.name));
    assert!(deployed.outputs["Queue"].contains("Queue"), "{deployed:?}");
    assert!(world.lines().await.contains(&"CREATE_COMPLETE AWS::SQS::Queue Queue".to_owned()));
}

#[tokio::test]
async fn a_stack_that_fails() {
    let Some(world) = World::new().await else { return };
    let target = world.begin(BROKEN).await;
    let failure = world.fails(target).await;
    assert_eq!(failure.location.as_deref(), Some("Policy"), "{failure:?}");
    assert!(failure.message.starts_with("Policy (AWS::IAM::Policy) CREATE_FAILED: "), "{failure:?}");
    assert!(failure.message.ends_with("; what it had made was rolled back"), "{failure:?}");
    assert!(world.lines().await.iter().any(|line| line.starts_with("CREATE_FAILED AWS::IAM::Policy Policy: ")));
}

#[tokio::test]
async fn a_stack_or_a_function_that_is_not_there() {
    let Some(world) = World::new().await else { return };
    let failure = world.fails(Target::Stack { name: world.name.clone(), id: None, token: None }).await;
    assert_eq!(failure.code, "stack-gone");
    let Some(world) = World::new().await else { return };
    let failure = world.fails(Target::Function { name: world.name.clone() }).await;
    assert_eq!(failure.code, "function-gone");
}

#[tokio::test]
async fn a_stack_that_is_deleted_meanwhile() {
    let Some(world) = World::new().await else { return };
    let target = world.begin(GOOD).await;
    let mut follower = world.monitor.engine.follow(&world.name, Some(&world.name));
    while !follower.next().await.unwrap().outcome.is_terminal() {}
    world.monitor.engine.delete_stack(&world.name, &Deletion::default()).await.unwrap();
    while world.monitor.engine.describe(&world.name).await.unwrap().is_some() {}
    let failure = world.fails(target).await;
    assert_eq!(failure.code, "stack-gone", "{failure:?}");
}

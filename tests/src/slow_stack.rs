//! A repository whose stack stands only once a test says so, and what else a test does to stacks past the handlers.

use crate::World;
use aws_sdk_cloudformation::types::ResourceSignalStatus;
use drydock_contract::SessionId;
use drydock_contract::session::Target;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

/// The queue comes only after the gate was opened. Nobody waits for longer than the tests do.
const TEMPLATE: &str = "\
Resources:
  Gate:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: {ResourceSignal: {Timeout: PT4M}}
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Gate
Outputs:
  QueueUrl: {Value: !Ref Queue}
";

impl World {
    /// A repository whose stack waits for [`open_gate`](Self::open_gate).
    pub fn gated(&self) -> String {
        self.git.files("slow/gate", &[("template.yaml", TEMPLATE)])
    }

    /// Lets a gated stack go on.
    pub async fn open_gate(&self, stack: &str) {
        let signal = self.cloudformation().signal_resource().stack_name(stack).logical_resource_id("Gate");
        let signal = signal.unique_id("test").status(ResourceSignalStatus::Success);
        signal.send().await.expect("the gate waits");
    }

    /// Waits until a session's stack is being made and waits at its gate; gives the stack's name.
    ///
    /// # Panics
    /// If that does not come in two minutes.
    pub async fn until_gated(&self, id: &SessionId) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let head = self.head(id).await;
            assert!(!head.status.is_terminal(), "{head:#?}");
            // A target is on record before it is made.
            if let Some(Target::Stack { name, .. }) = &head.target
                && self.has_stack(name).await
                && self.footprint(id).await.iter().any(|line| line.contains(" Gate "))
            {
                return name.clone();
            }
            assert!(Instant::now() < until, "{id} never came to its gate: {head:#?}");
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Deletes a stack as somebody in the console would.
    pub async fn delete_stack(&self, name: &str) {
        self.cloudformation().delete_stack().stack_name(name).send().await.expect("asked for");
    }

    /// True if a stack of that name stands, in whatever state.
    pub async fn has_stack(&self, name: &str) -> bool {
        self.stack_id(name).await.is_some()
    }

    /// The id of the stack that stands under a name, in whatever state.
    pub async fn stack_id(&self, name: &str) -> Option<String> {
        let found = self.cloudformation().describe_stacks().stack_name(name).send().await.ok()?;
        found.stacks().first()?.stack_id.clone()
    }

    /// True if a function of that name stands.
    pub async fn has_function(&self, name: &str) -> bool {
        self.lambda().get_function().function_name(name).send().await.is_ok()
    }

    /// True if a role of that name stands.
    pub async fn has_role(&self, name: &str) -> bool {
        aws_sdk_iam::Client::new(&self.config).get_role().role_name(name).send().await.is_ok()
    }

    /// True if a queue has that URL.
    pub async fn has_queue(&self, url: &str) -> bool {
        self.sqs().get_queue_attributes().queue_url(url).send().await.is_ok()
    }
}

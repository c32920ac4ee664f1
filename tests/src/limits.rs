//! Workflows with other limits than the stack's machine has: what takes hours there takes seconds here.

use crate::{Run, World};
use drydock_contract::session::RequestDetails;
use drydock_contract::{SessionId, SessionKind, Stage};
use drydock_store::{Created, NewSession};
use std::time::Duration;

/// What the machine has: less than half an hour of its own work, and two hours of waiting for a turn.
const OWN: &str = ">= 1740000";
const TURN: &str = ">= 7200000";

impl World {
    /// Opens a session as `POST /sdlc-deploy` does, without repairs, and has a machine of its own lead it. Gives the ARN
    /// of its execution, too.
    ///
    /// # Panics
    /// If the stack's machine has not the limits that are put in place of.
    pub async fn led(&self, repository: &str, stack_name: &str, own: Duration, turn: Duration) -> (Run<'_>, String) {
        let id = SessionId::new(SessionKind::Sdlc, &uuid::Uuid::new_v4().to_string()).expect("an id");
        let new = NewSession {
            id: id.clone(),
            repository: repository.to_owned(),
            branch: "main".to_owned(),
            project_root: None,
            request: RequestDetails { stack_name: Some(stack_name.to_owned()), ..RequestDetails::default() },
            message: "accepted".to_owned(),
            stage: Stage::CloneDetect,
            outbox: None,
            idempotency: None,
            max_fix_attempts: Some(0),
        };
        assert!(matches!(self.store.create(new).await, Ok(Created::New(_))), "{id}");
        let client = aws_sdk_sfn::Client::new(&self.config);
        let machine = client.describe_state_machine().state_machine_arn(self.output("SdlcStateMachineArn"));
        let machine = machine.send().await.expect("the stack's machine");
        let limit = |text: String, was: &str, limit: Duration| {
            assert!(text.contains(was), "no {was} in {text}");
            text.replace(was, &format!(">= {}", limit.as_millis()))
        };
        let definition = limit(limit(machine.definition, OWN, own), TURN, turn);
        let made = client.create_state_machine().name(self.new_name("limits")).definition(definition);
        let made = made.role_arn(machine.role_arn).send().await.expect("a machine").state_machine_arn;
        let input = serde_json::json!({"sessionId": id, "maxFixAttempts": 0}).to_string();
        let start = client.start_execution().state_machine_arn(made).name(id.as_str()).input(input);
        let execution = start.send().await.expect("started").execution_arn;
        (self.run(id), execution)
    }
}

//! The executions of the SDLC workflow: one for each session, named as the session.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionError;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::operation::stop_execution::StopExecutionError;
use aws_sdk_sfn::types::ExecutionStatus;
use drydock_aws::explain;
use drydock_contract::{Session, SessionId};
use serde_json::json;

/// What a person's cancellation is called in the execution's history.
const CANCELLED: &str = "Cancelled";

/// The workflow's executions.
#[derive(Clone, Debug)]
pub struct Executions {
    client: Client,
    machine_arn: String,
}

/// How an execution stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on.
    Running,
    /// It leads its session nowhere any more; how it ended, for people.
    Over(String),
}

impl Executions {
    /// The executions of this state machine.
    pub fn new(client: Client, machine_arn: &str) -> Self {
        Self { client, machine_arn: machine_arn.to_owned() }
    }

    /// Starts the session's execution. Started before, and even if it has ended since, is as good.
    ///
    /// # Errors
    /// In words, if Step Functions refuses it or cannot be reached.
    pub async fn start(&self, head: &Session) -> Result<bool, String> {
        let most = head.workflow.as_ref().map(|workflow| workflow.max_fix_attempts);
        let input = json!({"sessionId": head.session_id, "maxFixAttempts": most});
        let start = self
            .client
            .start_execution()
            .state_machine_arn(&self.machine_arn)
            .name(head.session_id.as_str())
            .input(input.to_string());
        match start.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(StartExecutionError::ExecutionAlreadyExists(_)) => Ok(true),
                _ => Err(explain(&error)),
            },
        }
    }

    /// Stops the session's execution, if it has one.
    ///
    /// # Errors
    /// In words, if Step Functions refuses it or cannot be reached.
    pub async fn stop(&self, id: &SessionId) -> Result<(), String> {
        let stop = self.client.stop_execution().execution_arn(self.arn(id)).error(CANCELLED);
        match stop.cause("the session was cancelled").send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(StopExecutionError::ExecutionDoesNotExist(_)) => Ok(()),
                // Over already.
                Some(StopExecutionError::ValidationException(_)) => Ok(()),
                _ => Err(explain(&error)),
            },
        }
    }

    /// How the session's execution stands.
    ///
    /// # Errors
    /// In words, if Step Functions refuses to say or cannot be reached.
    pub async fn look(&self, id: &SessionId) -> Result<Standing, String> {
        match self.client.describe_execution().execution_arn(self.arn(id)).send().await {
            Ok(found) => Ok(standing(&found.status, found.error.as_deref(), found.cause.as_deref())),
            Err(error) => match error.as_service_error() {
                Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => {
                    Ok(Standing::Over("it was never started, or is not on record any more".to_owned()))
                }
                _ => Err(explain(&error)),
            },
        }
    }

    /// The ARN of the execution with the session's name.
    fn arn(&self, id: &SessionId) -> String {
        format!("{}:{id}", self.machine_arn.replacen(":stateMachine:", ":execution:", 1))
    }
}

fn standing(status: &ExecutionStatus, error: Option<&str>, cause: Option<&str>) -> Standing {
    match status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Standing::Running,
        ExecutionStatus::Succeeded => Standing::Over("it ended without a word about the session".to_owned()),
        other => {
            let why: Vec<&str> = [error, cause].into_iter().flatten().filter(|text| !text.is_empty()).collect();
            let why = if why.is_empty() { String::new() } else { format!(": {}", why.join(": ")) };
            Standing::Over(format!("it ended as {}{why}", other.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_goes_on_or_leads_nowhere() {
        let check = |status: ExecutionStatus, error, cause, expected: Option<&str>| {
            let expected = expected.map_or(Standing::Running, |text| Standing::Over(text.to_owned()));
            assert_eq!(standing(&status, error, cause), expected);
        };
        check(ExecutionStatus::Running, None, None, None);
        check(ExecutionStatus::PendingRedrive, None, None, None);
        check(ExecutionStatus::Succeeded, None, None, Some("it ended without a word about the session"));
        check(ExecutionStatus::Aborted, Some(""), None, Some("it ended as ABORTED"));
        check(ExecutionStatus::Failed, Some("E"), Some("why"), Some("it ended as FAILED: E: why"));
    }

    #[test]
    fn an_execution_is_named_as_its_session() {
        let config = aws_sdk_sfn::Config::builder().behavior_version_latest().build();
        let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:drydock-sdlc-workflow";
        let executions = Executions::new(Client::from_conf(config), machine);
        let id = SessionId::parse("sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        let expected = "arn:aws:states:eu-west-1:123456789012:execution:drydock-sdlc-workflow:\
                        sdlc-0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11";
        assert_eq!(executions.arn(&id), expected);
    }
}

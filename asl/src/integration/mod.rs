//! Services that a machine calls, each with its own arguments, so that a wrong field does not compile.
//!
//! What is not here is a [`Task`] with its `resource` and `arguments` written out; all of AWS can be called so.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html>

pub mod dynamodb;
pub mod events;
pub mod lambda;
pub mod sns;
pub mod sqs;
pub mod states;

use crate::{Permission, Resource, Task, Underivable};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A call of a service in JSONata: it gives the state, and what the machine's role must be allowed for it.
pub trait Integration: Serialize + DeserializeOwned {
    /// `service:action` as it stands in the ARN: `sqs:sendMessage`.
    const CALL: &'static str;

    /// The state. Everything else about it, such as where it goes, is the caller's to fill in.
    fn task(&self) -> Task {
        let arguments = serde_json::to_value(self).expect("arguments are texts, numbers and JSON, which serialize");
        Task { resource: Resource::service(Self::CALL), arguments: Some(arguments), ..Task::default() }
    }

    /// The state that also waits until the token is sent back that its arguments hand out.
    fn task_with_callback(&self) -> Task {
        let resource = Resource::service(&format!("{}.waitForTaskToken", Self::CALL));
        Task { resource, ..self.task() }
    }

    /// What the machine's role must be allowed.
    ///
    /// # Errors
    /// If that cannot be told from the arguments.
    fn permissions(&self) -> Result<Vec<Permission>, Underivable> {
        self.task().permissions()
    }

    /// Reads the arguments of a task that calls this; `None` if it calls something else or with other arguments.
    fn of(task: &Task) -> Option<Self> {
        let arguments = task.arguments.clone().filter(|_| task.resource.call() == Some(Self::CALL))?;
        serde_json::from_value(arguments).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dynamic;
    use serde_json::json;

    #[test]
    fn a_call_is_read_back_from_its_state() {
        let send = sqs::SendMessage {
            queue_url: "https://queue".into(),
            message_body: json!({"token": "{% $states.context.Task.Token %}"}),
            delay_seconds: Some(Dynamic::from(5)),
            ..Default::default()
        };
        let task = send.task_with_callback();
        assert_eq!(task.resource.as_str(), "arn:aws:states:::sqs:sendMessage.waitForTaskToken");
        assert_eq!(sqs::SendMessage::of(&task), Some(send));
        assert_eq!(sns::Publish::of(&task), None);
    }

    #[test]
    fn arguments_are_written_as_aws_names_them() {
        let get = dynamodb::GetItem {
            table_name: "sessions".into(),
            key: json!({"id": {"S": "{% $states.input.id %}"}}),
            consistent_read: Some(true),
            ..Default::default()
        };
        assert_eq!(
            get.task().arguments,
            Some(json!({
                "TableName": "sessions", "Key": {"id": {"S": "{% $states.input.id %}"}}, "ConsistentRead": true
            }))
        );
    }
}

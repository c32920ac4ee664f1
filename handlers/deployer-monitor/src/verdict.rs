//! What one look says about a deployment, and what it makes of the session.

use crate::schedule::{MAX_LOOKS, delay_after};
use drydock_contract::message::Work;
use drydock_contract::session::{DeployedResources, Failure, Outbox};
use drydock_contract::{Stage, Status};
use drydock_runtime::WorkError;
use drydock_store::Change;

/// What one look says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Continues {
        /// How far it is, for people.
        message: String,
    },
    /// It stands.
    Succeeded {
        /// What stands.
        resources: Box<DeployedResources>,
        /// The same in a sentence.
        message: String,
    },
    /// It failed.
    Failed(Box<Failure>),
}

impl Verdict {
    /// A failure of this stage.
    pub(crate) fn failed(code: &str, message: String, remedy: Option<String>, location: Option<String>) -> Self {
        Self::Failed(Box::new(Failure {
            code: code.to_owned(),
            message,
            remedy,
            location,
            stage: Stage::Monitor,
            replayable: false,
        }))
    }

    /// What to write after the look that `work` asked for.
    pub(crate) fn into_change(self, work: &Work) -> Result<Change, WorkError> {
        match self {
            Self::Continues { message } if work.look >= MAX_LOOKS => {
                let text = format!("the deployment did not end within two hours; at last: {message}");
                let remedy =
                    "look at the stack in the AWS console: it may wait for a resource that never becomes ready";
                match Self::failed("deployment-timeout", text, Some(remedy.to_owned()), None) {
                    Self::Failed(failure) => Err(WorkError::Fatal(failure)),
                    other => other.into_change(work),
                }
            }
            Self::Continues { message } => {
                let next = Work { look: work.look + 1, ..work.clone() };
                Ok(Change {
                    look: Some(next.look),
                    message: Some(message),
                    outbox: Some(Outbox { delay_seconds: delay_after(work.look), work: next, workflow: false }),
                    ..Change::default()
                })
            }
            Self::Succeeded { resources, message } => Ok(Change {
                status: Some(Status::Success),
                stage: Some(Stage::Done),
                message: Some(message),
                deployed_resources: Some(*resources),
                ..Change::default()
            }),
            Self::Failed(failure) => Err(WorkError::Fatal(failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(look: u32) -> Work {
        let id = drydock_contract::SessionId::parse("0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11").unwrap();
        Work { look, ..Work::new(id, Stage::Monitor, 2) }
    }

    fn continues() -> Verdict {
        Verdict::Continues { message: "3 of 4".to_owned() }
    }

    #[test]
    fn the_next_look_is_a_delayed_message() {
        let change = continues().into_change(&work(7)).unwrap();
        let outbox = change.outbox.unwrap();
        assert_eq!((change.look, outbox.work.look, outbox.work.attempt, outbox.delay_seconds), (Some(8), 8, 2, 10));
        assert_eq!((change.status, change.stage, change.message.as_deref()), (None, None, Some("3 of 4")));
    }

    #[test]
    fn a_deployment_does_not_go_on_for_ever() {
        assert!(continues().into_change(&work(MAX_LOOKS - 1)).is_ok());
        let Err(WorkError::Fatal(failure)) = continues().into_change(&work(MAX_LOOKS)) else { panic!() };
        assert_eq!((failure.code.as_str(), failure.replayable), ("deployment-timeout", false));
        assert!(failure.message.contains("3 of 4"), "{}", failure.message);
    }

    #[test]
    fn what_stands_ends_the_session() {
        let resources = Box::new(DeployedResources { stack_name: Some("demo".into()), ..Default::default() });
        let change = Verdict::Succeeded { resources, message: "done".into() }.into_change(&work(1)).unwrap();
        assert_eq!((change.status, change.stage), (Some(Status::Success), Some(Stage::Done)));
        assert_eq!(change.deployed_resources.unwrap().stack_name.as_deref(), Some("demo"));
        assert!(change.outbox.is_none());
    }
}

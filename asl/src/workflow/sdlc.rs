//! The SDLC workflow: one execution takes one session through the pipeline.
//!
//! The execution's input is the session's first `Work` message. The machine sends it to the clone/detect queue and
//! has done its part: from there the session goes its way through the queues, and its head says how it went.

use crate::{
    Catch, Dynamic, ErrorName, Fail, Integration, QueryLanguage, Retry, SendMessage, State, StateMachine, Task,
    Transition,
};

/// What the definition leaves open as `${Name}` and the deployment fills in, with a value for each.
///
/// Generic over the value, so that the infrastructure can give CloudFormation expressions; a name that it does not
/// give does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitutions<V> {
    /// URL of the queue that `deployer-clone-detect` reads.
    pub clone_detect_queue_url: V,
}

impl<V> Substitutions<V> {
    /// Names and values, in the order of declaration.
    pub fn into_pairs(self) -> Vec<(&'static str, V)> {
        vec![("CloneDetectQueueUrl", self.clone_detect_queue_url)]
    }
}

/// The machine. SQS answers a send within a second or is down: five tries over half a minute tell which.
pub fn sdlc() -> StateMachine {
    let send = Task {
        comment: Some("The input is the message".to_owned()),
        integration: Integration::SendMessage(SendMessage {
            queue_url: "${CloneDetectQueueUrl}".into(),
            message_body: Dynamic::expression("$string($states.input)"),
            delay_seconds: None,
        }),
        timeout_seconds: Some(60),
        output: Some(Dynamic::expression("$states.input")),
        retry: vec![Retry::with_backoff(vec![ErrorName::All], 5)],
        catch: vec![Catch { error_equals: vec![ErrorName::All], next: "SendFailed".to_owned(), output: None }],
        transition: Transition::End,
    };
    let failed = Fail {
        comment: None,
        error: Dynamic::expression("$states.input.Error"),
        cause: Dynamic::expression("$states.input.Cause"),
    };
    StateMachine {
        comment: Some("Takes a session through deployment, tests and repairs".to_owned()),
        query_language: QueryLanguage::Jsonata,
        start_at: "Deploy".to_owned(),
        timeout_seconds: None,
        states: [("Deploy".to_owned(), State::Task(send)), ("SendFailed".to_owned(), State::Fail(failed))].into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_sound_and_the_same_every_time() {
        assert_eq!(sdlc().validate(), []);
        assert_eq!(sdlc().to_json(), sdlc().to_json());
    }

    #[test]
    fn every_substitution_is_used_and_none_is_missing() {
        let json = sdlc().to_json();
        let given = Substitutions { clone_detect_queue_url: () }.into_pairs();
        for (name, ()) in &given {
            assert!(json.contains(&format!("${{{name}}}")), "{name} is not used");
        }
        for open in json.split("${").skip(1) {
            let name = open.split('}').next().unwrap();
            assert!(given.iter().any(|(known, ())| *known == name), "{name} is not given");
        }
    }

    #[test]
    fn the_definition_reads_as_it_should() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&sdlc()).unwrap());
    }
}

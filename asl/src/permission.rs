//! What a machine's role must be allowed, told from the machine.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html>

use crate::data::Template;
use crate::dynamic::jsonata;
use crate::{Map, Pattern, Resource, State, StateMachine, Task};
use std::fmt;

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// An IAM action, such as `sqs:SendMessage`.
    pub action: &'static str,
    /// On what.
    pub on: Scope,
}

/// What an action is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What the definition names: a name, a URL, an ARN, or a `${Name}` that the deployment fills in with one.
    Named(String),
    /// What an expression or a path gives when the machine runs.
    Computed(String),
    /// Executions of the machine that is named.
    ExecutionsOf(String),
    /// The machine itself.
    ThisMachine,
    /// Its own executions.
    ItsExecutions,
    /// The rule by which Step Functions learns that a job has ended; it has the same name in every account.
    JobRule(&'static str),
    /// The action knows no resources.
    Any,
}

/// The permissions of a task cannot be told from the definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underivable {
    /// The state, if it is known.
    pub state: Option<String>,
    /// What it calls.
    pub resource: Resource,
}

impl fmt::Display for Underivable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(state) = &self.state {
            write!(f, "`{state}`: ")?;
        }
        write!(f, "what calling {} takes is not known here: grant it by hand", self.resource)
    }
}

impl std::error::Error for Underivable {}

/// A call, the actions that it takes, and the argument that says on what; `None` if they know no resources.
type Row = (&'static str, &'static [&'static str], Option<&'static str>);

const CALLS: [Row; 12] = [
    ("dynamodb:deleteItem", &["dynamodb:DeleteItem"], Some("TableName")),
    ("dynamodb:getItem", &["dynamodb:GetItem"], Some("TableName")),
    ("dynamodb:putItem", &["dynamodb:PutItem"], Some("TableName")),
    ("dynamodb:updateItem", &["dynamodb:UpdateItem"], Some("TableName")),
    ("events:putEvents", &["events:PutEvents"], None),
    ("lambda:invoke", &["lambda:InvokeFunction"], Some("FunctionName")),
    ("s3:getObject", &["s3:GetObject"], Some("Bucket")),
    ("s3:listObjectsV2", &["s3:ListBucket"], Some("Bucket")),
    (
        "s3:putObject",
        &["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
        Some("Bucket"),
    ),
    ("sns:publish", &["sns:Publish"], Some("TopicArn")),
    ("sqs:sendMessage", &["sqs:SendMessage"], Some("QueueUrl")),
    ("states:startExecution", &["states:StartExecution"], Some("StateMachineArn")),
];

/// The rule for executions that are waited for.
const EXECUTION_RULE: &str = "StepFunctionsGetEventsForStepFunctionsExecutionRule";

impl StateMachine {
    /// Everything that the machine's role must be allowed, each permission once, in the order of the states.
    ///
    /// # Errors
    /// If a state calls something that is not known here.
    pub fn permissions(&self) -> Result<Vec<Permission>, Underivable> {
        let mut outcome = Ok(Vec::new());
        self.each_state(&mut |name, state| {
            let Ok(all) = &mut outcome else { return };
            match state.permissions() {
                Ok(found) => {
                    for permission in found {
                        if !all.contains(&permission) {
                            all.push(permission);
                        }
                    }
                }
                Err(error) => outcome = Err(Underivable { state: Some(name.to_owned()), ..error }),
            }
        });
        outcome
    }
}

impl State {
    /// What the machine's role must be allowed for this state alone, without those within it.
    ///
    /// # Errors
    /// If it calls something that is not known here.
    pub fn permissions(&self) -> Result<Vec<Permission>, Underivable> {
        match self {
            Self::Task(task) => task.permissions(),
            Self::Map(map) => map.permissions(),
            _ => Ok(Vec::new()),
        }
    }
}

impl Task {
    /// What the machine's role must be allowed for it.
    ///
    /// # Errors
    /// If it calls something that is not known here.
    pub fn permissions(&self) -> Result<Vec<Permission>, Underivable> {
        if self.credentials.is_some() {
            // It is done as somebody else, whom the machine's role must be allowed to become.
            return Ok(vec![Permission { action: "sts:AssumeRole", on: Scope::Computed("Credentials".to_owned()) }]);
        }
        if self.resource.is_activity() {
            return Ok(Vec::new());
        }
        if self.resource.is_function() {
            let on = Scope::Named(self.resource.to_string());
            return Ok(vec![Permission { action: "lambda:InvokeFunction", on }]);
        }
        calling(&self.resource, self.arguments.as_ref().or(self.parameters.as_ref()))
    }
}

impl Map {
    /// A distributed map starts executions of its own machine, and reads and writes objects.
    fn permissions(&self) -> Result<Vec<Permission>, Underivable> {
        let mut all = Vec::new();
        if self.is_distributed() {
            all.push(Permission { action: "states:StartExecution", on: Scope::ThisMachine });
            for action in ["states:DescribeExecution", "states:StopExecution"] {
                all.push(Permission { action, on: Scope::ItsExecutions });
            }
        }
        if let Some(reader) = &self.item_reader {
            all.extend(calling(&reader.resource, reader.arguments.as_ref().or(reader.parameters.as_ref()))?);
        }
        if let Some(writer) = &self.result_writer
            && let Some(resource) = &writer.resource
        {
            all.extend(calling(resource, writer.arguments.as_ref().or(writer.parameters.as_ref()))?);
        }
        Ok(all)
    }
}

fn calling(resource: &Resource, arguments: Option<&Template>) -> Result<Vec<Permission>, Underivable> {
    let unknown = || Underivable { state: None, resource: resource.clone() };
    let call = resource.call().ok_or_else(unknown)?;
    let (_, actions, argument) = CALLS.iter().find(|(known, ..)| *known == call).ok_or_else(unknown)?;
    let on = argument.map_or(Scope::Any, |argument| scope(argument, arguments));
    let mut all: Vec<_> = actions.iter().map(|action| Permission { action, on: on.clone() }).collect();
    if resource.pattern() == Pattern::Job {
        if call != "states:startExecution" {
            return Err(unknown());
        }
        let executions = match &on {
            Scope::Named(machine) => Scope::ExecutionsOf(machine.clone()),
            other => other.clone(),
        };
        for action in ["states:DescribeExecution", "states:StopExecution"] {
            all.push(Permission { action, on: executions.clone() });
        }
        for action in ["events:PutTargets", "events:PutRule", "events:DescribeRule"] {
            all.push(Permission { action, on: Scope::JobRule(EXECUTION_RULE) });
        }
    }
    Ok(all)
}

/// What an argument names: `Name`, or `Name.$` in JSONPath.
fn scope(argument: &str, arguments: Option<&Template>) -> Scope {
    let arguments = match arguments {
        Some(Template::Object(arguments)) => arguments,
        Some(Template::String(expression)) => return Scope::Computed(expression.clone()),
        _ => return Scope::Computed(argument.to_owned()),
    };
    if let Some(path) = arguments.get(&format!("{argument}.$")).and_then(Template::as_str) {
        return Scope::Computed(path.to_owned());
    }
    match arguments.get(argument).and_then(Template::as_str) {
        Some(text) => jsonata(text).map_or_else(|| Scope::Named(text.to_owned()), |it| Scope::Computed(it.to_owned())),
        None => Scope::Computed(argument.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integration::{Integration, lambda, states};
    use crate::{Dynamic, ItemProcessor, ItemReader, Mode, ProcessorConfig};
    use serde_json::json;

    fn written(permissions: &[Permission]) -> Vec<String> {
        permissions.iter().map(|Permission { action, on }| format!("{action} {on:?}")).collect()
    }

    fn check(task: &Task, expected: &[&str]) {
        assert_eq!(written(&task.permissions().unwrap()), expected);
    }

    #[test]
    fn a_call_takes_its_actions_on_what_it_names() {
        let invoke = lambda::Invoke { function_name: "${Analyzer}".into(), ..Default::default() };
        check(&invoke.task(), &[r#"lambda:InvokeFunction Named("${Analyzer}")"#]);
        let anyone = lambda::Invoke { function_name: Dynamic::expression("$name"), ..Default::default() };
        check(&anyone.task(), &[r#"lambda:InvokeFunction Computed("$name")"#]);
        let resource = || Resource::service("sqs:sendMessage");
        let parameters = Some(json!({"QueueUrl": "https://queue", "MessageBody.$": "$"}));
        check(
            &Task { resource: resource(), parameters, ..Task::default() },
            &[r#"sqs:SendMessage Named("https://queue")"#],
        );
        let parameters = Some(json!({"QueueUrl.$": "$.queue", "MessageBody.$": "$"}));
        check(
            &Task { resource: resource(), parameters, ..Task::default() },
            &[r#"sqs:SendMessage Computed("$.queue")"#],
        );
    }

    #[test]
    fn what_is_waited_for_takes_more() {
        let start = states::StartExecution {
            state_machine_arn: "${Other}".into(),
            input: None,
            name: None,
            trace_header: None,
        };
        check(&start.task(), &[r#"states:StartExecution Named("${Other}")"#]);
        let rule = format!("JobRule({EXECUTION_RULE:?})");
        check(
            &start.task_and_wait(),
            &[
                r#"states:StartExecution Named("${Other}")"#,
                r#"states:DescribeExecution ExecutionsOf("${Other}")"#,
                r#"states:StopExecution ExecutionsOf("${Other}")"#,
                &format!("events:PutTargets {rule}"),
                &format!("events:PutRule {rule}"),
                &format!("events:DescribeRule {rule}"),
            ],
        );
    }

    #[test]
    fn a_distributed_map_runs_its_own_machine() {
        let config = ProcessorConfig { mode: Some(Mode::Distributed), execution_type: None };
        let reader = ItemReader {
            resource: Resource::service("s3:getObject"),
            arguments: Some(json!({"Bucket": "items", "Key": "all.csv"})),
            ..ItemReader::default()
        };
        let map = Map {
            item_reader: Some(reader),
            item_processor: Some(ItemProcessor { processor_config: Some(config), ..ItemProcessor::default() }),
            ..Map::default()
        };
        assert_eq!(
            written(&State::Map(Box::new(map)).permissions().unwrap()),
            [
                "states:StartExecution ThisMachine",
                "states:DescribeExecution ItsExecutions",
                "states:StopExecution ItsExecutions",
                r#"s3:GetObject Named("items")"#,
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let task = Task { resource: Resource::service("ecs:runTask.sync"), ..Task::default() };
        let states = [("Run".to_owned(), State::Task(task))].into();
        let machine = StateMachine { start_at: "Run".to_owned(), states, ..StateMachine::default() };
        let error = machine.permissions().unwrap_err().to_string();
        assert!(error.starts_with("`Run`: what calling arn:aws:states:::ecs:runTask.sync takes"), "{error}");
    }
}

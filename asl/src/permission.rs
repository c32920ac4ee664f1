//! What a machine's role must be allowed, told from the machine.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html>

use crate::data::Template;
use crate::dynamic::jsonata;
use crate::{Credentials, Dynamic, Map, Pattern, Resource, State, StateMachine, Task};
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

/// Where a call says what it is done to.
#[derive(Clone, Copy, Debug)]
enum Says {
    /// In that argument.
    In(&'static str),
    /// In that argument of each of the things that another one lists; without it, it is done to the one of that name.
    Each { list: &'static str, argument: &'static str, otherwise: &'static str },
}

use Says::In;

/// A call, the actions that it takes, and where it says on what.
type Row = (&'static str, &'static [&'static str], Says);

const CALLS: [Row; 12] = [
    ("dynamodb:deleteItem", &["dynamodb:DeleteItem"], In("TableName")),
    ("dynamodb:getItem", &["dynamodb:GetItem"], In("TableName")),
    ("dynamodb:putItem", &["dynamodb:PutItem"], In("TableName")),
    ("dynamodb:updateItem", &["dynamodb:UpdateItem"], In("TableName")),
    (
        "events:putEvents",
        &["events:PutEvents"],
        Says::Each { list: "Entries", argument: "EventBusName", otherwise: "default" },
    ),
    ("lambda:invoke", &["lambda:InvokeFunction"], In("FunctionName")),
    ("s3:getObject", &["s3:GetObject"], In("Bucket")),
    ("s3:listObjectsV2", &["s3:ListBucket"], In("Bucket")),
    (
        "s3:putObject",
        &["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
        In("Bucket"),
    ),
    ("sns:publish", &["sns:Publish"], In("TopicArn")),
    ("sqs:sendMessage", &["sqs:SendMessage"], In("QueueUrl")),
    ("states:startExecution", &["states:StartExecution"], In("StateMachineArn")),
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
        if let Some(credentials) = &self.credentials {
            // It is done as somebody else, whom the machine's role must be allowed to become.
            let on = match credentials {
                Credentials::RoleArn(Dynamic::Constant(arn)) => Scope::Named(arn.clone()),
                Credentials::RoleArn(Dynamic::Expression(arn)) | Credentials::RoleArnPath(arn) => {
                    Scope::Computed(arn.clone())
                }
            };
            return Ok(vec![Permission { action: "sts:AssumeRole", on }]);
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
    let (_, actions, says) = CALLS.iter().find(|(known, ..)| *known == call).ok_or_else(unknown)?;
    let scopes = scopes(*says, arguments);
    let mut all = Vec::new();
    for action in *actions {
        all.extend(scopes.iter().map(|on| Permission { action, on: on.clone() }));
    }
    if resource.pattern() == Pattern::Job {
        if call != "states:startExecution" {
            return Err(unknown());
        }
        for on in &scopes {
            let executions = match on {
                Scope::Named(machine) => Scope::ExecutionsOf(machine.clone()),
                other => other.clone(),
            };
            for action in ["states:DescribeExecution", "states:StopExecution"] {
                all.push(Permission { action, on: executions.clone() });
            }
        }
        for action in ["events:PutTargets", "events:PutRule", "events:DescribeRule"] {
            all.push(Permission { action, on: Scope::JobRule(EXECUTION_RULE) });
        }
    }
    Ok(all)
}

/// Everything that a call is done to, each once.
fn scopes(says: Says, arguments: Option<&Template>) -> Vec<Scope> {
    let (list, argument, otherwise) = match says {
        In(argument) => return vec![scope(argument, arguments)],
        Says::Each { list, argument, otherwise } => (list, argument, otherwise),
    };
    let Some(entries) = arguments.and_then(|arguments| arguments.get(list)).and_then(Template::as_array) else {
        return vec![scope(list, arguments)];
    };
    let names = |entry: &Template| entry.get(argument).is_some() || entry.get(format!("{argument}.$")).is_some();
    let mut all = Vec::new();
    for entry in entries {
        let on = match entry {
            Template::Object(_) if !names(entry) => Scope::Named(otherwise.to_owned()),
            _ => scope(argument, Some(entry)),
        };
        if !all.contains(&on) {
            all.push(on);
        }
    }
    all
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
    use crate::integration::{Integration, events, lambda, states};
    use crate::{ItemProcessor, ItemReader, Mode, ProcessorConfig};
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
    fn events_are_put_on_each_bus_that_an_entry_names() {
        let entry = |bus: Option<Dynamic<String>>| events::Entry {
            detail: json!({}),
            detail_type: "Paid".into(),
            source: "shop".into(),
            event_bus_name: bus,
            resources: None,
        };
        let buses = [Some("${Orders}".into()), None, Some(Dynamic::expression("$bus")), Some("${Orders}".into())];
        let put = events::PutEvents { entries: buses.map(entry).into() };
        check(
            &put.task(),
            &[
                r#"events:PutEvents Named("${Orders}")"#,
                r#"events:PutEvents Named("default")"#,
                r#"events:PutEvents Computed("$bus")"#,
            ],
        );
        let parameters = |parameters| Task { parameters: Some(parameters), arguments: None, ..put.task() };
        let computed = parameters(json!({"Entries.$": "$.events"}));
        check(&computed, &[r#"events:PutEvents Computed("$.events")"#]);
        let path = parameters(json!({"Entries": [{"EventBusName.$": "$.bus"}]}));
        check(&path, &[r#"events:PutEvents Computed("$.bus")"#]);
    }

    #[test]
    fn whoever_it_is_done_as_is_named_where_the_definition_does() {
        let as_whom = |credentials: serde_json::Value| Task {
            credentials: Some(serde_json::from_value(credentials).unwrap()),
            resource: Resource::service("sqs:sendMessage"),
            ..Task::default()
        };
        check(&as_whom(json!({"RoleArn": "${Other}"})), &[r#"sts:AssumeRole Named("${Other}")"#]);
        check(&as_whom(json!({"RoleArn": "{% $role %}"})), &[r#"sts:AssumeRole Computed("$role")"#]);
        check(&as_whom(json!({"RoleArn.$": "$.role"})), &[r#"sts:AssumeRole Computed("$.role")"#]);
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

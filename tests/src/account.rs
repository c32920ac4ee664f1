//! What stands in the account: stacks, functions, roles, and what a role may do.

use crate::World;
use aws_config::Region;
use aws_sdk_cloudformation::types::{StackEvent, StackStatus};
use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_sqs::types::QueueAttributeName;
use drydock_contract::SessionId;
use drydock_contract::session::Target;
use std::collections::BTreeMap;
use xtask::cloud::Aws;
use xtask::cloud::code_bucket::CodeBucket;

/// What a stack was deployed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Template parameters.
    pub parameters: BTreeMap<String, String>,
    /// Stack tags.
    pub tags: BTreeMap<String, String>,
}

impl World {
    /// A stack by its name.
    pub async fn stack(&self, name: &str) -> Stack {
        let answer = self.cloudformation().describe_stacks().stack_name(name).send().await.expect("the stack exists");
        let [stack] = answer.stacks() else { panic!("not exactly one stack {name}") };
        let pair = |name: Option<&str>, value: Option<&str>| {
            (name.unwrap_or_default().to_owned(), value.unwrap_or_default().to_owned())
        };
        Stack {
            parameters: stack.parameters().iter().map(|one| pair(one.parameter_key(), one.parameter_value())).collect(),
            tags: stack.tags().iter().map(|one| pair(one.key(), one.value())).collect(),
        }
    }

    /// Everything that a session has done in the account, line by line: its stack's events or its function's state.
    /// Two equal footprints mean that nothing was done in between.
    pub async fn footprint(&self, id: &SessionId) -> Vec<String> {
        match self.head(id).await.target.expect("a session that has deployed") {
            Target::Stack { name, .. } => {
                let answer = self.cloudformation().describe_stack_events().stack_name(name).send().await;
                answer.expect("the stack exists").stack_events().iter().map(line).collect()
            }
            Target::Function { name } => {
                let answer = self.lambda().get_function_configuration().function_name(name).send().await;
                let function = answer.expect("the function exists");
                vec![format!(
                    "{:?} {:?} {:?}",
                    function.last_modified(),
                    function.revision_id(),
                    function.code_sha256()
                )]
            }
        }
    }

    /// Brings up a stack beside Drydock's, for which CloudFormation takes on a role.
    pub async fn bring_up(&self, name: &str, template: &str, role: &str) {
        let request = self.cloudformation().create_stack().stack_name(name).template_body(template).role_arn(role);
        request.send().await.expect("the stack is accepted");
        for _ in 0..100 {
            let answer =
                self.cloudformation().describe_stacks().stack_name(name).send().await.expect("the stack exists");
            match answer.stacks()[0].stack_status().map(StackStatus::as_str) {
                Some("CREATE_COMPLETE") => return,
                Some("CREATE_IN_PROGRESS") => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
                other => panic!("stack {name} is in {other:?}"),
            }
        }
        panic!("stack {name} does not come up");
    }

    /// Makes a function of no stack, with a role of the same name, as Drydock does for code without a template. It has the
    /// code of one of Drydock's own.
    pub async fn make_function(&self, name: &str) {
        let code = self.stack(&self.stack_name).await.parameters;
        let trust = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"},
        }]});
        let iam = aws_sdk_iam::Client::new(&self.config);
        let role = iam.create_role().role_name(name).assume_role_policy_document(trust.to_string());
        let role = role.send().await.expect("a role").role.expect("a role").arn;
        let zip = FunctionCode::builder().s3_bucket(&code["CodeBucket"]).s3_key(&code["ApiHandlerCodeKey"]).build();
        let request = self.lambda().create_function().function_name(name).role(role).code(zip);
        let request = request.runtime(Runtime::Providedal2023).handler("bootstrap");
        request.send().await.expect("a function");
    }

    /// Whether there is a function of that name, and whether there is such a role.
    pub async fn has_function_and_role(&self, name: &str) -> (bool, bool) {
        let function = self.lambda().get_function_configuration().function_name(name).send().await;
        let role = aws_sdk_iam::Client::new(&self.config).get_role().role_name(name).send().await;
        (function.is_ok(), role.is_ok())
    }

    /// The bucket with the code that is deployed in a region.
    pub async fn code_bucket(&self, region: &str) -> CodeBucket {
        let aws = self.aws_in(region);
        let account = aws.account().await.expect("an account");
        CodeBucket::find(&aws, &account).await.expect("an answer").0
    }

    /// Writes an object of a bucket twice and deletes it: where versions are kept, two and a delete marker stay.
    pub async fn rewrite_and_delete(&self, region: &str, bucket: &str, key: &str) {
        let s3 = self.aws_in(region).s3();
        for body in ["one", "two"] {
            let body = body.as_bytes().to_vec().into();
            s3.put_object().bucket(bucket).key(key).body(body).send().await.expect("written");
        }
        s3.delete_object().bucket(bucket).key(key).send().await.expect("deleted");
    }

    fn aws_in(&self, region: &str) -> Aws {
        let config = self.config.clone().into_builder().region(Region::new(region.to_owned())).build();
        Aws::new(config).expect("it has a region")
    }

    /// The hash of a function's code, by the function's name.
    pub async fn code_of(&self, function: &str) -> String {
        let answer = self.lambda().get_function_configuration().function_name(function).send().await;
        answer.expect("the function exists").code_sha256.expect("a hash")
    }

    /// The ARN of the role of one of Drydock's functions, by its logical id.
    pub async fn function_role(&self, logical_id: &str) -> String {
        let name = self.output(&format!("{logical_id}Name"));
        let answer = self.lambda().get_function_configuration().function_name(name).send().await;
        answer.expect("the function exists").role.expect("every function has a role")
    }

    /// The ARN of one of Drydock's functions, by its logical id.
    pub async fn function_arn(&self, logical_id: &str) -> String {
        let name = self.output(&format!("{logical_id}Name"));
        let answer = self.lambda().get_function_configuration().function_name(name).send().await;
        answer.expect("the function exists").function_arn.expect("every function has an ARN")
    }

    /// Forbids one of Drydock's functions an action on a resource.
    pub async fn forbid(&self, logical_id: &str, action: &str, resource: &str) {
        let role = self.function_role(logical_id).await;
        let statement = serde_json::json!({"Effect": "Deny", "Action": action, "Resource": resource});
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
        let client = aws_sdk_iam::Client::new(&self.config);
        let put = client.put_role_policy().role_name(role.rsplit('/').next().unwrap_or(&role));
        let put = put.policy_name(self.new_name("forbidden")).policy_document(policy.to_string());
        put.send().await.expect("written");
    }

    /// The ARN of the role of the SDLC workflow.
    pub async fn state_machine_role(&self) -> String {
        let client = aws_sdk_sfn::Client::new(&self.config);
        let arn = self.output("SdlcStateMachineArn");
        let answer = client.describe_state_machine().state_machine_arn(arn).send().await;
        answer.expect("the state machine exists").role_arn
    }

    /// The status of a session's execution; `None` if it has none.
    pub async fn execution(&self, id: &SessionId) -> Option<String> {
        self.execution_of(&self.execution_arn(id)).await
    }

    async fn execution_of(&self, arn: &str) -> Option<String> {
        let client = aws_sdk_sfn::Client::new(&self.config);
        let found = client.describe_execution().execution_arn(arn).send().await.ok()?;
        Some(found.status.as_str().to_owned())
    }

    /// Waits until a session's execution has ended, which it does right after its session.
    ///
    /// # Panics
    /// If it does not in a minute.
    pub async fn until_execution_ends(&self, id: &SessionId) -> String {
        self.until_over(&self.execution_arn(id)).await
    }

    /// Waits until an execution has ended.
    ///
    /// # Panics
    /// If it does not in a minute.
    pub async fn until_over(&self, arn: &str) -> String {
        for _ in 0..300 {
            match self.execution_of(arn).await {
                Some(status) if status != "RUNNING" => return status,
                _ => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
            }
        }
        panic!("{arn} goes on");
    }

    /// Waits until a session's execution has looked at the head once more, from beginning to end, or has ended.
    ///
    /// # Panics
    /// If it does neither in a minute.
    pub async fn until_looked_at(&self, id: &SessionId) {
        // A look may be under way.
        let enough = self.looks(id).await + 2;
        for _ in 0..300 {
            let running = self.execution(id).await.is_some_and(|status| status == "RUNNING");
            if !running || self.looks(id).await >= enough {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        panic!("the execution of {id} looks no more");
    }

    /// How often a session's execution has begun to look at the head.
    async fn looks(&self, id: &SessionId) -> usize {
        let client = aws_sdk_sfn::Client::new(&self.config);
        let history = client.get_execution_history().execution_arn(self.execution_arn(id)).max_results(1000);
        let events = history.send().await.expect("the execution exists").events;
        let entered = events.iter().filter_map(|event| event.state_entered_event_details.as_ref());
        entered.filter(|entered| entered.name.starts_with("Check")).count()
    }

    /// Stops a session's execution as somebody in the console would.
    pub async fn stop_execution(&self, id: &SessionId) {
        let client = aws_sdk_sfn::Client::new(&self.config);
        client.stop_execution().execution_arn(self.execution_arn(id)).send().await.expect("it runs");
    }

    fn execution_arn(&self, id: &SessionId) -> String {
        format!("{}:{id}", self.output("SdlcStateMachineArn").replace(":stateMachine:", ":execution:"))
    }

    /// The role that CloudFormation takes on for repositories' stacks.
    pub async fn applications_role(&self) -> String {
        let name = self.output("DeployerDeployName");
        let answer = self.lambda().get_function_configuration().function_name(name).send().await;
        let variables = answer.expect("the function exists").environment.and_then(|environment| environment.variables);
        variables.expect("the function has variables")["CLOUDFORMATION_ROLE_ARN"].clone()
    }

    /// The ARN of one of Drydock's queues, by its logical id.
    pub async fn queue_arn(&self, logical_id: &str) -> String {
        self.arn_of_queue(self.output(&format!("{logical_id}Url"))).await
    }

    /// The ARN of any queue, by its URL.
    pub(crate) async fn arn_of_queue(&self, url: &str) -> String {
        let request = self.sqs().get_queue_attributes().queue_url(url);
        let answer = request.attribute_names(QueueAttributeName::QueueArn).send().await.expect("the queue exists");
        answer
            .attributes()
            .and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn))
            .expect("an ARN")
            .clone()
    }

    /// The ARN of the sessions table.
    pub async fn table_arn(&self) -> String {
        let answer = self.dynamodb().describe_table().table_name(self.output("DeploymentsTable")).send().await;
        answer.expect("the table exists").table.and_then(|table| table.table_arn).expect("an ARN")
    }

    /// True if the policies of a role allow an action on a resource.
    pub async fn may(&self, role: &str, action: &str, resource: &str) -> bool {
        // The engine looks for a role by all that follows `role/`, where AWS wants path and name.
        let (account, path_and_name) = role.split_once(":role/").expect("a role's ARN");
        let role = format!("{account}:role/{}", path_and_name.rsplit('/').next().unwrap_or(path_and_name));
        let client = aws_sdk_iam::Client::new(&self.config);
        let request = client.simulate_principal_policy().policy_source_arn(role);
        let answer = request.action_names(action).resource_arns(resource).send().await.expect("a verdict");
        let [verdict] = answer.evaluation_results() else { panic!("not exactly one verdict on {action}") };
        *verdict.eval_decision() == PolicyEvaluationDecisionType::Allowed
    }
}

fn line(event: &StackEvent) -> String {
    let status = event.resource_status().map_or("", |status| status.as_str());
    let (id, kind) = (event.event_id().unwrap_or_default(), event.resource_type().unwrap_or_default());
    format!("{id} {} {kind} {status}", event.logical_resource_id().unwrap_or_default())
}

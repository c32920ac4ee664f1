//! The seven functions, with what each may do.

use super::api::HttpApi;
use super::applications::Applications;
use super::parameters::Parameters;
use super::queues::{Queues, WorkQueue};
use super::storage::Storage;
use super::{named, role_path};
use crate::resource::{
    Environment, EphemeralStorage, EventSourceMapping, Function, FunctionDeadLetters, FunctionHandle, LogGroup,
    LogGroupHandle, Permission, RecursiveLoop, Retention, Role, RoleHandle, Rule, S3Code, StateMachineHandle, Target,
};
use crate::units::{Mebibytes, minutes};
use crate::{Expression, Stack, pseudo, sub};
use drydock_contract::env::{
    ApiHandlerEnv, CloneDetectEnv, DeployEnv, FixerEnv, MonitorEnv, SanityTesterEnv, StatusAnalyzerEnv,
};

/// What must be built and uploaded for a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionSpec {
    /// Its name in the template; its output is this and `Name`.
    pub logical_id: &'static str,
    /// The cargo package, whose binary has the same name. The function is named `<stack>-<package>`.
    pub package: &'static str,
    /// The parameter that takes the key of its zip in the code bucket.
    pub code_key_parameter: &'static str,
}

const API_HANDLER: FunctionSpec =
    FunctionSpec { logical_id: "ApiHandler", package: "api-handler", code_key_parameter: "ApiHandlerCodeKey" };
const CLONE_DETECT: FunctionSpec = FunctionSpec {
    logical_id: "DeployerCloneDetect",
    package: "deployer-clone-detect",
    code_key_parameter: "DeployerCloneDetectCodeKey",
};
const DEPLOY: FunctionSpec = FunctionSpec {
    logical_id: "DeployerDeploy",
    package: "deployer-deploy",
    code_key_parameter: "DeployerDeployCodeKey",
};
const MONITOR: FunctionSpec = FunctionSpec {
    logical_id: "DeployerMonitor",
    package: "deployer-monitor",
    code_key_parameter: "DeployerMonitorCodeKey",
};
const FIXER: FunctionSpec =
    FunctionSpec { logical_id: "FixerLambda", package: "fixer-lambda", code_key_parameter: "FixerLambdaCodeKey" };
const SANITY_TESTER: FunctionSpec = FunctionSpec {
    logical_id: "SanityTesterLambda",
    package: "sanity-tester-lambda",
    code_key_parameter: "SanityTesterLambdaCodeKey",
};
const STATUS_ANALYZER: FunctionSpec = FunctionSpec {
    logical_id: "StatusAnalyzer",
    package: "status-analyzer",
    code_key_parameter: "StatusAnalyzerCodeKey",
};

/// Every function of the stack.
pub const FUNCTIONS: [FunctionSpec; 7] =
    [API_HANDLER, CLONE_DETECT, DEPLOY, MONITOR, FIXER, SANITY_TESTER, STATUS_ANALYZER];

/// What the scheduled sweep is invoked with; the handler knows it by this.
const SWEEP: &str = r#"{"drydock":"sweep"}"#;

/// What the functions work with.
pub(super) struct Surroundings<'a, 's> {
    pub parameters: &'a Parameters<'s>,
    pub storage: &'a Storage<'s>,
    pub queues: &'a Queues<'s>,
    pub applications: &'a Applications<'s>,
    pub workflow: &'a StateMachineHandle<'s>,
    pub status_analyzer: &'a FunctionHandle<'s, 30>,
    pub api: &'a HttpApi<'s>,
}

/// The functions that the API calls.
pub(super) struct Functions<'s> {
    pub api_handler: FunctionHandle<'s, 30>,
    pub status_analyzer: FunctionHandle<'s, 30>,
}

pub(super) fn add<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) -> Functions<'s> {
    let api_handler = api_handler(stack, around);
    clone_detect(stack, around);
    deploy(stack, around);
    monitor(stack, around);
    fixer(stack, around);
    sanity_tester(stack, around);
    Functions { api_handler, status_analyzer: around.status_analyzer.clone() }
}

fn api_handler<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) -> FunctionHandle<'s, 30> {
    let Surroundings { parameters, storage, queues, workflow, api, .. } = around;
    let site = Site::prepare(stack, API_HANDLER, around.parameters);
    storage.table.grant_read_write(&site.role);
    // The sweep sends whatever another function has left behind, and sees what came to nothing.
    // It signs the addresses at which clients read reports.
    storage.bucket.grant_read_below(&site.role, "reports/");
    queues.clone_detect.queue.grant_send(&site.role);
    queues.deploy.queue.grant_send(&site.role);
    queues.monitor.queue.grant_send(&site.role);
    queues.fixer.queue.grant_send(&site.role);
    queues.sanity_tester.queue.grant_send(&site.role);
    queues.dead_letters().iter().for_each(|(_, dead_letters)| dead_letters.grant_peek(&site.role));
    workflow.grant_start(&site.role);
    workflow.grant_control(&site.role);
    let environment = ApiHandlerEnv {
        deployments_table: storage.table.name(),
        artifacts_bucket: storage.bucket.name(),
        clone_detect_queue_url: queues.clone_detect.queue.url(),
        deploy_queue_url: queues.deploy.queue.url(),
        monitor_queue_url: queues.monitor.queue.url(),
        fixer_queue_url: queues.fixer.queue.url(),
        sanity_tester_queue_url: queues.sanity_tester.queue.url(),
        clone_detect_dlq_url: queues.clone_detect.dead_letters.url(),
        deploy_dlq_url: queues.deploy.dead_letters.url(),
        monitor_dlq_url: queues.monitor.dead_letters.url(),
        fixer_dlq_url: queues.fixer.dead_letters.url(),
        sanity_tester_dlq_url: queues.sanity_tester.dead_letters.url(),
        sdlc_state_machine_arn: workflow.arn(),
        api_base_url: parameters.api_base_url(api.api.endpoint()),
        allowed_git_hosts: parameters.allowed_git_hosts(),
    };
    let function = site.add(stack, Function { memory_size: Mebibytes(256), ..site.function(environment) });
    let sweep = stack.add(
        "Sweep",
        Rule {
            description: Some("Sends what was not sent and ends what nobody works on"),
            schedule_expression: Some("rate(1 minute)"),
            targets: vec![Target::function("api-handler", &function, SWEEP)],
            ..Default::default()
        },
    );
    stack.add("SweepPermission", Permission::for_rule(&function, &sweep));
    function
}

fn clone_detect<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) {
    let Surroundings { parameters, storage, queues, .. } = around;
    let site = Site::prepare(stack, CLONE_DETECT, around.parameters);
    storage.table.grant_read_write(&site.role);
    storage.bucket.grant_read_write(&site.role);
    storage.git_token.grant_read(&site.role);
    queues.deploy.queue.grant_send(&site.role);
    queues.sanity_tester.queue.grant_send(&site.role);
    let environment = CloneDetectEnv {
        deployments_table: storage.table.name(),
        artifacts_bucket: storage.bucket.name(),
        next_queue_url: queues.deploy.queue.url(),
        sanity_tester_queue_url: queues.sanity_tester.queue.url(),
        allowed_git_hosts: parameters.allowed_git_hosts(),
        git_token_secret_arn: storage.git_token.arn(),
    };
    let function = Function::<{ minutes(5) }> { memory_size: Mebibytes(1024), ..site.function(environment) };
    site.add_worker(stack, function, &queues.clone_detect);
}

fn deploy<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) {
    let Surroundings { storage, queues, applications, .. } = around;
    let site = Site::prepare(stack, DEPLOY, around.parameters);
    storage.table.grant_read_write(&site.role);
    storage.bucket.grant_read_write(&site.role);
    queues.monitor.queue.grant_send(&site.role);
    // A session that waits for its turn sends itself the next look.
    queues.deploy.queue.grant_send(&site.role);
    applications.grant_deploy(&site.role);
    applications.grant_teardown(&site.role);
    let environment = DeployEnv {
        deployments_table: storage.table.name(),
        artifacts_bucket: storage.bucket.name(),
        monitor_queue_url: queues.monitor.queue.url(),
        deploy_queue_url: queues.deploy.queue.url(),
        aws_account_id: pseudo::account_id(),
        cloudformation_role_arn: applications.service_role_arn(),
        resource_prefix: applications.prefix(),
        permissions_boundary_arn: applications.permissions_boundary(),
    };
    let function = Function::<{ minutes(10) }> {
        memory_size: Mebibytes(2048),
        ephemeral_storage: Some(EphemeralStorage { size: Mebibytes(2048) }),
        // As the monitor's: a session may wait for its turn longer than 16 looks.
        recursive_loop: Some(RecursiveLoop::Allow),
        ..site.function(environment)
    };
    site.add_worker(stack, function, &queues.deploy);
}

fn monitor<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) {
    let Surroundings { storage, queues, applications, .. } = around;
    let site = Site::prepare(stack, MONITOR, around.parameters);
    storage.table.grant_read_write(&site.role);
    // The next look is a message to its own queue.
    queues.monitor.queue.grant_send(&site.role);
    applications.grant_observe(&site.role);
    let environment =
        MonitorEnv { deployments_table: storage.table.name(), monitor_queue_url: queues.monitor.queue.url() };
    let function = Function::<{ minutes(15) }> {
        memory_size: Mebibytes(512),
        // Every look sends the next; Lambda would take that for a runaway after 16. A look's number ends the chain.
        recursive_loop: Some(RecursiveLoop::Allow),
        ..site.function(environment)
    };
    site.add_worker(stack, function, &queues.monitor);
}

fn fixer<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) {
    let Surroundings { parameters, storage, queues, .. } = around;
    let site = Site::prepare(stack, FIXER, around.parameters);
    storage.table.grant_read_write(&site.role);
    storage.bucket.grant_read_write(&site.role);
    storage.model_key.grant_read(&site.role);
    storage.git_token.grant_read(&site.role);
    let environment = FixerEnv {
        deployments_table: storage.table.name(),
        artifacts_bucket: storage.bucket.name(),
        model_key_secret_arn: storage.model_key.arn(),
        allowed_git_hosts: parameters.allowed_git_hosts(),
        git_token_secret_arn: storage.git_token.arn(),
        model_base_url: parameters.model_base_url(),
        model_name: parameters.model_name(),
        model_price: parameters.model_price(),
        fix_budget_usd: parameters.fix_budget_usd(),
    };
    let function = Function::<{ minutes(10) }> {
        memory_size: Mebibytes(2048),
        ephemeral_storage: Some(EphemeralStorage { size: Mebibytes(2048) }),
        ..site.function(environment)
    };
    site.add_worker(stack, function, &queues.fixer);
}

fn sanity_tester<'s>(stack: &mut Stack<'s>, around: &Surroundings<'_, 's>) {
    let Surroundings { parameters, storage, queues, applications, .. } = around;
    let site = Site::prepare(stack, SANITY_TESTER, around.parameters);
    storage.table.grant_read_write(&site.role);
    storage.bucket.grant_read_write(&site.role);
    storage.model_key.grant_read(&site.role);
    applications.grant_test(&site.role);
    let environment = SanityTesterEnv {
        deployments_table: storage.table.name(),
        artifacts_bucket: storage.bucket.name(),
        model_key_secret_arn: storage.model_key.arn(),
        resource_prefix: applications.prefix(),
        model_base_url: parameters.model_base_url(),
        model_name: parameters.model_name(),
        model_price: parameters.model_price(),
    };
    let function = Function::<{ minutes(10) }> {
        memory_size: Mebibytes(2048),
        ephemeral_storage: Some(EphemeralStorage { size: Mebibytes(2048) }),
        ..site.function(environment)
    };
    site.add_worker(stack, function, &queues.sanity_tester);
}

/// Comes before the workflow, which calls it.
pub(super) fn add_status_analyzer<'s>(
    stack: &mut Stack<'s>,
    parameters: &Parameters<'s>,
    storage: &Storage<'s>,
    queues: &Queues<'s>,
) -> FunctionHandle<'s, 30> {
    let site = Site::prepare(stack, STATUS_ANALYZER, parameters);
    storage.table.grant_read_write(&site.role);
    storage.model_key.grant_read(&site.role);
    let environment = StatusAnalyzerEnv {
        deployments_table: storage.table.name(),
        model_key_secret_arn: storage.model_key.arn(),
        model_base_url: parameters.model_base_url(),
        model_name: parameters.model_name(),
        model_price: parameters.model_price(),
    };
    let function = Function {
        memory_size: Mebibytes(512),
        // The rule about executions hands its events over and does not wait for what becomes of them.
        dead_letter_config: Some(FunctionDeadLetters::to(&queues.executions, &site.role)),
        ..site.function(environment)
    };
    site.add(stack, function)
}

/// What every function has before it is there itself.
struct Site<'s> {
    spec: FunctionSpec,
    code: S3Code<'s>,
    role: RoleHandle<'s>,
    log_group: LogGroupHandle<'s>,
    maximum_concurrency: Expression<'s>,
}

impl<'s> Site<'s> {
    /// A log group and a role that may write to it and be traced.
    fn prepare(stack: &mut Stack<'s>, spec: FunctionSpec, parameters: &Parameters<'s>) -> Self {
        let id = spec.logical_id;
        let log_group = stack.add(
            &format!("{id}Logs"),
            LogGroup {
                log_group_name: sub!["/aws/lambda/", named(spec.package)],
                retention_in_days: Retention::OneWeek,
            },
        );
        let role = Role { path: Some(role_path()), service: "lambda.amazonaws.com", ..Default::default() };
        let role = stack.add(&format!("{id}Role"), role);
        log_group.grant_write(&role);
        role.grant_tracing();
        let code = S3Code { bucket: parameters.code_bucket(), key: parameters.code_key(spec.logical_id) };
        let maximum_concurrency = parameters.maximum_concurrency();
        Self { spec, code, role, log_group, maximum_concurrency }
    }

    fn function<const TIMEOUT: u32>(&self, environment: impl Into<Environment<'s>>) -> Function<'s, TIMEOUT> {
        Function::rust(named(self.spec.package), self.code.clone(), &self.role, &self.log_group, environment)
    }

    fn add<const TIMEOUT: u32>(
        &self,
        stack: &mut Stack<'s>,
        function: Function<'s, TIMEOUT>,
    ) -> FunctionHandle<'s, TIMEOUT> {
        let handle = stack.add(self.spec.logical_id, function);
        stack.output(&format!("{}Name", self.spec.logical_id), "Name of the function", handle.name());
        handle
    }

    /// A function that works off a queue.
    fn add_worker<const TIMEOUT: u32, const VISIBILITY: u32>(
        &self,
        stack: &mut Stack<'s>,
        function: Function<'s, TIMEOUT>,
        work: &WorkQueue<'s, VISIBILITY>,
    ) {
        work.queue.grant_consume(&self.role);
        let handle = self.add(stack, function);
        let mapping = EventSourceMapping::new(&work.queue, &handle, self.maximum_concurrency.clone());
        stack.add(&format!("{}Mapping", self.spec.logical_id), mapping);
    }
}

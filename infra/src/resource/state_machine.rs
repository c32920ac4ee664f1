//! `AWS::StepFunctions::StateMachine`
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html>

use super::{LogGroupHandle, RoleHandle, arn_in_this_account};
use crate::expression::LogicalId;
use crate::policy::Statement;
use crate::{Expression, Resource, sub};
use indexmap::IndexMap;
use serde::Serialize;

/// A state machine that logs and is traced.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachine<'s> {
    /// Its name.
    pub state_machine_name: Expression<'s>,
    role_arn: Expression<'s>,
    #[serde(flatten)]
    definition: Definition<'s>,
    logging_configuration: Logging<'s>,
    tracing_configuration: TracingConfiguration,
}

impl<'s> StateMachine<'s> {
    /// Runs `definition` as `role`, logs every event without data to `log_group` and is traced. The role is granted
    /// what logging and tracing need.
    pub fn new(
        name: Expression<'s>,
        definition: Definition<'s>,
        role: &RoleHandle<'s>,
        log_group: &LogGroupHandle<'s>,
    ) -> Self {
        role.grant_tracing();
        // Which executions are traced is asked of X-Ray, too: https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
        role.grant(Statement::allow(&["xray:GetSamplingRules", "xray:GetSamplingTargets"], ["*".into()]));
        // Log delivery belongs to the account: these actions know no resources.
        // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        let delivery = &[
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ];
        role.grant(Statement::allow(delivery, ["*".into()]));
        let group = LogGroupDestination { log_group_arn: log_group.arn() };
        Self {
            state_machine_name: name,
            role_arn: role.arn(),
            definition,
            logging_configuration: Logging {
                level: "ALL",
                include_execution_data: false,
                destinations: [LogDestination { cloud_watch_logs_log_group: group }],
            },
            tracing_configuration: TracingConfiguration { enabled: true },
        }
    }
}

/// What a machine does, with a value for everything that it leaves open.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Definition<'s> {
    definition: asl::StateMachine,
    definition_substitutions: IndexMap<&'static str, Expression<'s>>,
}

impl<'s> Definition<'s> {
    /// The machine, and for every `${Name}` in it what stands there instead.
    pub fn new(
        definition: asl::StateMachine,
        substitutions: impl IntoIterator<Item = (&'static str, Expression<'s>)>,
    ) -> Self {
        Self { definition, definition_substitutions: substitutions.into_iter().collect() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Logging<'s> {
    level: &'static str,
    include_execution_data: bool,
    destinations: [LogDestination<'s>; 1],
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogDestination<'s> {
    cloud_watch_logs_log_group: LogGroupDestination<'s>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LogGroupDestination<'s> {
    log_group_arn: Expression<'s>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TracingConfiguration {
    enabled: bool,
}

impl<'s> Resource<'s> for StateMachine<'s> {
    const TYPE: &'static str = "AWS::StepFunctions::StateMachine";
    type Handle = StateMachineHandle<'s>;

    fn handle(&self, id: LogicalId<'s>) -> StateMachineHandle<'s> {
        StateMachineHandle { id }
    }
}

/// A state machine of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct StateMachineHandle<'s> {
    id: LogicalId<'s>,
}

impl<'s> StateMachineHandle<'s> {
    /// Its ARN.
    pub fn arn(&self) -> Expression<'s> {
        Expression::reference(&self.id)
    }

    /// Lets the role start executions.
    pub fn grant_start(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["states:StartExecution"], [self.arn()]));
    }

    /// Lets the role look at executions and stop them.
    pub fn grant_control(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["states:DescribeExecution", "states:StopExecution"], [self.executions()]));
    }

    /// The ARN of every execution.
    pub fn executions(&self) -> Expression<'s> {
        arn_in_this_account("states", &sub!["execution:", Expression::attribute(&self.id, "Name"), ":*"])
    }
}

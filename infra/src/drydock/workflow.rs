//! The SDLC workflow's state machine, and what happens when an execution dies.

use super::queues::Queues;
use super::storage::Storage;
use super::{named, role_path};
use crate::policy::Statement;
use crate::resource::{
    Definition, EventPattern, FunctionHandle, LogGroup, Permission, QueuePolicy, Retention, Role, RoleHandle, Rule,
    StateMachine, StateMachineHandle, Target,
};
use crate::{Expression, Stack, sub};
use asl::Scope;
use asl::workflow::{Parameters, Place, Places};
use indexmap::IndexMap;

/// A place of the workflow, as the definition and as IAM know it.
struct Known<'s> {
    value: Expression<'s>,
    arn: Expression<'s>,
}

pub(super) fn add<'s>(
    stack: &mut Stack<'s>,
    storage: &Storage<'s>,
    queues: &Queues<'s>,
    status_analyzer: &FunctionHandle<'s, 30>,
) -> StateMachineHandle<'s> {
    let log_group = stack.add(
        "SdlcWorkflowLogs",
        LogGroup {
            // Under this name CloudWatch keeps the permission for log delivery in one place for all groups:
            // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
            log_group_name: sub!["/aws/vendedlogs/states/", named("sdlc-workflow")],
            retention_in_days: Retention::OneWeek,
        },
    );
    let role = Role { path: Some(role_path()), service: "states.amazonaws.com", ..Default::default() };
    let role = stack.add("SdlcWorkflowRole", role);
    let machine = asl::workflow::sdlc(&Parameters::default());
    let places = Places {
        clone_detect_queue: queue(&queues.clone_detect.queue),
        fixer_queue: queue(&queues.fixer.queue),
        sanity_tester_queue: queue(&queues.sanity_tester.queue),
        sessions_table: Known { value: storage.table.name(), arn: storage.table.arn() },
        status_analyzer: Known { value: status_analyzer.arn(), arn: status_analyzer.arn() },
    };
    grant(&role, &machine, &places);
    let substitutions = Place::ALL.map(|place| (place.substitution(), places.at(place).value.clone()));
    let definition = Definition::new(machine, substitutions);
    let machine =
        stack.add("SdlcStateMachine", StateMachine::new(named("sdlc-workflow"), definition, &role, &log_group));
    stack.output("SdlcStateMachineArn", "ARN of the SDLC workflow", machine.arn());
    add_rule(stack, &machine, status_analyzer, queues);
    machine
}

fn queue<'s, const VISIBILITY: u32>(queue: &crate::resource::QueueHandle<'s, VISIBILITY>) -> Known<'s> {
    Known { value: queue.url(), arn: queue.arn() }
}

/// What the machine calls, and nothing else.
fn grant<'s>(role: &RoleHandle<'s>, machine: &asl::StateMachine, places: &Places<Known<'s>>) {
    let permissions = machine.permissions().expect("the workflow calls only what asl knows the permissions of");
    let mut actions: IndexMap<&'static str, Vec<Expression<'s>>> = IndexMap::new();
    for permission in permissions {
        let Scope::Named(name) = &permission.on else { panic!("{} on {:?}", permission.action, permission.on) };
        let place = Place::of(name).unwrap_or_else(|| panic!("{name} is no place of the workflow"));
        actions.entry(permission.action).or_default().push(places.at(place).arn.clone());
    }
    for (action, resources) in actions {
        role.grant(Statement::allow(&[action], resources));
    }
}

/// An execution that ends without having ended its session has the analyzer do it. Whatever this misses, the sweep
/// finds, so what cannot be delivered within an hour is let go; that it could not be is seen.
fn add_rule<'s>(
    stack: &mut Stack<'s>,
    machine: &StateMachineHandle<'s>,
    status_analyzer: &FunctionHandle<'s, 30>,
    queues: &Queues<'s>,
) {
    let target = Target::function_with_event("status-analyzer", status_analyzer).for_an_hour();
    let rule = stack.add(
        "SdlcWorkflowEnded",
        Rule {
            description: Some("Ends the session of an execution that failed, timed out or was aborted"),
            event_pattern: Some(EventPattern::executions(machine, &["FAILED", "TIMED_OUT", "ABORTED"])),
            targets: vec![target.or_else(&queues.executions)],
            ..Default::default()
        },
    );
    stack.add("SdlcWorkflowEndedPermission", Permission::for_rule(status_analyzer, &rule));
    stack.add("ExecutionsDlqPolicy", QueuePolicy::for_rule(&queues.executions, &rule));
}

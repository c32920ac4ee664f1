//! The SDLC workflow's state machine.

use super::queues::Queues;
use super::{named, role_path};
use crate::resource::{Definition, LogGroup, Retention, Role, StateMachine, StateMachineHandle};
use crate::{Stack, sub};
use asl::workflow::Substitutions;

pub(super) fn add<'s>(stack: &mut Stack<'s>, queues: &Queues<'s>) -> StateMachineHandle<'s> {
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
    queues.clone_detect.queue.grant_send(&role);
    let definition = Definition::sdlc(Substitutions { clone_detect_queue_url: queues.clone_detect.queue.url() });
    let machine =
        stack.add("SdlcStateMachine", StateMachine::new(named("sdlc-workflow"), definition, &role, &log_group));
    stack.output("SdlcStateMachineArn", "ARN of the SDLC workflow", machine.arn());
    machine
}

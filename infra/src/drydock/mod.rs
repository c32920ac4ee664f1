//! Drydock's own stack.
//!
//! Every file adds one part and gives the handles that later parts need, so the order below is the order of
//! dependencies, and there can be no circle: a part can only refer to what is there already.

use crate::{Stack, Template};

mod alarms;
mod api;
mod applications;
mod boundary;
mod functions;
mod parameters;
mod queues;
mod storage;
mod workflow;

pub use functions::{FUNCTIONS, FunctionSpec};

/// The stack's name is the beginning of every name that is fixed; names of up to 64 characters leave it this many.
pub const MAX_STACK_NAME_LENGTH: usize = 20;

/// The template of the whole stack.
pub fn template() -> Template {
    Stack::build("Drydock: takes a Git repository to a running, tested deployment", |stack| {
        let parameters = parameters::add(stack);
        let storage = storage::add(stack);
        let queues = queues::add(stack);
        let status_analyzer = functions::add_status_analyzer(stack, &parameters, &storage, &queues);
        let workflow = workflow::add(stack, &storage, &queues, &status_analyzer);
        let api = api::add(stack, &parameters);
        let own = boundary::Own { storage: &storage, api: &api };
        let applications = applications::add(stack, &parameters, &own);
        let functions = functions::add(
            stack,
            &functions::Surroundings {
                parameters: &parameters,
                storage: &storage,
                queues: &queues,
                applications: &applications,
                workflow: &workflow,
                status_analyzer: &status_analyzer,
                api: &api,
            },
        );
        api::add_routes(stack, &api, &functions);
        alarms::add(stack, &parameters, &queues);
    })
}

/// The path of Drydock's own roles, so that they are told from those that are made for repositories.
fn role_path<'s>() -> crate::Expression<'s> {
    crate::sub!["/", crate::pseudo::stack_name(), "/"]
}

/// Names of one kind that begin with the stack's, so that two stacks in one account do not collide.
fn named<'s>(suffix: &'static str) -> crate::Expression<'s> {
    crate::sub![crate::pseudo::stack_name(), "-", suffix]
}

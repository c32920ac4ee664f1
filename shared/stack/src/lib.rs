//! The one engine for CloudFormation stacks: our own, deployed by the operator's command, and users', deployed by the
//! pipeline. It makes change sets, executes them, tells what happens as data, and finds the root cause of a failure.
//!
//! Nothing here prints, asks or decides for a person: callers do.

mod apply;
pub mod change;
pub mod change_set;
pub mod check;
pub mod drift;
pub mod engine;
pub mod error;
pub mod event;
pub mod follow;
mod history;
pub mod reason;
mod recover;
pub mod remedy;
pub mod root_cause;
mod setting;
pub mod stack;
pub mod status;

pub use change::{Change, ChangeAction, PropertyChange, Replacement};
pub use change_set::{
    ChangeSet, ChangeSetOutcome, ChangeSetRequest, Execution, ListedChangeSet, ParameterValue, Template,
};
pub use drift::{Drift, DriftedProperty, DriftedResource};
pub use drydock_diagnosis::Class as ReasonClass;
pub use engine::{Engine, Pace};
pub use error::StackError;
pub use event::StackEvent;
pub use follow::{Look, Outcome};
pub use reason::Reason;
pub use root_cause::{RootCause, asked_for};
pub use stack::{Deletion, StackInfo, StackResource};
pub use status::{NextStep, ResourceStatus, StackStatus};

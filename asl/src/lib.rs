//! Amazon States Language as Rust types, and Drydock's workflows written in them.
//!
//! Every state type and every field that AWS knows, in both query languages. New machines are best written in
//! JSONata, the language that AWS recommends: every value is a constant or an expression ([`Dynamic`]), and no state
//! needs the path fields of the older language. A machine is plain data: states are structs with a default for
//! whatever is not said, [`StateMachine::validate`] names what AWS would refuse or never reach,
//! [`StateMachine::permissions`] tells what its role needs, [`StateMachine::to_mermaid`] draws it, and it is written
//! and read as JSON, always the same. No AWS SDK and no I/O live here.
//!
//! Source: <https://states-language.net/spec.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html>

pub mod integration;
pub mod workflow;

mod choice;
mod comparison;
mod data;
mod dynamic;
mod flow;
mod graph;
mod machine;
mod map;
mod parallel;
mod permission;
mod recovery;
mod resource;
mod state;
mod task;
mod validate;

pub use choice::{Choice, Rule, Test};
pub use comparison::{Comparison, Kind, Operand, Operator, Order};
pub use data::{Assign, Selection, Template};
pub use dynamic::Dynamic;
pub use flow::{Fail, Pass, Succeed, Wait, WaitFor};
pub use integration::Integration;
pub use machine::{QueryLanguage, StateMachine, States};
pub use map::{
    ExecutionType, ItemBatcher, ItemProcessor, ItemReader, Map, Mode, ProcessorConfig, ReaderConfig, ResultWriter,
    WriterConfig,
};
pub use parallel::{Branch, Parallel};
pub use permission::{Permission, Scope, Underivable};
pub use recovery::{Catch, ErrorName, Jitter, Retry};
pub use resource::{Pattern, Resource};
pub use state::{Inner, State, Transition};
pub use task::{Credentials, Task};
pub use validate::Defect;

//! CloudFormation as Rust types, and Drydock's stack written in them.
//!
//! A resource is a plain struct; adding it to a [`Stack`] gives a typed handle, and only handles give references:
//! `queue.arn()`, `table.name()`. So a reference cannot dangle, and an attribute that a resource does not have does
//! not compile. A handle also cannot leave the stack that it was made in: everything carries the stack's lifetime,
//! which no other stack's lifetime can stand for.
//!
//! ```compile_fail
//! use infra::{Stack, resource::Queue};
//! let mut stolen = None;
//! Stack::build("one", |stack| stolen = Some(stack.add("Queue", Queue::<30>::default())));
//! ```
//!
//! What a resource may do is granted by methods on handles (`queue.grant_send(&role)`), which know the actions and
//! the ARN. Nothing here does I/O, and the same program always gives the same bytes.

pub mod drydock;
pub mod policy;
pub mod pseudo;
pub mod resource;
pub mod units;

mod condition;
mod expression;
mod output;
mod parameter;
mod stack;
mod template;

pub use condition::{ConditionHandle, Conditional, Test};
pub use expression::Expression;
pub use parameter::{Parameter, ParameterHandle, ParameterType};
pub use resource::Resource;
pub use stack::Stack;
pub use template::Template;

//! Amazon States Language as Rust types, and Drydock's workflows written in them.
//!
//! Machines are written in JSONata, the language that AWS recommends for new ones: every value is a constant or
//! an expression ([`Dynamic`]), and no state needs the five path fields of the older language. A machine is plain
//! data: the states are structs, [`StateMachine::validate`] names what AWS would refuse or never reach, and
//! serialization is deterministic. No AWS SDK and no I/O live here.
//!
//! Source: <https://states-language.net/spec.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>

pub mod workflow;

mod choice;
mod dynamic;
mod flow;
mod machine;
mod recovery;
mod state;
mod task;
mod validate;

pub use choice::{Choice, Rule};
pub use dynamic::Dynamic;
pub use flow::{Fail, Pass, Succeed, Wait, WaitFor};
pub use machine::{QueryLanguage, StateMachine};
pub use recovery::{Catch, ErrorName, Jitter, Retry};
pub use state::{State, Transition};
pub use task::{Integration, SendMessage, Task};
pub use validate::Defect;

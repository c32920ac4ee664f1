//! Every state that a stack can be in, as `cargo xtask` meets it: whole commands against answers as CloudFormation gives
//! them, for what the embedded engine cannot be brought to.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

#[path = "../../shared/stack/tests/recorded/answers.rs"]
#[expect(dead_code, reason = "it serves other tests, too")]
mod answers;
#[expect(dead_code, reason = "it serves other tests, too")]
mod loopback;
mod script;
#[path = "states/mod.rs"]
mod states;

//! A client of Anthropic's Messages API (<https://docs.anthropic.com/en/api/messages>), as thin as it can be.
//!
//! Content blocks stay JSON, so that what this client does not know (signatures of thoughts, tools of the server)
//! goes back to the model exactly as it came. Answers are streamed, so that silence is noticed long before a long
//! answer could be told from a dead connection. Whatever may pass is tried again until the caller's deadline.

mod client;
mod conversation;
mod error;
mod key;
mod message;
mod price;
mod stream;

pub use client::{Client, Settings};
pub use conversation::{Conversation, ToolResult};
pub use error::ModelError;
pub use key::ApiKey;
pub use message::{Message, StopReason, ToolUse};
pub use price::{Price, Usage};

//! What the model will say.

use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// What is given to one request.
#[derive(Clone)]
pub enum Answer {
    /// A message of these blocks; it stops for tools if one of them calls a tool.
    Message(Vec<Value>),
    /// A message that ends for a reason of its own, such as `max_tokens` or `refusal`.
    Stopped(&'static str, Vec<Value>),
    /// An error instead of a message: status, type, and the seconds of `retry-after`.
    Error(u16, &'static str, Option<&'static str>),
    /// A stream that begins well and breaks off with an `error` event of this type.
    Interrupted(&'static str),
    /// A stream that begins well and is cut off without a word.
    CutOff,
    /// A stream that begins well and falls silent.
    Silent,
    /// Something that is no answer: content type and body.
    Raw(&'static str, &'static str),
    /// Whatever this makes of the request.
    Reply(Reply),
}

/// Makes an answer of a request's body.
type Reply = Arc<dyn Fn(&Value) -> Answer + Send + Sync>;

impl Answer {
    /// An answer that depends on the request's body.
    pub fn reply(make: impl Fn(&Value) -> Self + Send + Sync + 'static) -> Self {
        Self::Reply(Arc::new(make))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(blocks) => f.debug_tuple("Message").field(blocks).finish(),
            Self::Stopped(reason, _) => f.debug_tuple("Stopped").field(reason).finish_non_exhaustive(),
            Self::Error(status, kind, _) => f.debug_tuple("Error").field(status).field(kind).finish(),
            Self::Interrupted(kind) => f.debug_tuple("Interrupted").field(kind).finish(),
            Self::CutOff => f.write_str("CutOff"),
            Self::Silent => f.write_str("Silent"),
            Self::Raw(kind, _) => f.debug_tuple("Raw").field(kind).finish_non_exhaustive(),
            Self::Reply(_) => f.write_str("Reply"),
        }
    }
}

/// A text block.
pub fn say(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// A thought, with a signature that must come back unchanged.
pub fn think(text: &str, signature: &str) -> Value {
    json!({"type": "thinking", "thinking": text, "signature": signature})
}

/// A wish to have a tool called. Its id is filled in when it is sent.
pub fn tool(name: &str, input: Value) -> Value {
    let mut block = json!({"type": "tool_use", "id": "", "name": name});
    block["input"] = input;
    block
}

/// Answers in the order of requests.
#[derive(Clone, Debug, Default)]
pub struct Script {
    answers: Vec<Answer>,
    forever: Option<Answer>,
}

impl Script {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then this.
    #[must_use]
    pub fn then(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// Then a message that calls one tool.
    #[must_use]
    pub fn calls(self, name: &str, input: Value) -> Self {
        self.then(Answer::Message(vec![tool(name, input)]))
    }

    /// From then on always this.
    #[must_use]
    pub fn forever(mut self, answer: Answer) -> Self {
        self.forever = Some(answer);
        self
    }

    /// What is given to request number `at`, from 0. A script that has come to its end says so.
    pub(crate) fn answer(&self, at: usize) -> Answer {
        let over = || Answer::Error(400, "invalid_request_error", None);
        self.answers.get(at).or(self.forever.as_ref()).cloned().unwrap_or_else(over)
    }
}

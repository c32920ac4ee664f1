//! A streamed answer, put together again (<https://docs.anthropic.com/en/docs/build-with-claude/streaming>).

use crate::{Message, ModelError};
use serde_json::Value;

/// Longest answer that is put together, in bytes on the wire. Sixteen times what the longest one needs.
const MAX_BYTES: usize = 32 << 20;

/// Takes the bytes as they arrive.
#[derive(Default)]
pub(crate) struct Assembler {
    line: Vec<u8>,
    bytes: usize,
    message: Value,
    /// The parts of the input of the tool that is being written.
    json: String,
}

/// An `error` event: the service gave up after it had begun.
pub(crate) struct Interrupted {
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// What a piece of the stream led to.
pub(crate) enum Step {
    More,
    Done(Box<Message>),
    Interrupted(Interrupted),
}

fn broken(what: impl Into<String>) -> ModelError {
    ModelError::Protocol(what.into())
}

impl Assembler {
    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Step, ModelError> {
        self.bytes += bytes.len();
        if self.bytes > MAX_BYTES {
            return Err(broken("it does not end"));
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if !self.line.ends_with(b"\n") {
                continue;
            }
            let line = std::mem::take(&mut self.line);
            // `event:` only repeats the type; empty lines and comments carry nothing.
            let Some(data) = line.strip_prefix(b"data:") else { continue };
            let event = serde_json::from_slice(data).map_err(|error| broken(format!("an event: {error}")))?;
            match self.event(event)? {
                Step::More => {}
                step => return Ok(step),
            }
        }
        Ok(Step::More)
    }

    fn event(&mut self, mut event: Value) -> Result<Step, ModelError> {
        match event["type"].as_str().unwrap_or_default() {
            "message_start" => {
                self.message = event["message"].take();
                if !self.message.is_object() {
                    return Err(broken("a message that is no object"));
                }
            }
            "content_block_start" => {
                self.json.clear();
                let blocks = self.message.get_mut("content").and_then(Value::as_array_mut);
                blocks.ok_or_else(|| broken("a block before the message"))?.push(event["content_block"].take());
            }
            "content_block_delta" => {
                let delta = event["delta"].take();
                self.delta(&event, &delta)?;
            }
            "content_block_stop" if !self.json.is_empty() => {
                let json = std::mem::take(&mut self.json);
                // A tool's input that is cut off or malformed is the model's slip, not the connection's: it is
                // handed on as it is, for whoever runs the tool to refuse with a reason.
                let input = serde_json::from_str(&json).unwrap_or(Value::String(json));
                self.block(&event)?["input"] = input;
            }
            "message_delta" if self.message.is_object() => {
                self.message["stop_reason"] = event.pointer("/delta/stop_reason").cloned().unwrap_or_default();
                if let (Some(new), Some(usage)) = (event["usage"].as_object(), self.message["usage"].as_object_mut()) {
                    usage.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
                }
            }
            "message_stop" => {
                let message = serde_json::from_value(self.message.take()).map_err(|error| broken(error.to_string()))?;
                return Ok(Step::Done(Box::new(message)));
            }
            "error" => {
                let text = |name: &str| event["error"][name].as_str().unwrap_or_default().to_owned();
                return Ok(Step::Interrupted(Interrupted { kind: text("type"), message: text("message") }));
            }
            _ => {}
        }
        Ok(Step::More)
    }

    fn delta(&mut self, event: &Value, delta: &Value) -> Result<(), ModelError> {
        let name = match delta["type"].as_str().unwrap_or_default() {
            "text_delta" => "text",
            "thinking_delta" => "thinking",
            "signature_delta" => "signature",
            "input_json_delta" => {
                self.json.push_str(delta["partial_json"].as_str().unwrap_or_default());
                return Ok(());
            }
            _ => return Ok(()),
        };
        let block = self.block(event)?;
        let mut text = block[name].as_str().unwrap_or_default().to_owned();
        text.push_str(delta[name].as_str().unwrap_or_default());
        block[name] = text.into();
        Ok(())
    }

    fn block(&mut self, event: &Value) -> Result<&mut Value, ModelError> {
        let index = event["index"].as_u64().and_then(|index| usize::try_from(index).ok());
        index
            .and_then(|index| self.message.get_mut("content")?.get_mut(index))
            .filter(|block| block.is_object())
            .ok_or_else(|| broken("a piece of a block that was never begun"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stream(events: &[Value]) -> String {
        events.iter().map(|event| format!("event: x\ndata: {event}\n\n")).collect()
    }

    fn begun() -> Vec<Value> {
        vec![json!({"type": "message_start", "message": {"model": "m", "content": [], "usage": {"input_tokens": 5}}})]
    }

    fn assemble(events: &[Value], piece: usize) -> Result<Step, ModelError> {
        let mut assembler = Assembler::default();
        for bytes in stream(events).as_bytes().chunks(piece) {
            match assembler.push(bytes)? {
                Step::More => {}
                step => return Ok(step),
            }
        }
        Ok(Step::More)
    }

    #[test]
    fn blocks_are_whole_however_they_are_cut() {
        let mut events = begun();
        events.extend([
            json!({"type": "ping"}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s="}}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "content_block_start", "index": 1,
                "content_block": {"type": "tool_use", "id": "t", "name": "view", "input": {}}}),
            json!({"type": "content_block_delta", "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": "{\"path\":"}}),
            json!({"type": "content_block_delta", "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": "\"ü\"}"}}),
            json!({"type": "content_block_stop", "index": 1}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}}),
            json!({"type": "message_stop"}),
        ]);
        for piece in [1, 3, 100_000] {
            let Ok(Step::Done(message)) = assemble(&events, piece) else { panic!("no message") };
            assert_eq!(message.content[0], json!({"type": "thinking", "thinking": "hm", "signature": "s="}));
            assert_eq!(message.tool_uses().next().unwrap().input, &json!({"path": "ü"}));
            assert_eq!((message.usage.input_tokens, message.usage.output_tokens), (5, 7));
        }
    }

    #[test]
    fn an_input_that_is_no_json_is_kept_as_text() {
        let mut events = begun();
        events.extend([
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "input": {}}}),
            json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": "{\"path\": \"tem"}}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_stop"}),
        ]);
        let Ok(Step::Done(message)) = assemble(&events, 10) else { panic!("no message") };
        assert_eq!(message.content[0]["input"], "{\"path\": \"tem");
    }

    #[test]
    fn disorder_is_an_error_and_no_panic() {
        let check = |event: Value| assert!(assemble(std::slice::from_ref(&event), 10).is_err(), "{event}");
        check(json!({"type": "content_block_start", "content_block": {}}));
        check(json!({"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "x"}}));
        check(json!({"type": "message_stop"}));
        check(json!({"type": "message_start", "message": "text"}));
        assert!(matches!(assemble(&[json!({"type": "message_delta", "delta": []}), json!(5)], 10), Ok(Step::More)));
        assert!(Assembler::default().push(b"data: {\n").is_err());
    }
}

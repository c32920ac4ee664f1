//! What is said to the model, turn by turn.

use crate::Message;
use serde_json::{Map, Value, json};

/// A conversation: instructions and tools that stay, messages that grow.
#[derive(Clone, Debug)]
pub struct Conversation {
    system: String,
    tools: Vec<Value>,
    messages: Vec<Value>,
}

/// What a tool gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolResult {
    /// Which wish it answers.
    pub id: String,
    /// What the model reads.
    pub text: String,
    /// True if the tool refused or failed.
    pub is_error: bool,
}

impl Conversation {
    /// Begins with instructions and with tools as the API describes them (`name`, `description`, `input_schema`).
    pub fn new(system: impl Into<String>, tools: Vec<Value>) -> Self {
        Self { system: system.into(), tools, messages: Vec::new() }
    }

    /// Says something.
    pub fn user(&mut self, text: impl Into<String>) {
        self.append("user", vec![json!({"type": "text", "text": text.into()})]);
    }

    /// Takes the model's answer in, as it came. A tool's input that is no object, which the API would not take back,
    /// is wrapped into one.
    pub fn assistant(&mut self, message: &Message) {
        let mut blocks = message.content.clone();
        for block in &mut blocks {
            if block["type"] == "tool_use" && !block["input"].is_object() {
                block["input"] = json!({"malformed": block["input"].take()});
            }
        }
        // The API refuses empty messages and empty texts.
        blocks.retain(|block| {
            block["type"] != "text" || block["text"].as_str().is_some_and(|text| !text.trim().is_empty())
        });
        if blocks.is_empty() {
            blocks.push(json!({"type": "text", "text": "(nothing)"}));
        }
        self.append("assistant", blocks);
    }

    /// Answers every wish of the last message, and says something more if there is something to say.
    pub fn tool_results(&mut self, results: impl IntoIterator<Item = ToolResult>, remark: Option<&str>) {
        let mut blocks: Vec<Value> = results
            .into_iter()
            .map(|result| {
                let text = if result.text.is_empty() { "(empty)".to_owned() } else { result.text };
                json!({"type": "tool_result", "tool_use_id": result.id, "content": text, "is_error": result.is_error})
            })
            .collect();
        blocks.extend(remark.map(|text| json!({"type": "text", "text": text})));
        self.append("user", blocks);
    }

    /// Shortens what tools gave in all but the last `keep` messages to `most` bytes each: old listings and files are
    /// not worth their room. Returns how many bytes went. The cache before the first shortened message still holds.
    pub fn shorten(&mut self, keep: usize, most: usize) -> usize {
        let old = self.messages.len().saturating_sub(keep);
        let mut saved = 0;
        for message in &mut self.messages[..old] {
            let Some(blocks) = message["content"].as_array_mut() else { continue };
            for block in blocks.iter_mut().filter(|block| block["type"] == "tool_result") {
                let Some(text) = block["content"].as_str().filter(|text| text.len() > most) else { continue };
                let end = text.floor_char_boundary(most);
                saved += text.len() - end;
                block["content"] = format!("{}\n[shortened; ask again if it is needed]", &text[..end]).into();
            }
        }
        saved
    }

    /// Size of all messages as JSON, in bytes: about four times the tokens.
    pub fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.to_string().len()).sum()
    }

    /// The request's body. The cache's breakpoints sit after the tools, which never change, and on the newest turn,
    /// so that each turn reads the one before from the cache.
    pub(crate) fn body(&self, model: &str, max_tokens: u32, tool: Option<&str>) -> Value {
        let cached = json!({"type": "ephemeral"});
        let mut messages = self.messages.clone();
        if let Some(block) = messages.last_mut().and_then(|message| message["content"].as_array_mut()?.last_mut()) {
            block["cache_control"] = cached.clone();
        }
        let mut body = Map::new();
        body.insert("model".to_owned(), model.into());
        body.insert("max_tokens".to_owned(), max_tokens.into());
        body.insert("stream".to_owned(), true.into());
        body.insert("system".to_owned(), json!([{"type": "text", "text": self.system, "cache_control": cached}]));
        if !self.tools.is_empty() {
            body.insert("tools".to_owned(), self.tools.clone().into());
        }
        if let Some(name) = tool {
            body.insert("tool_choice".to_owned(), json!({"type": "tool", "name": name}));
        }
        body.insert("messages".to_owned(), messages.into());
        body.into()
    }

    /// Two messages of one role in a row become one: the API wants them to alternate.
    fn append(&mut self, role: &str, blocks: Vec<Value>) {
        match self.messages.last_mut() {
            Some(last) if last["role"] == role => {
                if let Some(content) = last["content"].as_array_mut() {
                    content.extend(blocks);
                }
            }
            _ => self.messages.push(json!({"role": role, "content": blocks})),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(content: Value) -> Message {
        serde_json::from_value(Value::from_iter([("content", content)])).unwrap()
    }

    #[test]
    fn the_breakpoint_moves_with_the_newest_turn() {
        let mut talk = Conversation::new("be good", vec![json!({"name": "view"})]);
        talk.user("hello");
        let first = talk.body("m", 10, None);
        assert_eq!(first["messages"][0]["content"][0]["cache_control"]["type"], "ephemeral");
        talk.assistant(&message(json!([{"type": "tool_use", "id": "t", "name": "view", "input": {}}])));
        talk.tool_results([ToolResult { id: "t".into(), text: String::new(), is_error: false }], Some("hurry"));
        let second = talk.body("m", 10, Some("view"));
        assert_eq!(second["messages"][0]["content"][0].get("cache_control"), None);
        assert_eq!(second["messages"][2]["content"][0]["content"], "(empty)");
        assert_eq!(second["messages"][2]["content"][1]["cache_control"]["type"], "ephemeral");
        assert_eq!(second["tool_choice"]["name"], "view");
    }

    #[test]
    fn what_the_api_would_not_take_back_is_made_acceptable() {
        let mut talk = Conversation::new("", vec![]);
        talk.user("hello");
        talk.assistant(&message(json!([
            {"type": "text", "text": " "}, {"type": "tool_use", "id": "t", "name": "view", "input": "{\"pa"}
        ])));
        let body = talk.body("m", 10, None);
        assert_eq!(body["messages"][1]["content"][0]["input"], json!({"malformed": "{\"pa"}));
        talk.tool_results([], Some("once more"));
        talk.assistant(&message(json!([])));
        assert_eq!(talk.body("m", 10, None)["messages"][3]["content"][0]["text"], "(nothing)");
    }

    #[test]
    fn roles_alternate() {
        let mut talk = Conversation::new("", vec![]);
        talk.user("one");
        talk.user("two");
        assert_eq!(talk.body("m", 10, None)["messages"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn old_results_shrink_and_new_ones_stay() {
        let mut talk = Conversation::new("", vec![]);
        for id in ["a", "b"] {
            talk.assistant(&message(json!([{"type": "tool_use", "id": id, "name": "view", "input": {}}])));
            talk.tool_results([ToolResult { id: id.into(), text: "ü".repeat(1000), is_error: false }], None);
        }
        assert_eq!(talk.shorten(1, 101), 1900);
        let body = talk.body("m", 10, None);
        assert!(body["messages"][1]["content"][0]["content"].as_str().unwrap().len() < 200);
        assert_eq!(body["messages"][3]["content"][0]["content"].as_str().unwrap().len(), 2000);
    }
}

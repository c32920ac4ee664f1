//! A message as the stream of events that the API sends.

use serde_json::{Value, json};

/// Texts are cut after so many characters, inputs of tools after so many bytes: never where it would be convenient.
const PIECE: usize = 7;

/// All events of a message.
pub(crate) fn whole(message: &Value) -> String {
    let mut out = begun(message);
    for (index, block) in message["content"].as_array().into_iter().flatten().enumerate() {
        out += &block_events(index, block);
    }
    let usage = json!({"output_tokens": message["usage"]["output_tokens"]});
    out += &event(&json!({
        "type": "message_delta",
        "delta": {"stop_reason": message["stop_reason"], "stop_sequence": null},
        "usage": usage,
    }));
    out + &event(&json!({"type": "message_stop"}))
}

/// The first events, up to the middle of a text.
pub(crate) fn begun(message: &Value) -> String {
    let mut start = message.clone();
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    start["usage"]["output_tokens"] = json!(1);
    event(&json!({"type": "message_start", "message": start})) + &event(&json!({"type": "ping"}))
}

/// An error in the middle.
pub(crate) fn error(kind: &str) -> String {
    event(&json!({"type": "error", "error": {"type": kind, "message": "scripted"}}))
}

fn block_events(index: usize, block: &Value) -> String {
    let kind = block["type"].as_str().unwrap_or_default();
    let (start, deltas) = match kind {
        "text" => {
            let texts = pieces(&block["text"]).map(|text| json!({"type": "text_delta", "text": text}));
            (json!({"type": kind, "text": ""}), texts.collect::<Vec<_>>())
        }
        "thinking" => {
            let mut deltas: Vec<Value> =
                pieces(&block["thinking"]).map(|text| json!({"type": "thinking_delta", "thinking": text})).collect();
            deltas.push(json!({"type": "signature_delta", "signature": block["signature"]}));
            (json!({"type": kind, "thinking": "", "signature": ""}), deltas)
        }
        "tool_use" => {
            let mut start = block.clone();
            start["input"] = json!({});
            // A string stands for an input that is cut off or no JSON at all.
            let input = block["input"].as_str().map_or_else(|| block["input"].to_string(), str::to_owned);
            let deltas = pieces(&input.into()).map(|json| json!({"type": "input_json_delta", "partial_json": json}));
            (start, deltas.collect())
        }
        _ => (block.clone(), Vec::new()),
    };
    let mut out = event(&json!({"type": "content_block_start", "index": index, "content_block": start}));
    for delta in deltas {
        out += &event(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
    }
    out + &event(&json!({"type": "content_block_stop", "index": index}))
}

fn pieces(text: &Value) -> impl Iterator<Item = String> + use<> {
    let characters: Vec<char> = text.as_str().unwrap_or_default().chars().collect();
    characters.chunks(PIECE).map(|piece| piece.iter().collect()).collect::<Vec<String>>().into_iter()
}

fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default())
}

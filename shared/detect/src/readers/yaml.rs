//! YAML and JSON with CloudFormation's short tags.

use serde_yaml::Value;

/// Reads a document that is JSON if it begins like JSON, else YAML.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}');
    if is_too_deep(text) {
        return Err("it is nested too deeply".to_owned());
    }
    if text.trim_start().starts_with('{') {
        // A JSON document with tabs or comments is worth a second look as YAML, but its error as JSON says more.
        return serde_json::from_str(text).or_else(|json| serde_yaml::from_str(text).map_err(|_| json.to_string()));
    }
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// Brackets in brackets, at most. The parser's time grows with their square.
const MAX_DEPTH: usize = 200;

/// Brackets in strings are counted as well: a document in which they never balance is none that people write.
fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    // `- - - …` nests without brackets.
    text.lines()
        .any(|line| line.split_ascii_whitespace().take_while(|word| matches!(*word, "-" | "?")).count() > MAX_DEPTH)
}

/// The text of a value, also of `!Sub text`, `!Sub [text, …]` and `{Fn::Sub: …}`.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Tagged(tagged) if tagged.tag == "Sub" => first(&tagged.value),
        Value::Mapping(_) => first(value.get("Fn::Sub")?),
        _ => None,
    }
}

fn first(value: &Value) -> Option<&str> {
    match value {
        Value::Sequence(parts) => parts.first()?.as_str(),
        value => value.as_str(),
    }
}

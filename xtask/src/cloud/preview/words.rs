//! Values of a template in few words.

use crate::printer::harmless;
use serde_json::Value;

/// Longest value that is shown in full, in characters.
const LONGEST: usize = 160;

/// A value in one line: text without quotes, references as `${Queue.Arn}`, the rest as JSON; long ones cut.
pub fn brief(value: &Value) -> String {
    let text = harmless(&full(value));
    let text = shorter_hashes(&text);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let kept: String = text.chars().take(LONGEST - 1).collect();
    format!("{kept}…")
}

fn full(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(full).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.len() == 1 => match map.iter().next().map(|(name, it)| (name.as_str(), it)) {
            Some(("Ref", Value::String(name))) => format!("${{{name}}}"),
            Some(("Fn::Sub", Value::String(text))) => text.clone(),
            Some(("Fn::GetAtt", Value::Array(parts))) => {
                format!("${{{}}}", parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."))
            }
            Some(("Fn::GetAtt", Value::String(name))) => format!("${{{name}}}"),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

/// The first 12 digits of each SHA-256 tell it from all others.
fn shorter_hashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars().chain(std::iter::once('\0')) {
        if matches!(character, '0'..='9' | 'a'..='f') {
            run.push(character);
            continue;
        }
        if run.len() == 64 {
            run.truncate(12);
            run.push('…');
        }
        out.push_str(&std::mem::take(&mut run));
        if character != '\0' {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_well() {
        let check = |value: Value, expected: &str| assert_eq!(brief(&value), expected);
        check(json!(256), "256");
        check(json!("text"), "text");
        check(json!(""), "\"\"");
        check(json!({"Ref": "Queue"}), "${Queue}");
        check(json!({"Fn::GetAtt": ["Queue", "Arn"]}), "${Queue.Arn}");
        check(json!({"Fn::Sub": "${A}-b"}), "${A}-b");
        check(json!(["a", {"Ref": "B"}]), "[a, ${B}]");
        check(json!({"a": 1, "b": [true]}), r#"{"a":1,"b":[true]}"#);
        check(json!("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
        check(json!(format!("handlers/{}.zip", "0123456789abcdef".repeat(4))), "handlers/0123456789ab….zip");
        assert_eq!(brief(&json!("ä".repeat(500))).chars().count(), LONGEST);
    }
}

//! Values that are kept of an answer for later steps.

use super::message::Json;
use super::{Answer, Check, CheckName, checks};
use crate::plan::Capture;
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest value that is kept, in bytes of JSON: an id, a token or a name is short, and a whole answer in every later
/// request is none of them.
const MOST_BYTES: usize = 4096;

/// The values in an answer, and in its body where that is JSON, and what is to be said of those that are not there.
pub(super) fn captured(
    captures: &BTreeMap<String, Capture>,
    answer: &Answer,
    json: &Json<'_>,
) -> (Vec<(String, Value)>, Vec<Check>) {
    let (mut values, mut checks) = (Vec::new(), Vec::new());
    for (name, capture) in captures {
        let (place, value) = match capture {
            Capture::Body(path) | Capture::Optional(path) => {
                (path, json.get().and_then(|json| checks::find(json, path)).cloned())
            }
            Capture::Header(header) => (header, answer.header(header).map(Value::from)),
        };
        let optional = matches!(capture, Capture::Optional(_));
        let check = |actual: String| {
            Check::new(CheckName::CaptureAvailable, optional, format!("{place} for {{{{{name}}}}}"), actual)
        };
        match value.map(|value| (value.to_string().len(), value)) {
            None if optional => {}
            None => checks.push(check("it is not there".to_owned())),
            Some((bytes, _)) if bytes > MOST_BYTES => {
                checks.push(check(format!("it has {bytes} bytes; at most {MOST_BYTES} are kept")));
            }
            Some((_, value)) => values.push((name.clone(), value)),
        }
    }
    (values, checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_too_long_is_not_there_and_is_said() {
        let body = json!({"id": "7", "long": "x".repeat(5000), "most": "x".repeat(4094)}).to_string();
        let answer =
            Answer { body: body.into_bytes(), headers: vec![("x-id".into(), "8".into())], ..Answer::default() };
        let check = |capture: Capture, value: Option<Value>, said: &str, passes: bool| {
            let (values, checks) = captured(&[("n".to_owned(), capture.clone())].into(), &answer, &Json::of(&answer));
            assert_eq!(values.into_iter().next().map(|(_, value)| value), value, "{capture:?}");
            assert_eq!(checks.first().map_or("", |check| check.actual.as_str()), said, "{capture:?}");
            assert_eq!(checks.iter().all(|check| check.passed), passes, "{capture:?}");
        };
        check(Capture::Body("$.id".into()), Some(json!("7")), "", true);
        check(Capture::Body("$.most".into()), Some(json!("x".repeat(4094))), "", true);
        check(Capture::Header("X-Id".into()), Some(json!("8")), "", true);
        check(Capture::Body("$.none".into()), None, "it is not there", false);
        check(Capture::Optional("$.none".into()), None, "", true);
        check(Capture::Body("$.long".into()), None, "it has 5002 bytes; at most 4096 are kept", false);
        check(Capture::Optional("$.long".into()), None, "it has 5002 bytes; at most 4096 are kept", true);
        check(Capture::Body("$".into()), None, "it has 9124 bytes; at most 4096 are kept", false);
    }
}

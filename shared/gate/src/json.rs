//! JSON syntax.

use crate::Finding;
use serde_json::Value;

/// The value, or the one finding that keeps it from being read.
pub(crate) fn parse(file: &str, text: &str) -> Result<Value, Box<Finding>> {
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| {
        let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
        let message = error.to_string();
        // serde_json repeats the position, which moves.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Box::new(Finding::error(file, line, "json-syntax", message))
    })
}

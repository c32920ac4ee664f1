//! One line of a log: our handlers' JSON and Lambda's own words, as one event each.

use crate::printer::{Printer, Tone, harmless};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something has failed.
    Error,
    /// Something is not as it should be.
    Warn,
    /// Something happened.
    Info,
    /// For developers.
    Debug,
    /// Lambda's own notes about an invocation.
    Platform,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// When it was written.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// The handler.
    pub function: &'static str,
    /// The instance of the function.
    pub stream: String,
    /// How serious it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// What it says as data.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

fn as_text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Fields that are shown elsewhere or say nothing to an operator.
const HIDDEN: [&str; 5] = ["timestamp", "level", "message", "target", "span"];

impl Line {
    /// Reads what a function has written. `millis` is when CloudWatch got it.
    pub fn read(function: &'static str, millis: i64, stream: &str, text: &str) -> Self {
        let at = Timestamp::from_millisecond(millis).unwrap_or_default();
        let text = text.trim_end();
        let line = Self {
            at,
            function,
            stream: stream.to_owned(),
            level: Level::Info,
            message: text.to_owned(),
            fields: Map::new(),
        };
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(fields)) if fields.contains_key("level") => line.of_ours(fields),
            _ => Self { level: of_text(text), ..line },
        }
    }

    fn of_ours(self, mut fields: Map<String, Value>) -> Self {
        let word = |name: &str| fields.get(name).and_then(Value::as_str);
        let level = match word("level") {
            Some("ERROR") => Level::Error,
            Some("WARN") => Level::Warn,
            Some("DEBUG" | "TRACE") => Level::Debug,
            _ => Level::Info,
        };
        let at = word("timestamp").and_then(|at| at.parse().ok()).unwrap_or(self.at);
        let message = word("message").unwrap_or_default().to_owned();
        if let Some(request) = fields.get("span").and_then(|span| span.get("requestId")).cloned() {
            fields.insert("requestId".to_owned(), request);
        }
        fields.retain(|name, _| !HIDDEN.contains(&name.as_str()));
        Self { at, level, message, fields, ..self }
    }

    /// In one line.
    pub fn show(&self, printer: &Printer) -> String {
        let (word, tone) = match self.level {
            Level::Error => ("ERROR", Tone::Bad),
            Level::Warn => ("WARN ", Tone::Warning),
            Level::Info => ("INFO ", Tone::Good),
            Level::Debug => ("DEBUG", Tone::Faint),
            Level::Platform => ("-    ", Tone::Faint),
        };
        let time = self.at.strftime("%H:%M:%S%.3f");
        let message = harmless(&self.message);
        let message = match self.level {
            Level::Platform | Level::Debug => printer.out(Tone::Faint, message),
            _ => message,
        };
        let mut line = format!(
            "{} {} {} {message}",
            printer.out(Tone::Faint, time),
            printer.out(Tone::Busy, format_args!("{:<21}", self.function)),
            printer.out(tone, word),
        );
        for (name, value) in &self.fields {
            // Only who looks for one invocation wants it in every line.
            if name == "requestId" && !printer.is_verbose() {
                continue;
            }
            let value = value.as_str().map_or_else(|| value.to_string(), harmless);
            let quoted = if value.contains(' ') || value.is_empty() { format!("{value:?}") } else { value };
            line.push_str(&format!(" {}{quoted}", printer.out(Tone::Faint, format_args!("{name}="))));
        }
        line
    }
}

/// How serious a line is that is not of ours.
fn of_text(text: &str) -> Level {
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if text.starts_with("REPORT ") && (text.contains("Status: timeout") || text.contains("Status: error")) {
        Level::Error
    } else if begins(&["START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", "EXTENSION "]) {
        Level::Platform
    } else if text.contains("Task timed out") || text.contains("Runtime exited") || text.contains("panicked at") {
        Level::Error
    } else {
        Level::Info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let printer = Printer::new(false, false, true);
        let shown = Line::read("deployer-deploy", 1_767_225_600_123, "s", text).show(&printer);
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_line_of_ours_is_readable() {
        check(
            r#"{"timestamp":"2026-01-01T10:00:00.073508Z","level":"WARN","message":"given back","session":"s-1",
                "receives":2,"reason":"no answer yet","target":"drydock_runtime::record","span":{"requestId":"r"}}"#,
            "10:00:00.073 deployer-deploy       WARN  given back session=s-1 receives=2 reason=\"no answer yet\"",
        );
    }

    #[test]
    fn lambdas_own_lines_keep_their_time_and_stand_back() {
        check(
            "START RequestId: 1 Version: $LATEST\n",
            "00:00:00.123 deployer-deploy       -     START RequestId: 1 Version: $LATEST",
        );
        let level = |text| Line::read("f", 0, "s", text).level;
        assert_eq!(level("REPORT RequestId: 1\tDuration: 2 ms"), Level::Platform);
        assert_eq!(level("REPORT RequestId: 1\tDuration: 2 ms\tStatus: timeout"), Level::Error);
        assert_eq!(level("2026-01-01T00:00:00Z 1 Task timed out after 30.00 seconds"), Level::Error);
        assert_eq!(level("thread 'main' panicked at src/main.rs"), Level::Error);
    }

    #[test]
    fn what_a_repository_has_written_cannot_play_with_the_terminal() {
        check(
            "{\"level\":\"INFO\",\"message\":\"a\\u001b[2Jb\",\"reason\":\"\\r\"}",
            "00:00:00.123 deployer-deploy       INFO  a\\u{1b}[2Jb reason=\\r",
        );
    }

    #[test]
    fn programs_get_everything() {
        let line = Line::read("f", 0, "s", r#"{"level":"ERROR","message":"m","code":"c","span":{"requestId":"r"}}"#);
        let value = serde_json::to_value(&line).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "at": "1970-01-01T00:00:00Z", "function": "f", "stream": "s", "level": "error", "message": "m",
                "fields": {"code": "c", "requestId": "r"}
            })
        );
    }
}

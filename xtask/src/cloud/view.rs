//! How an operation is told while it goes on: a picture that changes in place on a terminal, a line an event on a pipe,
//! a JSON object an event for programs.

use super::progress::{Progress, tone};
use crate::printer::{Printer, Tone, elapsed, harmless};
use drydock_stack::StackEvent;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// Less than this is nothing to tell.
const WORTH_TELLING: Duration = Duration::from_millis(500);

/// The size of a terminal that does not tell.
const USUAL: (usize, usize) = (80, 24);

/// Tells an operation, see the module.
pub struct View<'a> {
    printer: &'a Printer,
    kind: Kind,
    progress: Progress,
    /// Lines of the picture that stands on the terminal.
    drawn: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Picture,
    Lines,
    Json,
}

impl<'a> View<'a> {
    /// As fits the terminal and the options; `silent` tells nothing.
    pub fn new(printer: &'a Printer, silent: bool) -> Self {
        let kind = match printer {
            _ if silent => Kind::Nothing,
            printer if printer.is_json() => Kind::Json,
            printer if printer.is_live() => Kind::Picture,
            _ => Kind::Lines,
        };
        Self { printer, kind, progress: Progress::default(), drawn: 0 }
    }

    /// What the operation has come to.
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Tells what happened since.
    pub fn events(&mut self, events: &[StackEvent]) {
        for event in events {
            self.progress.take(event);
            match self.kind {
                Kind::Nothing => {}
                Kind::Json => line(self.printer, "event", json!(event)),
                Kind::Lines => self.printer.progress(self.line_of(event)),
                // What failed stays in sight, whatever happens to the picture.
                Kind::Picture if event.status.is_failure() => {
                    self.erase();
                    self.printer.progress(self.line_of(event));
                }
                Kind::Picture => {}
            }
        }
        self.tick();
    }

    /// Draws the picture anew, for the time that has passed.
    pub fn tick(&mut self) {
        if self.kind != Kind::Picture {
            return;
        }
        let size = terminal_size::terminal_size_of(std::io::stderr())
            .map_or(USUAL, |(width, height)| (usize::from(width.0), usize::from(height.0)));
        let paint = |tone: Tone, text: &str| self.printer.err(tone, text);
        // The last column stays free, or the terminal begins a line of its own.
        let size = (size.0.saturating_sub(1), size.1.saturating_sub(1));
        let lines = self.progress.frame(Timestamp::now(), size, &paint);
        self.erase();
        self.printer.draw(format_args!("{}\n", lines.join("\n")));
        self.drawn = lines.len();
    }

    fn line_of(&self, event: &StackEvent) -> String {
        text(event, &self.progress, &|tone, text| self.printer.err(tone, text))
    }

    fn erase(&mut self) {
        if self.drawn > 0 {
            self.printer.draw(format_args!("\x1b[{}A\x1b[J", std::mem::take(&mut self.drawn)));
        }
    }

    /// Says what took longest, if anything took long.
    pub fn end(&mut self) {
        self.drawn = 0;
        if matches!(self.kind, Kind::Nothing | Kind::Json) {
            return;
        }
        let slowest = self.progress.slowest(3);
        if slowest.first().is_some_and(|it| it.seconds >= 1.0) {
            let said: Vec<String> = slowest
                .iter()
                .map(|it| format!("{} {}", it.logical_id, elapsed(Duration::from_secs_f64(it.seconds))))
                .collect();
            self.printer.step("Slowest", said.join(", "));
        }
    }
}

/// One object of the stream that `--json` gives: `{"type": …}` and what `value` has.
pub fn line(printer: &Printer, kind: &str, value: Value) {
    let mut object = json!({ "type": kind });
    match value {
        Value::Object(fields) => object.as_object_mut().expect("it was made as one").extend(fields),
        other => object["value"] = other,
    }
    printer.json_line(&object);
}

/// Something that needs attention, on stderr and in the stream.
pub fn warning(printer: &Printer, message: &str) {
    printer.warning(message);
    if printer.is_json() {
        line(printer, "warning", json!({ "message": message }));
    }
}

/// One event in one line: time, status, resource, what it took, and the reason where there is one. `paint` colours it
/// for where it goes.
pub fn text(event: &StackEvent, progress: &Progress, paint: &dyn Fn(Tone, &str) -> String) -> String {
    let time = event.at.get(11..19).unwrap_or(&event.at);
    let status = paint(tone(&event.status), &format!("{:<28}", event.status.as_str()));
    let kind = paint(Tone::Faint, &event.resource_type);
    let mut line = format!("{} {status} {:<34} {kind}", paint(Tone::Faint, time), harmless(&event.logical_id));
    if let Some(took) = progress.took(event).filter(|took| *took >= WORTH_TELLING && event.status.is_terminal()) {
        line.push_str(&paint(Tone::Faint, &format!("  {}", elapsed(took))));
    }
    if let Some(reason) = event.reason.as_deref().filter(|_| event.status.is_failure()) {
        line.push_str(&format!("\n         {}", harmless(reason)));
    }
    line
}

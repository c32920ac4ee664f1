//! What people see: data on stdout, progress and diagnostics on stderr.

mod text;

pub use text::{elapsed, harmless, size, table};

use serde::Serialize;
use std::fmt::Display;
use std::io::{IsTerminal, Write};

/// Decides once what is shown and how. Everything that prints goes through it.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    quiet: bool,
    verbose: bool,
    json: bool,
    colour_out: bool,
    colour_err: bool,
}

/// What a piece of text means, from which its colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Went well.
    Good,
    /// Went wrong.
    Bad,
    /// Needs attention.
    Warning,
    /// In between.
    Busy,
    /// Stands out.
    Strong,
    /// Stands back.
    Faint,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Warning => "33",
            Self::Busy => "36",
            Self::Strong => "1",
            Self::Faint => "2",
        }
    }
}

impl Printer {
    /// `quiet` hides progress, `json` says that stdout is for programs, `no_colour` forbids colours. What else decides
    /// on colours is said at [`coloured`].
    pub fn new(quiet: bool, json: bool, no_colour: bool) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let colour = |terminal| !no_colour && coloured(variable, terminal);
        Self {
            quiet,
            verbose: false,
            json,
            colour_out: colour(std::io::stdout().is_terminal()),
            colour_err: colour(std::io::stderr().is_terminal()),
        }
    }

    /// The same that also tells details, such as every request to AWS.
    #[must_use]
    pub const fn verbose(self, verbose: bool) -> Self {
        Self { verbose, ..self }
    }

    /// True if details are told.
    pub const fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// True if stdout is for programs.
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// True if progress is hidden.
    pub const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// One line of data.
    pub fn data(&self, line: impl Display) {
        self.raw(format_args!("{line}\n"));
    }

    /// Data exactly as it is. A reader that went away (`| head`) is no error.
    pub fn raw(&self, text: impl Display) {
        let _ = write!(std::io::stdout().lock(), "{text}").and_then(|()| std::io::stdout().flush());
    }

    /// A value for programs.
    pub fn json(&self, value: &impl Serialize) {
        self.data(serde_json::to_string_pretty(value).expect("plain data serializes"));
    }

    /// A value for programs in one line: one of a stream of them. False if nobody reads any more.
    pub fn json_line(&self, value: &impl Serialize) -> bool {
        self.stream(serde_json::to_string(value).expect("plain data serializes"))
    }

    /// One line of a stream of data. False if nobody reads any more.
    pub fn stream(&self, line: impl Display) -> bool {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
    }

    /// What only somebody who looks for a fault wants to know.
    pub fn detail(&self, line: impl Display) {
        if self.verbose {
            self.diagnostic(self.err(Tone::Faint, line));
        }
    }

    /// What is going on, or an empty line between two parts of it.
    pub fn progress(&self, line: impl Display) {
        if !self.quiet {
            self.diagnostic(line);
        }
    }

    /// What is going on, indented under a word that says which step it is.
    pub fn step(&self, word: &str, line: impl Display) {
        self.progress(format_args!("{} {line}", self.err(Tone::Good, format_args!("{word:>11}"))));
    }

    /// Something that needs attention but stops nothing.
    pub fn warning(&self, line: impl Display) {
        self.diagnostic(format_args!("{}: {line}", self.err(Tone::Warning, "warning")));
    }

    /// Why the command fails.
    pub fn error(&self, line: impl Display) {
        self.diagnostic(format_args!("{}: {line}", self.err(Tone::Bad, "error")));
    }

    /// True if a picture that changes in place can be drawn on stderr.
    pub fn is_live(&self) -> bool {
        let able = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
        able && !self.quiet && !self.json && !self.verbose && std::io::stderr().is_terminal()
    }

    /// Text on stderr exactly as it is, for a picture that changes in place.
    pub fn draw(&self, text: impl Display) {
        let mut out = std::io::stderr().lock();
        let _ = write!(out, "{text}").and_then(|()| out.flush());
    }

    /// A line on stderr, also under `--quiet`.
    pub fn diagnostic(&self, line: impl Display) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    /// True if somebody can be asked.
    pub fn is_interactive(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks on stderr and reads a line; `None` if nobody can answer.
    pub async fn ask(&self, question: String) -> Option<String> {
        if !self.is_interactive() {
            return None;
        }
        // On a thread of its own, so that Ctrl-C is heard while the question stands.
        tokio::task::spawn_blocking(move || {
            let _ = write!(std::io::stderr().lock(), "{question} ");
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer).ok()?;
            Some(answer.trim().to_owned())
        })
        .await
        .ok()?
    }

    /// `text` in the colour of `tone`, for stderr.
    pub fn err(&self, tone: Tone, text: impl Display) -> String {
        paint(self.colour_err, tone, text)
    }

    /// `text` in the colour of `tone`, for stdout.
    pub fn out(&self, tone: Tone, text: impl Display) -> String {
        paint(self.colour_out, tone, text)
    }
}

/// Whether colours are wanted on a stream: `NO_COLOR` forbids them, `CLICOLOR_FORCE` wants them wherever it goes,
/// `CLICOLOR=0` does not want them on a terminal either (<https://no-color.org>, <https://bixense.com/clicolors>).
fn coloured(variable: impl Fn(&str) -> Option<String>, terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    terminal && set("CLICOLOR").is_none_or(|value| value != "0") && set("TERM").is_none_or(|value| value != "dumb")
}

fn paint(colour: bool, tone: Tone, text: impl Display) -> String {
    if colour { format!("\x1b[{}m{text}\x1b[0m", tone.code()) } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decides_on_colours() {
        let check = |variables: &[(&str, &str)], terminal, expected| {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(coloured(variable, terminal), expected, "{variables:?} {terminal}");
        };
        check(&[], true, true);
        check(&[], false, false);
        check(&[("NO_COLOR", "1")], true, false);
        check(&[("NO_COLOR", "")], true, true);
        check(&[("CLICOLOR", "0")], true, false);
        check(&[("CLICOLOR", "1")], false, false);
        check(&[("CLICOLOR_FORCE", "1")], false, true);
        check(&[("CLICOLOR_FORCE", "0")], false, false);
        check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], true, false);
        check(&[("TERM", "dumb")], true, false);
    }

    #[test]
    fn no_colour_means_no_escape() {
        assert_eq!(paint(false, Tone::Bad, "x"), "x");
        assert_eq!(paint(true, Tone::Good, "x"), "\x1b[32mx\x1b[0m");
    }
}

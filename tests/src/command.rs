//! `cargo xtask` as a person runs it, and all that it prints, with what differs from run to run replaced.

use crate::World;
use regex::Regex;
use std::fmt;
use std::process::Stdio;
use std::sync::LazyLock;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command as Process};

/// A command line that is to be run against the running stack, on pipes.
pub struct Command {
    process: Process,
    input: String,
    hidden: Vec<(String, String)>,
    masked: Vec<(Regex, String)>,
}

/// What it printed and how it ended. Its `Display` is made for a snapshot.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// As printed.
    pub stdout: String,
    /// As printed.
    pub stderr: String,
    hidden: Vec<(String, String)>,
    masked: Vec<(Regex, String)>,
}

impl World {
    /// `cargo xtask` with these arguments, divided at spaces.
    ///
    /// # Panics
    /// If the tests do not run under `cargo xtask test` or `cargo xtask local`.
    pub fn xtask(&self, arguments: &str) -> Command {
        let program = std::env::var_os("DRYDOCK_XTASK").expect("DRYDOCK_XTASK, which `cargo xtask local` sets");
        let mut process = Process::new(program);
        process
            .args(arguments.split_whitespace())
            .env("DRYDOCK_STACK_NAME", &self.stack_name)
            // Nobody's own defaults.
            .env("DRYDOCK_CONFIG", "/dev/null")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let hidden = vec![(self.endpoint().to_owned(), "[endpoint]".to_owned())];
        Command { process, input: String::new(), hidden, masked: Vec::new() }
    }
}

impl Command {
    /// With one more argument, spaces and all.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.process.arg(argument);
        self
    }

    /// With a variable of its environment set.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.process.env(name, value);
        self
    }

    /// With this on its standard input.
    #[must_use]
    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// With `text` shown as `[word]`: a name that this test has made.
    #[must_use]
    pub fn hide(mut self, text: &str, word: &str) -> Self {
        self.hidden.push((text.to_owned(), format!("[{word}]")));
        self
    }

    /// With what matches this pattern shown as `word`.
    ///
    /// # Panics
    /// If it is no pattern.
    #[must_use]
    pub fn mask(mut self, pattern: &str, word: &str) -> Self {
        self.masked.push((Regex::new(pattern).expect("a pattern"), word.to_owned()));
        self
    }

    /// Starts it; for a test that ends it half-way.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn(mut self) -> Child {
        self.process.spawn().expect("xtask starts")
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// If it cannot be run.
    pub async fn run(mut self) -> Ran {
        let mut child = self.process.spawn().expect("xtask starts");
        // A program that reads nothing may have ended by now.
        let _ = child.stdin.take().expect("a pipe").write_all(self.input.as_bytes()).await;
        let output = child.wait_with_output().await.expect("xtask ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("xtask writes UTF-8");
        let code = output.status.code().unwrap_or(-1);
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Ran { code, stdout, stderr, hidden: self.hidden, masked: self.masked }
    }
}

impl Ran {
    /// Goes on only after this exit code.
    ///
    /// # Panics
    /// If it was another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Its output as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Its standard output as a snapshot shows it.
    pub fn data(&self) -> String {
        self.stable(&self.stdout)
    }

    fn stable(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (volatile, word) in self.hidden.iter().filter(|(volatile, _)| !volatile.is_empty()) {
            text = text.replace(volatile, word);
        }
        let masked = self.masked.iter().map(|(pattern, word)| (pattern, word.as_str()));
        for (pattern, word) in masked.chain(VOLATILE.iter().map(|(pattern, word)| (pattern, *word))) {
            text = pattern.replace_all(&text, word).into_owned();
        }
        text
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit code: {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            write!(f, "----- {name} -----\n{}", self.stable(text))?;
        }
        Ok(())
    }
}

/// What differs from run to run.
static VOLATILE: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[uuid]"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:?00)?", "[time]"),
        (r"\b\d\d:\d\d:\d\d(\.\d+)?\b", "[time]"),
        (r"\b[0-9a-f]{64}\b", "[sha256]"),
        (r"\b[0-9a-f]{40}\b", "[commit]"),
        (r"\b[0-9a-f]{12}\b", "[hex]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"localhost:\d+", "localhost:[port]"),
        (r" +\d+\.\d [kMG]?B\b", " [size]"),
        (r" +(\d+m )?\d+(\.\d)?s\b", " [elapsed]"),
    ]
    .map(|(pattern, word)| (Regex::new(pattern).expect("a good pattern"), word))
    .into()
});

//! How a command ended, and the exit code that says so.

use std::process::ExitCode;

/// The table that `--help` shows.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done, also when there was nothing to do
  1    failed; the reason is the last thing on stderr
  2    the command line or drydock.toml was not understood
  3    not confirmed, or no terminal to confirm on: what was asked about was not done
  130  interrupted with Ctrl-C
`local -- COMMAND` and `test` exit as the command that they run. `diff --exit-code` and
`drift --exit-code` exit with 0 for no changes, 1 for changes and 2 for an error.";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or nothing to do.
    Success,
    /// Failed, and has already said why.
    Failed,
    /// The command line or `drydock.toml` was not understood.
    Misunderstood,
    /// What was asked about was not done because nobody said yes.
    Declined,
    /// Ctrl-C or a request to end.
    Interrupted,
    /// What a command that was run for the user exited with.
    Child(u8),
}

impl Outcome {
    /// The exit code; see [`EXIT_CODES`].
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Misunderstood => 2,
            Self::Declined => 3,
            Self::Interrupted => 130,
            Self::Child(code) => code,
        }
    }

    /// What a child process's end means: its own code, or 128 and the signal that ended it, as shells say it.
    pub fn of_child(status: std::process::ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Child(u8::try_from(128 + signal).unwrap_or(u8::MAX));
        }
        match status.code() {
            Some(0) => Self::Success,
            Some(code) => Self::Child(u8::try_from(code).unwrap_or(1)),
            None => Self::Failed,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_codes_are_the_ones_returned() {
        for outcome in
            [Outcome::Success, Outcome::Failed, Outcome::Misunderstood, Outcome::Declined, Outcome::Interrupted]
        {
            let line = format!("\n  {:<4} ", outcome.code());
            assert!(EXIT_CODES.contains(&line), "{outcome:?}");
        }
        assert_eq!(Outcome::Child(7).code(), 7);
    }

    #[cfg(unix)]
    #[test]
    fn a_child_ended_by_a_signal_is_reported_as_shells_do() {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(Outcome::of_child(std::process::ExitStatus::from_raw(9)), Outcome::Child(137));
        assert_eq!(Outcome::of_child(std::process::ExitStatus::from_raw(5 << 8)), Outcome::Child(5));
    }
}

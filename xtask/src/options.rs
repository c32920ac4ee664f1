//! Options that every command takes, and the values that are checked while they are parsed.

use crate::printer::Printer;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Longest name of our own stack: every name in the account starts with it, and some have 64 characters.
pub const MAX_STACK_NAME: usize = 20;

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Name of the stack, at most 20 characters
    #[arg(long, global = true, env = "DRYDOCK_STACK_NAME", default_value = "drydock", value_name = "NAME")]
    pub stack_name: StackName,
    /// AWS region [default: as configured for the AWS CLI]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of the AWS configuration [default: AWS_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Which of the two above were given on the command line, and do not come from `drydock.toml`.
    #[arg(skip)]
    pub given: Given,
    /// Print data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Do not ask for confirmation
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// No colours; the same as NO_COLOR=1 (CLICOLOR and CLICOLOR_FORCE are heard, too)
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Hide progress; warnings, errors and what changes in who may do what stay
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell details, such as every request to AWS
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Defaults for options and parameters [default: drydock.toml beside Cargo.toml, if there is one]
    #[arg(long, global = true, env = "DRYDOCK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Options that were given on the command line: these come before the environment, what a file says comes after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// `--region`.
    pub region: bool,
    /// `--profile`.
    pub profile: bool,
}

impl Given {
    /// As the parsed command line has it.
    pub fn of(matches: &ArgMatches) -> Self {
        let given = |option| matches.value_source(option) == Some(ValueSource::CommandLine);
        Self { region: given("region"), profile: given("profile") }
    }
}

impl Global {
    /// The printer that these options ask for.
    pub fn printer(&self) -> Printer {
        Printer::new(self.quiet, self.json, self.no_color).verbose(self.verbose)
    }
}

/// The name of our own stack: letters, digits and hyphens, a letter first, at most [`MAX_STACK_NAME`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackName(String);

/// The text is no name for our stack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStackName {
    /// Names in the account would grow beyond what AWS allows.
    #[error("{0} characters; at most {MAX_STACK_NAME} leave room for the names of what is in the stack")]
    TooLong(usize),
    /// CloudFormation would refuse it.
    #[error("a stack's name has lower-case letters, digits and hyphens, and starts with a letter")]
    Characters,
    /// It would fall among what another installation has deployed, which is named `<stack>-app-…`.
    #[error("names that end in -app or have -app- inside belong to what Drydock deploys; choose another")]
    Applications,
}

impl FromStr for StackName {
    type Err = InvalidStackName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let characters = text.chars().count();
        if characters > MAX_STACK_NAME {
            return Err(InvalidStackName::TooLong(characters));
        }
        let good = text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !good {
            return Err(InvalidStackName::Characters);
        }
        if text.ends_with("-app") || text.contains("-app-") {
            return Err(InvalidStackName::Applications);
        }
        Ok(Self(text.to_owned()))
    }
}

impl StackName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A `KEY=VALUE` argument. The value never shows in `Debug`: it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// Before the first `=`.
    pub key: String,
    /// Behind it.
    pub value: String,
}

impl FromStr for KeyValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err("write it as KEY=VALUE".to_owned()),
        }
    }
}

impl fmt::Debug for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &Result<(), InvalidStackName>) {
        assert_eq!(&name.parse::<StackName>().map(|_| ()), expected, "{name:?}");
    }

    #[test]
    fn stack_names() {
        check("drydock", &Ok(()));
        check("team-a-drydock-2", &Ok(()));
        check("a23456789012345678901", &Err(InvalidStackName::TooLong(21)));
        check("drydock-app", &Err(InvalidStackName::Applications));
        check("drydock-app-b", &Err(InvalidStackName::Applications));
        check("drydock-apps", &Ok(()));
        for bad in ["", "-x", "x-", "1x", "Drydock", "a_b", "a b", "ä"] {
            check(bad, &Err(InvalidStackName::Characters));
        }
    }

    #[test]
    fn values_of_pairs_do_not_show() {
        let pair: KeyValue = "TOKEN=se=cret".parse().unwrap();
        assert_eq!((pair.key.as_str(), pair.value.as_str()), ("TOKEN", "se=cret"));
        assert_eq!(format!("{pair:?}"), "TOKEN=…");
        assert!("TOKEN".parse::<KeyValue>().is_err());
        assert!("=x".parse::<KeyValue>().is_err());
    }
}

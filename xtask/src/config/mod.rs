//! `drydock.toml`: what an installation is always called with, so that nobody has to type it.
//!
//! A value counts where neither an option nor the environment says something else. It becomes the default of the
//! option of the same name, so the help shows it, too.

mod keys;
mod read;

pub use keys::{KEYS, Key, manual};
pub use read::ConfigError;

use crate::workspace::Workspace;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Its usual name, beside the workspace's `Cargo.toml`.
pub const FILE: &str = "drydock.toml";
/// Names another file.
const VARIABLE: &str = "DRYDOCK_CONFIG";
/// Template parameters and what they are set to.
const PARAMETERS: &str = "parameters";
/// Tags of the stack and all that is in it.
const TAGS: &str = "tags";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Template parameters.
    pub parameters: BTreeMap<String, String>,
    /// Tags of the stack.
    pub tags: BTreeMap<String, String>,
    values: BTreeMap<&'static str, String>,
}

impl Config {
    /// The file that the arguments or the environment name, or the workspace's, or nothing.
    ///
    /// # Errors
    /// If a named file cannot be read, or a file has a key or value that is not known.
    pub fn find(workspace: &Workspace, arguments: &[OsString]) -> Result<Self, ConfigError> {
        let named = named(arguments).or_else(|| std::env::var_os(VARIABLE).filter(|value| !value.is_empty()));
        let file = named.as_ref().map_or_else(|| workspace.root().join(FILE), PathBuf::from);
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::parse(&file, &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ConfigError::Unreadable { file, problem: error.to_string() }),
        }
    }

    /// `command` with what the file says as the default of its options, but where the environment says something else.
    #[must_use]
    pub fn defaults(&self, command: clap::Command) -> clap::Command {
        let variable = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        self.defaults_but(command, &variable)
    }

    fn defaults_but(&self, command: clap::Command, set: &dyn Fn(&str) -> bool) -> clap::Command {
        let with_default = |option: clap::Arg| {
            let key = KEYS.iter().find(|key| option.get_long() == Some(key.name));
            let key = key.filter(|key| !key.variables.iter().any(|name| set(name)));
            match key.and_then(|key| self.values.get(key.name)) {
                // One of a few that live as long as the process.
                Some(value) => option.default_value(&*value.clone().leak()),
                None => option,
            }
        };
        command.mut_args(with_default).mut_subcommands(|command| self.defaults_but(command, set))
    }

    /// What the file says of a key, for a command that does not take the option of the same name.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// What the file sets, with `given` over it.
    pub fn parameters_and(&self, given: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
        let mut parameters = self.parameters.clone();
        parameters.extend(given);
        parameters
    }
}

/// The file that the arguments name: needed before they can be read in full.
fn named(arguments: &[OsString]) -> Option<OsString> {
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().cloned();
        }
        if let Some(file) = argument.to_str().and_then(|argument| argument.strip_prefix("--config=")) {
            return Some(OsStr::new(file).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Global;
    use clap::{CommandFactory, FromArgMatches, Parser};
    use std::path::Path;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("drydock.toml"), text).map_err(|error| error.to_string())
    }

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        global: Global,
    }

    /// Region and stack name that result from a file, variables that are set, and arguments.
    fn resolved(set: &[&str], arguments: &[&str]) -> (String, Option<String>) {
        let config = parse("stack-name = \"of-file\"\nregion = \"of-file\"").unwrap();
        let command = config.defaults_but(Cli::command(), &|name| set.contains(&name));
        // What is set where the tests run is none of theirs.
        let command = command.mut_args(|option| option.env(clap::builder::Resettable::Reset));
        let words = std::iter::once("xtask").chain(arguments.iter().copied());
        let cli = Cli::from_arg_matches(&command.get_matches_from(words)).unwrap();
        (cli.global.stack_name.to_string(), cli.global.region)
    }

    #[test]
    fn an_option_comes_before_the_environment_and_that_before_the_file() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(resolved(&[], &[]), ("of-file".to_owned(), some("of-file")));
        assert_eq!(resolved(&[], &["--region", "of-flag"]).1, some("of-flag"));
        assert_eq!(resolved(&["AWS_REGION"], &["--region", "of-flag"]).1, some("of-flag"));
        // Then it is the SDK that reads the variable.
        assert_eq!(resolved(&["AWS_REGION"], &[]).1, None);
        assert_eq!(resolved(&["AWS_DEFAULT_REGION"], &[]).1, None);
        assert_eq!(resolved(&["DRYDOCK_STACK_NAME"], &[]).0, "drydock");
        assert_eq!(resolved(&[], &["--stack-name", "of-flag"]).0, "of-flag");
    }

    #[test]
    fn parameters_are_set_one_by_one() {
        let config = parse("[parameters]\nAlarmEmail = \"a\"\nModelName = \"m\"").unwrap();
        let all = config.parameters_and([("ModelName".to_owned(), "n".to_owned())]);
        assert_eq!(all, BTreeMap::from([("AlarmEmail".into(), "a".into()), ("ModelName".into(), "n".into())]));
    }

    #[test]
    fn the_file_is_found() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(named(&words("xtask status --config a.toml")), Some("a.toml".into()));
        assert_eq!(named(&words("xtask --config=a.toml status")), Some("a.toml".into()));
        assert_eq!(named(&words("xtask local -- x --config a.toml")), None);
        let missing = Config::find(&Workspace::find(), &words("xtask --config /no/such/file")).unwrap_err();
        assert!(missing.to_string().starts_with("cannot read /no/such/file: "), "{missing}");
    }
}

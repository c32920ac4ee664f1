//! `drydock.toml`: what an installation is always called with, so that nobody has to type it.
//!
//! A value counts where neither an option nor the environment says something else. It becomes the default of the
//! option of the same name, so the help shows it, too.

use crate::build::Profile;
use crate::build::target::Target;
use crate::options::StackName;
use crate::suggest::hint;
use crate::workspace::Workspace;
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Its usual name, beside the workspace's `Cargo.toml`.
pub const FILE: &str = "drydock.toml";
/// Names another file.
const VARIABLE: &str = "DRYDOCK_CONFIG";
/// Template parameters and what they are set to.
const PARAMETERS: &str = "parameters";
/// Tags of the stack and all that is in it.
const TAGS: &str = "tags";

/// A key whose value is text and the default of the option of the same name.
pub struct Key {
    /// As in the file, and the option's name.
    pub name: &'static str,
    /// Variables of the environment that come before it.
    pub variables: &'static [&'static str],
    /// What it is for.
    pub about: &'static str,
    /// A value.
    pub example: &'static str,
    check: fn(&str) -> Result<(), String>,
}

/// Every key of that sort.
pub const KEYS: [Key; 7] = [
    Key {
        name: "stack-name",
        variables: &["DRYDOCK_STACK_NAME"],
        about: "Name of the stack",
        example: "drydock",
        check: |value| value.parse::<StackName>().map(drop).map_err(|error| error.to_string()),
    },
    Key {
        name: "region",
        variables: &["AWS_REGION", "AWS_DEFAULT_REGION"],
        about: "AWS region",
        example: "eu-central-1",
        check: anything,
    },
    Key {
        name: "profile",
        variables: &["AWS_PROFILE"],
        about: "Profile of the AWS configuration",
        example: "operations",
        check: anything,
    },
    Key {
        name: "role-arn",
        variables: &[],
        about: "Service role that CloudFormation takes on",
        example: "arn:aws:iam::123456789012:role/cloudformation",
        check: |value| {
            let role = value.starts_with("arn:") && value.contains(":role/");
            if role { Ok(()) } else { Err("not the ARN of a role".to_owned()) }
        },
    },
    Key {
        name: "target",
        variables: &[],
        about: "What the functions are built for",
        example: "aarch64-unknown-linux-musl",
        check: |value| value.parse::<Target>().map(drop),
    },
    Key {
        name: "cargo-profile",
        variables: &[],
        about: "Cargo profile of the functions",
        example: "release",
        check: |value| Profile::from_str(value, false).map(drop).map_err(|_| "dev or release".to_owned()),
    },
    Key {
        name: "cargo",
        variables: &["DRYDOCK_CARGO"],
        about: "Cargo that builds the functions",
        example: "/usr/bin/cargo",
        check: anything,
    },
];

fn anything(value: &str) -> Result<(), String> {
    if value.is_empty() { Err("it is empty".to_owned()) } else { Ok(()) }
}

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

/// The file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A line that is not understood.
    #[error("{}:{line}: {problem}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The file that was named.
    #[error("cannot read {}: {problem}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
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

    /// Reads the text of `file`.
    ///
    /// # Errors
    /// If it is no TOML, or has a key or value that is not known.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let reader = Reader { file, text };
        let table = DeTable::parse(text)
            .map_err(|error| reader.error(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        let mut config = Self { file: Some(file.to_path_buf()), ..Self::default() };
        for (name, value) in table.get_ref() {
            match name.get_ref().as_ref() {
                PARAMETERS => config.parameters = reader.pairs(PARAMETERS, value, &known_parameters())?,
                TAGS => config.tags = reader.pairs(TAGS, value, &[])?,
                word => {
                    let key = KEYS.iter().find(|key| key.name == word);
                    let key = key.ok_or_else(|| {
                        let known = KEYS.iter().map(|key| key.name).chain([PARAMETERS, TAGS]);
                        reader.error(name.span().start, format!("there is no key `{word}`{}", hint(word, known)))
                    })?;
                    let DeValue::String(text) = value.get_ref() else {
                        return Err(reader.error(value.span().start, format!("`{word}` must be text in quotes")));
                    };
                    (key.check)(text)
                        .map_err(|problem| reader.error(value.span().start, format!("`{word}`: {problem}")))?;
                    config.values.insert(key.name, text.to_string());
                }
            }
        }
        Ok(config)
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

fn known_parameters() -> Vec<String> {
    let template: serde_json::Value =
        serde_json::from_str(&infra::drydock::template().to_json()).expect("our own template is JSON");
    template["Parameters"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: usize, problem: String) -> ConfigError {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        ConfigError::Line { file: self.file.to_path_buf(), line, problem }
    }

    /// A table of names and values. If `known` is not empty only those names are right.
    fn pairs(
        &self,
        key: &str,
        table: &Spanned<DeValue<'_>>,
        known: &[String],
    ) -> Result<BTreeMap<String, String>, ConfigError> {
        let DeValue::Table(entries) = table.get_ref() else {
            return Err(
                self.error(table.span().start, format!("`{key}` must be a table: [{key}] in a line of its own"))
            );
        };
        let mut pairs = BTreeMap::new();
        for (name, value) in entries {
            let word = name.get_ref().as_ref();
            if !known.is_empty() && !known.iter().any(|name| name == word) {
                let problem =
                    format!("the template has no parameter `{word}`{}", hint(word, known.iter().map(String::as_str)));
                return Err(self.error(name.span().start, problem));
            }
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Boolean(value) => value.to_string(),
                _ => {
                    let problem = format!("`{word}` must be text in quotes, a whole number, true or false");
                    return Err(self.error(value.span().start, problem));
                }
            };
            pairs.insert(word.to_owned(), text);
        }
        Ok(pairs)
    }
}

/// The section of the manual about the file.
pub fn manual() -> String {
    let mut text = String::from("| Key | | Example | Comes after |\n|---|---|---|---|\n");
    for key in &KEYS {
        let before = std::iter::once(format!("`--{}`", key.name))
            .chain(key.variables.iter().map(|name| format!("`{name}`")))
            .collect::<Vec<_>>();
        text += &format!("| `{}` | {} | `\"{}\"` | {} |\n", key.name, key.about, key.example, before.join(", "));
    }
    text += "| `[parameters]` | Template parameters, one a line | `AlarmEmail = \"ops@example.com\"` | `--parameter`, each on its own |\n";
    text += "| `[tags]` | Tags of the stack and all that is in it, one a line | `team = \"platform\"` | `--tag`, each on its own |\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Global;
    use clap::{CommandFactory, FromArgMatches, Parser};

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("drydock.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_documented_example_is_understood() {
        let mut text: String = KEYS.iter().map(|key| format!("{} = \"{}\"\n", key.name, key.example)).collect();
        text += "[parameters]\nAlarmEmail = \"ops@example.com\"\nMaximumConcurrency = 5\nRequireBoundary = true\n";
        text += "[tags]\nteam = \"platform\"\n\"cost:center\" = 42\n";
        let config = parse(&text).unwrap();
        assert_eq!(config.values.len(), KEYS.len());
        assert_eq!(config.parameters["MaximumConcurrency"], "5");
        assert_eq!(config.parameters["RequireBoundary"], "true");
        assert_eq!(config.tags["cost:center"], "42");
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text).unwrap_err(), expected, "{text}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_was_meant() {
        check("\nstack_name = \"x\"", "drydock.toml:2: there is no key `stack_name`; did you mean `stack-name`?");
        check("xyz = 1", "drydock.toml:1: there is no key `xyz`");
        check("[parameter]\nA = 1", "drydock.toml:1: there is no key `parameter`; did you mean `parameters`?");
        check(
            "[parameters]\n\nAlarmMail = \"a\"",
            "drydock.toml:3: the template has no parameter `AlarmMail`; did you mean `AlarmEmail`?",
        );
        check("region = 1", "drydock.toml:1: `region` must be text in quotes");
        check("region = \"\"", "drydock.toml:1: `region`: it is empty");
        check("tags = 1", "drydock.toml:1: `tags` must be a table: [tags] in a line of its own");
        check("[tags]\na = [1]", "drydock.toml:2: `a` must be text in quotes, a whole number, true or false");
        check(
            "# a comment\ntarget = \"x86\"",
            "drydock.toml:2: `target`: one of aarch64-unknown-linux-musl, aarch64-unknown-linux-gnu, host",
        );
        check("\nregion", "drydock.toml:2: key with no value, expected `=`");
        let error = parse("stack-name = \"Drydock\"").unwrap_err();
        assert!(error.starts_with("drydock.toml:1: `stack-name`: a stack's name has lower-case letters"), "{error}");
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

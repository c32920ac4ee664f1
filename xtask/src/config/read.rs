//! Reading the file: every key and value is checked, and what is wrong is said with its line.

use super::keys::KEYS;
use super::{Config, PARAMETERS, TAGS};
use crate::suggest::hint;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}

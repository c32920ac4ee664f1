//! `samconfig.toml`, in which the SAM CLI keeps what `sam deploy` is called with
//! (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>).
//! Of the `default` environment, `parameter_overrides` and `tags` are read; all else is the SAM CLI's own.

use std::collections::BTreeMap;
use toml::{Table, Value};

type Pairs = BTreeMap<String, String>;

/// Parameters and tags; the command's own settings win over the global ones.
pub(super) fn parse(text: &str) -> Result<(Pairs, Pairs), String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let section = |command: &str| table.get("default")?.get(command)?.get("parameters");
    let setting = |name: &str| {
        ["deploy", "global"].iter().find_map(|command| section(command)?.get(name)).map_or_else(Pairs::new, pairs)
    };
    Ok((setting("parameter_overrides"), setting("tags")))
}

/// `"A=1 B='x y'"`, `["A=1", "B=x y"]` or a table.
fn pairs(value: &Value) -> Pairs {
    match value {
        Value::String(text) => words(text).iter().filter_map(|word| pair(word)).collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).flat_map(|text| pair(text.trim())).collect(),
        Value::Table(entries) => {
            entries.iter().filter_map(|(name, value)| Some((name.clone(), scalar(value)?))).collect()
        }
        _ => Pairs::new(),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// `A=1` or `ParameterKey=A,ParameterValue=1`.
fn pair(word: &str) -> Option<(String, String)> {
    if let Some((name, value)) = word.strip_prefix("ParameterKey=").and_then(|rest| rest.split_once(",ParameterValue="))
    {
        return Some((name.to_owned(), value.to_owned()));
    }
    let (name, value) = word.split_once('=')?;
    Some((name.to_owned(), value.to_owned()))
}

/// Splits as a shell does: at white space, not inside of quotes; a backslash takes the next character as it is.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', None | Some('"')) => word.extend(chars.next()),
            (char, Some(open)) if char == open => quote = None,
            ('"' | '\'', None) => quote = Some(char),
            (char, None) if char.is_whitespace() => words.push(std::mem::take(&mut word)),
            _ => word.push(char),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_read_in_every_form() {
        let check = |overrides: &str, expected: &[(&str, &str)]| {
            let text = format!("version = 0.1\n[default.deploy.parameters]\nparameter_overrides = {overrides}\n");
            let (found, tags) = parse(&text).unwrap();
            let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!((found.as_slice(), tags), (expected, Pairs::new()), "{overrides}");
        };
        check(r#""A=1 B=\"x y\"""#, &[("A", "1"), ("B", "x y")]);
        check(r#""ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue='x y'""#, &[("A", "1"), ("B", "x y")]);
        check(r#"["A=1", "B=x y", "C=a=b"]"#, &[("A", "1"), ("B", "x y"), ("C", "a=b")]);
        check(r#"{ A = "1", B = 2 }"#, &[("A", "1"), ("B", "2")]);
        check("7", &[]);
    }

    #[test]
    fn the_command_wins_over_global_and_other_environments_are_left() {
        let text = "[default.global.parameters]\nparameter_overrides = \"A=1\"\ntags = \"team=x\"\n\
                    [prod.deploy.parameters]\nparameter_overrides = \"A=3\"\n";
        assert_eq!(parse(text).unwrap().0["A"], "1");
        assert_eq!(parse(text).unwrap().1["team"], "x");
        let both = format!("{text}[default.deploy.parameters]\nparameter_overrides = \"A=2\"\n");
        assert_eq!(parse(&both).unwrap().0["A"], "2");
        assert!(parse("[default").is_err());
    }
}

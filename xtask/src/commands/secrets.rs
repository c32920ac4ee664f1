//! `secrets`: puts the model key and the Git token where the functions read them. A value is never an argument, where
//! the shell's history and other users' process lists would have it, and never shown.

use super::Context;
use crate::cloud::Aws;
use crate::cloud::apply::confirmed;
use crate::cloud::error::Explain;
use crate::outcome::Outcome;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use drydock_stack::StackInfo;
use std::fmt;
use std::io::{self, IsTerminal, Read};

/// What the functions take for "no secret". A secret that was never set has no value at all.
const NONE: &str = "none";
/// Longest value that is read, in bytes; tokens and keys are far shorter.
const MAX_BYTES: u64 = 4096;

/// Options of `secrets`.
#[derive(Args, Clone, Debug)]
pub struct Secrets {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Say which secrets have a value, and since when
    Status,
    /// Set a secret, from a prompt, from stdin (`… < file`) or from the environment
    #[command(override_usage = "cargo xtask secrets set [OPTIONS] <NAME> [< FILE]")]
    Set {
        /// Which
        name: Name,
        /// Read the value from this variable of the environment
        #[arg(long, value_name = "VARIABLE")]
        from_env: Option<String>,
        #[arg(hide = true)]
        value: Option<String>,
        /// For git-token: the one host that it is shown to [default: the first of AllowedGitHosts]
        #[arg(long, value_name = "HOST")]
        host: Option<String>,
    },
    /// Take a secret's value away, after asking
    Clear {
        /// Which
        name: Name,
    },
}

/// A secret of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// For private repositories, and for pushing repairs
    GitToken,
    /// The key of the model's API
    ModelKey,
}

impl Name {
    /// The output that names it.
    const fn output(self) -> &'static str {
        match self {
            Self::GitToken => "GitTokenSecretArn",
            Self::ModelKey => "ModelKeySecretArn",
        }
    }

    fn arn(self, stack: &StackInfo) -> Result<&str> {
        let arn = stack.outputs.get(self.output()).map(String::as_str);
        arn.with_context(|| format!("stack {} has no output {}; deploy it again", stack.name, self.output()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GitToken => "git-token",
            Self::ModelKey => "model-key",
        })
    }
}

/// Runs one of the actions.
///
/// # Errors
/// If there is no stack, no value, or AWS refuses.
pub async fn run(context: &Context, options: &Secrets) -> Result<Outcome> {
    if let Action::Set { value: Some(_), .. } = &options.action {
        context.printer.error(
            "a value is never an argument: the shell's history and every list of processes have it now, so make a new \
             one where it was made. Give that at the prompt, on stdin or with --from-env",
        );
        return Ok(Outcome::Misunderstood);
    }
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    match &options.action {
        Action::Status => status(context, &aws, &stack).await,
        Action::Set { name, from_env, host, .. } => {
            let value = stored(*name, &read(*name, from_env.as_deref())?, host.as_deref())?;
            put(context, &aws, &stack, *name, &value, "stored").await
        }
        Action::Clear { name } => {
            let question = format!("Take {name} away? What needs it fails from then on.");
            if !confirmed(&context.printer, context.options.yes, &question).await {
                context.printer.step("Nothing", "was changed");
                return Ok(Outcome::Declined);
            }
            put(context, &aws, &stack, *name, NONE, "cleared").await
        }
    }
}

async fn put(context: &Context, aws: &Aws, stack: &StackInfo, name: Name, value: &str, done: &str) -> Result<Outcome> {
    let client = aws_sdk_secretsmanager::Client::new(aws.config());
    let written = client.put_secret_value().secret_id(name.arn(stack)?).secret_string(value).send().await;
    written.map_err(|error| error.explain(&format!("cannot write {name}")))?;
    context.printer.step("Secret", format_args!("{name} {done}; functions that are running notice within a minute"));
    Ok(Outcome::Success)
}

async fn status(context: &Context, aws: &Aws, stack: &StackInfo) -> Result<Outcome> {
    let client = aws_sdk_secretsmanager::Client::new(aws.config());
    let mut found = serde_json::Map::new();
    for name in [Name::GitToken, Name::ModelKey] {
        // Only the value tells whether there is one: a secret that was cleared holds a word that says so.
        let read = client.get_secret_value().secret_id(name.arn(stack)?).send().await;
        let changed = match read {
            Ok(secret) if is_set(secret.secret_string()) => Some(secret.created_date().map(ToString::to_string)),
            Ok(_) => None,
            Err(error) if error.error_code() == Some("ResourceNotFoundException") => None,
            Err(error) => return Err(error.explain(&format!("cannot look at {name}"))),
        };
        let (has_value, changed) = (changed.is_some(), changed.flatten());
        if !context.printer.is_json() {
            let since = match (&changed, has_value) {
                (Some(time), true) => format!("set, changed {time}"),
                (None, true) => "set".to_owned(),
                (_, false) => "not set".to_owned(),
            };
            context.printer.data(format_args!("{:<10} {since}", name.to_string()));
        }
        found.insert(name.to_string(), serde_json::json!({"set": has_value, "changed": changed}));
    }
    if context.printer.is_json() {
        context.printer.json(&found);
    }
    Ok(Outcome::Success)
}

/// True for a value that the functions use.
fn is_set(value: Option<&str>) -> bool {
    value.map(str::trim).is_some_and(|value| !value.is_empty() && value != NONE)
}

/// The value from where the operator has it.
fn read(name: Name, variable: Option<&str>) -> Result<String> {
    let text = if let Some(variable) = variable {
        std::env::var(variable).with_context(|| format!("the environment has no variable {variable}"))?
    } else if io::stdin().is_terminal() {
        rpassword::prompt_password(format!("Value of {name} (not shown): ")).context("cannot read from the terminal")?
    } else {
        let mut text = String::new();
        io::stdin().take(MAX_BYTES + 1).read_to_string(&mut text).context("cannot read stdin")?;
        text
    };
    checked(&text).map(str::to_owned)
}

/// A value without the white space that copying adds.
fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() {
        bail!("the value is empty; use `secrets clear` to take a secret away");
    }
    if text.len() as u64 > MAX_BYTES {
        bail!("the value is longer than {MAX_BYTES} bytes, which no key or token is");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        bail!("the value has white space or control characters inside, which no key or token has");
    }
    Ok(text)
}

/// The value in the form in which the functions read it.
fn stored(name: Name, value: &str, host: Option<&str>) -> Result<String> {
    match (name, host) {
        (_, None) => Ok(value.to_owned()),
        (Name::GitToken, Some(host)) => Ok(serde_json::json!({"host": host, "token": value}).to_string()),
        (Name::ModelKey, Some(_)) => bail!("--host goes with git-token only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copying_adds_is_taken_off_and_the_rest_is_refused() {
        assert_eq!(checked(" ghp_abc\n").unwrap(), "ghp_abc");
        for (bad, expected) in [("", "empty"), (" \n", "empty"), ("a b", "white space"), (&"x".repeat(5000), "longer")]
        {
            let error = checked(bad).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(bad.trim().is_empty() || !error.contains(bad), "the value is not shown");
        }
    }

    #[test]
    fn a_secret_that_was_cleared_is_not_set() {
        assert!(is_set(Some("ghp_abc")));
        for value in [None, Some(""), Some(" \n"), Some(NONE)] {
            assert!(!is_set(value), "{value:?}");
        }
    }

    #[test]
    fn a_token_travels_with_its_host() {
        assert_eq!(stored(Name::GitToken, "t", None).unwrap(), "t");
        assert_eq!(stored(Name::GitToken, "t", Some("github.com")).unwrap(), r#"{"host":"github.com","token":"t"}"#);
        assert!(stored(Name::ModelKey, "t", Some("github.com")).is_err());
    }
}

//! Serverless Framework services.

use super::{Text, yaml};
use crate::candidate::Candidate;
use crate::source_text::{Dialect, code_only};
use drydock_contract::detection::IacType;
use serde_yaml::Value;

/// In the framework's own order (<https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml>).
const NAMES: [&str; 7] = [
    "serverless.yml",
    "serverless.yaml",
    "serverless.json",
    "serverless.js",
    "serverless.ts",
    "serverless.cjs",
    "serverless.mjs",
];

pub(crate) fn read(file: &Text<'_>) -> Option<Candidate> {
    let rank = NAMES.iter().position(|name| *name == file.name())?;
    let reason = if rank < 3 { data(file.text)? } else { program(file.text)? };
    let mut candidate = Candidate::new(IacType::Serverless, file.folder(), file.path, file.standing, reason);
    candidate.rank = u32::try_from(rank).unwrap_or_default();
    Some(candidate)
}

fn data(text: &str) -> Option<String> {
    match yaml::parse(text) {
        Ok(value) => {
            let service = value.get("service")?;
            let service = service.get("name").unwrap_or(service).as_str().unwrap_or("of a computed name");
            let provider = provider(&value)?;
            Some(format!(
                "defines the service {} for the provider {provider}",
                service.chars().take(60).collect::<String>()
            ))
        }
        Err(error) => {
            let has = |key: &str| text.lines().any(|line| line.starts_with(key));
            let line = error.lines().next().unwrap_or_default();
            (has("service:") && has("provider:")).then(|| format!("defines a service, but cannot be read: {line}"))
        }
    }
}

/// `aws`, or a variable that may turn out to be it.
fn provider(value: &Value) -> Option<&str> {
    let provider = value.get("provider")?;
    let name = provider.get("name").unwrap_or(provider).as_str().unwrap_or("aws");
    (name == "aws" || name.contains("${")).then_some(name)
}

fn program(text: &str) -> Option<String> {
    let code = code_only(text, Dialect::JavaScript);
    let has = |key: &str| code.split(|character: char| !character.is_alphanumeric()).any(|word| word == key);
    (has("service") && has("provider")).then(|| "exports a service with a provider".to_owned())
}

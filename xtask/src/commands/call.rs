//! `call`: a signed request to the API.

use super::Context;
use crate::cloud::Aws;
use crate::cloud::sign::{Request, Signer};
use crate::engine::address::Address;
use crate::options::KeyValue;
use crate::outcome::Outcome;
use crate::printer::Tone;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::io::Read;

/// Options of `call`.
#[derive(Args, Clone, Debug)]
pub struct Call {
    /// GET, POST and so on
    method: String,
    /// Such as /deployments?limit=5
    path: String,
    /// JSON, @FILE, or - for stdin
    body: Option<String>,
    /// Send a header with it, such as Idempotency-Key=1
    #[arg(long = "header", value_name = "NAME=VALUE")]
    headers: Vec<KeyValue>,
}

/// Sends the request and prints the answer's body. An answer of 400 and more is a failure.
///
/// # Errors
/// If there is no stack, or no answer.
pub async fn run(context: &Context, options: &Call) -> Result<Outcome> {
    let aws = Aws::connect(&context.options).await?;
    let stack = context.standing_stack(&aws).await?;
    let path = if options.path.starts_with('/') { options.path.clone() } else { format!("/{}", options.path) };
    let address = api_address(&aws, &stack.outputs)?.join(&path);
    let method = options.method.to_uppercase();
    let body = options.body.as_deref().map(read_body).transpose()?.unwrap_or_default();
    let headers: Vec<(&str, &str)> =
        options.headers.iter().map(|pair| (pair.key.as_str(), pair.value.as_str())).collect();
    let request = Request { method: &method, address: &address, headers: &headers, body: &body };
    let answer = Signer::new(&aws).await?.send(request).await?;
    let printer = &context.printer;
    let tone = if answer.is_success() { Tone::Good } else { Tone::Bad };
    printer.progress(format_args!("{} {method} {path}", printer.err(tone, format_args!("HTTP {}", answer.status))));
    match serde_json::from_str::<serde_json::Value>(&answer.body) {
        Ok(value) => printer.json(&value),
        Err(_) => printer.data(&answer.body),
    }
    Ok(if answer.is_success() { Outcome::Success } else { Outcome::Failed })
}

/// Where the API of a stack answers.
///
/// # Errors
/// If the stack's outputs do not name it.
pub fn api_address(aws: &Aws, outputs: &BTreeMap<String, String>) -> Result<Address> {
    let output = |name: &str| outputs.get(name).filter(|value| !value.is_empty());
    match (aws.endpoint(), output("ApiId"), output("ApiUrl")) {
        (Some(endpoint), Some(id), _) => Ok(Address::of_api(id, endpoint)),
        (None, _, Some(url)) => Ok(Address::of(url, None)),
        _ => bail!("the stack's outputs name no API; deploy it again"),
    }
}

fn read_body(argument: &str) -> Result<String> {
    if argument == "-" {
        let mut body = String::new();
        std::io::stdin().read_to_string(&mut body).context("cannot read the body from stdin")?;
        return Ok(body);
    }
    match argument.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("cannot read {file}")),
        None => Ok(argument.to_owned()),
    }
}

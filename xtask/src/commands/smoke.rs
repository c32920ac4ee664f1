//! `smoke`: every handler as it was built, started under a Lambda runtime of our own, must answer an event.
//!
//! It reaches no AWS: the event needs none. So this shows that the program runs on the target, finds its
//! configuration, asks for work and answers.

use super::Context;
use crate::build::target::Target;
use crate::build::{self, BuildOptions, Built};
use crate::outcome::Outcome;
use crate::printer::table;
use crate::runtime_api::{self, Seen};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use drydock_contract::env::{
    ApiHandlerEnv, CloneDetectEnv, DeployEnv, FixerEnv, MissingVariables, MonitorEnv, SanityTesterEnv,
    StatusAnalyzerEnv,
};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// Emulated and unoptimised, on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Options of `smoke`.
#[derive(Args, Clone, Debug)]
pub struct Smoke {
    #[command(flatten)]
    build: BuildOptions,
    /// Run programs with this [default: qemu-aarch64-static for arm64 elsewhere]
    #[arg(long, value_name = "COMMAND")]
    runner: Option<String>,
}

/// What a handler took.
struct Timing {
    function: &'static str,
    first_next: Duration,
    response: Duration,
}

/// Builds the handlers and starts each.
///
/// # Errors
/// If one does not build, does not start or gives another answer than expected.
pub async fn run(context: &Context, options: &Smoke) -> Result<Outcome> {
    let printer = &context.printer;
    let built = build::build(printer, &context.workspace, &options.build).await?;
    let runner = options.runner.clone().map_or_else(
        || default_runner(options.build.target),
        |runner| runner.split_whitespace().map(ToOwned::to_owned).collect(),
    );
    let mut timings = Vec::new();
    for built in &built {
        let timing =
            start(built, &runner).await.with_context(|| format!("{} does not work", built.function.package))?;
        printer.step("Answered", built.function.package);
        timings.push(timing);
    }
    let milliseconds = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0);
    if printer.is_json() {
        let list: Vec<Value> = timings
            .iter()
            .map(|timing| {
                json!({
                    "function": timing.function,
                    "firstNextMs": timing.first_next.as_secs_f64() * 1000.0,
                    "responseMs": timing.response.as_secs_f64() * 1000.0,
                })
            })
            .collect();
        printer.json(&list);
    } else {
        let rows: Vec<Vec<String>> = timings
            .iter()
            .map(|timing| {
                vec![timing.function.to_owned(), milliseconds(timing.first_next), milliseconds(timing.response)]
            })
            .collect();
        printer.data(table(&["function", "spawn to first next", "spawn to response"], &rows, &[1, 2]));
    }
    Ok(Outcome::Success)
}

/// What runs arm64 programs on another machine. Dynamic ones find their libraries where Debian's cross packages are,
/// unless the machine has arm64 libraries of its own: a loader of the one and a C library of the other do not fit.
fn default_runner(target: Target) -> Vec<String> {
    if target == Target::Host || cfg!(target_arch = "aarch64") {
        return Vec::new();
    }
    let mut runner: Vec<String> = ["qemu-aarch64-static", "-cpu", "neoverse-n1"].map(Into::into).to_vec();
    let (own_loader, libraries) = ("/lib/ld-linux-aarch64.so.1", "/usr/aarch64-linux-gnu");
    if target == Target::Arm64Gnu && !Path::new(own_loader).exists() && Path::new(libraries).is_dir() {
        runner.extend(["-L".to_owned(), libraries.to_owned()]);
    }
    runner
}

async fn start(built: &Built, runner: &[String]) -> Result<Timing> {
    let function = built.function.package;
    let (event, expected) = event(function)?;
    let (address, mut seen) = runtime_api::serve(event.to_string()).await?;
    let mut words = runner.iter().map(String::as_str).chain(built.program.to_str());
    let mut command = Command::new(words.next().context("the program's path is not text")?);
    let begin = Instant::now();
    let mut child = command
        .args(words)
        .env_clear()
        .envs(environment(function)?)
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {}", command.as_std().get_program().to_string_lossy()))?;
    let conversation = async {
        let mut first_next = None;
        while let Some(seen) = seen.recv().await {
            match seen {
                Seen::Next(at) => first_next = first_next.or(Some(at - begin)),
                Seen::Error(report) => bail!("it reports an error: {report}"),
                Seen::Response(at, body) => {
                    let answer: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
                    if !expected(&answer) {
                        bail!("an unexpected answer: {answer}");
                    }
                    let first_next = first_next.context("it answered before it asked")?;
                    return Ok(Timing { function, first_next, response: at - begin });
                }
            }
        }
        bail!("nothing more comes")
    };
    let result = tokio::select! {
        result = conversation => result,
        status = child.wait() => Err(anyhow::anyhow!("it ended ({})", status.context("cannot wait for it")?)),
        () = tokio::time::sleep(TIMEOUT) => Err(anyhow::anyhow!("no answer within {TIMEOUT:?}")),
    };
    if result.is_ok() {
        return result;
    }
    let _ = child.start_kill();
    let output = child.wait_with_output().await.context("cannot read what it wrote")?;
    let said = [output.stdout, output.stderr].concat();
    result.with_context(|| format!("it wrote:\n{}", String::from_utf8_lossy(&said).trim()))
}

/// Says whether an answer is the right one.
type Expectation = fn(&Value) -> bool;

/// An event that needs no AWS, and what the answer must be.
fn event(function: &str) -> Result<(Value, Expectation)> {
    Ok(match function {
        "api-handler" => (http_event("/no/such/route"), |answer| answer["statusCode"] == 404),
        "status-analyzer" => {
            (http_event("/analyze/no-session-id"), |answer| matches!(answer["statusCode"].as_u64(), Some(400 | 404)))
        }
        _ => (json!({"Records": []}), |answer| answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty)),
    })
}

/// What API Gateway sends for a signed `GET`.
fn http_event(path: &str) -> Value {
    let route = if path.starts_with("/analyze/") { "GET /analyze/{sessionId}" } else { "$default" };
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "0a1b2c3d.execute-api.us-east-1.amazonaws.com"},
        "pathParameters": {"sessionId": path.rsplit('/').next()},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "0a1b2c3d",
            "domainName": "0a1b2c3d.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "0a1b2c3d",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "smoke"},
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64
        },
        "isBase64Encoded": false
    })
}

/// Everything that the handler asks its environment for, and what Lambda itself sets.
fn environment(function: &str) -> Result<Vec<(String, String)>> {
    let needed = match function {
        "api-handler" => missing(ApiHandlerEnv::read(|_| None)),
        "deployer-clone-detect" => missing(CloneDetectEnv::read(|_| None)),
        "deployer-deploy" => missing(DeployEnv::read(|_| None)),
        "deployer-monitor" => missing(MonitorEnv::read(|_| None)),
        "fixer-lambda" => missing(FixerEnv::read(|_| None)),
        "sanity-tester-lambda" => missing(SanityTesterEnv::read(|_| None)),
        "status-analyzer" => missing(StatusAnalyzerEnv::read(|_| None)),
        other => bail!("no environment is known for {other}"),
    };
    let own = needed.into_iter().map(|name| (name.to_owned(), value(name).to_owned()));
    let lambda = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "smoke"),
        ("AWS_SECRET_ACCESS_KEY", "smoke"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/smoke"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "smoke"),
        ("_HANDLER", "bootstrap"),
    ];
    Ok(own.chain(lambda.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect())
}

fn missing<T>(read: Result<T, MissingVariables>) -> Vec<&'static str> {
    read.err().map(|missing| missing.0).unwrap_or_default()
}

/// A value of the right shape.
fn value(variable: &str) -> &'static str {
    match variable {
        name if name.ends_with("_URL") => "https://sqs.us-east-1.amazonaws.com/000000000000/smoke",
        name if name.ends_with("_ARN") => "arn:aws:service:us-east-1:000000000000:smoke",
        "ALLOWED_GIT_HOSTS" => "github.com",
        "AWS_ACCOUNT_ID" => "000000000000",
        _ => "smoke",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra::drydock::FUNCTIONS;

    #[test]
    fn every_function_has_an_event_and_an_environment() {
        for function in FUNCTIONS {
            assert!(event(function.package).is_ok());
            let names: Vec<String> = environment(function.package).unwrap().into_iter().map(|(name, _)| name).collect();
            assert!(names.contains(&"DEPLOYMENTS_TABLE".to_owned()), "{}", function.package);
        }
    }
}

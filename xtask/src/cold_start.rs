//! A cold start as Lambda does it: a handler's program, with the environment that it asks for, against a Runtime API of
//! our own that has one event for it. The event needs no AWS, so nothing is reached.

use crate::build::Built;
use crate::runtime_api::{self, Seen};
use anyhow::{Context as _, Result, bail};
use drydock_contract::env::{
    ApiHandlerEnv, CloneDetectEnv, DeployEnv, FixerEnv, MissingVariables, MonitorEnv, SanityTesterEnv,
    StatusAnalyzerEnv,
};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// Emulated and unoptimised, on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What a cold start took.
#[derive(Clone, Copy, Debug)]
pub struct ColdStart {
    /// From spawning the program to its first request for an event.
    pub first_next: Duration,
    /// From spawning the program to its answer.
    pub response: Duration,
    /// Most bytes of memory that it had resident until then; `None` where the system does not say.
    pub peak_bytes: Option<u64>,
}

/// Starts a handler, with `runner` before it, and waits for its answer.
///
/// # Errors
/// If it does not start, ends, or answers something else than expected; with what it wrote.
pub async fn start(built: &Built, runner: &[String]) -> Result<ColdStart> {
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
    let process = child.id();
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
                    return Ok(ColdStart { first_next, response: at - begin, peak_bytes: peak_bytes(process) });
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
    let _ = child.start_kill();
    if result.is_ok() {
        let _ = child.wait().await;
        return result;
    }
    let output = child.wait_with_output().await.context("cannot read what it wrote")?;
    let said = [output.stdout, output.stderr].concat();
    result.with_context(|| format!("it wrote:\n{}", String::from_utf8_lossy(&said).trim()))
}

/// Linux keeps the peak: <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn peak_bytes(process: Option<u32>) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
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
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "drydock"},
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
        ("AWS_ACCESS_KEY_ID", "drydock"),
        ("AWS_SECRET_ACCESS_KEY", "drydock"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/drydock"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "drydock"),
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
        name if name.ends_with("_URL") => "https://sqs.us-east-1.amazonaws.com/000000000000/drydock",
        name if name.ends_with("_ARN") => "arn:aws:service:us-east-1:000000000000:drydock",
        "ALLOWED_GIT_HOSTS" => "github.com",
        "AWS_ACCOUNT_ID" => "000000000000",
        _ => "drydock",
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

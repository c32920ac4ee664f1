//! `demo`: an example repository goes the whole way on this machine, and one sees it go.

use super::Context;
use crate::cloud::sign::{Answer, Request, Signer};
use crate::engine::address::Address;
use crate::interrupt;
use crate::local::{Local, LocalOptions};
use crate::outcome::Outcome;
use crate::printer::{Printer, Tone, elapsed};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use drydock_contract::Status;
use drydock_contract::api::{Accepted, StatusBody};
use drydock_git_server::{GitServer, Repositories, ServerOptions};
use serde_json::json;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// The pause between two looks at the session.
const LOOK: Duration = Duration::from_millis(400);
/// Longer than any example takes.
const PATIENCE: Duration = Duration::from_secs(600);

/// Options of `demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    #[command(flatten)]
    local: LocalOptions,
    /// A folder of examples/
    #[arg(long, default_value = "sam-python-api", value_name = "NAME")]
    example: String,
    /// Go through the whole workflow: deploy, then test what was deployed, and repair it if a model key is there
    #[arg(long)]
    sdlc: bool,
}

impl Demo {
    const fn route(&self) -> &'static str {
        if self.sdlc { "/sdlc-deploy" } else { "/deploy" }
    }
}

/// The example's way through Drydock.
struct Story {
    repository: String,
    session: StatusBody,
    took: Duration,
    url: Option<String>,
    /// Where the engine answers for that URL.
    reached: Option<String>,
    answer: Option<Answer>,
}

/// Shows Drydock to somebody who has never seen it.
///
/// # Errors
/// If Drydock does not come up here, git is missing, or the example cannot be sent.
pub async fn run(context: &Context, options: Demo) -> Result<Outcome> {
    let folder = context.workspace.root().join("examples").join(&options.example);
    if !folder.is_dir() {
        bail!("there is no example {}; there are: {}", options.example, examples(context).join(", "));
    }
    let root = context.workspace.local().join("demo-repositories");
    let repositories = Repositories::new(&root)?;
    let name = format!("examples/{}", options.example);
    repositories.publish(&folder, &name, "main")?;
    let server = GitServer::start(ServerOptions { root, token: None })?;
    context.printer.step("Serving", format_args!("examples/{} from a Git server on {}", options.example, server.url()));

    let running = tokio::select! {
        running = Local::up(context, &options.local) => running?,
        () = interrupt::requested() => return Ok(Outcome::Interrupted),
    };
    let repository = server.repository(&name);
    let story = tokio::select! {
        story = play(context, &running, options.route(), &repository) => Some(story),
        () = interrupt::requested() => None,
    };
    let log = running.engine.log();
    running.engine.stop().await;
    let Some(story) = story else { return Ok(Outcome::Interrupted) };
    let story = story.with_context(|| format!("the demo broke off (the engine's log: {})", log.display()))?;
    Ok(tell(context, &story))
}

fn examples(context: &Context) -> Vec<String> {
    let entries = std::fs::read_dir(context.workspace.root().join("examples")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Sends the repository, watches its session and calls what came of it.
async fn play(context: &Context, running: &Local, route: &str, repository: &str) -> Result<Story> {
    let printer = &context.printer;
    let signer = Signer::new(&running.aws).await?;
    let (start, begin) = (Instant::now(), jiff::Timestamp::now());
    let body = json!({"repository": repository, "branch": "main"}).to_string();
    printer.progress("");
    printer.step(&format!("POST {route}"), &body);
    let address = running.api.join(route);
    let answer = signer.send(Request { method: "POST", address: &address, headers: &[], body: &body }).await?;
    if answer.status != 202 {
        bail!("the API answers HTTP {}: {}", answer.status, answer.body);
    }
    let accepted: Accepted = serde_json::from_str(&answer.body).context("the API's answer is not understood")?;
    printer.step("202", format_args!("session {}\n", accepted.session_id));
    let session = watch(printer, running, &signer, accepted.session_id.as_str(), begin).await?;
    let took = start.elapsed();
    let url = session.deployed_resources.as_ref().and_then(|resources| resources.urls.first().cloned());
    let address = url.as_deref().map(|url| Address::of(url, running.aws.endpoint()));
    let answer = match &address {
        Some(address) if session.status == Status::Success => {
            Some(signer.send(Request { method: "GET", address, headers: &[], body: "" }).await?)
        }
        _ => None,
    };
    let reached = address.and_then(|address| Some(format!("{} with Host: {}", address.url, address.host?)));
    Ok(Story { repository: repository.to_owned(), session, took, url, reached, answer })
}

/// Tells every line of the session's log once, until it ends.
async fn watch(
    printer: &Printer,
    running: &Local,
    signer: &Signer,
    session: &str,
    begin: jiff::Timestamp,
) -> Result<StatusBody> {
    let address = running.api.join(&format!("/status/{session}"));
    // By their text, not by their number: a line may turn up late and stands where its time puts it.
    let start = Instant::now();
    let (mut told, mut status) = (HashSet::new(), None);
    loop {
        let answer = signer.send(Request { method: "GET", address: &address, headers: &[], body: "" }).await?;
        if !answer.is_success() {
            bail!("the API answers HTTP {}: {}", answer.status, answer.body);
        }
        let now: StatusBody = serde_json::from_str(&answer.body).context("the API's answer is not understood")?;
        let ended = now.status.is_terminal();
        if !ended && status.replace(now.status) != Some(now.status) {
            printer.progress(status_line(printer, &now, begin));
        }
        for line in &now.logs {
            if told.insert(line.clone()) {
                printer.progress(log_line(printer, line, begin));
            }
        }
        if ended {
            printer.progress(status_line(printer, &now, begin));
            return Ok(now);
        }
        if start.elapsed() > PATIENCE {
            bail!("session {session} is still {} after {}", now.status, elapsed(PATIENCE));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// When and what: a new status.
fn status_line(printer: &Printer, now: &StatusBody, begin: jiff::Timestamp) -> String {
    format!("{} {}", after(printer, &now.last_updated, begin), printer.err(tone(now.status), now.status.as_str()))
}

/// `<RFC 3339> <stage> <text>` as seconds from the beginning, the stage in a column of its own, and the text.
fn log_line(printer: &Printer, line: &str, begin: jiff::Timestamp) -> String {
    let mut words = line.splitn(3, ' ');
    let (Some(at), Some(stage), Some(text)) = (words.next(), words.next(), words.next()) else {
        return line.to_owned();
    };
    format!("{} {} {text}", after(printer, at, begin), printer.err(Tone::Busy, format_args!("{stage:<13}")))
}

fn after(printer: &Printer, at: &str, begin: jiff::Timestamp) -> String {
    let after = at.parse::<jiff::Timestamp>().ok().and_then(|at| Duration::try_from(at.duration_since(begin)).ok());
    printer.err(Tone::Faint, format_args!("{:>11}", elapsed(after.unwrap_or_default())))
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Success => Tone::Good,
        Status::Failed | Status::Cancelled => Tone::Bad,
        _ => Tone::Strong,
    }
}

/// The summary, for somebody who has never seen Drydock.
fn tell(context: &Context, story: &Story) -> Outcome {
    let printer = &context.printer;
    let Story { repository, session, took, url, reached, answer } = story;
    let good = session.status == Status::Success && answer.as_ref().is_none_or(Answer::is_success);
    let outcome = if good { Outcome::Success } else { Outcome::Failed };
    if printer.is_json() {
        printer.json(&json!({
            "session": session,
            "seconds": took.as_secs_f64(),
            "url": url,
            "answer": answer.as_ref().map(|answer| json!({"status": answer.status, "body": answer.body})),
        }));
        return outcome;
    }
    let strong = |text: &str| printer.out(Tone::Strong, text);
    printer.data("");
    if session.status != Status::Success {
        printer.data(strong("The example did not deploy."));
        printer.data(format_args!("\n  {}", session.error.as_deref().unwrap_or(&session.message)));
        return outcome;
    }
    printer.data(format_args!("{} in {}.\n", strong("Deployed, from repository to running"), elapsed(*took)));
    if session.workflow.is_some() {
        printer.data(format_args!("{}\n", session.message));
    }
    let mut facts = vec![("Repository", format!("{repository} (branch {})", session.branch))];
    if let Some(resources) = &session.deployed_resources {
        facts.extend(resources.stack_name.clone().map(|name| ("Stack", name)));
        facts.extend(resources.function_name.clone().map(|name| ("Function", name)));
        if !resources.resources.is_empty() {
            facts.push(("Resources", resources.resources.len().to_string()));
        }
    }
    facts.extend(url.clone().map(|url| ("URL", url)));
    facts.extend(reached.clone().map(|reached| ("Here at", reached)));
    facts.extend(answer.as_ref().map(|answer| ("Answers", format!("HTTP {} {}", answer.status, answer.body.trim()))));
    for (name, value) in facts {
        printer.data(format_args!("  {name:<11} {value}"));
    }
    printer.data(
        "\nAll of it ran on this machine: an AWS emulator with the same template, the same functions and the same\n\
         signed API as in an AWS account. Nothing is left running.\n",
    );
    printer.data(strong("Next"));
    printer.data("  cargo xtask local    keep it running and send it repositories of your own");
    printer.data("  cargo xtask deploy   put it into your AWS account");
    printer.data("  cargo xtask --help   everything else");
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_show_time_and_stage_in_columns() {
        let printer = Printer::new(false, false, true);
        let begin = "2026-01-01T00:00:00Z".parse().unwrap();
        let check = |line, expected| assert_eq!(log_line(&printer, line, begin), expected);
        check("2026-01-01T00:00:01.250Z deploy Packaged 2 files", "       1.2s deploy        Packaged 2 files");
        check("2025-12-31T23:59:59.900Z clone-detect x", "       0.0s clone-detect  x");
        check("odd", "odd");
    }
}

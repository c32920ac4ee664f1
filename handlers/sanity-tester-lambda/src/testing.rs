//! One test from the request to the report.

use crate::account::Account;
use crate::inspecting::{Found, inspect};
use crate::journal::Journal;
use crate::planning::{bounds, plan, stored_plan};
use crate::stored::{ModelUse, StoredPlan, plan_id, plan_key, report_keys};
use crate::{failure, nothing, summary, time};
use drydock_contract::sanity::{NOTHING_TO_TEST, SanitySummary, Verdict};
use drydock_contract::{Session, Stage, Status};
use drydock_model::Client;
use drydock_runtime::WorkError;
use drydock_sanity::plan::{CheckedPlan, check};
use drydock_sanity::report::{self, Report, counts, verdict};
use drydock_sanity::run::{self, Limits};
use drydock_store::Change;
use jiff::Timestamp;
use std::time::Instant;

/// What a test is done with.
pub(crate) struct Means<'a> {
    pub(crate) account: &'a Account,
    pub(crate) secrets: &'a aws_sdk_secretsmanager::Client,
    pub(crate) journal: Journal<'a>,
    /// Who is asked for what evidence does not give; `None` without a key.
    pub(crate) model: Option<&'a Client>,
    /// When the invocation ends.
    pub(crate) deadline: Instant,
}

/// Tests what a session is about.
pub(crate) async fn test(session: &Session, means: &Means<'_>) -> Result<Change, WorkError> {
    let journal = means.journal;
    let keys = report_keys(&session.session_id, session.attempt);
    if let Some(report) = journal.find(&keys.json).await?
        && let Ok(report) = serde_json::from_slice::<Report>(&report)
    {
        journal.say("it was tested before").await?;
        let plan = stored_plan(journal, &report.plan_id).await?;
        return keep(session, &report, &plan.map(|plan| plan.model).unwrap_or_default(), journal).await;
    }
    // The plan of the round before stays known for as long as this one may have to be begun again.
    let plan_id = session.sanity.as_ref().and_then(|sanity| sanity.plan_id.clone());
    let mut so_far = SanitySummary { plan_id, ..SanitySummary::default() };
    journal.progress(Status::Inspecting, "inspecting what is deployed", &so_far).await?;
    let mut found = inspect(session, means).await?;
    let evidence = &found.evidence;
    so_far.endpoints = u32::try_from(evidence.endpoints.len()).unwrap_or(u32::MAX);
    let (apis, endpoints) = (evidence.targets.len(), evidence.endpoints.len());
    let message = format!("found {} of {}; writing the plan", count(endpoints, "endpoint"), count(apis, "API"));
    journal.progress(Status::Generating, &message, &so_far).await?;
    let (id, stored) = plan(session, &found, means).await?;
    // What only the model names is reported with the rest.
    for endpoint in &stored.endpoints {
        if !found.evidence.endpoints.iter().any(|known| known.shape() == endpoint.shape()) {
            found.evidence.endpoints.push(endpoint.clone());
        }
    }
    let checked = check(stored.plan.clone(), &found.sender.guard, bounds(session))
        .map_err(|error| failure::failed("plan-refused", &error.to_string(), "Ask for a test without planId."))?;
    journal.keep(&plan_key(&id), json(&stored), "application/json").await?;
    so_far.plan_id = Some(id.clone());
    let message = format!("testing with {}", count(checked.plan().steps.len(), "request"));
    journal.progress(Status::Testing, &message, &so_far).await?;
    let report = run(session, id, &stored, &checked, &found, means).await;
    keep(session, &report, &stored.model, journal).await
}

async fn run(
    session: &Session,
    plan_id: String,
    stored: &StoredPlan,
    checked: &CheckedPlan,
    found: &Found,
    means: &Means<'_>,
) -> Report {
    let begun = Instant::now();
    let limits = Limits { wall_time: time::of_run(means.deadline, begun), ..Limits::default() };
    let results = run::run(checked, &found.sender, limits).await;
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut notes = stored.notes.clone();
    notes.extend(found.evidence.notes.iter().filter(|note| !stored.notes.contains(note)).cloned());
    let plan = checked.plan();
    let steps = summary::steps(plan, results, found, means, &mut notes).await;
    if let Some(note) = report::refusals(plan, &steps) {
        notes.insert(0, note);
    }
    let left = report::left_behind(plan, &steps, &notes);
    notes.extend(left);
    let mut report = Report {
        version: report::VERSION,
        session_id: session.session_id.clone(),
        plan_id,
        repository: session.repository.clone(),
        branch: session.branch.clone(),
        created_at: Timestamp::now().to_string(),
        duration_ms,
        verdict: verdict(&steps),
        counts: counts(&steps),
        endpoints: summary::endpoints(&found.evidence, plan, &steps),
        no_endpoint: found.is_silent && found.evidence.endpoints.is_empty(),
        notes,
        steps,
    };
    summary::without_secrets(&mut report, &found.secret.secrets());
    report
}

/// Keeps a report, the JSON last: it is what says that the test is over.
async fn keep(session: &Session, report: &Report, model: &ModelUse, journal: Journal<'_>) -> Result<Change, WorkError> {
    let keys = report_keys(&session.session_id, session.attempt);
    let junit = report.to_junit().unwrap_or_else(|error| {
        tracing::error!(error, "the report cannot be written as JUnit XML");
        String::new()
    });
    journal.keep(&keys.html, report.to_html().into_bytes(), "text/html; charset=utf-8").await?;
    journal.keep(&keys.junit, junit.into_bytes(), "application/xml").await?;
    journal.keep(&keys.json, json(report), "application/json").await?;
    let own = plan_id(&session.session_id, session.attempt);
    let sanity = summary::summary(report, &model.clone().in_round(report.plan_id == own), keys);
    let counts = sanity.counts;
    let ended = Change { stage: Some(Stage::Done), sanity: Some(sanity.clone()), ..Change::default() };
    let failure = match report.verdict {
        Verdict::Passed => {
            let flaky = if counts.flaky == 0 { String::new() } else { format!(", {} of them flaky", counts.flaky) };
            let message = format!("{} tests passed{flaky}", counts.passed + counts.flaky);
            return Ok(Change { status: Some(Status::Success), message: Some(message), ..ended });
        }
        Verdict::Failed => failure::failed(
            "tests-failed",
            &summary::failure_text(&sanity),
            "Read the report, which /status links: it has the requests as curl lines and the function's log.",
        ),
        Verdict::NothingToTest => failure::failed(NOTHING_TO_TEST, &nothing::why(report), nothing::remedy(report)),
    };
    let message = Some(failure.message.clone());
    Ok(Change { status: Some(Status::Failed), message, error: Some(failure), ..ended })
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("structs of strings and numbers serialize")
}

//! One test from the request to the report.

use crate::account::{Account, Inspected, Named};
use crate::journal::Journal;
use crate::place;
use crate::shown::{SECRET_FIELD, Shown, TestSecret};
use crate::stored::{ModelUse, StoredPlan, plan_id, plan_key, report_keys};
use crate::{failure, source, summary};
use drydock_contract::sanity::{NOTHING_TO_TEST, SanitySummary, Verdict};
use drydock_contract::{Session, Stage, Status};
use drydock_model::Client;
use drydock_runtime::WorkError;
use drydock_sanity::author::{Budget, Task, author};
use drydock_sanity::derive::{Derived, Options, derive};
use drydock_sanity::evidence::{Evidence, Inputs, Served, Targets, WELL_KNOWN, gather, targets};
use drydock_sanity::plan::{Auth, Bounds, CheckedPlan, check};
use drydock_sanity::report::{self, Report, counts, verdict};
use drydock_sanity::run::{self, Limits, Sender};
use drydock_secret::Secret;
use drydock_source::Remote;
use drydock_store::Change;
use drydock_tree::Tree;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long an API may take to give a document. A function may have to start first.
const DOCUMENT_TIME: Duration = Duration::from_secs(8);

/// Most APIs that are asked for a document.
const ASKED_FOR_DOCUMENTS: usize = 5;

/// Longest run; what is left of an invocation behind it is for the logs and the reports.
const RUN_TIME: Duration = Duration::from_secs(300);

/// Longest time for the model's part of the plan.
const MODEL_TIME: Duration = Duration::from_secs(150);

/// Answers of the model in one test.
const MODEL_TURNS: u32 = 5;

/// USD that the model's part of one plan may cost.
const MODEL_USD: f64 = 0.5;

/// What a test is done with.
pub(crate) struct Means<'a> {
    pub(crate) account: &'a Account,
    pub(crate) secrets: &'a aws_sdk_secretsmanager::Client,
    pub(crate) remote: &'a Remote,
    pub(crate) journal: Journal<'a>,
    /// Who is asked for what evidence does not give; `None` without a key.
    pub(crate) model: Option<&'a Client>,
    /// What is left of the invocation.
    pub(crate) time: Duration,
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
    let mut so_far = SanitySummary::default();
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

/// What was found, and what requests are sent with.
struct Found {
    tree: Tree,
    evidence: Evidence,
    sender: Sender,
    kinds: Vec<Auth>,
    secret: TestSecret,
    /// Names of functions in the account by their names in the template.
    functions: BTreeMap<String, String>,
}

async fn inspect(session: &Session, means: &Means<'_>) -> Result<Found, WorkError> {
    let tree = source::read(session, means.remote, means.journal).await?;
    let named = Named::of(session);
    let Inspected { resources, deployed, notes } =
        means.account.inspect(&named, session.deployed_resources.as_ref()).await;
    let inputs = Inputs {
        tree: &tree,
        root: session.project_root.as_deref().unwrap_or_default(),
        entry_file: session.detection.as_ref().map(|detection| detection.entry_file.as_str()),
        stack_details: session.request.stack_details.as_ref(),
        resources: resources.as_ref(),
        deployed: &deployed,
    };
    let mut targets = targets(&inputs);
    targets.notes.extend(notes);
    let endpoint = means.account.signed.endpoint();
    let guard = place::guard(&mut targets, endpoint);
    let secret = test_secret(session, means, &mut targets.notes).await?;
    let own_hosts = place::own_hosts(&deployed);
    let shown = Shown { signed: means.account.signed.clone(), own_hosts, secret: secret.clone() };
    let kinds = shown.kinds();
    let sender = place::sender(guard, shown).map_err(|error| WorkError::Retry(error.to_string()))?;
    let served = documents(&targets, &sender).await;
    let evidence = gather(&inputs, &targets, &served);
    let of_function = |kind: &str| kind == "AWS::Lambda::Function";
    let functions = resources
        .iter()
        .flat_map(|resources| &resources.resources)
        .filter(|resource| of_function(&resource.resource_type))
        .map(|resource| (resource.logical_id.clone(), resource.physical_id.clone()))
        .collect();
    Ok(Found { tree, evidence, sender, kinds, secret, functions })
}

/// Asks each API for a document about itself.
async fn documents(targets: &Targets, sender: &Sender) -> Vec<Served> {
    let mut served = Vec::new();
    for target in targets.found.iter().take(ASKED_FOR_DOCUMENTS) {
        for path in WELL_KNOWN {
            // Whoever does not answer at all is not asked eleven times more.
            let Ok(answer) = sender.read_path(&target.base_url, path, DOCUMENT_TIME).await else { break };
            if answer.status == 200 && !answer.truncated {
                served.push(Served { target: target.name.clone(), path: path.to_owned(), body: answer.body });
            }
        }
    }
    served
}

/// What the operator has put aside for tests, if the request names it.
async fn test_secret(session: &Session, means: &Means<'_>, notes: &mut Vec<String>) -> Result<TestSecret, WorkError> {
    let details = session.request.stack_details.as_ref();
    let Some(name) = details.and_then(|details| details.get(SECRET_FIELD)?.as_str()) else {
        return Ok(TestSecret::default());
    };
    let text = match Secret::new(means.secrets.clone(), name).get().await {
        Ok(text) => text,
        Err(error) => {
            notes.push(format!("The secret {name} was not read: {error}. APIs that ask for it were not tested."));
            return Ok(TestSecret::default());
        }
    };
    let secret = text.as_deref().and_then(TestSecret::parse);
    if secret.is_none() {
        notes.push(format!("The secret {name} holds no JSON object with `apiKey` or `bearer`."));
    }
    Ok(secret.unwrap_or_default())
}

/// The plan that the request names, or that of the round before, or that of this round if its work is repeated; else
/// a new one.
async fn plan(session: &Session, found: &Found, means: &Means<'_>) -> Result<(String, StoredPlan), WorkError> {
    let journal = means.journal;
    let own = plan_id(&session.session_id, session.attempt);
    let before = session.sanity.as_ref().and_then(|sanity| sanity.plan_id.clone()).filter(|_| session.attempt > 1);
    if let Some(asked) = session.request.plan_id.clone() {
        let stored = stored_plan(journal, &asked).await?.ok_or_else(|| {
            let remedy = "Plans are kept for 90 days; ask for a test without planId.";
            failure::failed("plan-unknown", &format!("there is no plan {asked}"), remedy)
        })?;
        return Ok((asked, fitted(stored, found)?));
    }
    for id in before.into_iter().chain([own.clone()]) {
        if let Some(stored) = stored_plan(journal, &id).await?
            && let Ok(stored) = fitted(stored, found)
        {
            journal.say(&format!("running {id} again as it is")).await?;
            return Ok((id, stored));
        }
    }
    let options = Options { credentials: found.kinds.clone(), ..Options::default() };
    let Derived { plan, mut notes } = derive(&found.evidence, &options);
    let Some(client) = means.model else {
        notes.insert(0, "No model key is stored: the plan comes from the evidence alone.".to_owned());
        return Ok((own, StoredPlan { plan, notes, endpoints: Vec::new(), model: ModelUse::default() }));
    };
    let task = Task {
        evidence: &found.evidence,
        derived: &plan,
        tree: &found.tree,
        root: session.project_root.as_deref().unwrap_or_default(),
        guard: &found.sender.guard,
        bounds: bounds(session),
        credentials: &found.kinds,
    };
    let time = MODEL_TIME.min(means.time / 3);
    let budget = Budget { turns: MODEL_TURNS, usd: MODEL_USD, until: tokio::time::Instant::now() + time };
    let authored = author(client, &task, budget).await;
    notes.extend(authored.notes);
    let model = ModelUse {
        name: Some(client.settings().model.clone()),
        input_tokens: authored.usage.input_tokens
            + authored.usage.cache_creation_input_tokens
            + authored.usage.cache_read_input_tokens,
        output_tokens: authored.usage.output_tokens,
        cost_usd: (authored.cost_usd * 1e6).round() / 1e6,
    };
    let said = format!("{} of the plan's steps are the model's", authored.model_steps);
    journal.say(&said).await?;
    let plan = authored.plan.map_or(plan, |checked| checked.plan().clone());
    Ok((own, StoredPlan { plan, notes, endpoints: authored.endpoints, model }))
}

/// How much a session's plan may ask for.
fn bounds(session: &Session) -> Bounds {
    Bounds { allow_destructive: session.request.allow_destructive.unwrap_or_default(), ..Bounds::default() }
}

async fn stored_plan(journal: Journal<'_>, id: &str) -> Result<Option<StoredPlan>, WorkError> {
    Ok(journal.find(&plan_key(id)).await?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// A kept plan over the deployment as it stands now: an API that was made anew has another address, and its tests
/// are the same.
fn fitted(mut stored: StoredPlan, found: &Found) -> Result<StoredPlan, WorkError> {
    for (name, target) in &mut stored.plan.targets {
        if let Some(now) = found.evidence.targets.get(name) {
            target.base_url.clone_from(&now.base_url);
        }
        if let Err(refusal) = found.sender.guard.permit(&target.base_url) {
            let message = format!("the plan is for another deployment: {refusal}");
            return Err(failure::failed("plan-does-not-fit", &message, "Ask for a test without planId.").into());
        }
    }
    Ok(stored)
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
    let limits = Limits { wall_time: RUN_TIME.min(means.time), ..Limits::default() };
    let results = run::run(checked, &found.sender, limits).await;
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut notes = stored.notes.clone();
    notes.extend(found.evidence.notes.iter().filter(|note| !stored.notes.contains(note)).cloned());
    let plan = checked.plan();
    let steps = summary::steps(plan, results, &found.evidence, &found.functions, means.account, &mut notes).await;
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
        notes,
        steps,
    };
    summary::without_secrets(&mut report, &found.secret.texts());
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
    let sanity = summary::summary(report, model, keys);
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
        Verdict::NothingToTest => failure::failed(
            NOTHING_TO_TEST,
            &nothing(&sanity),
            "Name the API's address in stackDetails, such as {\"apiUrl\": \"https://…\"}, or deploy one.",
        ),
    };
    let message = Some(failure.message.clone());
    Ok(Change { status: Some(Status::Failed), message, error: Some(failure), ..ended })
}

/// Why there was nothing to test, with the first thing that is known about it.
fn nothing(sanity: &SanitySummary) -> String {
    let mut text = match (sanity.endpoints, sanity.counts.total) {
        (0, _) => "there is nothing to test: no endpoint was found".to_owned(),
        (_, 0) => "there is nothing to test: no request could be planned".to_owned(),
        (..) => "there is nothing to test: no request could be sent".to_owned(),
    };
    if let Some(note) = sanity.notes.first() {
        text += &format!(" ({note})");
    }
    text
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("structs of strings and numbers serialize")
}

//! One repair from the request to the pushed branch.

use crate::failure;
use crate::journal::Journal;
use crate::ready::{self, Ready};
use drydock_contract::fix::{DeploymentJob, FixSummary, FixedFile};
use drydock_contract::{Session, SessionId, Status};
use drydock_fix::{Budget, Plan, Record, Repair, Risk, Task, commit_message};
use drydock_gate::Gate;
use drydock_model::Client;
use drydock_runtime::WorkError;
use drydock_source::{
    Fetched, Limits, PullRequest, PushError, Remote, SourceError, fetch_base, open_pull_request, push, resolve,
};
use jiff::Timestamp;

/// What a repair is done with.
#[derive(Debug)]
pub struct Means<'a> {
    /// The model.
    pub client: &'a Client,
    /// The judge.
    pub gate: &'a Gate,
    /// The repository, and as whom it is asked.
    pub remote: &'a Remote,
    /// How much of it is taken in.
    pub limits: &'a Limits,
    /// What the model may use. Its money is for the whole repair, with what earlier tries have spent.
    pub budget: Budget,
}

/// A repair that stands on the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Mended {
    /// For the session.
    pub fix: FixSummary,
    /// For whoever deploys it.
    pub job: DeploymentJob,
    /// For people.
    pub message: String,
}

/// Said of a repair that is tried again.
const CUT_SHORT: &str = "the repair was cut short: the model cannot be asked at present";

/// Lines about what was left out of a repository.
const MAX_SKIPPED: usize = 10;

/// The branch of a session's repair; further rounds get branches of their own.
pub fn branch_of(id: &SessionId, attempt: u32) -> String {
    if attempt <= 1 { format!("fix/{id}") } else { format!("fix/{id}-{attempt}") }
}

/// Key of the full record of a repair.
pub fn record_key(id: &SessionId, attempt: u32) -> String {
    format!("fixes/{id}/{attempt}/record.json")
}

/// Key of a repair that is ready to be pushed.
pub fn ready_key(id: &SessionId, attempt: u32) -> String {
    format!("fixes/{id}/{attempt}/ready.json")
}

/// Repairs a repository and pushes the repair, or finishes what an earlier try has begun.
///
/// # Errors
/// Fatal with a reason if there is no repair or the server will not have it; to be tried again if somebody was not
/// there.
pub async fn mend(session: &Session, means: &Means<'_>, journal: &impl Journal) -> Result<Mended, WorkError> {
    let (id, attempt) = (&session.session_id, session.attempt);
    let branch = branch_of(id, attempt);
    let kept = journal.find(&ready_key(id, attempt)).await?;
    let kept = kept.and_then(|bytes| serde_json::from_slice::<Ready>(&bytes).ok());
    let spent = spent(session, kept.as_ref());
    if let Some(ready) = kept
        && let Some(mended) = again(session, &branch, ready, means, journal).await?
    {
        return Ok(mended);
    }
    if let Ok(at) = resolve(means.remote, &branch, means.limits).await {
        return Err(failure::of_push(&PushError::Moved { branch, at }));
    }
    journal.progress(Some(Status::Planning), "reading the repository", &spent).await?;
    let (fetched, base) = fetch_base(means.remote, session.working_branch(), means.limits)
        .await
        .map_err(|error| failure::of_source(&error))?;
    tell_fetched(&fetched, journal).await?;
    let mut ready = repair(session, fetched, &spent, means, journal).await?;
    let prepared = base.commit(&ready.proposal()).map_err(|error| failure::of_commit(&error))?;
    drop(base);
    ready.commit = prepared.commit.to_string();
    ready.fix.branch = Some(branch.clone());
    ready.fix.commit = Some(ready.commit.clone());
    journal.keep(&ready_key(id, attempt), to_json(&ready)).await?;
    // Nothing that takes its time comes between this and the push: a session that has ended by now pushes nothing.
    journal.progress(None, &format!("repaired; pushing {branch}"), &ready.fix).await?;
    let pushed =
        push(means.remote, &branch, &prepared, means.limits).await.map_err(|error| failure::of_push(&error))?;
    if !pushed.messages.is_empty() {
        journal.say(&format!("the server says: {}", pushed.messages)).await?;
    }
    propose(session, &branch, &mut ready, means, journal).await?;
    Ok(mended(session, branch, ready.fix))
}

/// Opens a pull request if one was asked for, and the session still goes on after its push. The repair stands without
/// it, so a refusal is told and no more.
async fn propose(
    session: &Session,
    branch: &str,
    ready: &mut Ready,
    means: &Means<'_>,
    journal: &impl Journal,
) -> Result<(), WorkError> {
    if session.request.open_pull_request != Some(true) {
        return Ok(());
    }
    journal.progress(None, &format!("pushed {branch}; opening a pull request"), &ready.fix).await?;
    let (title, body) = ready.message.split_once("\n\n").unwrap_or((&ready.message, ""));
    let request = PullRequest {
        base: session.branch.clone(),
        head: branch.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
    };
    match open_pull_request(means.remote, &request).await {
        Ok(url) => {
            journal.say(&format!("pull request {url}")).await?;
            ready.fix.pull_request = Some(url);
        }
        Err(error) => journal.say(&format!("no pull request was opened: {error}")).await?,
    }
    Ok(())
}

/// Finishes a repair that was ready before. `None` if its base has moved away and nothing was pushed.
async fn again(
    session: &Session,
    branch: &str,
    mut ready: Ready,
    means: &Means<'_>,
    journal: &impl Journal,
) -> Result<Option<Mended>, WorkError> {
    match resolve(means.remote, branch, means.limits).await {
        Ok(at) if at.as_str() == ready.commit => {
            journal.say("the branch was pushed before").await?;
            propose(session, branch, &mut ready, means, journal).await?;
            return Ok(Some(mended(session, branch.to_owned(), ready.fix)));
        }
        Ok(at) => return Err(failure::of_push(&PushError::Moved { branch: branch.to_owned(), at })),
        Err(SourceError::UnknownBranch { .. }) => {}
        Err(error) => return Err(failure::of_source(&error)),
    }
    let (fetched, base) = fetch_base(means.remote, session.working_branch(), means.limits)
        .await
        .map_err(|error| failure::of_source(&error))?;
    if fetched.commit.as_str() != ready.base {
        return Ok(None);
    }
    let prepared = base.commit(&ready.proposal()).map_err(|error| failure::of_commit(&error))?;
    drop(base);
    journal.progress(None, &format!("repaired before; pushing {branch}"), &ready.fix).await?;
    push(means.remote, branch, &prepared, means.limits).await.map_err(|error| failure::of_push(&error))?;
    propose(session, branch, &mut ready, means, journal).await?;
    Ok(Some(mended(session, branch.to_owned(), ready.fix)))
}

async fn tell_fetched(fetched: &Fetched, journal: &impl Journal) -> Result<(), WorkError> {
    let (files, bytes) = (fetched.tree.len(), fetched.tree.bytes());
    journal.say(&format!("commit {}: {files} files, {bytes} bytes", fetched.commit)).await?;
    for skipped in fetched.skipped.iter().take(MAX_SKIPPED) {
        journal.say(&format!("left out {}: {}", skipped.path, skipped.reason)).await?;
    }
    Ok(())
}

/// Lets the model plan and edit; whatever comes of it is on the record.
async fn repair(
    session: &Session,
    fetched: Fetched,
    spent: &FixSummary,
    means: &Means<'_>,
    journal: &impl Journal,
) -> Result<Ready, WorkError> {
    let (id, attempt) = (&session.session_id, session.attempt);
    let root = session.project_root.clone().unwrap_or_default();
    if !root.is_empty() && !fetched.tree.has_folder(&root) {
        let message = format!("the repository has no folder {root}");
        return Err(failure::failure("root-missing", &message, "Check customRootFolder."));
    }
    let base_commit = fetched.commit.to_string();
    let task = task(session, root, fetched);
    let budget = Budget { usd: means.budget.usd - spent.cost_usd, ..means.budget };
    let begun = Repair::begin(means.client, means.gate, task, budget);
    let mut repair = begun.map_err(|error| failure::of_fix(&error))?;
    let mut fix = FixSummary { record_key: Some(record_key(id, attempt)), ..FixSummary::default() };
    let ended = match repair.plan().await {
        Err(error) => Err(error),
        Ok(plan) => {
            tell(&mut fix, &repair.record(None), spent);
            journal.progress(Some(Status::Fixing), &format!("planned: {}", plan.summary), &fix).await?;
            repair.edit().await.map(|outcome| (plan, outcome))
        }
    };
    let record = repair.record(ended.as_ref().err());
    tell(&mut fix, &record, spent);
    let message = match &ended {
        Ok(_) => "edited; checking the repair in",
        Err(error) if error.is_retryable() => CUT_SHORT,
        Err(_) => "no repair was found",
    };
    // First of all: what it has cost counts also if nothing can be kept of it.
    journal.progress(None, message, &fix).await?;
    journal.keep(&record_key(id, attempt), to_json(&record)).await?;
    let (plan, outcome) = ended.map_err(|error| failure::of_fix(&error))?;
    Ok(Ready {
        base: base_commit,
        commit: String::new(),
        message: commit_message(&outcome, &plan, &record.diff, id.as_str()),
        seconds: seconds(session),
        edits: ready::files(repair.edits()),
        fix,
    })
}

fn task(session: &Session, root: String, fetched: Fetched) -> Task {
    let evidence = session.error.as_ref().map(|error| {
        let place = error.location.as_deref().map_or_else(String::new, |place| format!(" (at {place})"));
        format!("{}{place}", error.message)
    });
    Task {
        tree: fetched.tree,
        root,
        instructions: instructions(session),
        stack_details: session.request.stack_details.clone(),
        evidence,
    }
}

/// What the analyzer told the workflow, or what the client asked for.
fn instructions(session: &Session) -> String {
    let analyzed = session.workflow.as_ref().and_then(|workflow| workflow.instructions.clone());
    analyzed.or_else(|| session.request.fix_instructions.clone()).unwrap_or_default()
}

/// The time of the commit is that of the request: the same repair of the same session is the same commit.
fn seconds(session: &Session) -> i64 {
    session.created_at.parse::<Timestamp>().map_or_else(|_| Timestamp::now().as_second(), Timestamp::as_second)
}

/// What earlier tries of the same repair have spent. It only grows, so the one that knows of the most knows last.
fn spent(session: &Session, kept: Option<&Ready>) -> FixSummary {
    let known = session.fix.iter().chain(kept.map(|ready| &ready.fix));
    known.max_by_key(|fix| fix.turns).map(FixSummary::spent).unwrap_or_default()
}

/// Takes over what a record knows, on top of what was `spent` before it.
fn tell(fix: &mut FixSummary, record: &Record, spent: &FixSummary) {
    if let Some(Plan { summary, diagnosis, risk, .. }) = &record.plan {
        fix.plan = Some(summary.clone());
        fix.diagnosis = Some(diagnosis.clone());
        let risk = match risk {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        };
        fix.risk = Some(risk.to_owned());
    }
    let count = |lines: usize| u64::try_from(lines).unwrap_or(u64::MAX);
    fix.files = record
        .diff
        .files
        .iter()
        .map(|file| FixedFile { path: file.path.clone(), added: count(file.added), removed: count(file.removed) })
        .collect();
    fix.model = Some(record.model.clone());
    fix.turns = spent.turns + record.turns;
    let usage = record.usage;
    let input = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
    fix.input_tokens = spent.input_tokens + input;
    fix.output_tokens = spent.output_tokens + usage.output_tokens;
    fix.cost_usd = ((spent.cost_usd + record.cost_usd) * 1e6).round() / 1e6;
}

fn mended(session: &Session, branch: String, fix: FixSummary) -> Mended {
    let files: Vec<&str> = fix.files.iter().map(|file| file.path.as_str()).collect();
    Mended {
        message: format!("repaired {} on branch {branch}", files.join(", ")),
        job: DeploymentJob {
            repository: session.repository.clone(),
            branch,
            custom_root_folder: session.project_root.clone(),
            // The head has them as they were asked for, and no room for two of them; `/status` shows them here.
            stack_details: None,
        },
        fix,
    }
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("structs of strings and numbers serialize")
}

//! The plan of a test: one that was kept, or a new one.

use crate::inspecting::Found;
use crate::journal::Journal;
use crate::stored::{ModelUse, StoredPlan, plan_id, plan_key};
use crate::testing::Means;
use crate::{failure, time};
use drydock_contract::Session;
use drydock_runtime::WorkError;
use drydock_sanity::author::{Budget, Task, author};
use drydock_sanity::derive::{Derived, Options, derive};
use drydock_sanity::plan::Bounds;
use std::time::Instant;

/// The note of a plan that no model was asked for.
pub(crate) const NO_KEY: &str = "No model key is stored: the plan comes from the evidence alone.";

/// Answers of the model in one test.
const MODEL_TURNS: u32 = 5;

/// USD that the model's part of one plan may cost.
const MODEL_USD: f64 = 0.5;

/// The plan that the request names, or that of the round before, or that of this round if its work is repeated; else
/// a new one.
pub(crate) async fn plan(
    session: &Session,
    found: &Found,
    means: &Means<'_>,
) -> Result<(String, StoredPlan), WorkError> {
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
        notes.insert(0, NO_KEY.to_owned());
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
    let time = time::of_model(means.deadline, Instant::now());
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
pub(crate) fn bounds(session: &Session) -> Bounds {
    Bounds { allow_destructive: session.request.allow_destructive.unwrap_or_default(), ..Bounds::default() }
}

/// A plan that was kept.
pub(crate) async fn stored_plan(journal: Journal<'_>, id: &str) -> Result<Option<StoredPlan>, WorkError> {
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

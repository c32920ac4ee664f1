//! Checking a plan before a single request is sent. All problems are reported at once, so that whoever wrote the
//! plan can mend it in one go.

mod step;

use super::{Known, Phase, TestPlan, VERSION};
use crate::endpoint::Response;
use crate::guard::Guard;
use crate::schema::Schema;
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use step::{check_size, check_sizes, is_token_header, path_bytes, query_bytes};

/// Most values that a plan captures: each may have a few kilobytes.
const MOST_CAPTURES: usize = 400;

/// How much a plan may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most steps.
    pub steps: usize,
    /// Most bytes of one request body, as it travels.
    pub body_bytes: usize,
    /// Most bytes of a request's path, query and headers together.
    pub head_bytes: usize,
    /// Longest time that a step may wait for an answer, in milliseconds.
    pub timeout_ms: u64,
    /// True if steps may change or remove what the plan did not create.
    pub allow_destructive: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: 200, body_bytes: 64 * 1024, head_bytes: 16 * 1024, timeout_ms: 30_000, allow_destructive: false }
    }
}

/// A plan that may be run.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedPlan {
    plan: TestPlan,
    /// What it was held to; what is sent is held to it as well.
    bounds: Bounds,
}

impl CheckedPlan {
    /// The plan.
    pub fn plan(&self) -> &TestPlan {
        &self.plan
    }

    /// How much it may ask for.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }
}

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The step's id; `None` for the plan itself.
    pub step: Option<String>,
    /// What is wrong and what would be right.
    pub text: String,
}

/// A plan that must not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the test plan is not valid: {}", .0.iter().map(describe).collect::<Vec<_>>().join("; "))]
pub struct InvalidPlan(pub Vec<Problem>);

fn describe(problem: &Problem) -> String {
    problem.step.as_ref().map_or_else(|| problem.text.clone(), |step| format!("step {step}: {}", problem.text))
}

/// Checks everything that can be known before the first answer.
///
/// # Errors
/// All problems.
pub fn check(plan: TestPlan, guard: &Guard, bounds: Bounds) -> Result<CheckedPlan, InvalidPlan> {
    let mut problems = inspect(&plan, bounds);
    let promises = plan.promises.iter();
    let promises = promises.flat_map(|(name, promise)| invalid_schemas(promise).map(move |text| (name, text)));
    problems.extend(promises.map(|(name, text)| Problem { step: None, text: format!("promise {name}: {text}") }));
    for (name, target) in &plan.targets {
        if let Err(refusal) = guard.permit(&target.base_url) {
            problems.push(Problem { step: None, text: format!("target {name}: {refusal}") });
        }
    }
    if problems.is_empty() { Ok(CheckedPlan { plan, bounds }) } else { Err(InvalidPlan(problems)) }
}

/// Everything that is wrong with a plan, whatever its promises are and wherever its hosts are.
pub(crate) fn inspect(plan: &TestPlan, bounds: Bounds) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut of_plan = |text: String| problems.push(Problem { step: None, text });
    if plan.version != VERSION {
        of_plan(format!("version {} is not known; write {VERSION}", plan.version));
    }
    if plan.steps.len() > bounds.steps {
        of_plan(format!("{} steps; at most {} are allowed", plan.steps.len(), bounds.steps));
    }
    let captures: usize = plan.steps.iter().map(|step| step.capture.len()).sum();
    if captures > MOST_CAPTURES {
        of_plan(format!("{captures} values are captured; at most {MOST_CAPTURES} are allowed"));
    }
    let mut phase = Phase::SetUp;
    let mut ids = BTreeSet::new();
    let mut known = Known::default();
    for step in &plan.steps {
        let mut found = Vec::new();
        if step.phase < phase {
            found.push("comes too late: all set-up, then all tests, then all clean-up".to_owned());
        }
        phase = phase.max(step.phase);
        if !ids.insert(step.id.as_str()) {
            found.push("another step has the same id".to_owned());
        }
        if !plan.targets.contains_key(&step.request.target) {
            found.push(format!("there is no target `{}`", step.request.target));
        }
        if step.expect.promise.as_ref().is_some_and(|name| !plan.promises.contains_key(name)) {
            found.push("its promise is not among the plan's".to_owned());
        }
        step::check(step, &known, bounds, &mut found);
        known.learn(step);
        problems.extend(found.into_iter().map(|text| Problem { step: Some(step.id.clone()), text }));
    }
    problems
}

/// What is wrong with the schemas of a promise.
fn invalid_schemas(promise: &BTreeMap<String, Response>) -> impl Iterator<Item = String> {
    let schemas = promise.values().flat_map(|response| {
        let headers = response.headers.values().filter_map(|header| header.schema.as_ref());
        response.content.values().flatten().chain(headers)
    });
    schemas.filter_map(|schema| Schema::for_answers(schema).err()).map(|unusable| unusable.to_string())
}

#[cfg(test)]
mod tests;

//! What the model proposes, and what becomes of it.

use super::{MAX_STEPS, Task, list};
use crate::endpoint::{Endpoint, Origin, OriginKind};
use crate::plan::{Auth, Expect, Phase, Problem, Step, TestPlan, inspect};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Steps of the model, and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Proposal {
    steps: Vec<Step>,
    /// Everything that is wrong, for the model.
    pub problems: Vec<String>,
    /// How many steps are right.
    pub sound: usize,
}

/// The model's steps beside those from the evidence.
pub(super) struct Merged {
    pub plan: TestPlan,
    pub model_steps: usize,
    pub endpoints: Vec<Endpoint>,
}

impl Proposal {
    /// Reads the tool's input.
    ///
    /// # Errors
    /// If there is no list of steps in it at all.
    pub fn read(input: &Value, task: &Task<'_>) -> Result<Self, String> {
        // Some models write the list, or the whole input, as a text.
        let unwrapped = input.as_str().and_then(|text| serde_json::from_str(text).ok());
        let steps = unwrapped.as_ref().unwrap_or(input).get("steps").ok_or("there are no `steps`")?;
        let parsed = steps.as_str().and_then(|text| serde_json::from_str(text).ok());
        let steps = list(parsed.as_ref().unwrap_or(steps));
        let mut proposal = Self::default();
        if steps.is_empty() {
            return Err("`steps` must be a list of at least one step".to_owned());
        }
        if steps.len() > MAX_STEPS {
            proposal.problems.push(format!("{} steps; at most {MAX_STEPS} are allowed", steps.len()));
        }
        for (at, step) in steps.into_iter().take(MAX_STEPS).enumerate() {
            match serde_json::from_value::<Step>(step) {
                Ok(step) => proposal.steps.push(step),
                Err(error) => proposal.problems.push(format!("step {}: {error}", at + 1)),
            }
        }
        let (sound, problems) = proposal.sound_steps(task);
        proposal.sound = sound.len();
        proposal.problems.extend(problems);
        Ok(proposal)
    }

    /// The steps that may be run, and what is wrong with the others. Leaving one out may make others wrong.
    fn sound_steps(&self, task: &Task<'_>) -> (Vec<Step>, Vec<String>) {
        let mut all = Vec::new();
        let mut steps = self.steps.clone();
        steps.sort_by_key(|step| step.phase);
        loop {
            let problems = problems(&steps, task);
            let wrong: BTreeSet<&str> = problems.iter().filter_map(|problem| problem.step.as_deref()).collect();
            let before = steps.len();
            all.extend(problems.iter().map(|problem| match &problem.step {
                Some(step) => format!("step {step}: {}", problem.text),
                None => problem.text.clone(),
            }));
            steps.retain(|step| !wrong.contains(step.id.as_str()));
            if steps.len() == before {
                return (if problems.is_empty() { steps } else { Vec::new() }, all);
            }
        }
    }

    /// Puts what is right of it beside the plan from the evidence.
    pub fn merge(&self, task: &Task<'_>, notes: &mut Vec<String>) -> Merged {
        let (mut own, _) = self.sound_steps(task);
        own.truncate(task.bounds.steps.saturating_sub(task.derived.steps.len()));
        // A shorter list may use what is not captured any more.
        while let Some(problem) = problems(&own, task).into_iter().find_map(|problem| problem.step) {
            own.retain(|step| step.id != problem);
        }
        let left_out = self.steps.len().saturating_sub(own.len());
        if left_out > 0 {
            notes.push(format!("{left_out} steps that the model proposed were left out: they break the plan's rules."));
        }
        let endpoints = unknown_endpoints(&own, task);
        rename(&mut own, task.derived);
        own.iter_mut().for_each(|step| show(step, task));
        let model_steps = own.len();
        let mut plan = task.derived.clone();
        plan.steps.extend(own);
        plan.steps.sort_by_key(|step| step.phase);
        Merged { plan, model_steps, endpoints }
    }
}

/// What is wrong with the model's steps as a plan of their own. Where its hosts are, and what documents promise, is not
/// the model's, and is looked at with the whole.
fn problems(steps: &[Step], task: &Task<'_>) -> Vec<Problem> {
    let TestPlan { version, targets, promises, .. } = task.derived;
    let promises = promises.keys().map(|name| (name.clone(), BTreeMap::new())).collect();
    let plan = TestPlan { version: *version, targets: targets.clone(), promises, steps: steps.to_vec() };
    let mut problems = inspect(&plan, task.bounds);
    for step in steps {
        problems.extend(own_rules(step, task).into_iter().map(|text| Problem { step: Some(step.id.clone()), text }));
    }
    problems
}

/// Lets a step show what its endpoint asks for, where it does not say itself what it shows.
fn show(step: &mut Step, task: &Task<'_>) {
    let Some(endpoint) = task.evidence.endpoint_of(step).filter(|_| !step.request.anonymous) else { return };
    let request = &mut step.request;
    if request.auth.is_none() && task.credentials.contains(&endpoint.auth) {
        request.auth = Some(endpoint.auth);
    }
    request.token_header = endpoint.token_header.clone().filter(|_| request.auth == Some(Auth::Bearer));
}

/// What is asked of the model beyond what is asked of every plan.
fn own_rules(step: &Step, task: &Task<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let request = &step.request;
    let texts = serde_json::to_string(request).unwrap_or_default();
    if drydock_mask::count(&texts) > 0 || texts.contains(drydock_mask::MASK) {
        found.push("the request holds what looks like a secret".to_owned());
    }
    if request.auth.is_some_and(|auth| task.lacks(auth)) {
        found.push("there are no credentials of this kind; leave `auth` out".to_owned());
    }
    let lacks = task.evidence.endpoint_of(step).is_some_and(|endpoint| task.lacks(endpoint.auth));
    if lacks && request.auth.is_none() && !request.anonymous {
        found.push("its endpoint asks for credentials that there are none of; write `anonymous` and expect that it is refused, or leave the step out".to_owned());
    }
    if request.token_header.is_some() {
        found.push("`tokenHeader` is not yours to say; write `auth`, and it follows from the endpoint".to_owned());
    }
    if expects_nothing(&step.expect) && step.capture.is_empty() && step.phase == Phase::Test {
        found.push("it expects nothing; say what the answer must be".to_owned());
    }
    found
}

fn expects_nothing(expect: &Expect) -> bool {
    *expect == Expect::default()
}

/// Gives steps and captured values names that the derived plan does not use.
fn rename(steps: &mut [Step], derived: &TestPlan) {
    let ids: BTreeSet<&str> = derived.steps.iter().map(|step| step.id.as_str()).collect();
    for step in &mut *steps {
        if ids.contains(step.id.as_str()) {
            let mut id = format!("model-{}", step.id);
            id.truncate(64);
            step.id = id;
        }
    }
    let taken: BTreeSet<&String> = derived.steps.iter().flat_map(|step| step.capture.keys()).collect();
    let mine: BTreeSet<String> = steps.iter().flat_map(|step| step.capture.keys().cloned()).collect();
    let names: BTreeMap<String, String> =
        mine.iter().filter(|name| taken.contains(name)).map(|name| (name.clone(), format!("model_{name}"))).collect();
    if names.is_empty() {
        return;
    }
    for step in steps {
        step.capture = std::mem::take(&mut step.capture)
            .into_iter()
            .map(|(name, capture)| (names.get(&name).cloned().unwrap_or(name), capture))
            .collect();
        let renamed = replaced(serde_json::to_value(&*step).unwrap_or_default(), &names);
        if let Ok(renamed) = serde_json::from_value(renamed) {
            *step = renamed;
        }
    }
}

/// The value with placeholders renamed in every text.
fn replaced(value: Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text;
            for (old, new) in names {
                for form in [format!("{{{{{old}}}}}"), format!("{{{{ {old} }}}}")] {
                    text = text.replace(&form, &format!("{{{{{new}}}}}"));
                }
            }
            Value::String(text)
        }
        Value::Array(items) => items.into_iter().map(|item| replaced(item, names)).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, replaced(value, names))).collect())
        }
        other => other,
    }
}

/// Endpoints that no evidence names.
fn unknown_endpoints(steps: &[Step], task: &Task<'_>) -> Vec<Endpoint> {
    let mut endpoints: BTreeMap<String, Endpoint> = BTreeMap::new();
    for step in steps.iter().filter(|step| task.evidence.endpoint_of(step).is_none()) {
        // What must be refused is no endpoint.
        if step.expect.status.iter().all(|status| status.matches(404) || status.matches(405))
            && !step.expect.status.is_empty()
        {
            continue;
        }
        let request = &step.request;
        let path: Vec<String> = request.path.split('/').map(placeholder).collect();
        let endpoint = Endpoint {
            target: request.target.clone(),
            method: request.method,
            path: path.join("/"),
            origins: vec![Origin { kind: OriginKind::Model, place: format!("the model, step {}", step.id) }],
            auth: Auth::None,
            token_header: None,
            operation: None,
            likely_file: None,
            function: None,
        };
        endpoints.entry(endpoint.shape()).or_insert(endpoint);
    }
    endpoints.into_values().collect()
}

/// `{{id}}` as a parameter.
fn placeholder(part: &str) -> String {
    match part.strip_prefix("{{").and_then(|part| part.split("}}").next()) {
        Some(name) => format!("{{{}}}", name.trim()),
        None => part.to_owned(),
    }
}

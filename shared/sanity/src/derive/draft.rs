//! A plan while it is made.

use super::chain::is_item_of;
use super::expected::{documented, is_listed, is_routed};
use super::{Derived, Options, own, wire};
use crate::endpoint::{Endpoint, Operation};
use crate::evidence::Evidence;
use crate::plan::{
    Auth, Bounds, Expect, Method, Phase, Request, Retry, RetryReason, Step, TestPlan, UNIQUE, VERSION, check_size,
    inspect,
};
use crate::schema::Schema;
use std::collections::{BTreeMap, BTreeSet};

/// How telling a step is: when there are too many, the last go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Makes, reads and removes a resource.
    Chain,
    /// Reaches a route.
    Reach,
    /// Comes without credentials.
    Credentials,
    /// Leaves out what is required, or names what is not there.
    Negative,
    /// An example that a document gives beside the first.
    Example,
    /// A value at an edge.
    Coverage,
}

/// Most parts of schemas that values at edges are compared with: about a second.
const MOST_COMPARED: u64 = 20_000_000;

/// Milliseconds that a function may take to start, besides its answer.
const START_MS: u64 = 5000;

/// How far back a repetition is looked for: an endpoint's steps stand together.
const NEAR: usize = 40;

/// A plan while it is made.
pub(super) struct Draft<'a> {
    pub options: &'a Options,
    evidence: &'a Evidence,
    /// With the name of what they make and remove together: none of them goes without the others.
    steps: Vec<(Weight, String, Step)>,
    promises: BTreeMap<String, String>,
    ids: BTreeSet<String>,
    notes: Vec<String>,
    /// What comparing values with schemas has taken.
    compared: u64,
}

impl<'a> Draft<'a> {
    pub fn new(evidence: &'a Evidence, options: &'a Options) -> Self {
        Self {
            options,
            evidence,
            steps: Vec::new(),
            promises: BTreeMap::new(),
            ids: BTreeSet::new(),
            notes: Vec::new(),
            compared: 0,
        }
    }

    /// The endpoint that reads one of what `list` lists, if nothing makes it.
    pub fn item_of(&self, list: &Endpoint) -> Option<&'a Endpoint> {
        let is_item = |endpoint: &&Endpoint| {
            endpoint.target == list.target && endpoint.method == Method::Get && is_item_of(&list.path, &endpoint.path)
        };
        self.evidence.endpoints.iter().find(is_item)
    }

    /// The endpoint that lists what `item` reads one of, if it can be asked.
    pub fn list_of(&self, item: &Endpoint) -> Option<&'a Endpoint> {
        let is_list = |list: &&Endpoint| {
            list.target == item.target
                && list.method == Method::Get
                && list.path_parameters().is_empty()
                && is_item_of(&list.path, &item.path)
                && self.can_ask(list)
        };
        self.evidence.endpoints.iter().find(is_list)
    }

    /// The endpoint that removes what this one makes, if it can be asked.
    pub fn removal_of(&self, maker: &Endpoint) -> Option<&'a Endpoint> {
        let removes = |endpoint: &&Endpoint| match maker.method {
            Method::Post => is_item_of(&maker.path, &endpoint.path),
            _ => endpoint.path == maker.path,
        };
        let same = |endpoint: &&Endpoint| endpoint.target == maker.target && endpoint.method == Method::Delete;
        self.evidence.endpoints.iter().filter(same).find(removes).filter(|endpoint| self.can_ask(endpoint))
    }

    /// True if there is more than enough to choose from, or enough was done to find it.
    pub fn is_full(&self) -> bool {
        self.steps.len() > 4 * self.options.steps || self.compared > MOST_COMPARED
    }

    /// Counts what values were compared with a schema for.
    pub fn compared(&mut self, schema: &Schema<'_>) {
        self.compared = self.compared.saturating_add(schema.done());
    }

    pub fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// True if an endpoint that asks for credentials can be shown some.
    pub fn can_ask(&self, endpoint: &Endpoint) -> bool {
        endpoint.auth == Auth::None || self.options.credentials.contains(&endpoint.auth)
    }

    /// A step with an id of its own and what holds for every answer of the endpoint.
    pub fn step(&mut self, endpoint: &Endpoint, what: &str, request: Request) -> Step {
        let bodies = endpoint.operation.iter().flat_map(Operation::bodies);
        let body = bodies.into_iter().find(|body| body.body_type == request.body_type);
        let mut request = wire::formed(request, &body.map(|body| body.styles.clone()).unwrap_or_default());
        let method = request.method.as_str();
        let name = format!("{method} {}{what}", endpoint.path);
        let mut id: String = name
            .to_ascii_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        id.truncate(56);
        let free = (1..).map(|n| if n == 1 { id.clone() } else { format!("{id}-{n}") });
        let id = free.into_iter().find(|id| !self.ids.contains(id)).unwrap_or_default();
        self.ids.insert(id.clone());
        own::take_ids(&mut request, body, &id);
        Step {
            id,
            name,
            phase: Phase::Test,
            request,
            expect: self.expect(endpoint),
            capture: BTreeMap::new(),
            retry: None,
            timeout_ms: None,
        }
    }

    /// A step that removes what another has made, if it has made something.
    pub fn clean_up(&mut self, delete: &Endpoint, request: Request) -> Step {
        let step = self.step(delete, ", clean-up", request);
        Step { phase: Phase::CleanUp, expect: Expect::default(), ..step }
    }

    /// What holds for every answer of an endpoint: a documented status, and what is promised for it.
    fn expect(&mut self, endpoint: &Endpoint) -> Expect {
        let promise = endpoint.operation.as_ref().filter(|operation| !operation.responses.is_empty()).map(|_| {
            let key = format!("{} {} {}", endpoint.target, endpoint.method.as_str(), endpoint.path);
            let name = format!("{} {}", endpoint.method.as_str(), endpoint.path);
            let taken = self.promises.iter().any(|(other, taken)| *other != key && *taken == name);
            self.promises.entry(key.clone()).or_insert_with(|| if taken { key } else { name }).clone()
        });
        Expect {
            status: documented(endpoint),
            promise,
            reached: is_routed(endpoint),
            may_be_absent: !endpoint.path_parameters().is_empty() && is_listed(endpoint),
            max_response_time_ms: self.options.max_response_time_ms,
            ..Expect::default()
        }
    }

    pub fn add(&mut self, weight: Weight, step: Step) {
        let group = step.id.clone();
        self.add_to(weight, &group, [step]);
    }

    /// Adds steps that only make sense together: what makes something, and what removes it.
    pub fn add_to(&mut self, weight: Weight, group: &str, steps: impl IntoIterator<Item = Step>) {
        let fits = |step: &Step| {
            let mut found = Vec::new();
            check_size(&step.request, Bounds::default(), &mut found);
            found.is_empty()
        };
        let steps: Vec<Step> = steps.into_iter().collect();
        let is_known = |step: &Step| {
            self.steps.iter().rev().take(NEAR).any(|(.., known)| {
                // One that is to be let in besides shows all that the other would.
                let expect = Expect { admitted: step.expect.admitted || known.expect.admitted, ..step.expect.clone() };
                known.request == step.request && known.expect == expect && known.phase == step.phase
            })
        };
        // The same request with the same expectation shows nothing new, unless something has changed in between.
        let is_repeated = matches!(&steps[..], [step] if step.retry.is_none() && is_known(step));
        if !is_repeated && steps.iter().all(fits) {
            self.steps.extend(steps.into_iter().map(|step| (weight, group.to_owned(), step)));
        }
    }

    /// Puts the phases in order, leaves out what is too much, and allows for functions that start.
    pub fn finish(mut self) -> Derived {
        self.trim();
        let groups = self.steps.iter().map(|(_, group, step)| (step.id.clone(), group.clone())).collect();
        let mut steps: Vec<Step> = self.steps.into_iter().map(|(_, _, step)| step).collect();
        // Within a phase the order in which they were made.
        steps.sort_by_key(|step| step.phase);
        let mut warm = BTreeSet::new();
        for step in &mut steps {
            let endpoint = self.evidence.endpoint_of(step);
            let function = endpoint.and_then(|endpoint| endpoint.function.clone());
            let cold =
                warm.insert((step.request.target.clone(), function.unwrap_or_else(|| step.request.path.clone())));
            if cold && step.retry.is_none() {
                step.retry = Some(Retry { attempts: 3, delay_ms: 1000, reason: RetryReason::ColdStart });
            }
            // It is not sent again to see whether only the start took so long.
            if cold && step.request.method == Method::Post {
                step.timeout_ms = Some(Bounds::default().timeout_ms);
                step.expect.max_response_time_ms = step.expect.max_response_time_ms.map(|limit| limit + START_MS);
            }
        }
        let used: BTreeSet<&str> = steps.iter().filter_map(|step| step.expect.promise.as_deref()).collect();
        let promises = self.evidence.endpoints.iter().filter_map(|endpoint| {
            let key = format!("{} {} {}", endpoint.target, endpoint.method.as_str(), endpoint.path);
            let name = self.promises.get(&key).filter(|name| used.contains(name.as_str()))?;
            Some((name.clone(), endpoint.operation.as_ref()?.responses.clone()))
        });
        let promises = promises.collect();
        let targets = self.evidence.targets.clone();
        let plan = leave_out_wrong(TestPlan { version: VERSION, targets, promises, steps }, &groups, &mut self.notes);
        Derived { plan, notes: self.notes }
    }

    /// Leaves out the least telling steps, then those that need what is not captured any more.
    fn trim(&mut self) {
        let before = self.steps.len();
        while self.steps.len() > self.options.steps {
            let Some((_, at)) = self.steps.iter().enumerate().map(|(at, (weight, ..))| (*weight, at)).max() else {
                break;
            };
            let group = self.steps[at].1.clone();
            self.steps.retain(|(_, other, _)| *other != group);
        }
        let captured: BTreeSet<String> =
            self.steps.iter().flat_map(|(.., step)| step.capture.keys().cloned()).chain([UNIQUE.to_owned()]).collect();
        self.steps.retain(|(.., step)| step.request.placeholders().iter().all(|name| captured.contains(name)));
        let left_out = before - self.steps.len();
        if left_out > 0 {
            self.notes.push(format!("{left_out} steps were left out: a plan has at most {}.", self.options.steps));
        }
    }
}

/// A document may hold a path, a header or a schema that no plan may: what is made of it goes, the rest stays. What
/// makes something and what removes it go together, or something would be left behind, or looked for in vain.
fn leave_out_wrong(mut plan: TestPlan, groups: &BTreeMap<String, String>, notes: &mut Vec<String>) -> TestPlan {
    let bounds = Bounds { steps: plan.steps.len(), ..Bounds::default() };
    loop {
        let problems = inspect(&plan, bounds);
        let wrong = problems.iter().filter_map(|problem| groups.get(problem.step.as_ref()?));
        let wrong: BTreeSet<&String> = wrong.collect();
        let before = plan.steps.len();
        plan.steps.retain(|step| groups.get(&step.id).is_none_or(|group| !wrong.contains(group)));
        if plan.steps.len() == before {
            return plan;
        }
        notes.extend(
            problems
                .iter()
                .take(5)
                .filter_map(|problem| Some(format!("Step {} was left out: {}", problem.step.as_ref()?, problem.text))),
        );
    }
}

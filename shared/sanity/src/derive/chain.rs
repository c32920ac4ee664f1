//! A resource's life: made by POST to a collection, read and changed by its id, removed again.

use super::draft::{Draft, Weight};
use super::expected::{documented_class, optional};
use super::ids::id_names;
use super::positive::{self, Right, Values};
use super::{own, shape};
use crate::endpoint::{Endpoint, Operation};
use crate::evidence::Evidence;
use crate::plan::{
    Capture, DemandCheck, Method, Phase, Retry, RetryReason, StatusMatch, Step, is_id_of, says_which, says_whose,
};
use serde_json::Value;

/// A collection that something can be made in, and what can be done with it then.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    create: &'a Endpoint,
    /// The endpoints of one thing in it.
    items: Vec<&'a Endpoint>,
    id: Id,
    /// What the id is called among captured values.
    name: String,
}

/// Where the id comes from. At least one of the two is there.
#[derive(Debug)]
struct Id {
    /// The answer holds it there.
    answer: Option<String>,
    /// The request says it, in this member.
    request: Option<String>,
}

/// The collections in which something can be made that can be read or removed afterwards.
pub(super) fn chains(evidence: &Evidence) -> Vec<Chain<'_>> {
    let posts = evidence.endpoints.iter().filter(|endpoint| endpoint.method == Method::Post);
    posts
        .filter_map(|create| chain(evidence, create))
        .enumerate()
        .map(|(at, chain)| Chain { name: format!("made{}", at + 1), ..chain })
        .collect()
}

fn chain<'a>(evidence: &'a Evidence, create: &'a Endpoint) -> Option<Chain<'a>> {
    let collection = create.path.trim_end_matches('/');
    let is_item = |endpoint: &&Endpoint| endpoint.target == create.target && is_item_of(collection, &endpoint.path);
    let items: Vec<&Endpoint> = evidence.endpoints.iter().filter(is_item).collect();
    // A collection below a parameter would need its parent first.
    if items.is_empty() || !create.path_parameters().is_empty() {
        return None;
    }
    let parameter = *items[0].path_parameters().last()?;
    let id = id(create, &id_names(collection, parameter), parameter)?;
    Some(Chain { create, items, id, name: String::new() })
}

/// True if the path is the collection's with one parameter behind it.
pub(super) fn is_item_of(collection: &str, path: &str) -> bool {
    let rest = path
        .trim_end_matches('/')
        .strip_prefix(collection.trim_end_matches('/'))
        .and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| rest.starts_with('{') && !rest.contains('/') && !rest.ends_with("+}"))
}

/// Where the id of what was made is known from.
fn id(create: &Endpoint, names: &[String], parameter: &str) -> Option<Id> {
    let operation = create.operation.as_ref()?;
    let success = operation.responses.iter().find(|(status, _)| status.starts_with('2'));
    let schema = success.and_then(|(_, response)| response.content.values().flatten().next());
    let mut paths = Vec::new();
    if let Some(schema) = schema {
        let top = shape::of(schema);
        let found = |members: &shape::Shape<'_>| {
            let there = names.iter().filter(|name| members.members.contains_key(name.as_str()));
            there.cloned().collect::<Vec<_>>()
        };
        paths.extend(found(&top).into_iter().map(|name| format!("$['{name}']")));
        for (member, inner) in &top.members {
            let inside = found(&shape::inside(schema, inner)).into_iter();
            paths.extend(inside.map(|name| format!("$['{member}']['{name}']")));
        }
    }
    // One that names the new thing: only that may be removed.
    let is_id = |path: &String| is_id_of(&create.path, &Capture::Body(path.clone()));
    let answer = paths.into_iter().find(is_id);
    let Some(body) = operation.body.as_ref() else {
        return answer.map(|path| Id { answer: Some(path), request: None });
    };
    let own_shape = shape::of(&body.schema);
    // An id that the request says must be one that nobody has; one that it need not say is left to the API.
    let is_said = |name: &&String| {
        let name = name.as_str();
        let is_left = says_which(&create.path, name) && !own_shape.required.contains(name);
        own_shape.members.contains_key(name) && body.example.get(name).is_some() && !is_left
    };
    let said = names.iter().find(is_said);
    match said {
        None => answer.map(|path| Id { answer: Some(path), request: None }),
        Some(name) if own::is_free(own_shape.members[name.as_str()]) => {
            let is_own = answer.is_some() || [parameter, "id"].contains(&name.as_str());
            is_own.then(|| Id { answer, request: Some(name.clone()) })
        }
        Some(_) => None,
    }
}

impl Chain<'_> {
    /// True if the endpoint is part of it.
    pub fn covers(&self, endpoint: &Endpoint) -> bool {
        self.creates(endpoint) || endpoint.target == self.create.target && below(self.collection(), &endpoint.path)
    }

    /// True if the endpoint is the one that makes things.
    pub fn creates(&self, endpoint: &Endpoint) -> bool {
        *endpoint == *self.create
    }

    /// True if the caller says what the id is.
    pub fn chooses_id(&self) -> bool {
        self.id.answer.is_none()
    }

    fn collection(&self) -> &str {
        self.create.path.trim_end_matches('/')
    }

    fn item(&self, method: Method) -> Option<&Endpoint> {
        self.items.iter().copied().find(|endpoint| endpoint.method == method)
    }

    /// The id, if a path that was filled so far is the collection's.
    pub fn value_at(&self, path: &str) -> Option<String> {
        let here = path.trim_end_matches('/') == self.collection();
        here.then(|| match &self.id.answer {
            Some(_) => format!("{{{{{}}}}}", self.name),
            None => "{{unique}}".to_owned(),
        })
    }

    /// Makes what the tests read.
    pub fn plan(&self, draft: &mut Draft<'_>) {
        let Some(right) = self.right(draft) else { return };
        let mut step = positive::step(draft, self.create, "", &right);
        step.phase = Phase::SetUp;
        self.say_whose(&mut step);
        step.capture.extend(self.capture(&self.name));
        draft.add_to(Weight::Chain, &self.name, [step]);
        if self.item(Method::Delete).is_none() {
            let path = &self.create.path;
            draft.note(format!("What the tests make by POST {path} stays: no endpoint that removes it is known."));
        }
    }

    /// A right request to make something, its id included if it is the caller's to choose.
    pub fn right(&self, draft: &Draft<'_>) -> Option<Right> {
        let mut right = positive::right(self.create, Values::Known(None)).filter(|_| draft.can_ask(self.create))?;
        if let (Some(member), Some(Value::Object(body))) = (&self.id.request, &mut right.request.body) {
            body.insert(member.clone(), Value::from("{{unique}}"));
        }
        Some(right)
    }

    fn capture(&self, name: &str) -> Option<(String, Capture)> {
        Some((name.to_owned(), optional(self.id.answer.as_ref()?)))
    }

    /// Adds a step that makes something more, and its removal.
    pub fn another(&self, draft: &mut Draft<'_>, mut step: Step, weight: Weight) {
        let name = format!("{}_{}", self.name, step.id.replace('-', "_"));
        let capture = self.capture(&name);
        let Some(delete) = self.item(Method::Delete).filter(|delete| draft.can_ask(delete)) else {
            draft.add(weight, step);
            return;
        };
        self.say_whose(&mut step);
        if !self.is_removable(&step) {
            let path = &self.create.path;
            draft.note(format!("POST {path} is not asked for all that it should take: what that makes could not be told from what was there."));
            return;
        }
        // Each needs an id of its own.
        let own = format!("{{{{unique}}}}-{}", step.id);
        if let (Some(member), Some(Value::Object(body))) = (&self.id.request, &mut step.request.body)
            && body.get(member).is_some_and(Value::is_string)
        {
            body.insert(member.clone(), Value::from(own.clone()));
        }
        let value = capture.as_ref().map_or(own, |(name, _)| format!("{{{{{name}}}}}"));
        step.capture.extend(capture);
        let request = positive::request(delete, format!("{}/{value}", self.collection()));
        let clean = draft.clean_up(delete, request);
        draft.add_to(weight, &step.id.clone(), [step, clean]);
    }

    /// Makes what a step makes the tests' own, as far as its body can say so.
    fn say_whose(&self, step: &mut Step) {
        let bodies = self.create.operation.iter().flat_map(Operation::bodies);
        let body = bodies.into_iter().find(|body| body.body_type == step.request.body_type);
        if let (Some(body), Some(Value::Object(members))) = (body, &mut step.request.body) {
            own::say_whose(members, body, self.collection(), &step.id);
        }
    }

    /// True if what a step makes can be told from what was there: the answer says that it was made (201), or what it is
    /// made of is the tests' own. What should be refused is asked all the same.
    fn is_removable(&self, step: &Step) -> bool {
        let should_be_taken =
            step.expect.demand.as_ref().is_some_and(|demand| demand.check == DemandCheck::PositiveDataAcceptance);
        let says_created = || documented_class(self.create, 2).iter().any(|status| status.matches(201));
        let is_own = || says_whose(&step.request);
        !should_be_taken || says_created() || is_own()
    }

    /// Removes what was made and looks whether it is gone.
    pub fn end(&self, draft: &mut Draft<'_>) {
        let Some(delete) = self.item(Method::Delete).filter(|delete| draft.can_ask(delete)) else { return };
        if self.right(draft).is_none() {
            return;
        }
        let Some(right) = positive::right(delete, Values::Known(Some(self))).filter(|right| right.exists) else {
            return;
        };
        let mut step = positive::step(draft, delete, "", &right);
        let success = documented_class(delete, 2);
        if !success.is_empty() {
            step.expect.status = success;
        }
        // The tests may not come that far.
        let clean = draft.clean_up(delete, right.request);
        draft.add_to(Weight::Chain, &self.name, [step, clean]);
        let Some(get) = self.item(Method::Get).filter(|get| draft.can_ask(get)) else { return };
        let gone: Vec<StatusMatch> = documented_class(get, 4);
        let says_gone = gone.iter().any(|status| status.matches(404) || status.matches(410));
        let Some(right) = positive::right(get, Values::Known(Some(self))).filter(|_| says_gone) else { return };
        let mut step = draft.step(get, " after it was removed", right.request);
        step.expect.status = vec![StatusMatch::Code(404), StatusMatch::Code(410)];
        step.retry = Some(Retry { attempts: 3, delay_ms: 500, reason: RetryReason::EventualConsistency });
        draft.add_to(Weight::Chain, &self.name, [step]);
    }
}

/// True if a path begins with the collection's item.
fn below(collection: &str, path: &str) -> bool {
    path.strip_prefix(collection).is_some_and(|rest| rest.starts_with("/{"))
}

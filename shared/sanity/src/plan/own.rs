//! What a plan may change and remove: what it made itself, as far as that can be known before it is run.

use super::{Capture, Method, StatusMatch, Step, Template, UNIQUE};
use serde_json::Value;
use std::collections::BTreeMap;

/// What earlier steps have captured, and what of it is the plan's own.
#[derive(Default)]
pub(super) struct Known<'plan>(BTreeMap<&'plan str, Own<'plan>>);

/// Where a captured value names something that the plan itself made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own<'plan> {
    /// Nowhere: it was read.
    Nowhere,
    /// Right below this path: what a POST to a collection answers with is in that collection.
    Below(&'plan str),
    /// Everywhere: the step only passes, and the value is only kept, if the answer is 201 Created.
    Everywhere,
}

impl<'plan> Known<'plan> {
    /// Takes in what a step captures.
    pub fn learn(&mut self, step: &'plan Step) {
        for (name, capture) in &step.capture {
            let own = own(step, capture);
            let known = self.0.entry(name).or_insert(own);
            if *known != own {
                *known = Own::Nowhere;
            }
        }
    }

    /// True if the name has a value by now.
    pub fn has(&self, name: &str) -> bool {
        name == UNIQUE || self.0.contains_key(name)
    }

    /// True if `path` names something that only this plan can have made.
    pub fn is_own(&self, path: &str) -> bool {
        let mut before = String::new();
        path.split('/').skip(1).any(|part| {
            let is_own = |name: &str| match self.0.get(name) {
                _ if name == UNIQUE => true,
                Some(Own::Everywhere) => true,
                Some(Own::Below(collection)) => collection.trim_end_matches('/') == before,
                Some(Own::Nowhere) | None => false,
            };
            let found = Template(part).names().into_iter().any(is_own);
            before = format!("{before}/{part}");
            found
        })
    }
}

/// A search may be a POST, too, and what it finds is somebody else's: so a value is the plan's own only where it can
/// hardly be anything else.
fn own<'plan>(step: &'plan Step, capture: &Capture) -> Own<'plan> {
    let creates = step.expect.status == [StatusMatch::Code(201)];
    let of_one = match capture {
        // No element of a list, and nothing that is looked for.
        Capture::Body(path) | Capture::Optional(path) => is_member(path),
        Capture::Header(_) => true,
    };
    if names_itself(step, capture) {
        return Own::Nowhere;
    }
    match step.request.method {
        Method::Post | Method::Put if creates => Own::Everywhere,
        Method::Post if of_one => Own::Below(&step.request.path),
        // A PUT names itself what it makes.
        Method::Put if of_one => {
            Own::Below(step.request.path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent))
        }
        _ => Own::Nowhere,
    }
}

/// True if the request says itself what is captured: something of that name may have been there before.
fn names_itself(step: &Step, capture: &Capture) -> bool {
    let (Capture::Body(path) | Capture::Optional(path)) = capture else { return false };
    let last = path.rsplit(['.', '[', ']', '\'', '"']).find(|part| !part.is_empty()).unwrap_or_default();
    let request = &step.request;
    let is_chosen = |text: &str| !Template(text).names().contains(UNIQUE);
    // `/items?id=42` says it as well.
    let in_query = request.query.get(last).is_some_and(|texts| texts.all().any(is_chosen));
    in_query || request.body.as_ref().is_some_and(|body| says(body, last))
}

fn says(body: &Value, name: &str) -> bool {
    match body {
        Value::Array(items) => items.iter().any(|item| says(item, name)),
        Value::Object(members) => members.iter().any(|(member, value)| match value {
            Value::Array(_) | Value::Object(_) => says(value, name),
            Value::String(text) => member == name && !Template(text).names().contains(UNIQUE),
            value => member == name && !value.is_null(),
        }),
        _ => false,
    }
}

/// True for a JSONPath that only names members: `$.a.b`, `$['a']['b']`.
fn is_member(path: &str) -> bool {
    let plain = path.replace("['", ".").replace("[\"", ".").replace("']", "").replace("\"]", "");
    plain.strip_prefix('$').is_some_and(|rest| !rest.contains("..") && !rest.contains(['[', '*', '?', '@']))
}

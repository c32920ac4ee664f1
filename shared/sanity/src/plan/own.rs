//! What a plan may change and remove: what it made itself, as far as that can be known. Before a run the words of the
//! plan decide; during the run an answer can take away from that, and never add to it.

mod named;

use super::{Capture, Method, Request, Step, Template, UNIQUE};
use named::is_plain_id;
pub(crate) use named::{is_id_of, is_id_word, is_name_of, says_which, singulars};
use serde_json::Value;
use std::collections::BTreeMap;

/// What earlier steps have captured, each with the collection in which it names what the plan itself made, if it does.
#[derive(Default)]
pub(crate) struct Known<'plan>(BTreeMap<&'plan str, Option<Collection<'plan>>>);

/// What a POST to a collection answers with is in that collection, and nothing is known of it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Collection<'plan> {
    target: &'plan str,
    /// As the step writes it, without a slash at its end.
    path: &'plan str,
}

impl<'plan> Known<'plan> {
    /// Takes in what a step captures.
    pub fn learn(&mut self, step: &'plan Step) {
        for (name, capture) in &step.capture {
            let own = if self.0.contains_key(name.as_str()) {
                // The name means something else from now on, and so does every path that holds it.
                self.disown_below(name);
                None
            } else {
                collection(step, capture)
            };
            self.0.insert(name, own);
        }
    }

    /// A captured value that turned out to be somebody else's.
    pub fn disown(&mut self, name: &str) {
        if let Some(own) = self.0.get_mut(name) {
            *own = None;
        }
    }

    fn disown_below(&mut self, name: &str) {
        let holds = |own: &Collection<'_>| Template(own.path).names().contains(name);
        self.0.values_mut().filter(|own| own.as_ref().is_some_and(holds)).for_each(|own| *own = None);
    }

    /// True if the name has a value by now.
    pub fn has(&self, name: &str) -> bool {
        name == UNIQUE || self.0.contains_key(name)
    }

    /// True if a request is about something that only this plan can have made, and about nothing else.
    pub fn is_own(&self, request: &Request) -> bool {
        self.names_own(request) && !self.names_another(request)
    }

    /// True if a request's path names something that only this plan can have made. That stands at its end, or has
    /// nothing but words behind it: `/items/{{id}}/parts`.
    fn names_own(&self, request: &Request) -> bool {
        let parts: Vec<&str> = request.path.trim_end_matches('/').split('/').collect();
        let is_own = |at: &usize| is_unique(parts[*at]) || self.is_made(&request.target, &parts, *at);
        let Some(last) = (1..parts.len()).rev().find(is_own) else { return false };
        let behind = &parts[last + 1..];
        behind.is_empty() || last > 1 && behind.iter().all(|part| is_word(part))
    }

    /// True if the query or the body says another id than the plan's own: `/items/{{id}}?id=42`. Who removes something
    /// has no reason to name anything there; who changes it may name others that it belongs to.
    fn names_another(&self, request: &Request) -> bool {
        let path = request.path.as_str();
        let is_which = |name: &str| if request.removes() { is_plain_id(name) } else { says_which(path, name) };
        let is_own = |text: &str| self.is_own_text(&request.target, text);
        let in_query = request.query.iter().any(|(name, texts)| is_which(name) && !texts.all().all(is_own));
        let in_body = || match &request.body {
            // A list of what is to be removed.
            Some(Value::Array(items)) if request.removes() => !items.iter().all(|item| says_own(item, &is_own)),
            Some(body) => {
                // What is removed may be named anywhere.
                let is_wrapper = |name: &str| request.removes() || named::wraps(path, name);
                Search { is_which, is_wrapper, is_own }.finds(body)
            }
            None => false,
        };
        in_query || in_body()
    }

    /// True for a text that is a value of the plan's own, wherever it was made, or the run's own text.
    fn is_own_text(&self, target: &str, text: &str) -> bool {
        let name = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).map(str::trim);
        let own = name.and_then(|name| self.0.get(name)?.as_ref());
        own.is_some_and(|own| own.target == target) || is_unique(text)
    }

    /// True for a segment that is a captured value and nothing else, right below the collection that it was made in.
    fn is_made(&self, target: &str, parts: &[&str], at: usize) -> bool {
        let name = parts[at].strip_prefix("{{").and_then(|part| part.strip_suffix("}}")).map(str::trim);
        let own = name.and_then(|name| self.0.get(name)?.as_ref());
        own.is_some_and(|own| own.target == target && own.path == parts[..at].join("/"))
    }
}

/// What is looked for in a body, and how far.
struct Search<Which, Inside, Own> {
    /// True for a member that is an id.
    is_which: Which,
    /// True for a member that is looked into.
    is_wrapper: Inside,
    /// True for a text that is the plan's own.
    is_own: Own,
}

impl<Which: Fn(&str) -> bool, Inside: Fn(&str) -> bool, Own: Fn(&str) -> bool> Search<Which, Inside, Own> {
    /// True if a body says an id that is not the plan's own.
    fn finds(&self, body: &Value) -> bool {
        match body {
            Value::Array(items) => items.iter().any(|item| self.finds(item)),
            Value::Object(members) => members.iter().any(|(name, value)| {
                (self.is_which)(name) && !says_own(value, &self.is_own) || (self.is_wrapper)(name) && self.finds(value)
            }),
            _ => false,
        }
    }
}

/// True if every text and every number in a value is the plan's own.
fn says_own(value: &Value, is_own: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(_) => false,
        Value::String(text) => is_own(text),
        Value::Array(items) => items.iter().all(|item| says_own(item, is_own)),
        Value::Object(members) => members.values().all(|member| says_own(member, is_own)),
    }
}

/// True if what a request makes is known by nothing but the text that no other run has: whoever looks for it beforehand
/// finds nothing. It may belong to others, and be like others otherwise.
pub(crate) fn says_whose(request: &Request) -> bool {
    let is_unique = |text: &str| Template(text).names().contains(UNIQUE);
    let path = request.path.as_str();
    let is_known_by_another = |body: &Value| {
        let is_which = |name: &str| is_name_of(path, name);
        let is_wrapper = |name: &str| named::wraps(path, name);
        Search { is_which, is_wrapper, is_own: is_unique }.finds(body)
    };
    let in_body = request.body.as_ref().is_some_and(|body| is_unique(&body.to_string()) && !is_known_by_another(body));
    is_unique(&request.path) || in_body
}

/// True for a segment that holds the text that no other run has and begins like it: what begins with a number may be
/// read as that number, and what is a list as each of its elements.
fn is_unique(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut rest = part;
    let mut found = false;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else { return false };
        if name.trim() != UNIQUE || !before.chars().all(plain) {
            return false;
        }
        found = true;
        rest = after;
    }
    let begins = part.starts_with("{{") || part.starts_with(|c: char| c.is_ascii_alphabetic());
    found && begins && rest.chars().all(plain)
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
}

/// The collection in which a value names what a step has made. A search may be a POST, too, and an answer names other
/// things as well: so it does only where it can hardly be anything else.
fn collection<'plan>(step: &'plan Step, capture: &Capture) -> Option<Collection<'plan>> {
    let path = step.request.path.trim_end_matches('/');
    let path = match step.request.method {
        Method::Post => path,
        // A PUT names itself what it makes.
        Method::Put => path.rsplit_once('/')?.0,
        _ => return None,
    };
    let is_own = is_id_of(path, capture) && !names_itself(step, capture);
    is_own.then_some(Collection { target: &step.request.target, path })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_run_can_have_said_is_its_own() {
        for own in ["{{unique}}", "{{ unique }}", "test-{{unique}}", "{{unique}}-none", "a{{unique}}b{{unique}}.json"] {
            assert!(is_unique(own), "{own}");
        }
        for foreign in [
            "42",
            "unique",
            "42{{unique}}",
            "-1{{unique}}",
            "{{id}}{{unique}}",
            "a{{id}}{{unique}}",
            "{{unique}},42",
            "{{unique}}%2C42",
            "a;{{unique}}",
            "{{unique}}{{id}}",
            "{{unique",
            "",
        ] {
            assert!(!is_unique(foreign), "{foreign}");
        }
    }
}

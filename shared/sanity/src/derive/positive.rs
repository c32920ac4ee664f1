//! Requests that are right.

use super::chain::Chain;
use super::draft::{Draft, Weight};
use super::expected::{demand, documented_class, is_routed, lets_in, optional};
use super::ids::{from_list, id_names, list_capture};
use super::wire::{self, text};
use super::{negative, shape};
use crate::endpoint::{Body, Endpoint, Operation, Parameter, Style};
use crate::plan::{Auth, BodyType, DemandCheck, Method, Request, Retry, RetryReason, Step, is_name_of};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a right request may be answered with, besides success: that it needs other credentials, that what it names is
/// not there (any more), that it is one too many. Who breaks has not refused it: that fails a check of its own.
pub(super) const ACCEPTED: [&str; 8] = ["2XX", "3XX", "401", "403", "404", "409", "429", "5XX"];

/// Headers that the runner sets, or that OpenAPI says to ignore as parameters.
const OTHER_HEADERS: [&str; 5] = ["accept", "content-type", "authorization", "x-api-key", "cookie"];

/// A request that is right, as far as is known.
#[derive(Clone, Debug)]
pub(super) struct Right {
    pub request: Request,
    /// True if a document allows it, so that refusing it is a fault.
    pub documented: bool,
    /// True if it names something that is known to be there.
    pub exists: bool,
}

/// Where the values of path parameters come from.
#[derive(Clone, Copy)]
pub(super) enum Values<'a> {
    /// What a chain made, or what a document gives.
    Known(Option<&'a Chain<'a>>),
    /// Something that is not there.
    Unknown,
}

pub(super) fn plan(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>) {
    if let Some(chain) = chain.filter(|chain| chain.creates(endpoint)) {
        // The chain itself makes one.
        if let Some(right) = chain.right(draft) {
            examples(draft, endpoint, Some(chain), &right);
        }
        return;
    }
    if endpoint.method == Method::Delete {
        // The chain itself removes.
        return;
    }
    if !draft.can_ask(endpoint) {
        let (method, path, auth) = (endpoint.method.as_str(), &endpoint.path, endpoint.auth);
        draft.note(match auth {
            Auth::Other => {
                format!("{method} {path} asks for something that the tester cannot show: it can only be seen refused.")
            }
            _ => format!("{method} {path} asks for credentials ({auth:?}) that the tester does not have."),
        });
        return;
    }
    let right = right(endpoint, Values::Known(chain));
    // What is there is not the plan's to change, unless the plan made it.
    let right = right.filter(|right| right.exists || !endpoint.method.is_destructive());
    let Some(mut right) = right else {
        if empty(draft, endpoint) {
            return;
        }
        let (method, path) = (endpoint.method.as_str(), &endpoint.path);
        draft.note(format!("{method} {path} is not asked for what it is there for: nothing says what it takes."));
        return;
    };
    if !right.exists {
        from_list(draft, endpoint, &mut right.request);
    }
    let mut step = step(draft, endpoint, "", &right);
    if endpoint.method == Method::Get {
        step.capture.extend(list_capture(endpoint, draft));
    }
    if right.exists {
        expect_success(&mut step, endpoint);
    }
    draft.add(Weight::Reach, step);
    if endpoint.method == Method::Post && chain.is_none() && draft.removal_of(endpoint).is_some() {
        let path = &endpoint.path;
        draft.note(format!("What the tests make by POST {path} stays: nothing says what its id is called."));
    }
    examples(draft, endpoint, chain, &right);
}

/// Where nothing says what a route takes, it is reached with an empty body: it may refuse that, but not break. What it
/// makes of it, if anything, is removed.
fn empty(draft: &mut Draft<'_>, endpoint: &Endpoint) -> bool {
    let Some((path, _)) = path(endpoint, &[], Values::Unknown).filter(|_| endpoint.operation.is_none()) else {
        return false;
    };
    if endpoint.method.is_destructive() && !path.contains("{{unique}}") {
        return false;
    }
    let mut request = request(endpoint, path.clone());
    request.body = Some(Value::Object(serde_json::Map::new()));
    let mut step = draft.step(endpoint, " with an empty body", request);
    let delete = draft.removal_of(endpoint);
    let removed = delete.and_then(|delete| {
        if endpoint.method != Method::Post {
            return Some((delete, path));
        }
        let mut names = id_names(&endpoint.path, delete.path_parameters().last()?);
        names.retain(|name| is_name_of(&path, name));
        let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let name = format!("made_{}", step.id.replace('-', "_"));
        step.capture.insert(name.clone(), optional(&format!("$[{}]", names.join(","))));
        Some((delete, format!("{}/{{{{{name}}}}}", path.trim_end_matches('/'))))
    });
    let mut steps = vec![step];
    if let Some((delete, path)) = removed {
        steps.push(draft.clean_up(delete, self::request(delete, path)));
    }
    draft.add_to(Weight::Reach, &steps[0].id.clone(), steps);
    true
}

/// A step for a right request, which must not be refused if a document allows it.
pub(super) fn step(draft: &mut Draft<'_>, endpoint: &Endpoint, what: &str, right: &Right) -> Step {
    let mut step = draft.step(endpoint, what, right.request.clone());
    // A wrong request may be refused for being wrong, with whatever status.
    step.expect.admitted = is_routed(endpoint) && lets_in(endpoint);
    if right.documented {
        step.expect.demand = demand(DemandCheck::PositiveDataAcceptance, &ACCEPTED);
    }
    step
}

/// What was just made must be there, if perhaps a little later.
pub(super) fn expect_success(step: &mut Step, endpoint: &Endpoint) {
    let success = documented_class(endpoint, 2);
    if !success.is_empty() {
        step.expect.status = success;
        // What does something would do it again.
        step.retry = (endpoint.method != Method::Post).then_some(Retry {
            attempts: 3,
            delay_ms: 500,
            reason: RetryReason::EventualConsistency,
        });
    }
}

/// The further bodies that a document gives, and those in another form.
fn examples(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>, right: &Right) {
    let bodies = endpoint.operation.iter().flat_map(Operation::bodies);
    if right.request.body.is_none() {
        return;
    }
    // The first was sent, with ids and texts of the tests' own.
    let first = endpoint.operation.iter().filter_map(|operation| operation.body.as_ref());
    let mut sent: Vec<_> = first.map(|body| (body.body_type, body.example.clone())).collect();
    for body in bodies {
        let own = [(format!(", {}", form_name(body.body_type)), &body.example)];
        let named = body.examples.iter().map(|(name, example)| (format!(", example {name}"), example));
        for (what, example) in own.into_iter().chain(named) {
            let one = (body.body_type, example.clone());
            if sent.contains(&one) {
                continue;
            }
            sent.push(one);
            let mut right = right.clone();
            right.documented &= send(&mut right.request, body, example);
            let step = step(draft, endpoint, &what, &right);
            negative::made(draft, endpoint, chain, step, Weight::Example);
        }
    }
}

const fn form_name(body_type: BodyType) -> &'static str {
    match body_type {
        BodyType::Json => "as JSON",
        BodyType::Form => "as a form",
        BodyType::Multipart => "as a form in parts",
    }
}

/// The request, if everything that it must have is known.
pub(super) fn right(endpoint: &Endpoint, values: Values<'_>) -> Option<Right> {
    let operation = endpoint.operation.as_ref();
    if operation.is_none() && matches!(endpoint.method, Method::Post | Method::Put | Method::Patch) {
        // Nothing says what it takes, and it may change something.
        return None;
    }
    if operation.is_some_and(|operation| operation.other_body) {
        return None;
    }
    let parameters = operation.map_or(&[][..], |operation| operation.parameters.as_slice());
    let (path, exists) = path(endpoint, parameters, values)?;
    let mut request = request(endpoint, path);
    for parameter in parameters.iter().filter(|parameter| parameter.required) {
        put(&mut request, parameter, &parameter.example)?;
    }
    let mut documented = operation.is_some();
    if let Some(body) = operation.and_then(|operation| operation.body.as_ref()) {
        documented &= send(&mut request, body, &body.example);
    }
    documented &= parameters.iter().filter(|parameter| parameter.required).all(conforms);
    Some(Right { request, documented, exists })
}

/// Puts a value into a body as its form is; true if a document allows it for certain.
fn send(request: &mut Request, body: &Body, value: &Value) -> bool {
    request.body = Some(value.clone());
    request.body_type = body.body_type;
    request.files.clone_from(&body.files);
    body.is_certain() && shape::allows(&body.schema, value) == Some(true)
}

fn conforms(parameter: &Parameter) -> bool {
    parameter.schema.as_ref().is_none_or(|schema| shape::allows(schema, &parameter.example) == Some(true))
}

/// An empty request to a path.
pub(super) fn request(endpoint: &Endpoint, path: String) -> Request {
    Request {
        target: endpoint.target.clone(),
        method: endpoint.method,
        path,
        query: BTreeMap::new(),
        headers: BTreeMap::new(),
        body: None,
        body_type: BodyType::Json,
        files: BTreeMap::new(),
        auth: Some(endpoint.auth).filter(|auth| *auth != Auth::None),
        token_header: endpoint.token_header.clone().filter(|_| endpoint.auth == Auth::Bearer),
        anonymous: false,
    }
}

/// Puts a value into a query or a header; `None` if it cannot be written there.
pub(super) fn put(request: &mut Request, parameter: &Parameter, value: &Value) -> Option<()> {
    let lower = parameter.name.to_ascii_lowercase();
    match parameter.place.as_str() {
        "query" => {
            let entries = wire::entries(&parameter.name, value, parameter.style)?;
            wire::take_out(request, parameter);
            request.query.extend(entries);
        }
        // The token itself stands there.
        "header" if request.token_header.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&lower)) => {}
        "header" if OTHER_HEADERS.contains(&lower.as_str()) => {
            return (lower != "authorization" && lower != "x-api-key" || request.auth.is_some()).then_some(());
        }
        "header" => {
            let text = if parameter.style == Style::Json { value.to_string() } else { text(value)? };
            request.headers.insert(parameter.name.clone(), text);
        }
        _ => {}
    }
    Some(())
}

/// The path with its parameters filled in, and whether it names what is known to be there.
fn path(endpoint: &Endpoint, parameters: &[Parameter], values: Values<'_>) -> Option<(String, bool)> {
    let mut exists = true;
    let mut path = String::new();
    for part in endpoint.path.split('/').skip(1) {
        path.push('/');
        let mut rest = part;
        // `{id}`, and `{id}.json` too.
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, behind)| Some((before, behind.split_once('}')?)))
        {
            let name = name.trim_end_matches('+');
            let parameter = parameters.iter().find(|parameter| parameter.place == "path" && parameter.name == name);
            let made = match values {
                Values::Known(chain) if part.len() == name.len() + 2 => chain.and_then(|chain| chain.value_at(&path)),
                _ => None,
            };
            exists &= made.is_some();
            path += before;
            path += &match (made, parameter) {
                (Some(made), _) => made,
                (None, Some(parameter)) => unmade(parameter, matches!(values, Values::Unknown))?,
                (None, None) => "{{unique}}".to_owned(),
            };
            rest = after;
        }
        path += rest;
    }
    let named = endpoint.path.contains('{');
    Some((path, exists && named))
}

/// A value for a parameter of which nothing was made: the document's own, or one that nobody has.
fn unmade(parameter: &Parameter, unknown: bool) -> Option<String> {
    if unknown && takes_any_text(parameter) {
        return Some("{{unique}}".to_owned());
    }
    let schema = parameter.schema.as_ref();
    let is_free = |schema: &&serde_json::Value| shape::allows(schema, &Value::from(NOBODYS)) == Some(true);
    match schema.filter(is_free) {
        Some(_) if unknown => Some(NOBODYS.to_string()),
        _ => Some(encode(&text(&parameter.example)?)),
    }
}

/// A number that no counter has come to.
pub(super) const NOBODYS: i64 = 1_999_999_973;

/// True if a path names what nobody has.
pub(super) fn names_nobodys(path: &str) -> bool {
    path.contains("{{unique}}") || path.split('/').any(|part| part == NOBODYS.to_string())
}

/// True if a random UUID is a value that the document allows.
pub(super) fn takes_any_text(parameter: &Parameter) -> bool {
    let uuid = Value::from("3fa85f64-5717-4562-b3fc-2c963f66afa7");
    parameter.schema.as_ref().is_none_or(|schema| {
        shape::allows(schema, &uuid) == Some(true) && shape::kind(shape::leaf(schema, schema)) != Some("integer")
    })
}

/// Percent-encodes a value for one part of a path.
pub(super) fn encode(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_~.:@+,=".contains(byte);
    if value.bytes().all(|byte| byte == b'.') {
        return value.replace('.', "%2E");
    }
    value.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

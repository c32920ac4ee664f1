//! What may be wrong with one step.

use super::Bounds;
use crate::openapi::{is_json, media_type};
use crate::plan::request::says_method;
use crate::plan::{
    BodyType, Capture, Expect, Form, Known, Method, Request, RetryReason, StatusMatch, Step, UNIQUE, json_path, path,
};
use crate::schema::Schema;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// Most placeholders in a request, and in what is expected: each may stand for a few kilobytes.
const MOST_PLACEHOLDERS: usize = 100;

/// Most values that one step captures.
const MOST_CAPTURES: usize = 16;

/// Most headers and places in the body that one step looks at.
const MOST_EXPECTED: usize = 50;

/// Headers that are the runner's own business: they decide where a request goes, what it asks for or who sends it.
/// Gateways that know headers as variables take `_` for `-`.
const CLOSED_HEADERS: [&str; 13] = [
    "host",
    "authorization",
    "connection",
    "content-length",
    "transfer-encoding",
    "cookie",
    "forwarded",
    "proxy-authorization",
    "upgrade",
    "te",
    "x-api-key",
    "x-host",
    "x-middleware-rewrite",
];

/// What the names of others begin with: signatures, and what proxies in front of an API take for the request's address.
const CLOSED_PREFIXES: [&str; 5] = ["x-amz-", "x-envoy-", "x-forwarded-", "x-original-", "x-rewrite-"];

/// Headers in which no authorizer reads a token: they say how a request travels, and what its body is.
const NO_TOKEN_HEADERS: [&str; 7] =
    ["host", "connection", "content-length", "content-type", "transfer-encoding", "upgrade", "te"];

/// Everything that is wrong with a step, given what earlier ones captured.
pub(super) fn check(step: &Step, known: &Known<'_>, bounds: Bounds, found: &mut Vec<String>) {
    let id = &step.id;
    if id.is_empty() || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        found.push("the id must be of 1 to 64 letters, digits and hyphens".to_owned());
    }
    let request = &step.request;
    path::check(&request.path, found);
    for (name, value) in &request.headers {
        check_header(name, value, found);
    }
    if let Some(name) = &request.token_header {
        check_token_header(name, found);
    }
    check_size(request, bounds, found);
    check_form(request, found);
    check_content_type(request, found);
    let placeholders = request.placeholder_count().max(step.expect.placeholder_count());
    if placeholders > MOST_PLACEHOLDERS {
        found.push(format!("it has {placeholders} placeholders; at most {MOST_PLACEHOLDERS} are allowed"));
    }
    for name in request.placeholders() {
        if !known.has(&name) {
            found.push(format!("{{{{{name}}}}} is used before a step captures it"));
        }
    }
    if request.is_destructive() && !bounds.allow_destructive && !known.is_own(request) {
        found.push(format!(
            "{} may only name what the plan itself created: its path must be that of a POST with the id that was captured from it behind, as a whole part of the path, or hold {{{{{UNIQUE}}}}}, and no other id may stand in the query or the body",
            request.method.as_str()
        ));
    }
    check_expect(&step.expect, found);
    if step.capture.len() > MOST_CAPTURES {
        found.push(format!("it captures {} values; at most {MOST_CAPTURES} are allowed", step.capture.len()));
    }
    for (name, capture) in &step.capture {
        if name == UNIQUE || name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            found.push(format!("`{name}` is no name for a captured value"));
        }
        if let Capture::Body(path) | Capture::Optional(path) = capture {
            json_path::check(path, found);
        }
    }
    if step.retry.as_ref().is_some_and(|retry| !(2..=5).contains(&retry.attempts) || retry.delay_ms > 5000) {
        found.push("a retry has 2 to 5 attempts and at most 5000 ms between them".to_owned());
    }
    if step.retry.as_ref().is_some_and(|retry| retry.reason == RetryReason::EventualConsistency)
        && request.method == Method::Post
    {
        found.push("a POST that is sent again makes another: retry the step that reads".to_owned());
    }
    if step.timeout_ms.is_some_and(|timeout| timeout == 0 || timeout > bounds.timeout_ms) {
        found.push(format!("timeoutMs must be 1 to {}", bounds.timeout_ms));
    }
}

/// Whether a request is too big.
pub(crate) fn check_size(request: &Request, bounds: Bounds, found: &mut Vec<String>) {
    let body = request.body.as_ref().map_or(0, |body| {
        let form = Form::of(body, request.body_type, &request.files);
        form.map_or_else(|| body.to_string(), |form| form.text()).len()
    });
    let query = request.query.iter().flat_map(|(name, texts)| texts.all().map(move |text| query_bytes(name, text)));
    let headers = request.headers.iter().map(|(name, value)| name.len() + value.len());
    check_sizes(body, path_bytes(&request.path) + query.chain(headers).sum::<usize>(), bounds, found);
}

/// How long a path is as it travels.
pub(crate) fn path_bytes(path: &str) -> usize {
    path.bytes().map(|byte| if byte.is_ascii() { 1 } else { 3 }).sum()
}

/// How long an entry of a query is as it travels, with what stands between it and the next.
pub(crate) fn query_bytes(name: &str, text: &str) -> usize {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
    encoded(name) + encoded(text) + 2
}

/// Whether a body, or path, query and headers together, are too long.
pub(crate) fn check_sizes(body: usize, head: usize, bounds: Bounds, found: &mut Vec<String>) {
    if body > bounds.body_bytes {
        found.push(format!("the body has {body} bytes; at most {} are allowed", bounds.body_bytes));
    }
    if head > bounds.head_bytes {
        found.push(format!("path, query and headers have {head} bytes; at most {} are allowed", bounds.head_bytes));
    }
}

/// A form has fields, and its files are among them.
fn check_form(request: &Request, found: &mut Vec<String>) {
    let kind = request.body_type;
    if request.method == Method::Head && request.body.is_some() {
        found.push("HEAD has no body".to_owned());
    }
    if kind != BodyType::Json && request.body.as_ref().is_some_and(|body| !body.is_object()) {
        found.push("the body of a form is an object with a member for each field".to_owned());
    }
    if kind != BodyType::Multipart {
        if !request.files.is_empty() {
            found.push("only a body of the type `multipart` has files".to_owned());
        }
        return;
    }
    let members = request.body.iter().filter_map(Value::as_object).flat_map(Map::keys);
    for name in members.filter(|name| name.is_empty() || name.chars().any(|c| c.is_control() || "=;\"@".contains(c))) {
        found.push(format!("`{}` is no name for a part of a form", name.escape_debug()));
    }
    for (name, file) in &request.files {
        let value = request.body.as_ref().and_then(|body| body.get(name));
        let is_text = match value {
            Some(Value::Array(items)) => items.iter().all(Value::is_string),
            value => value.is_some_and(Value::is_string),
        };
        if !is_text {
            found.push(format!("the file `{name}` is no text in the body"));
        }
        let part =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b));
        if !file.content_type.split_once('/').is_some_and(|(kind, subtype)| part(kind) && part(subtype)) {
            found.push(format!("`{}` is no media type", file.content_type.escape_debug()));
        }
    }
}

fn check_header(name: &str, value: &str, found: &mut Vec<String>) {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    if !is_header_name(name) || value.chars().any(char::is_control) {
        found.push(format!("`{}` is no header", name.escape_debug()));
    } else if is_closed(&lower) {
        found.push(format!("the header `{name}` is set by the runner; use the target's `auth`, or `anonymous`"));
    }
}

fn check_token_header(name: &str, found: &mut Vec<String>) {
    if !is_token_header(name) {
        found.push(format!("no token can be shown in `{}`", name.escape_debug()));
    }
}

/// True if a token may be shown in this header. Authorizers read many that are closed to plans, such as `cookie`: where
/// the token stands is what evidence says, and a plan cannot say what the token is.
pub(crate) fn is_token_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace('_', "-");
    is_header_name(name) && !NO_TOKEN_HEADERS.contains(&lower.as_str()) && !lower.starts_with("x-amz-")
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_closed(lower: &str) -> bool {
    CLOSED_HEADERS.contains(&lower)
        || CLOSED_PREFIXES.iter().any(|start| lower.starts_with(start))
        || says_method(lower)
}

/// What a body is read as is what it is written as: a text in JSON could be a form to whoever takes it for one.
fn check_content_type(request: &Request, found: &mut Vec<String>) {
    let is_kept = |value: &str| match request.body_type {
        BodyType::Json => is_json(value) && !value.contains("{{"),
        BodyType::Form => media_type(value) == "application/x-www-form-urlencoded" && !value.contains("{{"),
        // It says itself what stands between its parts.
        BodyType::Multipart => false,
    };
    let given =
        request.headers.iter().filter(|(name, _)| name.to_ascii_lowercase().replace('_', "-") == "content-type");
    if given.into_iter().any(|(_, value)| !is_kept(value)) {
        found.push(
            "leave `content-type` out: it follows from `bodyType`; for JSON another `+json` may be said".to_owned(),
        );
    }
}

fn check_expect(expect: &Expect, found: &mut Vec<String>) {
    for status in expect.status.iter().chain(expect.demand.iter().flat_map(|demand| &demand.status)) {
        let good = match status {
            StatusMatch::Code(code) => (100..=599).contains(code),
            StatusMatch::Class(class) => {
                matches!(class.to_ascii_uppercase().as_str(), "1XX" | "2XX" | "3XX" | "4XX" | "5XX")
            }
        };
        if !good {
            found.push("a status is a number from 100 to 599 or a class such as 2XX".to_owned());
        }
    }
    let expected = expect.headers.len() + expect.body.len();
    if expected > MOST_EXPECTED {
        found.push(format!("it expects {expected} headers and values; at most {MOST_EXPECTED} are allowed"));
    }
    for path in expect.body.keys() {
        json_path::check(path, found);
    }
    if let Some(schema) = &expect.schema {
        // No retriever is compiled in: a reference to another document is an error, not a request.
        found.extend(Schema::for_answers(schema).err().map(|unusable| unusable.to_string()));
    }
}

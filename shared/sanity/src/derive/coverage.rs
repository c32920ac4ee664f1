//! Values at the edges of what a document allows, just inside and just outside: in the manner of Schemathesis's
//! coverage phase. Each case is checked against the schema itself, so that one that is meant to be wrong is wrong.

use super::chain::Chain;
use super::draft::{Draft, Weight};
use super::positive::{self, Right, encode, put};
use super::wire::{self, text};
use super::{negative, shape};
use crate::endpoint::{Body, Endpoint, Parameter, Style};
use crate::plan::{BodyType, DemandCheck, Request, says_which};
use crate::schema::Schema;
use serde_json::{Value, json};

/// Longest text that is made to show a limit.
const MAX_TEXT: u64 = 4096;

/// Most values of an enumeration that are sent.
const MAX_ENUM: usize = 5;

/// Most members of a body whose edges are looked at.
const MAX_MEMBERS: usize = 60;

/// Longest list that is made to show a limit.
const MAX_ITEMS: u64 = 50;

/// A value and what is special about it.
struct Case {
    what: String,
    value: Value,
}

pub(super) fn plan(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>) {
    let Some(operation) = &endpoint.operation else { return };
    if !draft.can_ask(endpoint) || draft.is_full() {
        return;
    }
    let Some(right) = negative::of(draft, endpoint, chain) else { return };
    let mut cases = Vec::new();
    for parameter in &operation.parameters {
        cases.extend(of_parameter(draft, endpoint, parameter, &right));
    }
    if let Some(body) = &operation.body {
        cases.extend(of_body(draft, body, &right));
    }
    // Wrong ones first: they find more.
    cases.sort_by_key(|(_, allowed, _)| *allowed);
    for (what, allowed, request) in cases.into_iter().take(draft.options.coverage) {
        if allowed {
            let mut step = positive::step(draft, endpoint, &what, &Right { request, ..right.clone() });
            step.expect.admitted = false;
            negative::made(draft, endpoint, chain, step, Weight::Coverage);
        } else {
            negative::add(draft, endpoint, chain, &what, request, DemandCheck::NegativeDataRejection);
        }
    }
}

fn of_body(draft: &mut Draft<'_>, body: &Body, right: &Right) -> Vec<(String, bool, Request)> {
    let Some(Value::Object(members)) = &right.request.body else { return Vec::new() };
    let Ok(usable) = Schema::for_plans(&body.schema) else { return Vec::new() };
    let is_form = body.body_type != BodyType::Json;
    let mut cases = Vec::new();
    for (name, schema) in shape::of(&body.schema).members.into_iter().take(MAX_MEMBERS) {
        // What a file holds is nobody's promise, and which thing is meant is not to be tried.
        if body.files.contains_key(name) || says_which(&right.request.path, name) {
            continue;
        }
        for case in cases_of(schema) {
            let mut changed = members.clone();
            changed.insert(name.to_owned(), case.value);
            let allowed = if is_form {
                wire::form_allows(&usable, &changed, name, schema)
            } else {
                usable.allows(&Value::Object(changed.clone()))
            };
            let Some(allowed) = allowed else { continue };
            let request = Request { body: Some(Value::Object(changed)), ..right.request.clone() };
            cases.push((format!(" with {name} {}", case.what), allowed, request));
        }
    }
    draft.compared(&usable);
    cases
}

fn of_parameter(
    draft: &mut Draft<'_>,
    endpoint: &Endpoint,
    parameter: &Parameter,
    right: &Right,
) -> Vec<(String, bool, Request)> {
    let Some(whole) = &parameter.schema else { return Vec::new() };
    let Ok(usable) = Schema::for_plans(whole) else { return Vec::new() };
    let mut cases = Vec::new();
    for case in cases_of(shape::leaf(whole, whole)) {
        let Some(allowed) = wire::allows(parameter, &usable, &case.value) else { continue };
        // An empty text may be as good as none.
        if case.value == "" || case.value.is_object() && parameter.style != Style::Json {
            continue;
        }
        let mut request = right.request.clone();
        match parameter.place.as_str() {
            // What an allowed id names need not be there.
            "path" if allowed || endpoint.method.is_destructive() => continue,
            "path" => {
                let value = text(&case.value).filter(|text| !text.is_empty()).map(|text| encode(&text));
                let path = value.and_then(|v| with_segment(&endpoint.path, &right.request.path, &parameter.name, &v));
                let Some(path) = path else { continue };
                request.path = path;
            }
            "query" | "header" => {
                if put(&mut request, parameter, &case.value).is_none() {
                    continue;
                }
            }
            _ => continue,
        }
        cases.push((format!(" with {} {}", parameter.name, case.what), allowed, request));
    }
    draft.compared(&usable);
    cases
}

/// The path with another value for one parameter.
fn with_segment(template: &str, filled: &str, name: &str, value: &str) -> Option<String> {
    let parameter = format!("{{{name}}}");
    let parts: Vec<&str> =
        template.split('/').zip(filled.split('/')).map(|(of, is)| if of == parameter { value } else { is }).collect();
    let path = parts.join("/");
    (path != filled).then_some(path)
}

/// The telling values of a schema. Whether each is allowed is for the schema to say.
fn cases_of(schema: &Value) -> Vec<Case> {
    let case = |what: &str, value: Value| Case { what: what.to_owned(), value };
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
    let number = |name: &str| schema.get(name).and_then(Value::as_f64);
    let mut cases = Vec::new();
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        cases.extend(values.iter().take(MAX_ENUM).map(|value| case(&format!("= {value}"), value.clone())));
        cases.push(case("outside of its values", json!("drydock-no-such-value")));
        return cases;
    }
    match shape::kind(schema) {
        Some("string") => {
            if schema.get("pattern").is_none() && schema.get("format").is_none() {
                let of_length = |length: u64| Value::from("a".repeat(usize::try_from(length).unwrap_or_default()));
                if let Some(least) = limit("minLength").filter(|least| (1..MAX_TEXT).contains(least)) {
                    cases.push(case("of the least length", of_length(least)));
                    cases.push(case("too short", of_length(least - 1)));
                }
                if let Some(most) = limit("maxLength").filter(|most| *most < MAX_TEXT) {
                    cases.push(case("of the greatest length", of_length(most)));
                    cases.push(case("too long", of_length(most + 1)));
                }
            } else {
                cases.push(case("of a wrong form", json!("%%%")));
            }
            cases.push(case("of a wrong type", json!({"not": "a text"})));
        }
        Some(kind @ ("integer" | "number")) => {
            let of = |value: f64| if kind == "integer" { whole_number(value) } else { json!(value) };
            for (name, step, inside, outside) in [
                ("minimum", -1.0, "at its minimum", "below its minimum"),
                ("maximum", 1.0, "at its maximum", "above its maximum"),
            ] {
                if let Some(value) = number(name).filter(|value| value.abs() < 1e15) {
                    cases.extend([case(inside, of(value)), case(outside, of(value + step))]);
                }
            }
            for (name, outside) in
                [("exclusiveMinimum", "at its excluded minimum"), ("exclusiveMaximum", "at its excluded maximum")]
            {
                cases.extend(number(name).filter(|value| value.abs() < 1e15).map(|value| case(outside, of(value))));
            }
            cases.push(case("of a wrong type", json!("drydock-no-number")));
        }
        Some("boolean") => cases.push(case("of a wrong type", json!("drydock-neither"))),
        Some("array") => {
            cases.extend(lists(schema));
            cases.push(case("of a wrong type", json!("drydock-no-list")));
        }
        Some("object") => cases.push(case("of a wrong type", json!("drydock-no-object"))),
        _ => {}
    }
    cases
}

/// Lists of the least and the greatest length and just beyond, and one with an element that is wrong.
fn lists(schema: &Value) -> Vec<Case> {
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64).filter(|limit| *limit < MAX_ITEMS);
    let items = schema.get("items").unwrap_or(&Value::Null);
    let of = |what: &str, length: u64| {
        let elements = (0..length).map(|at| element(items, at)).collect::<Option<Vec<_>>>();
        elements.map(|elements| Case { what: what.to_owned(), value: elements.into() })
    };
    let mut cases = Vec::new();
    if let Some(least) = limit("minItems").filter(|least| *least > 0) {
        cases.extend([of("of the fewest elements", least), of("of too few elements", least - 1)]);
    }
    if let Some(most) = limit("maxItems") {
        cases.extend([of("of the most elements", most), of("of too many elements", most + 1)]);
    }
    let mut cases: Vec<Case> = cases.into_iter().flatten().collect();
    if items.get("enum").is_some() || matches!(shape::kind(items), Some("integer" | "number" | "boolean")) {
        cases.push(Case { what: "of a wrong element".to_owned(), value: json!(["drydock-no-such-element"]) });
    }
    cases
}

/// An element of a list, each its own where that is possible. Whether it is right is for the schema to say.
fn element(items: &Value, at: u64) -> Option<Value> {
    if let Some(values) = items.get("enum").and_then(Value::as_array) {
        return values.get(usize::try_from(at).ok()? % values.len().max(1)).cloned();
    }
    match shape::kind(items) {
        Some("string") if items.get("pattern").is_none() && items.get("format").is_none() => {
            let text = format!("a{at}");
            let least = items.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(MAX_TEXT);
            let padding = usize::try_from(least).ok()?.saturating_sub(text.len());
            Some(Value::from(text + &"a".repeat(padding)))
        }
        Some("integer" | "number") => {
            let least = items.get("minimum").and_then(Value::as_i64).unwrap_or(1);
            Some(json!(least.saturating_add(i64::try_from(at).ok()?)))
        }
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the caller has looked at its size")]
fn whole_number(value: f64) -> Value {
    json!(value as i64)
}

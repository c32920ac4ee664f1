//! Requests that are wrong in one way.

use super::chain::Chain;
use super::draft::{Draft, Weight};
use super::expected::{demand, documented_class};
use super::positive::{self, Right, Values};
use super::{shape, wire};
use crate::endpoint::{Endpoint, OriginKind};
use crate::evidence::Evidence;
use crate::plan::{Auth, DemandCheck, Expect, Method, StatusMatch, Step};
use crate::schema::Schema;
use serde_json::Value;

/// Most required members of a body, and parameters, that are left out one by one.
const MAX_MISSING: usize = 5;

pub(super) fn plan(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>, evidence: &Evidence) {
    without_credentials(draft, endpoint);
    if draft.can_ask(endpoint) {
        unknown_id(draft, endpoint, chain, evidence);
        missing(draft, endpoint, chain);
    }
    unsupported_method(draft, endpoint, evidence);
}

/// True if the document says that wrong requests are refused.
pub(super) fn refuses(endpoint: &Endpoint) -> bool {
    let documented = documented_class(endpoint, 4);
    [400, 422].iter().any(|code| documented.iter().any(|status| status.matches(*code)))
}

/// Without the credentials that it asks for.
fn without_credentials(draft: &mut Draft<'_>, endpoint: &Endpoint) {
    if endpoint.auth == Auth::None {
        return;
    }
    // What it would do without them must not matter: it names nothing that is there.
    let right = positive::right(endpoint, Values::Unknown);
    let mut request = match right {
        Some(right) => right.request,
        None if endpoint.path_parameters().is_empty() => positive::request(endpoint, endpoint.path.clone()),
        None => return,
    };
    if endpoint.method.is_destructive() && !request.path.contains("{{unique}}") {
        return;
    }
    request.anonymous = true;
    request.auth = None;
    request.token_header = None;
    let mut step = draft.step(endpoint, " without credentials", request);
    step.expect = Expect {
        demand: demand(DemandCheck::IgnoredAuth, &["401", "403"]),
        max_response_time_ms: step.expect.max_response_time_ms,
        ..Expect::default()
    };
    draft.add(Weight::Credentials, step);
}

/// With an id that nobody has. Only where the document says that reading it gives 404 that is expected.
fn unknown_id(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>, evidence: &Evidence) {
    if endpoint.path_parameters().is_empty() {
        return;
    }
    let Some(mut right) = positive::right(endpoint, Values::Unknown) else { return };
    let is_own = right.request.path.contains("{{unique}}");
    if !positive::names_nobodys(&right.request.path) || endpoint.method.is_destructive() && !is_own {
        return;
    }
    if chain.is_some_and(Chain::chooses_id) {
        right.request.path = right.request.path.replace("{{unique}}", "{{unique}}-none");
    }
    let path = right.request.path.clone();
    let mut step = draft.step(endpoint, " with an unknown id", right.request);
    let documented = documented_class(endpoint, 4);
    if endpoint.method == Method::Get && documented.iter().any(|status| status.matches(404)) {
        step.expect.status = documented;
    }
    // Some put what is not there.
    let same = |other: &&Endpoint| {
        other.target == endpoint.target && other.path == endpoint.path && other.method == Method::Delete
    };
    let mut steps = vec![step];
    if endpoint.method == Method::Put
        && let Some(delete) = evidence.endpoints.iter().find(same).filter(|delete| draft.can_ask(delete))
    {
        steps.push(draft.clean_up(delete, positive::request(delete, path)));
    }
    draft.add_to(Weight::Negative, &steps[0].id.clone(), steps);
}

/// Without what is required: members of the body, parameters in query and headers.
fn missing(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>) {
    let Some(operation) = &endpoint.operation else { return };
    let Some(right) = of(draft, endpoint, chain) else { return };
    if let (Some(body), Some(Value::Object(members))) = (&operation.body, &right.request.body)
        && let Ok(usable) = Schema::for_plans(&body.schema)
    {
        let shape = shape::of(&body.schema);
        for name in shape.required.iter().filter(|name| members.contains_key(**name)).take(MAX_MISSING) {
            let mut wrong = members.clone();
            wrong.remove(*name);
            let wrong = Value::Object(wrong);
            if usable.allows(&wrong) == Some(false) {
                let mut request = right.request.clone();
                request.body = Some(wrong);
                add(draft, endpoint, chain, &format!(" without {name}"), request, DemandCheck::NegativeDataRejection);
            }
        }
        if body.required {
            let mut request = right.request.clone();
            request.body = None;
            add(draft, endpoint, chain, " without a body", request, DemandCheck::NegativeDataRejection);
        }
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.required).take(MAX_MISSING) {
        let mut request = right.request.clone();
        let check = match parameter.place.as_str() {
            "query" if wire::take_out(&mut request, parameter) => DemandCheck::NegativeDataRejection,
            "header" if request.headers.remove(&parameter.name).is_some() => DemandCheck::MissingRequiredHeader,
            _ => continue,
        };
        add(draft, endpoint, chain, &format!(" without {}", parameter.name), request, check);
    }
}

/// A right request to begin with.
pub(super) fn of(draft: &Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>) -> Option<Right> {
    match chain.filter(|chain| chain.creates(endpoint)) {
        Some(chain) => chain.right(draft),
        None => positive::right(endpoint, Values::Known(chain)),
    }
    .filter(|right| {
        right.documented
            && (!endpoint.method.is_destructive() || right.exists || right.request.path.contains("{{unique}}"))
    })
}

/// A wrong request: where the document says how it is refused it must be, else it must do no harm.
pub(super) fn add(
    draft: &mut Draft<'_>,
    endpoint: &Endpoint,
    chain: Option<&Chain<'_>>,
    what: &str,
    request: crate::plan::Request,
    check: DemandCheck,
) {
    let mut step = draft.step(endpoint, what, request);
    if refuses(endpoint) {
        // Who breaks has not taken it: that fails a check of its own.
        step.expect.demand = demand(check, &["4XX", "5XX"]);
    }
    let weight = if what.starts_with(" with ") { Weight::Coverage } else { Weight::Negative };
    made(draft, endpoint, chain, step, weight);
}

/// Adds a step; what it makes, if it makes something after all, is removed.
pub(super) fn made(draft: &mut Draft<'_>, endpoint: &Endpoint, chain: Option<&Chain<'_>>, step: Step, weight: Weight) {
    match chain.filter(|chain| chain.creates(endpoint)) {
        Some(chain) => chain.another(draft, step, weight),
        None => draft.add(weight, step),
    }
}

/// A method that a documented path does not have. API Gateway answers 403 or 404 where HTTP has 405: any refusal will
/// do.
fn unsupported_method(draft: &mut Draft<'_>, endpoint: &Endpoint, evidence: &Evidence) {
    let same_path: Vec<&Endpoint> = evidence
        .endpoints
        .iter()
        .filter(|other| other.target == endpoint.target && other.path == endpoint.path)
        .collect();
    // Once a path, and only where a document says all that it has.
    let is_first = same_path.first().is_some_and(|first| first.method == endpoint.method);
    let is_documented = same_path.iter().any(|other| other.operation.is_some());
    let is_certain = same_path.iter().all(|other| {
        other.origins.iter().any(|origin| matches!(origin.kind, OriginKind::OpenApi | OriginKind::Template))
    });
    if !is_first || !is_documented || !is_certain || !draft.can_ask(endpoint) {
        return;
    }
    let has = |method: Method| same_path.iter().any(|other| other.method == method);
    let own = endpoint.path_parameters().len();
    let wanted = if own > 0 {
        vec![Method::Patch, Method::Put, Method::Delete, Method::Post]
    } else {
        vec![Method::Get, Method::Post]
    };
    let Some(method) = wanted.into_iter().find(|method| !has(*method)) else { return };
    let Some(right) = positive::right(
        &Endpoint { method: Method::Get, operation: parameters_only(endpoint), ..endpoint.clone() },
        Values::Unknown,
    ) else {
        return;
    };
    if own > 0 && !right.request.path.contains("{{unique}}") {
        return;
    }
    let mut request = right.request;
    request.method = method;
    if method != Method::Get && method != Method::Delete {
        request.body = Some(Value::Object(serde_json::Map::new()));
    }
    let asked = Endpoint { operation: None, origins: Vec::new(), ..endpoint.clone() };
    let mut step = draft.step(&asked, ", which has no such method", request);
    step.expect.demand = demand(DemandCheck::UnsupportedMethod, &["4XX", "501"]);
    step.expect.status = Vec::<StatusMatch>::new();
    draft.add(Weight::Negative, step);
}

/// What a document says of the path's own parameters.
fn parameters_only(endpoint: &Endpoint) -> Option<crate::endpoint::Operation> {
    let operation = endpoint.operation.as_ref()?;
    let parameters = operation.parameters.iter().filter(|parameter| parameter.place == "path").cloned().collect();
    Some(crate::endpoint::Operation { parameters, ..crate::endpoint::Operation::default() })
}

//! `docs/openapi.yaml` says what the code does: routes, fields, words and every example.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use api_handler::router::{Route, path_of, route};
use api_handler::{body, fields, routes};
use drydock_contract::api::{
    Accepted, Analysis, AnalyzeRequest, BadRequest, DeploymentSummary, DeploymentsBody, ErrorBody, InternalError,
    SessionRequest, StatusBody,
};
use drydock_contract::detection::IacType;
use drydock_contract::hosts::AllowedHosts;
use drydock_contract::workflow::Checkpoint;
use drydock_contract::{SessionKind, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

fn document() -> Value {
    serde_yaml::from_str(include_str!("../../../docs/openapi.yaml")).unwrap()
}

/// Follows `$ref`, which must lead somewhere.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        None => value,
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("references stay inside the document");
            resolve(document, document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
    }
}

fn schema<'a>(document: &'a Value, name: &str) -> &'a Value {
    &document["components"]["schemas"][name]
}

fn names(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Object(fields) => fields.keys().map(String::as_str).collect(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        other => panic!("no names in {other}"),
    }
}

/// `example` or each value of `examples`.
fn examples(media: &Value) -> Vec<&Value> {
    match (media.get("example"), media.get("examples")) {
        (Some(example), None) => vec![example],
        (None, Some(Value::Object(examples))) => examples.values().map(|example| &example["value"]).collect(),
        _ => panic!("no example in {media}"),
    }
}

/// Every operation: path, method, operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

/// What the value of every status of an operation is, with references followed.
fn responses<'a>(document: &'a Value, operation: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let responses = operation["responses"].as_object().unwrap();
    responses.iter().map(|(status, response)| (status.as_str(), resolve(document, response))).collect()
}

fn media(content: &Value) -> &Value {
    &content["content"]["application/json"]
}

/// A small reading of JSON Schema: types, required and known properties, items, enums, references.
fn conforms(document: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolve(document, schema);
    let good_type = match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("{at}: type {other} is not known to this test"),
        None => true,
    };
    assert!(good_type, "{at}: {value} is no {}", schema["type"]);
    if let Some(words) = schema.get("enum") {
        assert!(words.as_array().unwrap().contains(value), "{at}: {value} is not one of {words}");
    }
    if let (Some(properties), Some(fields)) = (schema.get("properties"), value.as_object()) {
        for (name, value) in fields {
            let schema = properties.get(name).unwrap_or_else(|| panic!("{at}.{name} is not documented"));
            conforms(document, schema, value, &format!("{at}.{name}"));
        }
        for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            assert!(fields.contains_key(required.as_str().unwrap()), "{at}.{required} is missing");
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values.iter().for_each(|value| conforms(document, items, value, &format!("{at}[]")));
    }
}

/// The example is exactly what the contract's type reads and writes.
fn survives<T: DeserializeOwned + Serialize>(example: &Value) {
    let read: T = serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{error}: {example}"));
    assert_eq!(&serde_json::to_value(read).unwrap(), example);
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn hosts() -> AllowedHosts {
    AllowedHosts::parse("github.com").unwrap()
}

#[test]
fn the_routes_are_those_of_the_contract() {
    let document = document();
    let documented: BTreeSet<_> = operations(&document).into_iter().map(|(path, method, _)| (method, path)).collect();
    let expected = BTreeSet::from([
        ("post", "/deploy"),
        ("post", "/fix"),
        ("post", "/sanity-test"),
        ("post", "/sdlc-deploy"),
        ("get", "/status/{sessionId}"),
        ("get", "/deployments"),
        ("post", "/deployments/{sessionId}/cancel"),
        ("delete", "/deployments/{sessionId}"),
        ("post", "/analyze"),
        ("get", "/analyze/{sessionId}"),
    ]);
    assert_eq!(documented, expected);
    for (method, path) in documented {
        let ours = !path.starts_with("/analyze");
        assert_eq!(route(&method.to_uppercase(), path).is_some(), ours, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        resolve(document, value);
        match value {
            Value::Object(fields) => fields.values().for_each(|value| walk(document, value)),
            Value::Array(values) => values.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        if let Some(body) = operation.get("requestBody") {
            for example in examples(media(body)) {
                conforms(&document, &media(body)["schema"], example, &at);
            }
        }
        for (status, response) in responses(&document, operation) {
            for example in examples(media(response)) {
                conforms(&document, &media(response)["schema"], example, &format!("{at} {status}"));
            }
        }
    }
}

#[test]
fn every_answer_is_what_the_contract_writes() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        for (status, response) in responses(&document, operation) {
            for example in examples(media(response)) {
                match (path, status) {
                    (_, "202") => survives::<Accepted>(example),
                    (_, "400") => survives::<BadRequest>(example),
                    (_, "404" | "409") => survives::<ErrorBody>(example),
                    (_, "500" | "503") => survives::<InternalError>(example),
                    (_, "403") => assert_eq!(names(example), ["message"].into()),
                    ("/status/{sessionId}", "200") => survives::<StatusBody>(example),
                    ("/deployments/{sessionId}/cancel", "200") => survives::<DeploymentSummary>(example),
                    ("/deployments", "200") => survives::<DeploymentsBody>(example),
                    ("/analyze" | "/analyze/{sessionId}", "200") => survives::<Analysis>(example),
                    other => panic!("{method} {other:?} is not known to this test"),
                }
            }
        }
    }
}

#[test]
fn the_routes_take_the_documented_fields_and_need_the_required_ones() {
    let document = document();
    for kind in SessionKind::ALL.into_iter().filter(|kind| *kind != SessionKind::Teardown) {
        let path = path_of(kind);
        assert_eq!(route("POST", path), Some(Route::Open(kind)));
        let media = media(&document["paths"][path]["post"]["requestBody"]);
        let schema = resolve(&document, &media["schema"]);
        let read = |body: Map<String, Value>| {
            let body = body::object(Value::Object(body).to_string().as_bytes()).unwrap();
            fields::read(body).and_then(|request| routes::read(kind, request, &hosts()))
        };
        for example in examples(media) {
            assert_eq!(read(object(example)).map(|opening| opening.kind), Ok(kind), "{example}");
            for required in names(&schema["required"]) {
                let mut body = object(example);
                body.remove(required);
                assert_eq!(read(body).unwrap_err().to_string(), format!("`{required}` is required"));
            }
        }
        for name in names(&schema["properties"]) {
            assert!(fields::FIELDS.iter().any(|(field, _)| *field == name), "{path}: `{name}` is no field");
        }
        conforms(&document, schema, &routes::example(kind, &hosts()), path);
    }
    survives::<AnalyzeRequest>(&media(&document["paths"]["/analyze"]["post"]["requestBody"])["example"]);
}

#[test]
fn every_field_of_a_request_is_documented() {
    let document = document();
    let documented: BTreeSet<&str> = ["DeployRequest", "SdlcRequest", "FixRequest", "SanityTestRequest"]
        .into_iter()
        .flat_map(|name| names(&schema(&document, name)["properties"]))
        .collect();
    assert_eq!(documented, fields::FIELDS.iter().map(|(field, _)| *field).collect());
    // The same names that the contract reads.
    let debug = format!("{:?}", SessionRequest::default());
    assert_eq!(debug.matches(": None").count(), fields::FIELDS.len(), "{debug}");
}

#[test]
fn the_words_are_those_of_the_contract() {
    let document = document();
    let check = |name: &str, expected: Vec<&str>| {
        let words: Vec<&str> =
            schema(&document, name)["enum"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(words, expected, "{name}");
    };
    check("Status", Status::ALL.map(Status::as_str).to_vec());
    check("Checkpoint", Checkpoint::ALL.map(Checkpoint::as_str).to_vec());
    check("IacType", IacType::ALL.map(IacType::as_str).to_vec());
    check("Severity", vec!["critical", "high", "medium", "low"]);
}

//! OpenAPI 3.x and Swagger 2.0 documents.
//!
//! Read as data, not as types: what is not understood is passed over, since a document that one tool accepts and
//! another refuses is the rule rather than the exception.

mod body;
mod budget;
mod example;
mod parameter;
mod response;
mod schema;
mod security;

pub(crate) use budget::Budget;
use schema::Source;
pub(crate) use schema::resolve;

use crate::endpoint::{Endpoint, Operation, Origin, OriginKind, Parameter};
use crate::plan::Method;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What each method is called in a document.
const METHODS: [(&str, Method); 7] = [
    ("get", Method::Get),
    ("head", Method::Head),
    ("options", Method::Options),
    ("post", Method::Post),
    ("put", Method::Put),
    ("patch", Method::Patch),
    ("delete", Method::Delete),
];

/// Most operations of a document that are read.
const MAX_OPERATIONS: usize = 400;

/// Most parameters and responses of an operation.
const MAX_PARTS: usize = 60;

/// Longest path, and longest name of a parameter, an example, a header or a media type, in bytes.
const MAX_PATH: usize = 1000;
const MAX_NAME: usize = 200;

/// True if the value is an OpenAPI or Swagger document.
pub fn is_document(value: &Value) -> bool {
    (value.get("openapi").is_some_and(|version| text(version).starts_with('3'))
        || value.get("swagger").is_some_and(|version| text(version).starts_with('2')))
        && value.get("paths").is_some_and(Value::is_object)
}

/// A version may be written as a number.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The endpoints that a document describes, with as much of it as the budget has room for. `place` says where it was
/// found, `target` which API it is about.
pub(crate) fn endpoints(document: &Value, place: &str, target: &str, budget: &Budget) -> Vec<Endpoint> {
    let Some(paths) = document.get("paths").and_then(Value::as_object) else { return Vec::new() };
    let mut endpoints = Vec::new();
    for (path, item) in paths {
        let Some(item) = resolve(document, item).as_object() else { continue };
        if !path.starts_with('/') || path.len() > MAX_PATH {
            continue;
        }
        for (name, method) in METHODS {
            let Some(operation) = item.get(name).and_then(|operation| resolve(document, operation).as_object()) else {
                continue;
            };
            if endpoints.len() >= MAX_OPERATIONS {
                return endpoints;
            }
            let (auth, token_header) = security::auth(document, operation);
            endpoints.push(Endpoint {
                target: target.to_owned(),
                method,
                path: path.clone(),
                origins: vec![Origin {
                    kind: OriginKind::OpenApi,
                    place: format!("{place}: {} {path}", method.as_str()),
                }],
                auth,
                token_header,
                operation: Some(read(Source { document, budget }, item, operation)),
                likely_file: None,
                function: None,
            });
        }
    }
    endpoints
}

fn read(source: Source<'_>, item: &Map<String, Value>, operation: &Map<String, Value>) -> Operation {
    let mut parameters: BTreeMap<(String, String), Parameter> = BTreeMap::new();
    let mut fields = Vec::new();
    let mut bodies = None;
    for parameter in
        [item, operation].iter().filter_map(|holder| holder.get("parameters")?.as_array()).flatten().take(MAX_PARTS)
    {
        let parameter = resolve(source.document, parameter);
        if parameter.get("name").and_then(Value::as_str).is_some_and(|name| name.len() > MAX_NAME) {
            continue;
        }
        match parameter.get("in").and_then(Value::as_str).unwrap_or_default() {
            "path" | "query" | "header" => {
                let parameter = parameter::read(source, parameter);
                parameters.insert((parameter.place.clone(), parameter.name.clone()), parameter);
            }
            "body" => bodies = Some(vec![body::of_media(source, parameter)]),
            "formData" => fields.push(parameter),
            _ => {}
        }
    }
    if !fields.is_empty() {
        let consumes = operation.get("consumes").or_else(|| source.document.get("consumes"));
        bodies = Some(vec![body::of_fields(source, &fields, consumes)]);
    }
    if let Some(content) = operation.get("requestBody").map(|body| resolve(source.document, body)) {
        bodies = Some(body::of_content(source, content));
    }
    let other_body = bodies.as_ref().is_some_and(Vec::is_empty);
    let mut bodies = bodies.unwrap_or_default().into_iter();
    Operation {
        parameters: parameters.into_values().collect(),
        body: bodies.next(),
        other_bodies: bodies.collect(),
        other_body,
        responses: response::responses(source, operation),
    }
}

/// The first media type that is JSON.
fn json_media(content: Option<&Value>) -> Option<&Value> {
    content?.as_object()?.iter().find(|(media, _)| is_json(media)).map(|(_, value)| value)
}

/// A media type without its parameters.
pub(crate) fn media_type(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(crate) fn is_json(media: &str) -> bool {
    let media = media_type(media);
    media == "application/json" || media.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Auth;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "openapi": "3.0.3",
            "security": [{"key": []}],
            "paths": {
                "/items/{id}": {
                    "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "example": "a1"}}],
                    "get": {
                        "security": [],
                        "parameters": [{"$ref": "#/components/parameters/Limit"}],
                        "responses": {
                            "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                                    "headers": {"ETag": {"required": true}, "X-Other": {}}},
                            "4xx": {"description": "wrong"}
                        }
                    },
                    "put": {
                        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
                        "responses": {"204": {"description": "done"}}
                    }
                },
                "x-other": {}
            },
            "components": {
                "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 3}}},
                "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
                "schemas": {"Item": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Item"}, "note": {"type": "string", "nullable": true}
                }}}
            }
        })
    }

    #[test]
    fn a_document_gives_endpoints_with_what_they_promise() {
        assert!(is_document(&document()));
        let endpoints = endpoints(&document(), "openapi.yaml", "api", &Budget::default());
        let [get, put] = endpoints.as_slice() else { panic!("{endpoints:?}") };
        assert_eq!((get.method, get.path.as_str(), get.auth), (Method::Get, "/items/{id}", Auth::None));
        assert_eq!((put.method, put.auth), (Method::Put, Auth::ApiKey));
        assert_eq!(get.path_parameters(), ["id"]);
        let operation = get.operation.as_ref().unwrap();
        let examples: Vec<_> = operation.parameters.iter().map(|p| (p.name.as_str(), p.required, &p.example)).collect();
        assert_eq!(examples, [("id", true, &json!("a1")), ("limit", false, &json!(3))]);
        let headers = &operation.response(200).unwrap().headers;
        assert!(headers["ETag"].required && !headers["X-Other"].required);
        assert!(operation.response(404).is_some() && operation.response(302).is_none());
        assert_eq!(put.operation.as_ref().unwrap().body.as_ref().unwrap().example["name"], json!("string"));
    }

    #[test]
    fn a_promised_schema_is_whole_and_checks_bodies() {
        let endpoints = endpoints(&document(), "openapi.yaml", "api", &Budget::default());
        let operation = endpoints[0].operation.as_ref().unwrap();
        let schema = operation.response(200).unwrap().content["application/json"].clone().unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&json!({"name": "a", "parent": {"name": "b"}, "note": null})));
        assert!(!validator.is_valid(&json!({"name": "a", "parent": {}})));
    }

    #[test]
    fn swagger_2_is_understood() {
        let document = json!({
            "swagger": "2.0", "produces": ["application/json"],
            "paths": {"/items": {"post": {
                "parameters": [{"name": "item", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Item"}}],
                "responses": {"201": {"schema": {"$ref": "#/definitions/Item"}}}
            }}},
            "definitions": {"Item": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}
        });
        let endpoints = endpoints(&document, "swagger.json", "api", &Budget::default());
        let operation = endpoints[0].operation.as_ref().unwrap();
        assert_eq!(operation.body.as_ref().unwrap().example, json!({"n": 1}));
        let schema = operation.responses["201"].content["application/json"].clone().unwrap();
        assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&json!({})));
    }

    #[test]
    fn schemas_that_cannot_be_used_are_taken_away_and_the_rest_stays() {
        let document = json!({"openapi": "3.0.0", "paths": {"/a": {"post": {
            "parameters": [{"name": "q", "in": "query", "schema": {"pattern": "(?<!"}}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "./other.yaml#/X"}}}},
            "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "other.yaml"}}}},
                          "400": {"content": {"application/json": {"schema": {"type": "object"}}}},
                          "404": {"content": {"application/json": {"schema": {"description": "x".repeat(70_000)}}}}}}}}});
        let budget = Budget::default();
        let operation = endpoints(&document, "d", "api", &budget)[0].operation.clone().unwrap();
        let has = |status: &str| operation.responses[status].content["application/json"].is_some();
        assert_eq!((has("200"), has("400"), has("404")), (false, true, false));
        // That there is one is known: nothing that is sent is certain to be right.
        assert_eq!(operation.body.unwrap().schema, Value::Null);
        assert_eq!(operation.parameters[0].schema, Some(Value::Null));
        assert!(budget.note().unwrap().starts_with("4 schemas"), "{:?}", budget.note());
    }

    #[test]
    fn other_documents_are_none() {
        for other in [json!({}), json!({"openapi": "3.0.0"}), json!({"swagger": 1, "paths": {}}), json!([1])] {
            assert!(!is_document(&other), "{other}");
        }
        assert!(is_document(&json!({"openapi": 3.1, "paths": {}})));
    }
}

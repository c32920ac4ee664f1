//! What reading a repository needs whose documents mean harm: of one megabyte each, and every part of them is there for
//! everything else.

#[expect(dead_code, reason = "other tests use the rest")]
mod local;

use drydock_sanity::derive::{Options, derive};
use drydock_sanity::evidence::{Deployed, Inputs, gather, targets};
use drydock_sanity::guard::Guard;
use drydock_sanity::plan::{Bounds, check};
use drydock_tree::{File, Tree};
use serde_json::{Map, Value, json};

const MIB: u64 = 1024 * 1024;

/// An OpenAPI document in which each of many operations refers to everything in `parts`.
fn document(operation: &Value, mut parts: Value) -> String {
    parts["pathItems"] = json!({"I": {"post": operation}});
    let paths = many(400, "/p", &json!({"$ref": "#/components/pathItems/I"}));
    let text = json!({"openapi": "3.0.0", "paths": paths, "components": parts}).to_string();
    assert!(text.len() < 1024 * 1024, "{}", text.len());
    text
}

/// So many of the same, each under a name of its own.
fn many(count: usize, name: &str, value: &Value) -> Value {
    (0..count).map(|at| (format!("{name}{at}"), value.clone())).collect::<Map<_, _>>().into()
}

fn hostile() -> Vec<(&'static str, String)> {
    let schema = |name: &str| json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
    let answer = json!({"responses": {"200": {"$ref": "#/components/responses/R"}}});
    let asked = json!({"parameters": (0..60).map(|at| json!({"$ref": format!("#/components/parameters/P{at}")})).collect::<Vec<_>>(),
                       "requestBody": {"$ref": "#/components/requestBodies/B"}, "responses": {"200": {}}});
    let fat = json!({"A": {"properties": many(1_000, "p", &json!({"type": "string"}))}});
    // Each part holds the next one twice.
    let doubling: Map<String, Value> = (0..60)
        .map(|at| {
            (format!("X{at}"), json!({"allOf": vec![json!({"$ref": format!("#/components/schemas/X{}", at + 1)}); 2]}))
        })
        .collect();
    let long = json!({"type": "array", "minItems": 10, "items": {"$ref": "#/components/schemas/L"}});
    let media = |name: &str| many(1_000, "application/json; v=", &schema(name));
    vec![
        ("medias.json", document(&answer, json!({"responses": {"R": {"content": media("A")}}, "schemas": fat}))),
        ("headers.json", document(&answer, json!({"responses": {"R": {"headers": many(5_000, "x", &schema("A"))}}, "schemas": fat}))),
        ("doubling.json", document(&answer, json!({"responses": {"R": {"content": media("X0")}}, "schemas": doubling}))),
        (
            "examples.json",
            document(
                &asked,
                json!({"parameters": many(60, "P", &json!({"name": "q", "in": "query", "required": true, "schema": long})),
                       "requestBodies": {"B": {"content": {"application/json": {"examples": many(100, "e", &json!({"value": "x".repeat(5_000)}))}}}},
                       "schemas": {"L": {"type": "array", "minItems": 10, "items": {"$ref": "#/components/schemas/L"}}}}),
            ),
        ),
        (
            "expressions.json",
            document(
                &asked,
                json!({"parameters": many(60, "P", &json!({"name": "q", "in": "query", "schema": {"type": "string", "pattern": "^(a|a)*\\1b", "minLength": 40}})),
                       "requestBodies": {"B": {"content": {"application/json": schema("A")}}},
                       "schemas": {"A": {"properties": many(500, "p", &json!({"type": "string", "pattern": "(a|b){200}c"}))}}}),
            ),
        ),
        ("encoded.json", json!({"openapi": "3.0.0", "paths": many(3, &format!("/%{}2e/", "25".repeat(150_000)), &json!({"get": {}}))}).to_string()),
        ("aliases.yaml", format!("openapi: 3.0.0\npaths: {{}}\na: &a '{}'\nb: [{}]\n", "x".repeat(500_000), "*a,".repeat(150_000))),
    ]
}

#[test]
fn documents_that_mean_harm_take_little_memory_and_come_to_an_end() {
    for (name, text) in hostile() {
        let tree: Tree = [(name.to_owned(), File::new(text))].into_iter().collect();
        let (details, deployed) = (json!({"apiUrl": local::HOST}), Deployed::default());
        let inputs = Inputs { stack_details: Some(&details), ..Inputs::new(&tree, &deployed) };
        let evidence = gather(&inputs, &targets(&inputs), &[]);
        let derived = derive(&evidence, &Options::default());
        check(derived.plan, &Guard::new([local::HOST]).unwrap(), Bounds::default()).unwrap();
        let Some(peak) = local::peak() else { continue };
        assert!(peak < 512 * MIB, "{name}: {} MB", peak / MIB);
    }
}

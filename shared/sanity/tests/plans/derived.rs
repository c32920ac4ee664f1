//! Plans that follow from a document, run against an API that keeps it and against the same API with one fault.

use crate::served::{Answers, Asked, Reply, Served, json, limits, shown};
use drydock_sanity::derive::{Options, derive};
use drydock_sanity::evidence::{Deployed, Evidence, Inputs, gather, targets};
use drydock_sanity::guard::Guard;
use drydock_sanity::plan::{Auth, Bounds, TestPlan, check, json_schema};
use drydock_sanity::run::Limits;
use drydock_tree::{File, Tree};
use serde_json::{Value, json as value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const DOCUMENT: &str = r##"{"openapi": "3.0.3", "paths": {
    "/health": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "required": ["status"],
        "properties": {"status": {"enum": ["ok"]}}}}}}}}},
    "/items": {
        "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}},
                                      "headers": {"x-total": {"required": true, "schema": {"type": "integer"}}}},
                              "400": {"description": "wrong"}}},
        "post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                 "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
                               "400": {"description": "wrong"}}}},
    "/items/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}, "404": {"description": "none"}}},
        "put": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
                              "400": {"description": "wrong"}, "404": {"description": "none"}}},
        "delete": {"responses": {"204": {"description": "gone"}, "404": {"description": "none"}}}}},
    "components": {"schemas": {
        "New": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 60}, "size": {"type": "integer", "minimum": 0}}},
        "Item": {"allOf": [{"$ref": "#/components/schemas/New"}, {"required": ["id"], "properties": {"id": {"type": "string"}}}]}}}}"##;

type Items = Arc<Mutex<BTreeMap<String, Value>>>;

/// The API of the document, kept in every point.
fn good(items: &Items, asked: &Asked) -> Reply {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let mut items = items.lock().unwrap();
    let body = || -> Option<Value> { serde_json::from_str(&asked.body).ok().filter(is_new) };
    let none = || json(404, r#"{"error": "none"}"#);
    match (asked.method.as_str(), path.strip_prefix("/items/")) {
        ("GET", None) if path == "/health" => json(200, r#"{"status": "ok"}"#),
        ("GET", None) if path == "/items" => {
            let limit = query.strip_prefix("limit=").map(str::parse::<u32>);
            if limit.is_some_and(|limit| !matches!(limit, Ok(1..=50))) {
                return json(400, r#"{"error": "limit"}"#);
            }
            let mut reply = json(200, Value::from_iter(items.values().cloned()).to_string());
            reply.headers.push(("x-total", items.len().to_string()));
            reply
        }
        ("POST", None) if path == "/items" => {
            let Some(mut item) = body() else { return json(400, r#"{"error": "wrong"}"#) };
            let id = format!("i{}", items.len() + 1);
            item["id"] = id.clone().into();
            items.insert(id, item.clone());
            json(201, item.to_string())
        }
        ("GET", Some(id)) => items.get(id).map_or_else(none, |item| json(200, item.to_string())),
        ("PUT", Some(id)) => {
            let (Some(mut item), Some(known)) = (body(), items.get_mut(id)) else {
                return if items.contains_key(id) { json(400, r#"{"error": "wrong"}"#) } else { none() };
            };
            item["id"] = id.into();
            known.clone_from(&item);
            json(200, item.to_string())
        }
        ("DELETE", Some(id)) => items.remove(id).map_or_else(none, |_| Reply { headers: vec![], ..json(204, "") }),
        _ => json(405, r#"{"error": "method"}"#),
    }
}

fn is_new(body: &Value) -> bool {
    let name = body.get("name").and_then(Value::as_str).is_some_and(|name| (1..=60).contains(&name.chars().count()));
    name && body.get("size").is_none_or(|size| size.as_u64().is_some())
}

fn evidence() -> Evidence {
    evidence_of(DOCUMENT)
}

pub fn evidence_of(document: &str) -> Evidence {
    evidence_in(&[("openapi.json".to_owned(), File::new(document))].into_iter().collect())
}

fn evidence_in(tree: &Tree) -> Evidence {
    let (details, deployed) = (value!({"apiUrl": Served::URL}), Deployed::default());
    let inputs = Inputs { stack_details: Some(&details), ..Inputs::new(tree, &deployed) };
    gather(&inputs, &targets(&inputs), &[])
}

/// Runs the derived plan against the API with `fault` put in. Names and failed checks of the steps that did not pass,
/// and what is left in the API afterwards.
async fn faults(fault: impl Fn(&Asked, Reply) -> Reply + Send + Sync + 'static) -> (Vec<String>, usize) {
    run(limits(), move |items, asked| fault(asked, good(items, asked))).await
}

/// The same for an API of its own, within limits.
async fn run(limits: Limits, api: impl Fn(&Items, &Asked) -> Reply + Send + Sync + 'static) -> (Vec<String>, usize) {
    let items: Items = Arc::default();
    let kept = Arc::clone(&items);
    let answers: Answers = Arc::new(move |asked| api(&kept, asked));
    let served = Served::start(answers).await;
    let plan = derive(&evidence(), &Options::default()).plan;
    assert_eq!(invalid(&plan), [""; 0]);
    let results = served.run(&plan, limits).await;
    let left = items.lock().unwrap().len();
    (shown(&results).into_iter().filter(|line| !line.ends_with("passed") && !line.ends_with("skipped")).collect(), left)
}

/// What the published schema has against a plan.
fn invalid(plan: &TestPlan) -> Vec<String> {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    let plan = serde_json::to_value(plan).unwrap();
    validator.iter_errors(&plan).map(|error| error.to_string()).collect()
}

#[tokio::test]
async fn an_api_that_keeps_its_document_has_no_faults_and_is_left_clean() {
    let (found, left) = faults(|_, reply| reply).await;
    assert_eq!((found, left), (vec![], 0));
}

#[tokio::test]
async fn each_fault_is_found_by_the_check_that_is_named_for_it() {
    let finds = async |name: &str, fault: fn(&Asked, Reply) -> Reply, expected: &str| {
        let (found, left) = faults(fault).await;
        assert!(found.iter().any(|line| line.contains(expected)), "{name}: {expected} is not in {found:#?}");
        match name {
            // What was made and called refused is nobody's to find.
            "a right body that is refused" => assert!(left > 0),
            // With 200 a thing whose name is one letter may have been there before.
            "a wrong status" => assert_eq!(left, 1),
            _ => assert_eq!(left, 0, "{name}"),
        }
    };
    finds(
        "a handler that throws",
        |asked, reply| if asked.path == "/health" { json(500, "{}") } else { reply },
        "GET /health: failed not_a_server_error",
    )
    .await;
    finds(
        "a wrong status",
        |_, reply| if reply.status == 201 { Reply { status: 200, ..reply } } else { reply },
        "POST /items: failed status_code_conformance",
    )
    .await;
    finds(
        "a wrong media type",
        |asked, reply| {
            let headers = vec![("content-type", "text/html".to_owned())];
            if asked.path == "/health" { Reply { headers, ..reply } } else { reply }
        },
        "GET /health: failed content_type_conformance",
    )
    .await;
    finds(
        "a body that breaks its schema",
        |asked, reply| if asked.path == "/health" { json(200, r#"{"status": "up"}"#) } else { reply },
        "GET /health: failed response_schema_conformance",
    )
    .await;
    finds(
        "a header that is missing",
        |_, mut reply| {
            reply.headers.retain(|(name, _)| *name != "x-total");
            reply
        },
        "GET /items: failed response_headers_conformance",
    )
    .await;
    finds(
        "a wrong body that is taken",
        |asked, reply| {
            let taken = asked.method == "POST" && reply.status == 400;
            if taken { json(201, r#"{"id": "x", "name": "y"}"#) } else { reply }
        },
        "POST /items without name: failed negative_data_rejection",
    )
    .await;
    finds(
        "a right body that is refused",
        |asked, reply| if asked.method == "POST" { json(400, "{}") } else { reply },
        "POST /items: failed positive_data_acceptance",
    )
    .await;
    finds(
        "something made that is not there",
        |asked, reply| if asked.method == "GET" && asked.path.starts_with("/items/") { json(404, "{}") } else { reply },
        "GET /items/{id}: failed status_code_conformance",
    )
    .await;
    finds(
        "something removed that is still there",
        |asked, reply| {
            let there = asked.method == "GET" && asked.path.starts_with("/items/i") && reply.status == 404;
            if there { json(200, r#"{"id": "i1", "name": "x"}"#) } else { reply }
        },
        "GET /items/{id} after it was removed: failed status_code_conformance",
    )
    .await;
    finds(
        "an unknown thing that is found",
        |asked, reply| {
            let unknown = asked.method == "GET" && asked.path.starts_with("/items/") && reply.status == 404;
            if unknown { json(200, r#"{"id": "x", "name": "y"}"#) } else { reply }
        },
        "GET /items/{id} with an unknown id: failed status_code_conformance",
    )
    .await;
    finds(
        "a limit that is not kept",
        |asked, reply| {
            if asked.path.contains("limit=") && reply.status == 400 {
                Reply {
                    headers: vec![("content-type", "application/json".into()), ("x-total", "0".into())],
                    ..json(200, "[]")
                }
            } else {
                reply
            }
        },
        "failed negative_data_rejection",
    )
    .await;
    finds(
        "a method that should not be there",
        |_, reply| if reply.status == 405 { json(200, "{}") } else { reply },
        "which has no such method: failed unsupported_method",
    )
    .await;
}

#[tokio::test]
async fn nothing_is_left_behind_whatever_goes_wrong() {
    // Makes something of whatever it gets.
    let lenient = |items: &Items, asked: &Asked| {
        if asked.method == "POST" && asked.path == "/items" {
            let mut items = items.lock().unwrap();
            let id = format!("i{}", items.len() + 1);
            items.insert(id.clone(), value!({"id": id, "name": "x"}));
            return json(201, value!({"id": id, "name": "x"}).to_string());
        }
        good(items, asked)
    };
    let (found, left) = run(limits(), lenient).await;
    assert!(found.iter().any(|line| line.contains("negative_data_rejection")), "{found:#?}");
    assert_eq!(left, 0, "{found:#?}");
    // The tests end before they remove what they made.
    for requests in 2..30 {
        let (found, left) = run(Limits { requests, ..limits() }, good).await;
        assert_eq!((found, left), (vec![], 0), "{requests} requests");
    }
}

#[tokio::test]
async fn a_plan_that_was_stored_runs_as_it_was() {
    let served = Served::start(Arc::new(|_: &Asked| json(200, "{}"))).await;
    let plan = derive(&evidence(), &Options::default()).plan;
    let stored: TestPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(stored, plan);
    let one = shown(&served.run(&plan, limits()).await);
    let two = shown(&served.run(&stored, limits()).await);
    assert_eq!(one, two);
}

#[test]
fn the_same_evidence_gives_the_same_plan_and_bounds_are_kept() {
    let evidence = evidence();
    let plan = |steps| derive(&evidence, &Options { steps, ..Options::default() });
    assert_eq!(plan(120), plan(120));
    for steps in [0, 1, 5, 12, 30] {
        let derived = plan(steps);
        assert!(
            derived.plan.steps.len() <= steps && derived.notes.iter().any(|note| note.contains("left out")),
            "{steps}"
        );
        assert_eq!(invalid(&derived.plan), [""; 0]);
    }
}

#[test]
fn what_asks_for_credentials_is_refused_without_them() {
    let mut evidence = evidence();
    for endpoint in &mut evidence.endpoints {
        endpoint.auth = Auth::Bearer;
    }
    let derived = derive(&evidence, &Options::default());
    assert!(derived.plan.steps.iter().all(|step| step.request.anonymous), "nothing else can be shown");
    assert!(derived.notes.iter().any(|note| note.contains("asks for credentials")), "{:?}", derived.notes);
    let shown = derive(&evidence, &Options { credentials: vec![Auth::Bearer], ..Options::default() });
    assert!(shown.plan.steps.iter().any(|step| step.request.auth == Some(Auth::Bearer) && !step.request.anonymous));
}

#[test]
fn a_document_that_no_plan_can_keep_leaves_a_plan_that_may_be_run() {
    let document = r#"{"openapi": "3.1.0", "paths": {
        "/a b": {"get": {}}, "/a?b=c": {"get": {}}, "/../x": {"get": {}}, "//evil.example/": {"get": {}},
        "/files/{name}.json": {"get": {"parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}]}},
        "/h": {"get": {"parameters": [{"name": "host", "in": "header", "required": true, "schema": {"type": "string"}}]}},
        "/t": {"post": {"requestBody": {"content": {"application/json": {"example": {"a": "{{unknown}}"}}}}}},
        "/ok": {"get": {}}}}"#;
    let derived = derive(&evidence_of(document), &Options::default());
    let guard = Guard::new([Served::URL]).unwrap();
    check(derived.plan.clone(), &guard, Bounds::default()).unwrap();
    let paths: Vec<&str> = derived.plan.steps.iter().map(|step| step.request.path.as_str()).collect();
    for wanted in ["/ok", "/files/string.json", "/files/{{unique}}.json"] {
        assert!(paths.contains(&wanted), "{wanted}: {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.contains("..") || path.contains('?') || path.contains("//")), "{paths:?}");
}

#[test]
fn hostile_files_are_read_in_bounded_time() {
    let nested = "a.on(".repeat(150_000) + &"addResource('a').".repeat(15_000);
    let route = |at| format!("  R{at}: {{Type: AWS::ApiGatewayV2::Route, Properties: {{RouteKey: 'GET /{at}'}}}}\n");
    let operation = |at| {
        let schema = r##"{"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}"##;
        format!(r#""/p{at}": {{"get": {{"responses": {{"200": {{"content": {schema}}}}}}}}}"#)
    };
    let operations = (0..5_000).map(operation).collect::<Vec<_>>().join(",");
    let part = format!(r#"{{"schemas": {{"A": {{"description": "{}"}}}}}}"#, "x".repeat(60_000));
    let files = [
        ("express.js", format!("const app = require('express')(); {nested}")),
        ("stack.ts", format!("import 'aws-cdk-lib'; {nested}")),
        ("template.yaml", format!("Resources:\n{}", (0..12_000).map(route).collect::<String>())),
        ("openapi.json", format!(r#"{{"openapi": "3.0.0", "paths": {{{operations}}}, "components": {part}}}"#)),
        ("deep.yaml", "Resources: AWS:: ".to_owned() + &"[".repeat(100_000)),
        ("text.py", "x = \"\"\"".to_owned() + &"'".repeat(500_000)),
    ];
    let tree: Tree = files.into_iter().map(|(path, text)| (path.to_owned(), File::new(text))).collect();
    let evidence = evidence_in(&tree);
    assert!(evidence.endpoints.len() <= 500, "{}", evidence.endpoints.len());
    assert!(evidence.notes.iter().any(|note| note.contains("the first")), "{:?}", evidence.notes);
    let derived = derive(&evidence, &Options::default());
    assert!(serde_json::to_vec(&derived.plan).unwrap().len() < 16 * 1024 * 1024);
}

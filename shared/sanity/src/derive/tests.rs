//! Plans that follow from documents and templates, as lines.

use super::*;
use crate::evidence::{Deployed, Inputs, gather, targets};
use crate::guard::Guard;
use crate::plan::{Bounds, Step, check};
use drydock_tree::{File, Tree};
use serde_json::json;

const API: &str = "https://abc.execute-api.eu-west-1.amazonaws.com/Prod";

fn plan(files: &[(&str, &str)], options: &Options) -> Derived {
    let tree: Tree = files.iter().map(|(path, text)| ((*path).to_owned(), File::new(*text))).collect();
    let details = json!({"apiUrl": API});
    let deployed = Deployed::default();
    let inputs = Inputs { stack_details: Some(&details), ..Inputs::new(&tree, &deployed) };
    let derived = derive(&gather(&inputs, &targets(&inputs), &[]), options);
    // Whatever is derived may be run.
    check(derived.plan.clone(), &Guard::new([API]).unwrap(), Bounds::default()).unwrap();
    derived
}

/// Each step as a line: phase, name, request, expected statuses and demand.
fn lines(derived: &Derived) -> Vec<String> {
    let line = |step: &Step| {
        let request = &step.request;
        let body = request.body.as_ref().map_or_else(String::new, |body| format!(" {body}"));
        let query = request.query.iter();
        let query: Vec<String> =
            query.flat_map(|(name, texts)| texts.all().map(move |text| format!("{name}={text}"))).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let status = serde_json::to_string(&step.expect.status).unwrap().replace(['"', '[', ']'], "");
        let demand = step.expect.demand.as_ref().map_or_else(String::new, |demand| format!(" {:?}", demand.check));
        let status = if status.is_empty() { String::new() } else { format!(" -> {status}") };
        format!("{:?}: {} {}{query}{body}{status}{demand}", step.phase, request.method.as_str(), request.path)
    };
    derived.plan.steps.iter().map(line).collect()
}

const CRUD: &str = r##"{"openapi": "3.0.3", "paths": {
    "/items": {
        "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}, "400": {}}},
        "post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                 "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}, "400": {}}}},
    "/items/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}, "404": {}}},
        "delete": {"responses": {"204": {}, "404": {}}}}},
    "components": {"schemas": {
        "New": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 5}}},
        "Item": {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}}}}"##;

#[test]
fn a_resource_is_made_read_and_removed() {
    let derived = plan(&[("openapi.json", CRUD)], &Options { coverage: 2, ..Options::default() });
    assert_eq!(
        lines(&derived),
        [
            "SetUp: POST /items {\"name\":\"strin\"} -> 201,400 PositiveDataAcceptance",
            "Test: GET /items -> 200,400 PositiveDataAcceptance",
            "Test: GET /items?limit=0 -> 200,400 NegativeDataRejection",
            "Test: GET /items?limit=101 -> 200,400 NegativeDataRejection",
            "Test: POST /items {} -> 201,400 NegativeDataRejection",
            "Test: POST /items -> 201,400 NegativeDataRejection",
            "Test: POST /items {\"name\":\"aaaaaa\"} -> 201,400 NegativeDataRejection",
            "Test: POST /items {\"name\":{\"not\":\"a text\"}} -> 201,400 NegativeDataRejection",
            "Test: GET /items/{{made1}} -> 200 PositiveDataAcceptance",
            "Test: GET /items/{{unique}} -> 404",
            "Test: PATCH /items/{{unique}} {} UnsupportedMethod",
            "Test: DELETE /items/{{unique}} -> 204,404",
            "Test: DELETE /items/{{made1}} -> 204 PositiveDataAcceptance",
            "Test: GET /items/{{made1}} -> 404,410",
            "CleanUp: DELETE /items/{{made1_post_items_without_name}}",
            "CleanUp: DELETE /items/{{made1_post_items_without_a_body}}",
            "CleanUp: DELETE /items/{{made1_post_items_with_name_too_long}}",
            "CleanUp: DELETE /items/{{made1_post_items_with_name_of_a_wrong_type}}",
            "CleanUp: DELETE /items/{{made1}}",
        ],
        "{:?}",
        derived.notes
    );
    assert_eq!(derived.plan.promises.len(), 4);
}

#[test]
fn what_is_made_and_changed_is_the_tests_own() {
    let item = r#"{"type": "object", "required": ["name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string", "minLength": 1, "maxLength": 50}},
        "example": {"id": 42, "name": "a lamp"}}"#;
    let put = r##""put": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
        "responses": {"200": {"description": "changed"}}}, "delete""##;
    let document = CRUD.replace(r#""201""#, r#""200""#).replace(r#""delete""#, put);
    let (before, after) = document.split_once(r#""New": "#).unwrap();
    let (_, after) = after.split_once("},\n").unwrap();
    let document = format!("{before}\"New\": {item},\n{after}");
    let derived = plan(&[("openapi.json", &document)], &Options { coverage: 20, ..Options::default() });
    let lines = lines(&derived);
    for line in [
        "SetUp: POST /items {\"name\":\"{{unique}}\"} -> 200,400 PositiveDataAcceptance",
        "Test: PUT /items/{{made1}} {\"id\":\"{{made1}}\",\"name\":\"a lamp\"} -> 200 PositiveDataAcceptance",
        "Test: POST /items {\"name\":\"{{unique}}aaaaaaaaaaaaaa\"} -> 200,400 PositiveDataAcceptance",
        "Test: POST /items {\"name\":\"\"} -> 200,400 NegativeDataRejection",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line} is not in {lines:#?}");
    }
    // What it makes of one letter may be somebody's.
    assert!(!lines.iter().any(|line| line.contains("POST /items {\"name\":\"a\"}")), "{lines:#?}");
    assert!(
        derived.notes.iter().any(|note| note.contains("could not be told from what was there")),
        "{:?}",
        derived.notes
    );
    assert!(!lines.iter().any(|line| line.contains("42")), "{lines:#?}");
}

#[test]
fn what_can_be_done_with_a_thing_is_done() {
    let action = r#""/items/{id}/publish": {
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "post": {"responses": {"202": {"description": "soon"}, "404": {"description": "none"}}}}},
        "components""#;
    let document = CRUD.replacen("},\n    \"components\"", &format!(",\n    {action}"), 1);
    let derived = plan(&[("openapi.json", &document)], &Options { coverage: 0, ..Options::default() });
    let line = "Test: POST /items/{{made1}}/publish -> 202 PositiveDataAcceptance".to_owned();
    assert!(lines(&derived).contains(&line), "{:#?}", lines(&derived));
    assert!(derived.notes.is_empty(), "{:?}", derived.notes);
}

#[test]
fn what_is_made_is_removed_whatever_it_is_called() {
    for (collection, id, answer) in [
        ("movies", "movieId", r#"{"movieId": TEXT}"#),
        ("movies", "id", r#"{"movieId": TEXT}"#),
        ("addresses", "addressId", r#"{"addressId": TEXT}"#),
        ("boxes", "box_id", r#"{"box_id": TEXT}"#),
        ("people", "personId", r#"{"personId": TEXT}"#),
        ("line-items", "itemId", r#"{"itemId": TEXT}"#),
        ("blog-posts", "postId", r#"{"authorId": TEXT, "postId": TEXT}"#),
        ("urls", "shortCode", r#"{"shortCode": TEXT}"#),
        ("items", "id", r#"{"owner": {"properties": {"id": TEXT}}, "newItem": {"properties": {"id": TEXT}}}"#),
    ] {
        let made = answer.replace("TEXT", r#"{"type": "string"}"#);
        let made = format!(r#"{{"type": "object", "properties": {made}}}"#);
        let document = CRUD.replace("/items", &format!("/{collection}")).replace("{id}", &format!("{{{id}}}"));
        let document = document.replace(r#""name": "id""#, &format!(r#""name": "{id}""#));
        let (before, _) = document.split_once(r#""Item":"#).unwrap();
        let document = format!(r#"{before}"Item": {made}}}}}}}"#);
        let derived = plan(&[("openapi.json", &document)], &Options { coverage: 0, ..Options::default() });
        let lines = lines(&derived);
        for line in [
            format!("Test: GET /{collection}/{{{{made1}}}} -> 200 PositiveDataAcceptance"),
            format!("Test: DELETE /{collection}/{{{{made1}}}} -> 204 PositiveDataAcceptance"),
            format!("Test: GET /{collection}/{{{{made1}}}} -> 404,410"),
            format!("CleanUp: DELETE /{collection}/{{{{made1_post_{}_without_name}}}}", collection.replace('-', "_")),
        ] {
            assert!(lines.contains(&line), "{line} is not in {lines:#?}");
        }
        assert!(derived.notes.is_empty(), "{:?}", derived.notes);
    }
}

#[test]
fn what_names_another_is_never_taken_for_what_was_made() {
    let document =
        CRUD.replace(r#""id": {"type": "string"}, "name""#, r#""owner": {"properties": {"id": {}}}, "name""#);
    let derived = plan(&[("openapi.json", &document)], &Options { coverage: 0, ..Options::default() });
    let lines = lines(&derived);
    assert!(lines.iter().any(|line| line.contains("POST /items {\"name\"")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("{{made") || line.contains("404,410")), "{lines:#?}");
    assert!(derived.notes.iter().any(|note| note.contains("POST /items stays")), "{:?}", derived.notes);
}

#[test]
fn only_a_right_request_must_be_let_in() {
    let secured = CRUD.replace(r#""get": {"#, r#""get": {"security": [{"t": []}], "#);
    let secured = secured
        .replace(r#""schemas": {"#, r#""securitySchemes": {"t": {"type": "http", "scheme": "bearer"}}, "schemas": {"#);
    let options = Options { coverage: 2, credentials: vec![Auth::Bearer], ..Options::default() };
    let derived = plan(&[("openapi.json", &secured)], &options);
    let steps = derived.plan.steps.iter().filter(|step| step.expect.admitted);
    let names: Vec<&str> = steps.map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["GET /items", "GET /items/{id}"]);
}

#[test]
fn what_nobody_can_show_is_only_seen_refused() {
    let secured = CRUD
        .replacen("\"paths\"", "\"security\": [{\"s\": []}], \"paths\"", 1)
        .replace(r#""schemas": {"#, r#""securitySchemes": {"s": {"type": "http", "scheme": "basic"}}, "schemas": {"#);
    let options = Options { credentials: vec![Auth::Iam, Auth::ApiKey, Auth::Bearer], ..Options::default() };
    let derived = plan(&[("openapi.json", &secured)], &options);
    let steps = &derived.plan.steps;
    assert!(
        !steps.is_empty() && steps.iter().all(|step| step.request.anonymous && !step.expect.admitted),
        "{steps:#?}"
    );
    let note = "GET /items asks for something that the tester cannot show: it can only be seen refused.";
    assert!(derived.notes.iter().any(|known| known == note), "{:?}", derived.notes);
}

#[test]
fn a_token_stands_in_the_header_that_a_document_names() {
    for header in ["X-Token", "Cookie"] {
        let parameter = json!({"name": header, "in": "header", "required": true, "schema": {"type": "string"}});
        let scheme = json!({"type": "apiKey", "in": "header", "name": header});
        let secured = CRUD
            .replacen(
                r#""get": {"#,
                &format!(r#""get": {{"security": [{{"t": []}}], "parameters": [{parameter}], "#),
                1,
            )
            .replace(r#""schemas": {"#, &format!(r#""securitySchemes": {{"t": {scheme}}}, "schemas": {{"#));
        let options = Options { coverage: 0, credentials: vec![Auth::Bearer], ..Options::default() };
        let derived = plan(&[("openapi.json", &secured)], &options);
        let shown = derived.plan.steps.iter().filter(|step| step.request.token_header.as_deref() == Some(header));
        let shown: Vec<&Step> = shown.collect();
        assert!(!shown.is_empty() && shown.iter().all(|step| step.request.headers.is_empty()), "{shown:#?}");
    }
}

#[test]
fn what_makes_something_never_stays_without_what_removes_it() {
    for steps in 0..18 {
        let derived = plan(&[("openapi.json", CRUD)], &Options { steps, ..Options::default() });
        let lines = lines(&derived);
        let made =
            derived.plan.steps.iter().flat_map(|step| step.capture.keys()).filter(|name| name.starts_with("made"));
        for name in made {
            let removed = format!("DELETE /items/{{{{{name}}}}}");
            assert!(lines.iter().any(|line| line.contains(&removed)), "{steps}: {removed} is not in {lines:#?}");
        }
    }
}

/// A collection whose POST takes `id` of this schema.
fn chosen(id: &str) -> Vec<String> {
    let document = r#"{"openapi": "3.0.3", "paths": {
        "/users": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"],
            "properties": {"id": ID}}}}}, "responses": {"200": {"description": "made"}}}},
        "/users/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "schema": ID}],
            "get": {"responses": {"200": {"description": "it"}, "404": {"description": "none"}}},
            "delete": {"responses": {"204": {"description": "gone"}}}}}}"#;
    lines(&plan(&[("openapi.json", &document.replace("ID", id))], &Options { coverage: 0, ..Options::default() }))
}

#[test]
fn an_id_that_the_caller_chooses_is_one_that_nobody_has() {
    let lines = chosen(r#"{"type": "string"}"#);
    for line in [
        "SetUp: POST /users {\"id\":\"{{unique}}\"} -> 200 PositiveDataAcceptance",
        "Test: GET /users/{{unique}} -> 200 PositiveDataAcceptance",
        "Test: GET /users/{{unique}}-none -> 404",
        "Test: DELETE /users/{{unique}} -> 204 PositiveDataAcceptance",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line} is not in {lines:#?}");
    }
}

#[test]
fn what_may_have_been_there_before_is_not_removed() {
    let lines = chosen(r#"{"type": "integer"}"#);
    assert!(
        lines.contains(&"Test: POST /users {\"id\":1999999973} -> 200 PositiveDataAcceptance".to_owned()),
        "{lines:#?}"
    );
    assert!(lines.contains(&"Test: GET /users/1999999973 -> 404".to_owned()), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("DELETE")), "{lines:#?}");
}

#[test]
fn what_further_examples_and_forms_make_is_removed_too() {
    let media = r##"{"schema": {"$ref": "#/components/schemas/New"}}"##;
    let further = format!(
        r##"{{"application/json": {{"schema": {{"$ref": "#/components/schemas/New"}},
            "examples": {{"one": {{"value": {{"name": "a"}}}}, "two": {{"value": {{"name": "b"}}}}}}}},
            "application/x-www-form-urlencoded": {media}}}"##
    );
    let document = CRUD.replacen(&format!(r##"{{"application/json": {media}}}"##), &further, 1);
    let lines = lines(&plan(&[("openapi.json", &document)], &Options { coverage: 0, ..Options::default() }));
    for line in [
        "SetUp: POST /items {\"name\":\"a\"} -> 201,400 PositiveDataAcceptance",
        "Test: POST /items {\"name\":\"b\"} -> 201,400 PositiveDataAcceptance",
        "CleanUp: DELETE /items/{{made1_post_items_example_two}}",
        "Test: POST /items {\"name\":\"strin\"} -> 201,400 PositiveDataAcceptance",
        "CleanUp: DELETE /items/{{made1_post_items_as_a_form}}",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line} is not in {lines:#?}");
    }
}

#[test]
fn without_a_document_only_what_is_certain_is_expected() {
    let template = "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        A: {Type: Api, Properties: {Path: /notes, Method: get}}
        B: {Type: Api, Properties: {Path: /notes, Method: post}}
        C: {Type: Api, Properties: {Path: '/notes/{id}', Method: get}}
        D: {Type: Api, Properties: {Path: '/notes/{id}', Method: delete}}
";
    let derived = plan(&[("template.yaml", template)], &Options::default());
    assert_eq!(
        lines(&derived),
        [
            "Test: GET /notes",
            "Test: POST /notes {}",
            "Test: GET /notes/{{first_notes}}",
            "Test: GET /notes/{{unique}}",
            "Test: DELETE /notes/{{unique}}",
            "CleanUp: DELETE /notes/{{made_post_notes_with_an_empty_body}}",
        ]
    );
    let tests = derived.plan.steps.iter().filter(|step| step.phase == crate::plan::Phase::Test);
    assert!(tests.clone().all(|step| step.expect.reached), "each route is reached");
    assert!(derived.notes.is_empty(), "{:?}", derived.notes);
}

//! Forms and repeated parameters: what follows from a document, run against an API that keeps it and against the same
//! API with one fault.

use crate::derived::evidence_of;
use crate::served::{Answers, Asked, Reply, Served, json, limits, shown};
use drydock_sanity::derive::{Options, derive};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

const DOCUMENT: &str = r##"{"openapi": "3.0.3", "paths": {
    "/orders": {"post": {
        "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object", "required": ["lamp", "colours"], "properties": {
                "lamp": {"type": "string", "minLength": 2, "maxLength": 8},
                "count": {"type": "integer", "minimum": 1, "maximum": 9},
                "colours": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "string", "enum": ["red", "blue", "green"]}}}}}}},
        "responses": {"200": {"description": "taken"}, "400": {"description": "wrong"}}}},
    "/photos": {"post": {
        "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {
            "type": "object", "required": ["photo"], "properties": {
                "photo": {"type": "string", "format": "binary"}, "title": {"type": "string", "maxLength": 8}}}}}},
        "responses": {"200": {"description": "taken"}, "400": {"description": "wrong"}}}},
    "/lamps": {"get": {
        "parameters": [
            {"name": "colour", "in": "query", "required": true,
             "schema": {"type": "array", "minItems": 2, "items": {"type": "string", "enum": ["red", "blue"]}}},
            {"name": "size", "in": "query", "explode": false, "schema": {"type": "array", "maxItems": 2, "items": {"type": "integer"}}},
            {"name": "near", "in": "query", "required": true, "style": "deepObject", "schema": {"type": "object", "required": ["x"],
             "properties": {"x": {"type": "integer"}}}}],
        "responses": {"200": {"description": "found"}, "400": {"description": "wrong"}}}}}}"##;

type Fields = Vec<(String, String)>;

fn pairs(text: &str) -> Fields {
    url::form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn all<'f>(fields: &'f Fields, name: &str) -> Vec<&'f str> {
    fields.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

/// The parts of a form: name, whether it is a file, value.
fn parts(asked: &Asked) -> Option<Vec<(String, bool, String)>> {
    let boundary =
        asked.headers.lines().find_map(|line| line.split_once("multipart/form-data; boundary=")).unwrap_or_default().1;
    let inner = asked.body.strip_suffix(&format!("--{boundary}--\r\n"))?;
    let part = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split_once("name=\"")?.1.split('"').next()?;
        Some((name.to_owned(), head.contains("filename="), value.strip_suffix("\r\n")?.to_owned()))
    };
    inner.split(&format!("--{boundary}\r\n")).skip(1).map(part).collect()
}

/// The API of the document, kept in every point.
fn is_right(asked: &Asked) -> bool {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let is_number = |text: &str, of: std::ops::RangeInclusive<i64>| text.parse().is_ok_and(|n: i64| of.contains(&n));
    match path {
        "/orders" => {
            let fields = pairs(&asked.body);
            let (lamp, count, colours) = (all(&fields, "lamp"), all(&fields, "count"), all(&fields, "colours"));
            asked.headers.contains("application/x-www-form-urlencoded")
                && lamp.len() == 1
                && (2..=8).contains(&lamp[0].len())
                && (count.is_empty() || count.len() == 1 && is_number(count[0], 1..=9))
                && (2..=3).contains(&colours.len())
                && colours.iter().all(|colour| ["red", "blue", "green"].contains(colour))
        }
        "/photos" => parts(asked).is_some_and(|parts| {
            let title = parts.iter().find(|(name, ..)| name == "title");
            parts.iter().filter(|(name, is_file, _)| name == "photo" && *is_file).count() == 1
                && title.is_none_or(|(_, is_file, title)| !is_file && title.len() <= 8)
        }),
        _ => {
            let query = pairs(query);
            let (colours, sizes, near) = (all(&query, "colour"), all(&query, "size"), all(&query, "near[x]"));
            colours.len() >= 2
                && colours.iter().all(|colour| ["red", "blue"].contains(colour))
                && sizes.iter().all(|sizes| {
                    sizes.split(',').count() <= 2 && sizes.split(',').all(|n| is_number(n, i64::MIN..=i64::MAX))
                })
                && near.len() == 1
                && is_number(near[0], i64::MIN..=i64::MAX)
        }
    }
}

fn good(asked: &Asked) -> Reply {
    let method = if asked.path.starts_with("/lamps") { "GET" } else { "POST" };
    let status = if asked.method != method {
        405
    } else if is_right(asked) {
        200
    } else {
        400
    };
    json(status, "{}")
}

/// Runs the derived plan against the API with `fault` put in: what did not pass, and what was asked.
async fn faults(fault: impl Fn(&Asked, Reply) -> Reply + Send + Sync + 'static) -> (Vec<String>, Vec<Asked>) {
    let answers: Answers = Arc::new(move |asked| fault(asked, good(asked)));
    let served = Served::start(answers).await;
    let derived = derive(&evidence_of(DOCUMENT), &Options::default());
    assert_eq!(derived.notes, [""; 0]);
    let results = served.run(&derived.plan, limits()).await;
    let found = shown(&results).into_iter().filter(|line| !line.ends_with("passed")).collect();
    let asked = served.asked.lock().unwrap().clone();
    (found, asked)
}

#[tokio::test]
async fn an_api_that_keeps_its_document_has_no_faults() {
    let (found, asked) = faults(|_, reply| reply).await;
    assert_eq!(found, [""; 0]);
    let answered = |path: &str| -> BTreeSet<u16> {
        let asked = asked.iter().filter(|asked| asked.path.starts_with(path));
        asked.map(|asked| good(asked).status).collect()
    };
    for path in ["/orders", "/photos", "/lamps"] {
        let both = answered(path);
        assert!(both.contains(&200) && both.contains(&400), "{path} is asked rightly and wrongly: {both:?}");
    }
}

#[tokio::test]
async fn each_fault_is_found() {
    let finds = async |fault: fn(&Asked, Reply) -> Reply, expected: &str| {
        let (found, _) = faults(fault).await;
        assert!(found.iter().any(|line| line.contains(expected)), "{expected} is not in {found:#?}");
    };
    let lenient = "failed negative_data_rejection";
    finds(
        |asked, reply| {
            if all(&pairs(&asked.body), "lamp").is_empty() && asked.path == "/orders" { json(200, "{}") } else { reply }
        },
        &format!("POST /orders without lamp: {lenient}"),
    )
    .await;
    finds(
        |asked, reply| if all(&pairs(&asked.body), "colours").len() > 3 { json(200, "{}") } else { reply },
        &format!("POST /orders with colours of too many elements: {lenient}"),
    )
    .await;
    // Whoever reads only the last of several.
    finds(
        |asked, reply| if asked.path.matches("colour=").count() > 1 { json(500, "{}") } else { reply },
        "GET /lamps: failed not_a_server_error",
    )
    .await;
    finds(
        |asked, reply| if parts(asked).is_some_and(|parts| parts.len() == 2) { json(400, "{}") } else { reply },
        "POST /photos: failed positive_data_acceptance",
    )
    .await;
}

#[tokio::test]
async fn a_body_in_several_forms_is_sent_in_each() {
    let media = r#"{"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}"#;
    let document = format!(
        r#"{{"openapi": "3.0.3", "paths": {{"/a": {{"post": {{"requestBody": {{"content": {{
            "application/json": {media}, "application/x-www-form-urlencoded": {media}, "multipart/form-data": {media}}}}},
            "responses": {{"200": {{"description": "taken"}}}}}}}}}}}}"#
    );
    let plan = derive(&evidence_of(&document), &Options { coverage: 0, ..Options::default() }).plan;
    let names: Vec<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
    for name in ["POST /a", "POST /a, as a form", "POST /a, as a form in parts"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let served = Served::start(Arc::new(|_: &Asked| json(200, "{}"))).await;
    served.run(&plan, limits()).await;
    let asked = served.asked.lock().unwrap().clone();
    let bodies: Vec<&str> =
        asked.iter().filter(|asked| asked.method == "POST").map(|asked| asked.body.as_str()).collect();
    assert!(bodies.contains(&r#"{"a":"string"}"#) && bodies.contains(&"a=string"), "{bodies:?}");
    assert!(asked.iter().any(|asked| parts(asked) == Some(vec![("a".into(), false, "string".into())])), "{bodies:?}");
}

#[tokio::test]
async fn captured_values_go_into_forms_and_stay_in_their_fields() {
    let served = Served::start(Arc::new(|_: &Asked| json(200, r#"{"id": "a&b=c\r\n--x"}"#))).await;
    let plan = serde_json::from_value(serde_json::json!({
        "version": 1, "targets": {"api": {"baseUrl": Served::URL}},
        "steps": [
            {"id": "a", "name": "a", "request": {"target": "api", "method": "GET", "path": "/"}, "capture": {"id": {"body": "$.id"}}},
            {"id": "b", "name": "b", "request": {"target": "api", "method": "POST", "path": "/b", "bodyType": "form",
             "body": {"id": "{{id}}"}, "query": {"q": ["1", "{{id}}"]}}},
            {"id": "c", "name": "c", "request": {"target": "api", "method": "POST", "path": "/c", "bodyType": "multipart",
             "body": {"id": "{{id}}"}, "files": {"id": {"name": "{{id}}", "contentType": "text/plain"}}}},
        ],
    }))
    .unwrap();
    served.run(&plan, limits()).await;
    let asked = served.asked.lock().unwrap().clone();
    let value = "a&b=c\r\n--x".to_owned();
    assert_eq!(pairs(&asked[1].body), [("id".to_owned(), value.clone())]);
    assert_eq!(
        pairs(asked[1].path.split_once('?').unwrap().1),
        [("q".into(), "1".into()), ("q".into(), value.clone())]
    );
    assert_eq!(parts(&asked[2]), Some(vec![("id".into(), true, value)]));
    let recorded: Value = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(recorded["steps"][1]["request"]["bodyType"], "form", "a stored plan is the same plan");
}

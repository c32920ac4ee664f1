//! What may be tried with a plan, and what is said of it.

mod own;

use super::*;
use serde_json::{Value, json};

fn guard() -> Guard {
    Guard::new(["https://api.example/"]).unwrap()
}

/// A plan of these steps; what a step leaves out is harmless.
fn plan(steps: &[Value]) -> TestPlan {
    let steps = steps.iter().enumerate().map(|(at, step)| {
        let mut whole = json!({
            "id": format!("s{at}"), "name": "n", "request": {"target": "api", "method": "GET", "path": "/"}
        });
        for (name, value) in step.as_object().unwrap() {
            match (name.as_str(), value) {
                ("request", Value::Object(members)) => {
                    whole["request"].as_object_mut().unwrap().extend(members.clone());
                }
                _ => whole[name] = value.clone(),
            }
        }
        whole
    });
    serde_json::from_value(json!({
        "version": 1, "targets": {"api": {"baseUrl": "https://api.example/v1"}}, "steps": steps.collect::<Vec<_>>()
    }))
    .unwrap()
}

fn problems(plan: TestPlan) -> String {
    check(plan, &guard(), Bounds::default()).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_whole_life_of_an_item_passes() {
    assert_eq!(
        problems(plan(&[
            json!({"phase": "set-up", "request": {"method": "POST", "path": "/items", "body": {"name": "{{unique}}"}},
                   "expect": {"status": [201]}, "capture": {"id": {"body": "$.id"}}}),
            json!({"request": {"path": "/items/{{id}}"}, "expect": {"status": ["2XX"], "body": {"$.name": {"equals": "{{unique}}"}},
                   "schema": {"type": "object"}}}),
            json!({"request": {"method": "DELETE", "path": "/items/{{unique}}"}, "expect": {"status": [404]}}),
            json!({"phase": "clean-up", "request": {"method": "DELETE", "path": "/items/{{id}}"}}),
        ])),
        ""
    );
}

#[test]
fn what_a_malicious_plan_may_try_is_refused() {
    let check = |step: Value, expected: &str| {
        let problems = problems(plan(&[step]));
        assert!(problems.contains(expected), "{problems}");
    };
    check(json!({"request": {"method": "DELETE", "path": "/items/1"}}), "may only name what the plan itself created");
    check(json!({"request": {"method": "PATCH", "path": "/items"}}), "may only name what the plan itself created");
    for hidden in [
        json!({"method": "POST", "path": "/items/1", "bodyType": "form", "body": {"_method": "DELETE"}}),
        json!({"method": "POST", "path": "/items/1", "query": {"_METHOD": "delete"}}),
    ] {
        check(json!({"request": hidden}), "may only name what the plan itself created");
    }
    check(json!({"request": {"headers": {"X-HTTP-Method-Override": "DELETE"}}}), "set by the runner");
    check(json!({"request": {"headers": {"X_HTTP_METHOD_OVERRIDE": "DELETE"}}}), "set by the runner");
    check(json!({"request": {"headers": {"X_Amz_Date": "1"}}}), "set by the runner");
    check(json!({"request": {"path": "//evil.example/"}}), "begin with one `/`");
    check(json!({"request": {"path": "https://evil.example/"}}), "begin with one `/`");
    check(json!({"request": {"path": "/a/../../b"}}), "without `.` and `..`");
    check(json!({"request": {"path": "/a\\@evil.example"}}), "backslash");
    check(json!({"request": {"headers": {"Host": "evil.example"}}}), "set by the runner");
    check(json!({"request": {"headers": {"X-Amz-Security-Token": "x"}}}), "set by the runner");
    check(json!({"request": {"headers": {"a": "b\r\nc: d"}}}), "is no header");
    check(json!({"request": {"target": "other"}}), "there is no target `other`");
    check(json!({"request": {"path": "/{{secret}}"}}), "used before a step captures it");
    check(json!({"request": {"body": "x".repeat(70_000)}}), "at most 65536");
    check(json!({"request": {"query": {"q": ["x".repeat(9000), "y".repeat(9000)]}}}), "at most 16384");
    // What is short as it is written may be long as it travels.
    check(json!({"request": {"query": {"q": "ä".repeat(3000)}}}), "path, query and headers have 18004 bytes");
    check(json!({"request": {"query": {"q": ["a", "{{secret}}"]}}}), "used before a step captures it");
    let form = |kind: &str, body: Value| json!({"request": {"bodyType": kind, "body": body}});
    // What is short as JSON may be long as a form.
    check(form("form", json!({"q": "ä".repeat(20_000)})), "the body has 120002 bytes");
    check(form("multipart", json!({"q": vec!["x"; 2000]})), "at most 65536");
    check(json!({"request": {"body": vec!["{{unique}}"; 101]}}), "at most 100 are allowed");
    check(json!({"request": {"path": format!("/{}", "{{unique}}".repeat(101))}}), "at most 100 are allowed");
    check(json!({"expect": {"body": {"$": {"equals": vec!["{{unique}}"; 101]}}}}), "at most 100 are allowed");
    let captures: serde_json::Map<String, Value> = (0..17).map(|n| (format!("c{n}"), json!({"body": "$.a"}))).collect();
    check(json!({"capture": captures}), "at most 16 are allowed");
    for name in ["a=@/etc/passwd;b", "a;b", "a\"b", "a@b", "a\r\nb", ""] {
        check(form("multipart", json!({name: "x"})), "is no name for a part of a form");
    }
    check(json!({"request": {"method": "HEAD", "body": {}}}), "HEAD has no body");
    check(form("form", json!("a=1&b=2")), "the body of a form is an object");
    let file = |name: &str, file: Value, headers: Value| {
        let body = json!({"a": "x", "n": 1});
        json!({"request": {"bodyType": "multipart", "body": body, "files": {name: file}, "headers": headers}})
    };
    let plain = json!({"name": "a.txt", "contentType": "text/plain"});
    check(file("b", plain.clone(), json!({})), "`b` is no text in the body");
    check(file("n", plain.clone(), json!({})), "`n` is no text in the body");
    check(file("a", json!({"name": "a", "contentType": "a/b\r\nX: y"}), json!({})), "is no media type");
    check(file("a", json!({"name": "{{secret}}", "contentType": "a/b"}), json!({})), "used before");
    check(file("a", plain, json!({"Content-Type": "x"})), "follows from `bodyType`");
    // A text that another parser takes for a form, or a header that another proxy takes for the address.
    let typed = |value: &str, more: Value| {
        let mut request = json!({"method": "POST", "path": "/items/1", "headers": {"Content-Type": value}});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"request": request})
    };
    check(typed("application/x-www-form-urlencoded", json!({"body": "&_method=DELETE&"})), "follows from `bodyType`");
    check(typed("text/plain", json!({"body": "x"})), "follows from `bodyType`");
    check(typed("application/json{{unique}}", json!({"body": "x"})), "follows from `bodyType`");
    check(typed("application/json", json!({"bodyType": "form", "body": {"a": "x"}})), "follows from `bodyType`");
    assert_eq!(problems(plan(&[typed("application/merge-patch+json; charset=utf-8", json!({"body": {}}))])), "");
    for name in ["X-Original-URL", "X-Rewrite-Url", "x_original_uri", "X-Forwarded-Host", "X-Host"] {
        check(json!({"request": {"headers": {name: "/admin"}}}), "set by the runner");
    }
    for name in ["Host", "content_length", "X-Amz-Security-Token", "x token", ""] {
        check(json!({"request": {"auth": "bearer", "tokenHeader": name}}), "no token can be shown in");
    }
    check(json!({"timeoutMs": 600_000}), "timeoutMs must be 1 to 30000");
    let again = json!({"attempts": 3, "delayMs": 1, "reason": "eventual-consistency"});
    check(json!({"request": {"method": "POST"}, "retry": again}), "makes another");
    check(json!({"retry": {"attempts": 50, "delayMs": 1, "reason": "cold-start"}}), "2 to 5 attempts");
    check(json!({"expect": {"schema": {"$ref": "https://evil.example/schema"}}}), "which is not followed");
    check(json!({"expect": {"body": {"not a path": {"exists": true}}}}), "no JSONPath");
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (format!("$.a{n}"), json!({"exists": true}))).collect();
    check(json!({"expect": {"body": many}}), "at most 50 are allowed");
    for path in ["$[0,0][0,0]", "$..a..b"] {
        check(json!({"expect": {"body": {path: {"exists": true}}}}), "no simple JSONPath");
        check(json!({"capture": {"x": {"optional": path}}}), "no simple JSONPath");
    }
    check(json!({"id": "../x"}), "the id must be of");
}

#[test]
fn a_plan_as_a_whole_is_checked() {
    let mut foreign = plan(&[]);
    foreign.targets.get_mut("api").unwrap().base_url = "https://169.254.169.254/".to_owned();
    assert!(problems(foreign).contains("is an address"));
    assert!(problems(plan(&vec![json!({}); 201])).contains("at most 200"));
    assert!(problems(plan(&[json!({"id": "a"}), json!({"id": "a"})])).contains("same id"));
    assert!(problems(plan(&[json!({}), json!({"phase": "set-up"})])).contains("comes too late"));
    let many: Vec<Value> = (0..26)
        .map(|s| json!({"capture": (0..16).map(|n| (format!("c{s}_{n}"), json!({"body": "$.a"}))).collect::<serde_json::Map<_, _>>()}))
        .collect();
    assert!(problems(plan(&many)).contains("at most 400 are allowed"));
    assert!(problems(TestPlan { version: 2, ..plan(&[]) }).contains("version 2"));
}

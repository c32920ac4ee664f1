//! What a plan may change and remove.

use super::*;

#[test]
fn only_what_was_created_may_be_removed() {
    let steps = |method: &str, path: &str, capture: &str, status: Value, delete: &str| {
        plan(&[
            json!({"request": {"method": method, "path": path}, "expect": {"status": status}, "capture": {"id": {"body": capture}}}),
            json!({"request": {"method": "DELETE", "path": delete}}),
        ])
    };
    let created = |steps: TestPlan| assert_eq!(problems(steps), "");
    created(steps("POST", "/items", "$.id", json!([]), "/items/{{id}}"));
    created(steps("POST", "/items/", "$['item']['id']", json!([200]), "/items/{{id}}/parts"));
    created(steps("POST", "/items", "$.itemId", json!([201]), "/items/{{ id }}/"));
    created(steps("PUT", "/items/{{unique}}", "$.id", json!([]), "/items/{{id}}"));
    let foreign = |steps: TestPlan, why: &str| assert!(problems(steps).contains("may only name"), "{why}");
    foreign(steps("GET", "/items", "$[0].id", json!([]), "/items/{{id}}"), "an id that was read is somebody else's");
    foreign(steps("POST", "/search", "$.id", json!([200]), "/items/{{id}}"), "what a search finds is somebody else's");
    foreign(steps("POST", "/items", "$[0].id", json!([200]), "/items/{{id}}"), "an element of a list may be old");
    foreign(steps("POST", "/items", "$..id", json!([]), "/items/{{id}}"), "what is looked for may be old");
    foreign(steps("POST", "/items", "$.id", json!([]), "/users/{{id}}"), "what is in one collection is not in another");
    foreign(steps("POST", "/items", "$.id", json!([201]), "/users/{{id}}"), "whatever the status");
    foreign(steps("POST", "/create", "$.id", json!([201]), "/items/{{id}}"), "nothing says that it is an item");
    foreign(
        steps("POST", "/customers/42/orders", "$.customerId", json!([201]), "/customers/{{id}}"),
        "an answer names others, too",
    );
    foreign(
        steps("POST", "/orders", "$.previous.id", json!([201]), "/orders/{{id}}"),
        "an answer names others of its kind, too",
    );
    for path in [
        "/items/42{{id}}",
        "/items/{{id}}42",
        "/items/{{id}},42",
        "/items/{{id}}{{id}}",
        "/items/a{{id}}",
        "/items/{{id}}/parts/7",
        "/items/42{{unique}}",
        "/items/{{unique}},42",
        "/{{unique}}/items",
        "/{{unique}}/items/42",
        "/items/{{id}}/../42",
    ] {
        foreign(steps("POST", "/items", "$.id", json!([201]), path), path);
    }
    for path in ["/items/x-{{unique}}", "/items/{{unique}}/parts", "/items/{{unique}}/parts/{{unique}}", "/{{unique}}"]
    {
        created(steps("POST", "/items", "$.id", json!([201]), path));
    }
    let upsert = |id: &str| {
        plan(&[
            json!({"request": {"method": "POST", "path": "/items", "body": {"id": id}}, "expect": {"status": [201]},
                   "capture": {"id": {"body": "$.id"}}}),
            json!({"request": {"method": "DELETE", "path": "/items/{{id}}"}}),
        ])
    };
    foreign(upsert("42"), "a POST that says its id may have overwritten what was there");
    created(upsert("test-{{unique}}"));
    let by_query = |id: Value| {
        plan(&[
            json!({"request": {"method": "POST", "path": "/items", "query": {"id": id}}, "expect": {"status": [201]},
                   "capture": {"id": {"body": "$.id"}}}),
            json!({"request": {"method": "DELETE", "path": "/items/{{id}}"}}),
        ])
    };
    foreign(by_query(json!("42")), "a query says an id, too");
    foreign(by_query(json!(["{{unique}}", "42"])), "one of several is enough");
    created(by_query(json!("{{unique}}")));
    let mut as_form = upsert("42");
    as_form.steps[0].request.body_type = crate::plan::BodyType::Form;
    foreign(as_form, "so does a form");
    let allowed = Bounds { allow_destructive: true, ..Bounds::default() };
    assert!(check(steps("GET", "/items", "$[0].id", json!([]), "/items/{{id}}"), &guard(), allowed).is_ok());
}

#[test]
fn no_other_id_stands_beside_the_path() {
    let steps = |request: Value| {
        let mut request = request;
        request["path"] = request.get("path").cloned().unwrap_or(json!("/items/{{id}}"));
        plan(&[
            json!({"request": {"method": "POST", "path": "/items"}, "capture": {"id": {"body": "$.id"}}}),
            json!({"request": {"path": "/items"}, "capture": {"theirs": {"body": "$[0].id"}}}),
            json!({"request": request}),
        ])
    };
    for foreign in [
        json!({"method": "PUT", "body": {"id": "42"}}),
        json!({"method": "PUT", "body": {"id": 42, "name": "x"}}),
        json!({"method": "PUT", "body": {"Item_ID": "{{theirs}}"}}),
        json!({"method": "PATCH", "body": {"data": {"item": {"_id": "42"}}}}),
        json!({"method": "PUT", "body": [{"id": "{{id}}"}, {"id": "42"}]}),
        json!({"method": "PUT", "query": {"itemId": "42"}}),
        json!({"method": "PUT", "bodyType": "form", "body": {"id": "42"}}),
        json!({"method": "PUT", "path": "/items/{{id}}/parts", "body": {"itemId": "42"}}),
        json!({"method": "PUT", "path": "/items/{{unique}}", "body": {"id": "42"}}),
        json!({"method": "DELETE", "query": {"id": "42"}}),
        json!({"method": "DELETE", "query": {"id": ["{{id}}", "42"]}}),
        json!({"method": "DELETE", "query": {"customerId": "42"}}),
        json!({"method": "DELETE", "body": {"filter": {"ids": ["42"]}}}),
        json!({"method": "DELETE", "body": ["42"]}),
        json!({"method": "POST", "query": {"_method": "DELETE", "id": "42"}}),
    ] {
        assert!(problems(steps(foreign.clone())).contains("may only name"), "{foreign}");
    }
    for own in [
        json!({"method": "PUT", "body": {"id": "{{id}}", "name": "x", "number": 7}}),
        json!({"method": "PUT", "body": {"item": {"id": "{{ id }}"}, "id": null}}),
        json!({"method": "PUT", "path": "/items/{{unique}}", "body": {"id": "{{unique}}"}}),
        // What it belongs to, and what it is made of.
        json!({"method": "PUT", "body": {"customerId": "42", "lines": [{"id": 1}]}}),
        json!({"method": "PATCH", "query": {"notify": "true"}, "body": {"name": "x"}}),
        json!({"method": "DELETE", "query": {"force": "true", "id": "{{id}}"}, "body": ["{{id}}"]}),
    ] {
        assert_eq!(problems(steps(own.clone())), "", "{own}");
    }
}

#[test]
fn what_is_made_is_in_its_own_collection_only() {
    let steps = |second: Value, delete: Value| {
        let mut plan = plan(&[
            json!({"request": {"method": "POST", "path": "/customers"}, "capture": {"c": {"body": "$.id"}}}),
            json!({"request": {"method": "POST", "path": "/customers/{{c}}/orders"}, "capture": {"o": {"body": "$.id"}}}),
            second,
            json!({"request": delete}),
        ]);
        let other = plan.targets["api"].clone();
        plan.targets.insert("other".to_owned(), other);
        problems(plan)
    };
    let delete = |path: &str| json!({"method": "DELETE", "path": path});
    assert_eq!(steps(json!({}), delete("/customers/{{c}}/orders/{{o}}")), "");
    assert_eq!(steps(json!({}), delete("/customers/{{c}}")), "");
    for foreign in [
        delete("/customers/{{o}}"),
        delete("/customers/1/orders/{{o}}"),
        json!({"target": "other", "method": "DELETE", "path": "/customers/{{c}}"}),
    ] {
        assert!(steps(json!({}), foreign.clone()).contains("may only name"), "{foreign}");
    }
    // The name means another customer by then, whose first order may have the same number.
    let other = json!({"request": {"path": "/customers"}, "capture": {"c": {"body": "$[0].id"}}});
    assert!(steps(other, delete("/customers/{{c}}/orders/{{o}}")).contains("may only name"));
}

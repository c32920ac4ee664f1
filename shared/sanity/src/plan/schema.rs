//! The JSON Schema of a plan: what the documentation publishes, what the model's tool asks for, and what tests hold
//! the types to.

use super::VERSION;
use serde_json::{Value, json};

/// The schema of a whole plan (draft 2020-12).
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Drydock test plan",
        "description": "What the sanity tester sends to a deployed API, in which order, and what it expects.",
        "type": "object",
        "additionalProperties": false,
        "required": ["version", "targets", "steps"],
        "properties": {
            "version": {"const": VERSION},
            "targets": {
                "type": "object",
                "description": "The deployed APIs by the short name that steps use.",
                "additionalProperties": {"$ref": "#/$defs/target"},
            },
            "promises": {
                "type": "object",
                "description": "What documents promise of answers, by a name that steps use, then by status: 200, 4XX or default.",
                "additionalProperties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/response"}},
            },
            "steps": {
                "type": "array",
                "description": "All set-up, then all tests, then all clean-up.",
                "items": {"$ref": "#/$defs/step"},
            },
        },
        "$defs": definitions(),
    })
}

/// The schema of a list of steps alone: what the model fills in.
pub(crate) fn steps_schema(most: usize) -> Value {
    let mut definitions = definitions();
    if let Some(definitions) = definitions.as_object_mut() {
        definitions.retain(|name, _| !matches!(name.as_str(), "target" | "response" | "header"));
    }
    // Where credentials go is not the model's to say.
    if let Some(request) = definitions.pointer_mut("/request/properties").and_then(Value::as_object_mut) {
        request.shift_remove("tokenHeader");
    }
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["steps"],
        "properties": {
            "steps": {"type": "array", "maxItems": most, "items": {"$ref": "#/$defs/step"},
                      "description": "All set-up, then all tests, then all clean-up."},
        },
        "$defs": definitions,
    })
}

fn definitions() -> Value {
    json!({
        "target": target(),
        "auth": {"enum": ["none", "iam", "api-key", "bearer"], "description": "What callers must show."},
        "response": response(),
        "header": {
            "type": "object", "additionalProperties": false,
            "properties": {"required": {"type": "boolean"}, "schema": {"type": ["object", "boolean"]}},
        },
        "step": step(),
        "request": request(),
        "file": {
            "type": "object", "additionalProperties": false, "required": ["name", "contentType"],
            "properties": {"name": {"type": "string"}, "contentType": {"type": "string"}},
        },
        "expect": expect(),
        "status": {
            "description": "A status, or a class of them such as \"2XX\".",
            "oneOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"type": "string", "pattern": "^[1-5][xX][xX]$"}],
        },
        "demand": {
            "type": "object", "additionalProperties": false, "required": ["check", "status"],
            "description": "A further demand on the status, under a name of its own.",
            "properties": {
                "check": {"enum": ["negative_data_rejection", "positive_data_acceptance", "missing_required_header",
                                   "unsupported_method", "ignored_auth"]},
                "status": {"type": "array", "items": {"$ref": "#/$defs/status"}},
            },
        },
        "matcher": matcher(),
        "capture": {
            "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
            "description": "Where a value to keep stands in the answer: a JSONPath, a header, or a JSONPath that may find nothing.",
            "properties": {"body": {"type": "string"}, "header": {"type": "string"}, "optional": {"type": "string"}},
        },
        "retry": {
            "type": "object", "additionalProperties": false, "required": ["attempts", "delayMs", "reason"],
            "properties": {
                "attempts": {"type": "integer", "minimum": 2, "maximum": 5},
                "delayMs": {"type": "integer", "minimum": 0, "maximum": 5000},
                "reason": {"enum": ["cold-start", "eventual-consistency"]},
            },
        },
    })
}

fn target() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["baseUrl"],
        "properties": {"baseUrl": {"type": "string"}, "auth": {"$ref": "#/$defs/auth"}},
    })
}

fn response() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "content": {
                "type": "object", "description": "Media types, and for JSON the schema.",
                "additionalProperties": {"type": ["object", "boolean", "null"]},
            },
            "headers": {"type": "object", "additionalProperties": {"$ref": "#/$defs/header"}},
        },
    })
}

fn step() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["id", "name", "request"],
        "properties": {
            "id": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$", "description": "Unique in the plan."},
            "name": {"type": "string", "description": "What it shows, for people."},
            "phase": {"enum": ["set-up", "test", "clean-up"], "description": "test without it."},
            "request": {"$ref": "#/$defs/request"},
            "expect": {"$ref": "#/$defs/expect"},
            "capture": {
                "type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9_]+$"},
                "additionalProperties": {"$ref": "#/$defs/capture"},
                "description": "Values to keep for later steps, which write {{name}}.",
            },
            "retry": {"$ref": "#/$defs/retry"},
            "timeoutMs": {"type": "integer", "minimum": 1, "maximum": 30000},
        },
    })
}

fn request() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["target", "method", "path"],
        "description": "Every text may hold {{name}}: a captured value, or {{unique}}, a text that no other run has.",
        "properties": {
            "target": {"type": "string", "description": "A name among the plan's targets."},
            "method": {"enum": ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]},
            "path": {"type": "string", "pattern": "^/", "description": "Behind the target's base, without a query."},
            "query": {
                "type": "object", "description": "A list repeats the name: tag=a&tag=b.",
                "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            },
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "body": {"description": "For a form an object with a field for each member."},
            "bodyType": {"enum": ["json", "form", "multipart"],
                         "description": "How the body is written: application/json without it, application/x-www-form-urlencoded or multipart/form-data."},
            "files": {
                "type": "object", "description": "The members of a multipart body whose texts are sent as files.",
                "additionalProperties": {"$ref": "#/$defs/file"},
            },
            "auth": {"$ref": "#/$defs/auth"},
            "tokenHeader": {"type": "string", "description": "The header in which a bearer token is shown as it is; without it authorization, behind Bearer."},
            "anonymous": {"type": "boolean", "description": "True to send it without credentials."},
        },
    })
}

fn expect() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "description": "What is not said is not checked; 500 and above is always a fault.",
        "properties": {
            "status": {"type": "array", "items": {"$ref": "#/$defs/status"}},
            "demand": {"$ref": "#/$defs/demand"},
            "promise": {"type": "string", "description": "A name among the plan's promises."},
            "contentType": {"type": "array", "items": {"type": "string"}},
            "headers": {"type": "object", "additionalProperties": {"$ref": "#/$defs/matcher"}},
            "body": {"type": "object", "description": "By JSONPath.", "additionalProperties": {"$ref": "#/$defs/matcher"}},
            "reached": {"type": "boolean", "description": "True if the answer must be the deployment's own, not the gateway's."},
            "mayBeAbsent": {"type": "boolean", "description": "True if what is named may not be there, so that a 404 is the deployment's own."},
            "admitted": {"type": "boolean", "description": "True if the gateway must let the request in, with what it shows."},
            "schema": {"type": ["object", "boolean"], "description": "A JSON Schema for the body."},
            "maxResponseTimeMs": {"type": "integer", "minimum": 1},
        },
    })
}

fn matcher() -> Value {
    json!({
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
        "properties": {
            "exists": {"type": "boolean"},
            "equals": {"description": "Numbers compare by value."},
            "contains": {"description": "A part of a text, or an element of a list."},
            "type": {"enum": ["string", "number", "integer", "boolean", "object", "array", "null"]},
            "minLength": {"type": "integer", "minimum": 0},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TestPlan;

    /// A plan in which every field of every type is set.
    fn whole() -> Value {
        json!({
            "version": 1,
            "targets": {"api": {"baseUrl": "https://api.example", "auth": "api-key"}},
            "promises": {"p": {"200": {"content": {"application/json": {"type": "object"}, "text/plain": null},
                                       "headers": {"etag": {"required": true, "schema": {"type": "string"}}}}}},
            "steps": [{
                "id": "a", "name": "n", "phase": "set-up", "timeoutMs": 5,
                "request": {"target": "api", "method": "POST", "path": "/", "query": {"q": "1", "r": ["1", "2"]}, "headers": {"h": "1"},
                            "body": {"b": 1, "f": "x"}, "bodyType": "multipart",
                            "files": {"f": {"name": "f.txt", "contentType": "text/plain"}}, "auth": "bearer",
                            "tokenHeader": "x-token", "anonymous": true},
                "expect": {"status": [200, "2XX"], "demand": {"check": "ignored_auth", "status": [401]}, "promise": "p",
                           "contentType": ["application/json"], "headers": {"h": {"exists": true}},
                           "body": {"$.a": {"equals": 1}, "$.b": {"contains": "x"}, "$.c": {"type": "string"}, "$.d": {"minLength": 2}},
                           "reached": true, "mayBeAbsent": true, "admitted": true, "schema": {"type": "object"}, "maxResponseTimeMs": 5},
                "capture": {"x": {"body": "$.x"}, "y": {"header": "y"}, "z": {"optional": "$.z"}},
                "retry": {"attempts": 2, "delayMs": 1, "reason": "cold-start"},
            }],
        })
    }

    #[test]
    fn every_field_is_in_types_and_schema() {
        let plan: TestPlan = serde_json::from_value(whole()).unwrap();
        let written = serde_json::to_value(&plan).unwrap();
        assert_eq!(written, whole(), "the types write what they read");
        let errors: Vec<String> =
            jsonschema::validator_for(&json_schema()).unwrap().iter_errors(&written).map(|e| e.to_string()).collect();
        assert_eq!(errors, [""; 0]);
    }

    #[test]
    fn the_schema_names_no_field_that_the_types_do_not_know() {
        let whole = whole();
        let step = &whole["steps"][0];
        for (definition, value) in [
            ("target", &whole["targets"]["api"]),
            ("response", &whole["promises"]["p"]["200"]),
            ("header", &whole["promises"]["p"]["200"]["headers"]["etag"]),
            ("step", step),
            ("request", &step["request"]),
            ("file", &step["request"]["files"]["f"]),
            ("expect", &step["expect"]),
            ("demand", &step["expect"]["demand"]),
            ("retry", &step["retry"]),
        ] {
            let names = |value: &Value| {
                let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
                names.sort();
                names
            };
            assert_eq!(names(&json_schema()["$defs"][definition]["properties"]), names(value), "{definition}");
        }
    }

    #[test]
    fn what_the_types_refuse_the_schema_refuses() {
        let schema = jsonschema::validator_for(&json_schema()).unwrap();
        let check = |pointer: &str, value: Value| {
            let mut plan = whole();
            *plan.pointer_mut(pointer).unwrap() = value;
            assert!(!schema.is_valid(&plan), "{pointer}: {plan}");
        };
        check("/version", json!(2));
        check("/targets", json!([]));
        check("/targets/api", json!({"url": "x"}));
        check("/steps", json!({}));
        check("/steps/0/id", json!("../x"));
        check("/steps/0/phase", json!("later"));
        check("/steps/0/request/method", json!("TRACE"));
        check("/steps/0/request/query", json!({"q": 1}));
        check("/steps/0/request/query", json!({"q": ["1", 2]}));
        check("/steps/0/request/bodyType", json!("xml"));
        check("/steps/0/request/files/f", json!({"name": "f.txt"}));
        check("/steps/0/expect/status", json!(["ok"]));
        check("/steps/0/expect/status", json!([99]));
        check("/steps/0/expect/body", json!({"$.a": {"is": 1}}));
        check("/steps/0/expect", json!({"code": 200}));
        check("/steps/0/capture", json!({"a-b": {"body": "$"}}));
        check("/steps/0/retry/attempts", json!(50));
        check("/steps/0/retry/reason", json!("hope"));
    }

    #[test]
    fn the_published_schema_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/test-plan.schema.json");
        let now = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(published == now, "docs/test-plan.schema.json is not up to date: run this test with UPDATE_SCHEMA=1");
    }
}

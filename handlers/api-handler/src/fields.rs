//! The fields of a body: which there are and what each may hold. Fields that are not known are ignored.

use crate::storable;
use drydock_contract::api::SessionRequest;
use drydock_contract::detection::IacType;
use drydock_contract::input::{InvalidInput, invalid};
use serde_json::{Map, Value};

/// What a field may hold. `null` counts as absent everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A text, or a list of texts that become its lines.
    Lines,
    /// An object, or a text; a text that holds a JSON object is taken as that object.
    Details,
    /// One of the words of [`IacType`].
    Type,
    /// An object of texts, numbers, booleans or lists of them.
    Parameters,
    /// An object of texts.
    Tags,
    /// True or false.
    Switch,
    /// A whole number from 0.
    Count,
}

/// Every field of [`SessionRequest`].
pub const FIELDS: [(&str, Shape); 14] = [
    ("repository", Shape::Text),
    ("branch", Shape::Text),
    ("projectRoot", Shape::Text),
    ("customRootFolder", Shape::Text),
    ("fixInstructions", Shape::Lines),
    ("openPullRequest", Shape::Switch),
    ("stackDetails", Shape::Details),
    ("planId", Shape::Text),
    ("allowDestructive", Shape::Switch),
    ("iacType", Shape::Type),
    ("stackName", Shape::Text),
    ("parameters", Shape::Parameters),
    ("tags", Shape::Tags),
    ("maxFixAttempts", Shape::Count),
];

/// Reads the fields of a body.
///
/// # Errors
/// Names the first field that holds something else than it may.
pub fn read(mut body: Map<String, Value>) -> Result<SessionRequest, InvalidInput> {
    body.retain(|_, value| !value.is_null());
    for (field, shape) in FIELDS {
        if let Some(value) = body.get_mut(field) {
            bring_into_shape(field, shape, value)?;
            if shape == Shape::Details {
                storable::check(value).or_else(|problem| invalid(field, problem))?;
            }
        }
    }
    serde_json::from_value(Value::Object(body)).or_else(|error| invalid("body", format!("cannot be read: {error}")))
}

fn bring_into_shape(field: &'static str, shape: Shape, value: &mut Value) -> Result<(), InvalidInput> {
    match (shape, &*value) {
        (Shape::Text | Shape::Lines, Value::String(_)) | (Shape::Details, Value::Object(_)) => {}
        (Shape::Text, _) => return invalid(field, "must be a text"),
        (Shape::Lines, Value::Array(lines)) => match lines.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
            Some(lines) => *value = Value::String(lines.join("\n")),
            None => return invalid(field, "must be a text or a list of texts"),
        },
        (Shape::Lines, _) => return invalid(field, "must be a text or a list of texts"),
        (Shape::Details, Value::String(text)) => {
            if let Ok(object @ Value::Object(_)) = serde_json::from_str(text) {
                *value = object;
            }
        }
        (Shape::Details, _) => return invalid(field, "must be an object or a text"),
        (Shape::Type, found) => {
            if found.as_str().and_then(IacType::parse).is_none() {
                return invalid(field, format!("must be one of {}", IacType::ALL.map(IacType::as_str).join(", ")));
            }
        }
        (Shape::Parameters, found) => {
            if !found.is_object() {
                return invalid(field, "must be an object: a name and a value for each parameter");
            }
        }
        (Shape::Switch, found) => {
            if !found.is_boolean() {
                return invalid(field, "must be true or false");
            }
        }
        (Shape::Count, found) => {
            if found.as_u64().is_none() {
                return invalid(field, "must be a whole number");
            }
        }
        (Shape::Tags, found) => {
            if !found.as_object().is_some_and(|tags| tags.values().all(Value::is_string)) {
                return invalid(field, "must be an object of texts");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(body: Value) -> Result<SessionRequest, String> {
        match body {
            Value::Object(object) => read(object).map_err(|error| error.to_string()),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn every_field_arrives() {
        let read = request(json!({
            "repository": "r", "branch": "b", "projectRoot": "p", "customRootFolder": "c", "fixInstructions": "f", "openPullRequest": true,
            "stackDetails": {"apiUrl": "u"}, "iacType": "sam", "stackName": "s", "parameters": {"A": 1},
            "tags": {"t": "v"}, "maxFixAttempts": 2, "planId": "p", "allowDestructive": true, "unknown": [1]
        }));
        let expected = SessionRequest {
            repository: Some("r".into()),
            branch: Some("b".into()),
            project_root: Some("p".into()),
            custom_root_folder: Some("c".into()),
            fix_instructions: Some("f".into()),
            open_pull_request: Some(true),
            stack_details: Some(json!({"apiUrl": "u"})),
            plan_id: Some("p".into()),
            allow_destructive: Some(true),
            iac_type: Some(IacType::Sam),
            stack_name: Some("s".into()),
            parameters: Some([("A".to_owned(), json!(1))].into()),
            tags: Some([("t".to_owned(), "v".to_owned())].into()),
            max_fix_attempts: Some(2),
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn what_clients_send_in_other_forms_takes_one() {
        let read = request(json!({
            "fixInstructions": ["first", "second"], "stackDetails": "{\"apiUrl\":\"u\"}", "branch": null
        }));
        assert_eq!(
            read,
            Ok(SessionRequest {
                fix_instructions: Some("first\nsecond".into()),
                stack_details: Some(json!({"apiUrl": "u"})),
                ..SessionRequest::default()
            })
        );
        assert_eq!(
            request(json!({"stackDetails": "stack my-api"})).unwrap().stack_details,
            Some(json!("stack my-api"))
        );
    }

    #[test]
    fn a_field_of_another_shape_is_named() {
        let check = |body: Value, expected: &str| assert_eq!(request(body), Err(expected.to_owned()));
        check(json!({"branch": 5}), "`branch` must be a text");
        check(json!({"fixInstructions": {}}), "`fixInstructions` must be a text or a list of texts");
        check(json!({"fixInstructions": [1]}), "`fixInstructions` must be a text or a list of texts");
        check(json!({"stackDetails": {"a": {"": 1}}}), "`stackDetails` must not have an empty name");
        check(json!({"stackDetails": [1]}), "`stackDetails` must be an object or a text");
        check(
            json!({"iacType": "SAM"}),
            "`iacType` must be one of simple-lambda, cloudformation, sam, cdk, terraform, serverless",
        );
        check(json!({"parameters": []}), "`parameters` must be an object: a name and a value for each parameter");
        check(json!({"maxFixAttempts": -1}), "`maxFixAttempts` must be a whole number");
        check(json!({"tags": {"a": 1}}), "`tags` must be an object of texts");
    }
}

//! The template's permissions as data.

use infra::drydock::template;
use serde_json::{Value, json};

/// Every statement of every role, and of the policy that is all that `ApplicationsRole` has.
pub fn statements() -> Vec<(String, Value)> {
    let template = template();
    let resources = template.as_value()["Resources"].as_object().unwrap();
    let document = |id: &str, resource: &Value| match resource["Type"].as_str().unwrap() {
        "AWS::IAM::ManagedPolicy" => Some(resource["Properties"]["PolicyDocument"].clone()),
        "AWS::IAM::Role" if id == "ApplicationsRole" => {
            let attached = &resource["Properties"]["ManagedPolicyArns"];
            assert_eq!(*attached, json!([{"Ref": "ApplicationsBoundary"}]));
            assert_eq!(resource["Properties"].get("Policies"), None);
            None
        }
        "AWS::IAM::Role" => {
            assert_eq!(resource["Properties"].get("ManagedPolicyArns"), None, "{id}");
            let policies = resource["Properties"]["Policies"].as_array().unwrap();
            assert_eq!(policies.len(), 1, "{id}");
            Some(policies[0]["PolicyDocument"].clone())
        }
        _ => None,
    };
    let documents = resources.iter().filter_map(|(id, resource)| Some((id, document(id, resource)?)));
    documents
        .flat_map(|(id, document)| {
            let granted = document["Statement"].as_array().unwrap().clone();
            granted.into_iter().map(|statement| (id.clone(), statement)).collect::<Vec<_>>()
        })
        // What is there only if a boundary is required has a test of its own.
        .filter(|(_, statement)| statement.get("Fn::If").is_none())
        .collect()
}

/// The actions of a statement.
pub fn actions(statement: &Value) -> Vec<&str> {
    match &statement["Action"] {
        Value::String(one) => vec![one],
        many => many.as_array().unwrap().iter().map(|action| action.as_str().unwrap()).collect(),
    }
}

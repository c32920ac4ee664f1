//! Who may do what: the caller, and the service role that CloudFormation acts as.

use super::stack_with;
use crate::script::{Ran, Script};
use serde_json::Value;

/// What the doctor finds about permissions, by who is asked.
async fn permissions(script: Script, file: &str) -> Vec<(String, String, String, Vec<String>)> {
    found(&examined(script, file).await)
}

async fn examined(script: Script, file: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("drydock.toml");
    std::fs::write(&config, file).unwrap();
    script.env("DRYDOCK_CONFIG", config.to_str().unwrap()).run("doctor --target host --json").await
}

fn found(ran: &Ran) -> Vec<(String, String, String, Vec<String>)> {
    let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    let findings = told["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let about = findings.filter(|finding| text(finding, "check").starts_with("permissions"));
    about
        .map(|finding| {
            let all = finding["all"].as_array().into_iter().flatten();
            let all = all.map(|action| action.as_str().unwrap().to_owned()).collect();
            (text(finding, "check"), text(finding, "grade"), text(finding, "remedy"), all)
        })
        .collect()
}

const CALLER: &str = ":user/ann";
const ROLE: &str = ":role/cfn";
const IN_FILE: &str = "role-arn = \"arn:aws:iam::123456789012:role/cfn\"\n";

#[tokio::test]
async fn without_a_service_role_the_caller_must_be_allowed_what_cloudformation_calls() {
    let script = Script::stack(&["UPDATE_COMPLETE"]).forbidding(&[
        (CALLER, "dynamodb:DeleteTable"),
        (CALLER, "lambda:TagResource"),
        (CALLER, "iam:PassRole"),
    ]);
    let found = permissions(script, "").await;
    let [(check, grade, remedy, all)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((check.as_str(), grade.as_str()), ("permissions", "problem"), "{found:?}");
    assert_eq!(all, &["dynamodb:DeleteTable", "iam:PassRole", "lambda:TagResource"]);
    assert!(remedy.contains("can also lie with a CloudFormation service role"), "{remedy}");
}

#[tokio::test]
async fn a_service_role_is_asked_for_what_it_does_and_the_caller_for_the_rest() {
    let role = "<RoleARN>arn:aws:iam::123456789012:role/cfn</RoleARN>";
    for (stack, file) in [(stack_with(""), IN_FILE), (stack_with(role), "")] {
        let script = || Script::default().on("DescribeStacks", [stack.clone()]);
        // The caller may make no resource, and need not.
        let right = script().forbidding(&[(CALLER, "dynamodb:CreateTable"), (CALLER, "lambda:DeleteFunction")]);
        let ran = examined(right, file).await;
        let found = found(&ran);
        let grades: Vec<(&str, &str)> =
            found.iter().map(|(check, grade, ..)| (check.as_str(), grade.as_str())).collect();
        assert_eq!(grades, [("permissions", "good"), ("permissions of the service role", "good")], "{found:?}");
        // Whom a role may be passed to stands in the policies that allow it, so that is told.
        let mut passed = ran.passed;
        passed.sort();
        let to = |service: &str| passed.iter().filter(|(.., to)| to == service).collect::<Vec<_>>();
        let [(who, role, _)] = to("cloudformation.amazonaws.com")[..] else { panic!("{passed:?}") };
        assert!(who.ends_with(CALLER) && role == "arn:aws:iam::123456789012:role/cfn", "{passed:?}");
        for service in ["lambda.amazonaws.com", "states.amazonaws.com"] {
            let of_the_stack = |(who, role, _): &&(String, String, String)| {
                who.ends_with(ROLE) && role.starts_with("arn:aws:iam::123456789012:role/drydock/")
            };
            assert!(!to(service).is_empty() && to(service).iter().all(of_the_stack), "{passed:?}");
        }
        assert!(passed.iter().all(|(.., to)| !to.is_empty()), "{passed:?}");

        let wrong = [(ROLE, "lambda:DeleteFunction"), (CALLER, "iam:PassRole"), (ROLE, "cloudformation:DeleteStack")];
        let found = permissions(script().forbidding(&wrong), file).await;
        let refused: Vec<(&str, &[String])> =
            found.iter().map(|(check, .., all)| (check.as_str(), all.as_slice())).collect();
        let (pass, delete) = (["iam:PassRole".to_owned()], ["lambda:DeleteFunction".to_owned()]);
        let expected: [(&str, &[String]); 2] = [("permissions", &pass), ("permissions of the service role", &delete)];
        assert_eq!(refused, expected, "{found:?}");
        assert!(found[1].2.contains("to arn:aws:iam::123456789012:role/cfn,"), "{found:?}");
        assert!(!found[0].2.contains("service role"), "there is one: {found:?}");
    }
}

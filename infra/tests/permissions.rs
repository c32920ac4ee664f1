//! Who may do what: nothing on everything, but for what is listed here with its reason.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, helpers included")]

mod statements;

use infra::drydock::template;
use serde_json::{Value, json};
use statements::{actions, statements};

/// Actions that are allowed on every resource.
const ON_EVERYTHING: [(&[&str], &str); 5] = [
    (&["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "X-Ray knows no resources"),
    (&["xray:GetSamplingRules", "xray:GetSamplingTargets"], "X-Ray knows no resources"),
    (
        &[
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        "log delivery belongs to the account",
    ),
    (&["lambda:CreateFunction"], "only from loopback, which AWS never sees"),
    (&["*"], "the service role brings up whatever a repository asks for; a permissions boundary limits it"),
];

fn allowed_to(role: &str) -> Vec<(String, Value)> {
    statements()
        .into_iter()
        .filter(|(id, statement)| id == role && statement["Effect"] == "Allow")
        .flat_map(|(_, statement)| {
            actions(&statement)
                .iter()
                .map(|action| ((*action).to_owned(), statement["Resource"].clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn nothing_is_allowed_on_everything_without_a_reason() {
    for (role, statement) in statements() {
        let everything = statement["Resource"] == "*" || statement["Resource"] == json!(["*"]);
        if everything && statement["Effect"] == "Allow" {
            let known = ON_EVERYTHING.iter().find(|(known, _)| *known == actions(&statement));
            assert!(known.is_some(), "{role}: {statement}");
        }
    }
}

#[test]
fn only_the_service_role_may_do_everything() {
    for (role, statement) in statements() {
        if statement["Effect"] == "Allow" && actions(&statement).iter().any(|action| action.contains('*')) {
            assert_eq!(role, "ApplicationsBoundary", "{statement}");
        }
    }
}

#[test]
fn functions_are_made_anywhere_only_on_loopback() {
    let (_, statement) = statements()
        .into_iter()
        .find(|(_, statement)| actions(statement) == ["lambda:CreateFunction"])
        .expect("the embedded engine needs it");
    assert_eq!(statement["Condition"], json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}));
}

#[test]
fn roles_are_passed_only_to_the_service_that_they_are_for() {
    let passed: Vec<_> =
        statements().into_iter().filter(|(_, statement)| actions(statement).contains(&"iam:PassRole")).collect();
    assert_eq!(passed.len(), 2);
    for (role, statement) in passed {
        assert_eq!(role, "DeployerDeployRole");
        let service = &statement["Condition"]["StringEquals"]["iam:PassedToService"];
        if statement["Resource"] == json!({"Fn::GetAtt": ["ApplicationsRole", "Arn"]}) {
            assert_eq!(service, "cloudformation.amazonaws.com");
        } else {
            assert_eq!(service, "lambda.amazonaws.com");
            let roles = statement["Resource"]["Fn::Sub"].as_str().unwrap();
            assert!(roles.ends_with(":role/${AWS::StackName}-app-*"), "{roles}");
        }
    }
}

#[test]
fn whoever_deploys_touches_only_what_is_named_for_it() {
    let named_for_it = "${AWS::StackName}-app-*";
    for (action, resource) in allowed_to("DeployerDeployRole") {
        let by_name =
            ["cloudformation:", "lambda:", "iam:", "logs:Delete"].iter().any(|service| action.starts_with(service));
        let text = resource.to_string();
        let exempt = text.contains(":aws:transform/*") // AWS's own transforms
            || text.contains("ApplicationsRole") // to pass it
            || text == "\"*\""; // only on loopback
        assert!(!by_name || exempt || text.contains(named_for_it), "{action} on {text}");
    }
}

#[test]
fn the_boundary_is_demanded_of_roles_when_there_is_one() {
    let (_, creation) = statements()
        .into_iter()
        .find(|(_, statement)| actions(statement).contains(&"iam:CreateRole"))
        .expect("roles are made");
    assert_eq!(
        creation["Condition"],
        json!({"Fn::If": [
            "DemandsBoundary",
            {"StringEquals": {"iam:PermissionsBoundary": {"Fn::If": [
                "HasPermissionsBoundary",
                {"Ref": "PermissionsBoundaryArn"},
                {"Ref": "ApplicationsBoundary"}
            ]}}},
            {"Ref": "AWS::NoValue"}
        ]})
    );
    let template = template();
    let deploy = &template.as_value()["Resources"]["DeployerDeploy"]["Properties"];
    assert_eq!(
        deploy["Environment"]["Variables"]["PERMISSIONS_BOUNDARY_ARN"],
        json!({"Fn::If": [
            "HasPermissionsBoundary",
            {"Ref": "PermissionsBoundaryArn"},
            {"Fn::If": ["RequiresBoundary", {"Ref": "ApplicationsBoundary"}, ""]}
        ]})
    );
    assert_eq!(
        template.as_value()["Resources"]["ApplicationsRole"]["Properties"]["PermissionsBoundary"],
        json!({"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, {"Ref": "AWS::NoValue"}]})
    );
}

#[test]
fn cloudformation_acts_only_for_this_account() {
    let template = template();
    let trust = &template.as_value()["Resources"]["ApplicationsRole"]["Properties"]["AssumeRolePolicyDocument"];
    let statement = &trust["Statement"][0];
    assert_eq!(statement["Principal"], json!({"Service": "cloudformation.amazonaws.com"}));
    let account = json!({"aws:SourceAccount": {"Ref": "AWS::AccountId"}});
    assert_eq!(statement["Condition"]["StringEqualsIfExists"], account);
}

/// Without the tags, a function of the same repository looks like somebody else's.
#[test]
fn whoever_reads_a_function_s_tags_may() {
    let allowed = allowed_to("DeployerDeployRole");
    let functions = |wanted: &str| {
        let found = allowed.iter().find(|(action, resource)| action == wanted && *resource != "*");
        found.unwrap_or_else(|| panic!("{wanted} is not allowed")).1.clone()
    };
    assert_eq!(functions("lambda:ListTags"), functions("lambda:GetFunction"));
    assert_eq!(functions("cloudformation:UntagResource"), functions("cloudformation:TagResource"));
}

#[test]
fn the_analyzer_writes_sessions_and_deletes_nothing() {
    let actions: Vec<_> = allowed_to("StatusAnalyzerRole").into_iter().map(|(action, _)| action).collect();
    let logs_and_traces =
        ["logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"];
    let table = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"];
    let rest = ["secretsmanager:GetSecretValue", "sqs:SendMessage"];
    assert_eq!(actions, [&logs_and_traces[..], &table, &rest].concat());
}

/// Everything that the machine calls and nothing else; the rest is logs and traces.
#[test]
fn the_workflow_may_do_what_its_machine_does() {
    let mut allowed: Vec<_> = allowed_to("SdlcWorkflowRole")
        .into_iter()
        .filter(|(action, _)| !action.starts_with("logs:") && !action.starts_with("xray:"))
        .flat_map(|(action, resource)| {
            let resources = resource.as_array().cloned().unwrap_or_else(|| vec![resource]);
            resources.into_iter().map(move |resource| format!("{action} {}", resource["Fn::GetAtt"][0]))
        })
        .collect();
    allowed.sort_unstable();
    assert_eq!(
        allowed,
        [
            r#"dynamodb:GetItem "DeploymentsTable""#,
            r#"lambda:InvokeFunction "StatusAnalyzer""#,
            r#"sqs:SendMessage "CloneDetectQueue""#,
            r#"sqs:SendMessage "FixerQueue""#,
            r#"sqs:SendMessage "SanityTesterQueue""#,
        ]
    );
}

#[test]
fn the_api_sees_dead_letters_and_takes_none() {
    let queues: Vec<_> = allowed_to("ApiHandlerRole")
        .into_iter()
        .filter(|(action, _)| action.starts_with("sqs:") && action != "sqs:SendMessage")
        .map(|(action, queue)| format!("{action} {}", queue["Fn::GetAtt"][0].as_str().unwrap()))
        .collect();
    let dead_letters = ["CloneDetectDlq", "DeployDlq", "MonitorDlq", "FixerDlq", "SanityTesterDlq"];
    assert_eq!(queues, dead_letters.map(|queue| format!("sqs:ReceiveMessage {queue}")));
}

#[test]
fn each_role_may_send_only_to_the_queues_that_it_feeds() {
    let check = |role: &str, expected: &[&str]| {
        let queues: Vec<_> = allowed_to(role)
            .into_iter()
            .filter(|(action, _)| action == "sqs:SendMessage")
            .flat_map(|(_, queues)| queues.as_array().cloned().unwrap_or_else(|| vec![queues]))
            .map(|queue| queue["Fn::GetAtt"][0].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(queues, expected, "{role}");
    };
    // Its sweep sends what another function has left behind.
    check("ApiHandlerRole", &["CloneDetectQueue", "DeployQueue", "MonitorQueue", "FixerQueue", "SanityTesterQueue"]);
    check("DeployerCloneDetectRole", &["DeployQueue", "SanityTesterQueue"]);
    check("DeployerDeployRole", &["MonitorQueue", "DeployQueue"]);
    check("DeployerMonitorRole", &["MonitorQueue"]);
    check("FixerLambdaRole", &[]);
    check("SanityTesterLambdaRole", &[]);
    // In its name Lambda puts aside the events that it failed at.
    check("StatusAnalyzerRole", &["ExecutionsDlq"]);
    check("SdlcWorkflowRole", &["CloneDetectQueue", "SanityTesterQueue", "FixerQueue"]);
}

#[test]
fn each_secret_is_read_only_by_who_needs_it() {
    let readers = |secret: &str| {
        statements()
            .into_iter()
            .filter(|(_, statement)| {
                actions(statement) == ["secretsmanager:GetSecretValue"]
                    && statement["Resource"] == json!({"Fn::GetAtt": [secret, "Id"]})
            })
            .map(|(role, _)| role)
            .collect::<Vec<_>>()
    };
    assert_eq!(readers("GitTokenSecret"), ["DeployerCloneDetectRole", "FixerLambdaRole"]);
    assert_eq!(readers("ModelKeySecret"), ["StatusAnalyzerRole", "FixerLambdaRole", "SanityTesterLambdaRole"]);
}

//! What no repository may do, and that it may do everything else.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, helpers included")]

mod statements;

use infra::drydock::template;
use serde_json::{Value, json};
use statements::{actions, statements};

/// What Drydock refuses repositories, whatever the operator has chosen.
fn denied() -> Vec<Value> {
    let of_the_boundary = statements().into_iter().filter(|(id, _)| id == "ApplicationsBoundary");
    of_the_boundary.map(|(_, statement)| statement).filter(|statement| statement["Effect"] == "Deny").collect()
}

/// Every resource that a statement names, as `Fn::Sub` would write it.
fn resources_of(statement: &Value) -> Vec<String> {
    let written = |resource: &Value| match resource {
        Value::String(text) => text.clone(),
        object => match (&object["Ref"], &object["Fn::GetAtt"], &object["Fn::Sub"]) {
            (Value::String(id), ..) => format!("${{{id}}}"),
            (_, Value::Array(parts), _) => {
                format!("${{{}.{}}}", parts[0].as_str().unwrap(), parts[1].as_str().unwrap())
            }
            (.., Value::String(text)) => text.clone(),
            _ => panic!("{object}"),
        },
    };
    match &statement["Resource"] {
        Value::Array(many) => many.iter().map(written).collect(),
        one => vec![written(one)],
    }
}

/// IAM's wildcard.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
        }),
    }
}

#[test]
fn a_repository_s_stack_cannot_touch_drydock() {
    let denied = denied();
    let everything: Vec<String> = denied.iter().filter(|it| actions(it) == ["*"]).flat_map(resources_of).collect();
    let is_protected = |arn: &str| everything.iter().any(|pattern| matches(pattern, arn));
    let in_account = |service: &str, rest: &str| {
        format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")
    };
    let template = template();
    for (id, resource) in template.as_value()["Resources"].as_object().unwrap() {
        let properties = &resource["Properties"];
        let name = |property: &str| properties[property]["Fn::Sub"].as_str().unwrap().to_owned();
        let path = || assert_eq!(properties["Path"], json!({"Fn::Sub": "/${AWS::StackName}/"}), "{id}");
        let iam =
            |kind: &str| format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{kind}/${{AWS::StackName}}/{id}");
        let generated = |before: &str| format!("{before}${{AWS::StackName}}-{id}-1A2B3C");
        let arns = match resource["Type"].as_str().unwrap() {
            "AWS::DynamoDB::Table" => vec![format!("${{{id}.Arn}}"), format!("${{{id}.Arn}}/index/*")],
            "AWS::SQS::Queue" => vec![in_account("sqs", &name("QueueName"))],
            "AWS::SecretsManager::Secret" => vec![format!("${{{id}.Id}}")],
            "AWS::StepFunctions::StateMachine" => {
                let name = name("StateMachineName");
                vec![
                    in_account("states", &format!("stateMachine:{name}")),
                    in_account("states", &format!("execution:{name}:x")),
                ]
            }
            "AWS::ApiGatewayV2::Api" => {
                let arn = format!("arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::/apis/${{{id}}}");
                vec![arn.clone(), format!("{arn}/routes/a1b2c3")]
            }
            "AWS::IAM::Role" => {
                path();
                vec![iam("role")]
            }
            "AWS::IAM::ManagedPolicy" => {
                path();
                vec![iam("policy")]
            }
            "AWS::Lambda::Function" => {
                let arn = in_account("lambda", &format!("function:{}", name("FunctionName")));
                vec![arn.clone(), format!("{arn}:7")]
            }
            "AWS::Logs::LogGroup" => {
                let arn = in_account("logs", &format!("log-group:{}", name("LogGroupName")));
                vec![arn.clone(), format!("{arn}:log-stream:x")]
            }
            "AWS::Events::Rule" => vec![in_account("events", &generated("rule/"))],
            "AWS::SNS::Topic" => vec![in_account("sns", &generated(""))],
            _ => Vec::new(),
        };
        for arn in arns {
            assert!(is_protected(&arn), "{id}: {arn}");
        }
    }
    assert!(is_protected("${AWS::StackId}"));
}

#[test]
fn a_repository_s_stack_changes_neither_code_nor_artifacts() {
    let denied = denied();
    let writing = denied.iter().find(|it| actions(it).contains(&"s3:Put*")).expect("buckets are protected");
    assert_eq!(actions(writing), ["s3:Put*", "s3:Delete*", "s3:AbortMultipartUpload"]);
    assert_eq!(
        resources_of(writing),
        [
            "${ArtifactsBucket.Arn}",
            "${ArtifactsBucket.Arn}/*",
            "arn:${AWS::Partition}:s3:::${CodeBucket}",
            "arn:${AWS::Partition}:s3:::${CodeBucket}/*"
        ]
    );
}

#[test]
fn a_repository_s_stack_gives_no_function_of_drydock_another_queue() {
    let denied = denied();
    let mappings =
        denied.iter().find(|it| actions(it) == ["lambda:*EventSourceMapping"]).expect("mappings are protected");
    let functions = mappings["Condition"]["ArnLike"]["lambda:FunctionArn"].as_array().unwrap();
    for function in infra::drydock::FUNCTIONS {
        let arn = format!(
            "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:${{AWS::StackName}}-{}",
            function.package
        );
        let is_meant = |pattern: &Value| matches(pattern["Fn::Sub"].as_str().unwrap(), &arn);
        assert!(functions.iter().any(is_meant), "{}", function.package);
    }
}

/// A pattern that covered it would make the repository's own stack impossible.
#[test]
fn a_repository_s_stack_can_touch_what_it_gets_itself() {
    let mapped = |statement: &Value| statement["Condition"]["ArnLike"]["lambda:FunctionArn"].clone();
    for statement in denied() {
        let mut patterns = resources_of(&statement);
        if let Value::Array(functions) = mapped(&statement) {
            patterns = functions.iter().map(|it| it["Fn::Sub"].as_str().unwrap().to_owned()).collect();
        }
        for pattern in patterns {
            let Some((before, _)) = pattern.split_once("${AWS::StackName}") else { continue };
            for name in ["", "shop", "api", "deployer-", "AlarmTopic-x", "Sweep-x", "status-analyzer"] {
                let own = format!("{}${{AWS::StackName}}-app-{name}", before.replace('*', "lambda"));
                assert!(!matches(&pattern, &own), "{pattern} covers {own}");
            }
        }
    }
}

/// A role that is free of the boundary would be free of everything that it refuses.
#[test]
fn with_a_required_boundary_nobody_gets_hold_of_a_role_without_it() {
    let template = template();
    let document = &template.as_value()["Resources"]["ApplicationsBoundary"]["Properties"]["PolicyDocument"];
    let all = document["Statement"].as_array().unwrap();
    let statements: Vec<_> =
        all.iter().filter(|it| it["Fn::If"][0] == "RequiresBoundary").map(|it| &it["Fn::If"][1]).collect();
    let own = json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${AWS::StackName}/*"});
    let given = json!({"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, own]});
    let how = |statement: &Value| {
        assert_eq!(statement["Effect"], "Deny");
        if statement.get("NotResource").is_some() {
            assert!(statement["NotResource"].to_string().contains("/${AWS::StackName}-app-*"));
            return "elsewhere";
        }
        assert_eq!(statement["Resource"], "*");
        if statement.get("Condition").is_none() {
            return "always";
        }
        assert_eq!(statement["Condition"], json!({"StringNotLike": {"iam:PermissionsBoundary": given}}));
        "without it"
    };
    let check = |wanted: &[&str], expected: &[&str]| {
        for action in wanted {
            let refusing = statements.iter().filter(|it| actions(it).iter().any(|pattern| matches(pattern, action)));
            assert_eq!(refusing.map(|it| how(it)).collect::<Vec<_>>(), expected, "{action}");
        }
    };
    check(&["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"], &["without it", "elsewhere"]);
    check(&["iam:PutRolePermissionsBoundary"], &["without it", "elsewhere"]);
    check(&["iam:PassRole", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole", "iam:DeleteRole"], &["elsewhere"]);
    check(&["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"], &["elsewhere"]);
    check(&["iam:DeleteRolePermissionsBoundary"], &["elsewhere", "always"]);
    check(&["iam:CreateUser", "iam:PutUserPolicy", "iam:AddUserToGroup", "iam:AttachGroupPolicy"], &["always"]);
    check(&["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateServiceSpecificCredential"], &["always"]);
    // What ordinary templates need.
    check(&["iam:GetRole", "iam:TagRole", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"], &[]);
    check(&["iam:CreateServiceLinkedRole", "lambda:CreateFunction", "s3:CreateBucket"], &[]);
}

/// What IAM sees once CloudFormation has put in the longest names that there can be.
#[test]
fn the_boundary_is_short_enough_for_iam() {
    let template = template();
    let mut document =
        template.as_value()["Resources"]["ApplicationsBoundary"]["Properties"]["PolicyDocument"].to_string();
    let stack = "s".repeat(infra::drydock::MAX_STACK_NAME_LENGTH);
    let arn = "arn:aws-us-gov:secretsmanager:us-gov-east-1:123456789012:";
    let values = [
        ("AWS::Partition", "aws-us-gov".to_owned()),
        ("AWS::Region", "ap-southeast-4".to_owned()),
        ("AWS::AccountId", "123456789012".to_owned()),
        ("AWS::StackName", stack.clone()),
        ("AWS::StackId", format!("{arn}stack/{stack}/0b0f1a52-7a3c-4a55-9a43-1f6a0d2b9c11")),
        ("CodeBucket", "b".repeat(63)),
        ("Api", "a1b2c3d4e5".to_owned()),
    ];
    for (id, value) in &values {
        document = document
            .replace(&format!("${{{id}}}"), value)
            .replace(&format!("{{\"Ref\":\"{id}\"}}"), &format!("\"{value}\""));
    }
    // What a handle's ARN becomes: the name of a queue is its stack's and two words, any other has twelve random characters.
    for (id, resource) in template.as_value()["Resources"].as_object().unwrap() {
        let name = match resource["Type"].as_str().unwrap() {
            "AWS::SQS::Queue" => format!("{stack}-sanity-tester-dlq"),
            _ => format!("secret:{stack}-{id}-1A2B3C4D5E6F-abcdef"),
        };
        let arn = format!("{arn}{name}");
        document = document.replace(&format!("{{\"Ref\":\"{id}\"}}"), &format!("\"{arn}\""));
        for attribute in ["Arn", "Id"] {
            document =
                document.replace(&format!("{{\"Fn::GetAtt\":[\"{id}\",\"{attribute}\"]}}"), &format!("\"{arn}\""));
            document = document.replace(&format!("${{{id}.{attribute}}}"), &arn);
        }
    }
    document = document.replace("{\"Fn::Sub\":", "");
    assert!(!document.contains("${"), "{document}");
    assert!(document.len() <= infra::resource::MAX_POLICY_CHARACTERS, "{} characters", document.len());
}

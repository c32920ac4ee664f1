//! What the whole template says: a snapshot for people, and rules that no change may break.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, helpers included")]

use drydock_contract::Stage;
use infra::drydock::{FUNCTIONS, MAX_STACK_NAME_LENGTH, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn resource(id: &str) -> Value {
    let template = template();
    let found = &template.as_value()["Resources"][id];
    assert!(found.is_object(), "{id} is not in the template");
    found.clone()
}

fn properties(id: &str) -> Value {
    resource(id)["Properties"].clone()
}

/// Every resource of a type.
fn all_of(resource_type: &str) -> Vec<(String, Value)> {
    let template = template();
    let resources = template.as_value()["Resources"].as_object().unwrap().clone();
    resources.into_iter().filter(|(_, resource)| resource["Type"] == resource_type).collect()
}

/// Calls `visit` with every value inside `value`, and the key that it stands under.
fn walk(value: &Value, key: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(key, value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, key, visit)),
        Value::Object(fields) => fields.iter().for_each(|(key, field)| walk(field, key, visit)),
        _ => {}
    }
}

#[test]
fn the_template_reads_as_it_should() {
    insta::assert_snapshot!(template().to_yaml());
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    assert_eq!(template().to_json(), template().to_json());
    assert_eq!(template().to_yaml(), template().to_yaml());
}

#[test]
fn json_and_yaml_say_the_same() {
    let json: Value = serde_json::from_str(&template().to_json()).unwrap();
    let yaml: Value = serde_yaml::from_str(&template().to_yaml()).unwrap();
    assert_eq!(json, yaml);
}

/// It is too long to be sent with the request: it goes through the code bucket, where the limit is 1 MB.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
#[test]
fn the_template_is_as_long_as_cloudformation_takes() {
    let size = template().to_json().len();
    assert!(size <= 1_000_000, "{size} bytes");
}

/// The types make it impossible; this would find a hole in them.
#[test]
fn every_reference_has_its_target() {
    let template = template();
    let body = template.as_value();
    let ids = |section: &str| body[section].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (resources, conditions) = (ids("Resources"), ids("Conditions"));
    let targets: BTreeSet<_> = resources.union(&ids("Parameters")).cloned().collect();
    let check = |id: &str| assert!(id.starts_with("AWS::") || targets.contains(id), "{id} is not there");
    walk(body, "", &mut |key, value| match (key, value) {
        ("Ref", Value::String(id)) => check(id),
        ("Fn::GetAtt", Value::Array(parts)) => check(parts[0].as_str().unwrap()),
        ("Fn::Sub", Value::String(text)) => {
            for reference in text.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
                if !reference.starts_with('!') {
                    check(reference.split('.').next().unwrap());
                }
            }
        }
        ("Fn::If", Value::Array(parts)) => {
            assert!(conditions.contains(parts[0].as_str().unwrap()), "{} is no condition", parts[0]);
        }
        _ => {}
    });
}

#[test]
fn two_stacks_in_one_account_do_not_collide() {
    let kinds = [
        ("AWS::SQS::Queue", "QueueName", 80),
        ("AWS::Lambda::Function", "FunctionName", 64),
        ("AWS::Logs::LogGroup", "LogGroupName", 512),
        ("AWS::StepFunctions::StateMachine", "StateMachineName", 80),
    ];
    for (resource_type, property, longest) in kinds {
        for (id, resource) in all_of(resource_type) {
            let name = resource["Properties"][property]["Fn::Sub"].as_str().unwrap().to_owned();
            assert!(name.contains("${AWS::StackName}-"), "{id} is named {name}");
            let length = name.replace("${AWS::StackName}", &"x".repeat(MAX_STACK_NAME_LENGTH)).len();
            assert!(length <= longest, "{id} is named {name}");
        }
    }
    for (resource_type, property) in [
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::SecretsManager::Secret", "Name"),
        ("AWS::CloudWatch::Alarm", "AlarmName"),
        ("AWS::SNS::Topic", "TopicName"),
        ("AWS::Events::Rule", "Name"),
    ] {
        for (id, resource) in all_of(resource_type) {
            assert!(resource["Properties"].get(property).is_none(), "{id} has a fixed name");
        }
    }
}

/// What the embedded engine drops without a word.
#[test]
fn sessions_expire_can_be_restored_and_are_encrypted() {
    let table = resource("DeploymentsTable");
    let properties = &table["Properties"];
    assert_eq!(properties["TimeToLiveSpecification"], json!({"AttributeName": "expiresAt", "Enabled": true}));
    assert_eq!(properties["PointInTimeRecoverySpecification"], json!({"PointInTimeRecoveryEnabled": true}));
    assert_eq!(properties["SSESpecification"], json!({"SSEEnabled": true}));
    assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["UpdateReplacePolicy"], "Retain");
    let keys = |index: &Value| {
        let parts = index["KeySchema"].as_array().unwrap();
        parts.iter().map(|part| part["AttributeName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(properties), ["sessionId", "entry"]);
    assert_eq!(keys(&properties["GlobalSecondaryIndexes"][0]), ["status", "updatedAt"]);
    assert_eq!(keys(&properties["GlobalSecondaryIndexes"][1]), ["kind", "createdKey"]);
}

#[test]
fn artifacts_are_private_encrypted_versioned_and_go_one_day() {
    let bucket = properties("ArtifactsBucket");
    let rules = bucket["LifecycleConfiguration"]["Rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["Status"] == "Enabled"));
    let expiring: Vec<_> =
        rules.iter().filter(|rule| rule["ExpirationInDays"] == 90).map(|rule| &rule["Prefix"]).collect();
    assert_eq!(expiring, ["sources/", "fixes/", "plans/", "reports/"], "a rollback needs packages of any age");
    let everywhere: Vec<_> = rules.iter().filter(|rule| rule["Prefix"].is_null()).collect();
    assert_eq!(everywhere[0]["NoncurrentVersionExpiration"]["NoncurrentDays"], 7);
    assert_eq!(everywhere[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"], 1);
    assert_eq!(bucket["VersioningConfiguration"], json!({"Status": "Enabled"}));
    assert!(bucket["PublicAccessBlockConfiguration"].as_object().unwrap().values().all(|blocked| *blocked == true));
    let encryption = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    assert_eq!(encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
}

#[test]
fn the_bucket_and_every_queue_refuse_what_does_not_come_over_tls() {
    let refused = |document: &Value| {
        let statement = &document["Statement"][0];
        assert_eq!(statement["Effect"], "Deny");
        assert_eq!(statement["Principal"], "*");
        assert_eq!(statement["Condition"]["Bool"], json!({"aws:SecureTransport": "false"}));
        assert_eq!(statement["Condition"]["NotIpAddress"], json!({"aws:SourceIp": "127.0.0.0/8"}));
        statement["Resource"].clone()
    };
    let bucket = refused(&properties("ArtifactsBucketPolicy")["PolicyDocument"]);
    assert_eq!(bucket.as_array().unwrap().len(), 2, "the bucket and its objects");
    let covered: BTreeSet<String> = all_of("AWS::SQS::QueuePolicy")
        .iter()
        .map(|(_, policy)| {
            let queue = policy["Properties"]["Queues"][0]["Ref"].as_str().unwrap().to_owned();
            let resource = refused(&policy["Properties"]["PolicyDocument"]);
            assert_eq!(resource, json!({"Fn::GetAtt": [queue, "Arn"]}));
            queue
        })
        .collect();
    let queues: BTreeSet<String> = all_of("AWS::SQS::Queue").into_iter().map(|(id, _)| id).collect();
    assert_eq!(covered, queues);
}

#[test]
fn every_queue_has_a_dead_letter_queue_of_its_own() {
    for name in ["CloneDetect", "Deploy", "Monitor", "Fixer", "SanityTester"] {
        let (queue, dead_letters) = (properties(&format!("{name}Queue")), properties(&format!("{name}Dlq")));
        assert_eq!(
            queue["RedrivePolicy"],
            json!({"deadLetterTargetArn": {"Fn::GetAtt": [format!("{name}Dlq"), "Arn"]}, "maxReceiveCount": 3})
        );
        assert_eq!(dead_letters["MessageRetentionPeriod"], 14 * 24 * 60 * 60);
        let allowed = &dead_letters["RedriveAllowPolicy"];
        assert_eq!(allowed["redrivePermission"], "byQueue");
        let source = allowed["sourceQueueArns"][0]["Fn::Sub"].as_str().unwrap();
        let name_of_source = queue["QueueName"]["Fn::Sub"].as_str().unwrap();
        assert!(source.ends_with(&format!(":{name_of_source}")), "{source} is not the ARN of {name_of_source}");
        for queue in [&queue, &dead_letters] {
            assert_eq!(queue["SqsManagedSseEnabled"], true);
        }
        let alarm = properties(&format!("{name}DlqAlarm"));
        assert_eq!(alarm["Dimensions"][0]["Value"], json!({"Fn::GetAtt": [format!("{name}Dlq"), "QueueName"]}));
    }
    assert_eq!(all_of("AWS::SQS::Queue").len(), 11, "and one for events that were lost");
}

#[test]
fn an_event_that_cannot_be_delivered_is_kept_and_rings() {
    let queue = json!({"Fn::GetAtt": ["ExecutionsDlq", "Arn"]});
    assert_eq!(properties("SdlcWorkflowEnded")["Targets"][0]["DeadLetterConfig"], json!({"Arn": queue}));
    assert_eq!(properties("StatusAnalyzer")["DeadLetterConfig"], json!({"TargetArn": queue}));
    let dead_letters = properties("ExecutionsDlq");
    assert_eq!(dead_letters["SqsManagedSseEnabled"], true);
    assert_eq!(dead_letters["MessageRetentionPeriod"], 14 * 24 * 60 * 60);
    assert_eq!(dead_letters["RedriveAllowPolicy"], json!({"redrivePermission": "denyAll"}));
    let policy = properties("ExecutionsDlqPolicy");
    let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
    let allowed: Vec<_> = statements.iter().filter(|statement| statement["Effect"] == "Allow").collect();
    let rule = json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["SdlcWorkflowEnded", "Arn"]}}},
    });
    assert_eq!(allowed, [&rule], "that rule and nobody else");
    let alarm = properties("ExecutionsDlqAlarm");
    assert_eq!(alarm["Dimensions"][0]["Value"], json!({"Fn::GetAtt": ["ExecutionsDlq", "QueueName"]}));
    assert_eq!(alarm["AlarmActions"], properties("FixerDlqAlarm")["AlarmActions"]);
}

/// The sweep judges by how long a message is hidden.
#[test]
fn the_sweep_knows_how_long_each_queue_hides_a_message() {
    for (name, stage) in [
        ("CloneDetect", Stage::CloneDetect),
        ("Deploy", Stage::Deploy),
        ("Monitor", Stage::Monitor),
        ("Fixer", Stage::Fix),
        ("SanityTester", Stage::SanityTest),
    ] {
        let hidden = drydock_contract::sweep::hidden(stage).as_secs();
        assert_eq!(properties(&format!("{name}Queue"))["VisibilityTimeout"], hidden, "{name}");
    }
}

#[test]
fn the_workflow_logs_and_is_traced() {
    let machine = properties("SdlcStateMachine");
    assert_eq!(machine["TracingConfiguration"], json!({"Enabled": true}));
    let logging = &machine["LoggingConfiguration"];
    assert_eq!(logging["Level"], "ALL");
    assert_eq!(logging["IncludeExecutionData"], false);
    assert_eq!(
        logging["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"],
        json!({"Fn::GetAtt": ["SdlcWorkflowLogs", "Arn"]})
    );
    assert_eq!(
        properties("SdlcWorkflowLogs")["LogGroupName"],
        json!({"Fn::Sub": "/aws/vendedlogs/states/${AWS::StackName}-sdlc-workflow"})
    );
}

#[test]
fn an_execution_that_dies_has_the_analyzer_end_its_session() {
    let rule = properties("SdlcWorkflowEnded");
    let pattern = &rule["EventPattern"];
    assert_eq!(pattern["source"], json!(["aws.states"]));
    assert_eq!(pattern["detail-type"], json!(["Step Functions Execution Status Change"]));
    assert_eq!(pattern["detail"]["status"], json!(["FAILED", "TIMED_OUT", "ABORTED"]));
    assert_eq!(pattern["detail"]["stateMachineArn"], json!([{"Ref": "SdlcStateMachine"}]));
    let analyzer = json!({"Fn::GetAtt": ["StatusAnalyzer", "Arn"]});
    assert_eq!(rule["Targets"][0]["Arn"], analyzer);
    let permission = properties("SdlcWorkflowEndedPermission");
    assert_eq!(permission["FunctionName"], analyzer);
    assert_eq!(permission["Principal"], "events.amazonaws.com");
    assert_eq!(permission["SourceArn"], json!({"Fn::GetAtt": ["SdlcWorkflowEnded", "Arn"]}));
}

#[test]
fn every_name_that_the_workflow_leaves_open_is_filled_in() {
    let machine = properties("SdlcStateMachine");
    let definition = machine["Definition"].to_string();
    for name in machine["DefinitionSubstitutions"].as_object().unwrap().keys() {
        assert!(definition.contains(&format!("${{{name}}}")), "{name}");
    }
    assert_eq!(machine["DefinitionSubstitutions"].as_object().unwrap().len(), asl::workflow::Place::ALL.len());
}

#[test]
fn the_api_is_throttled_and_logged_and_lets_nobody_in_unsigned() {
    let stage = properties("ApiStage");
    assert_eq!(stage["DefaultRouteSettings"], json!({"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}));
    assert_eq!(stage["AccessLogSettings"]["DestinationArn"], json!({"Fn::GetAtt": ["ApiLogs", "Arn"]}));
    let format: Value = serde_json::from_str(stage["AccessLogSettings"]["Format"].as_str().unwrap()).unwrap();
    assert_eq!(format["requestId"], "$context.requestId");
    let mut routes: Vec<_> = all_of("AWS::ApiGatewayV2::Route")
        .iter()
        .map(|(_, route)| {
            let route = &route["Properties"];
            assert_eq!(route["AuthorizationType"], json!({"Fn::If": ["UsesJwt", "JWT", "AWS_IAM"]}));
            let target = route["Target"]["Fn::Sub"].as_str().unwrap().to_owned();
            format!("{} -> {target}", route["RouteKey"].as_str().unwrap())
        })
        .collect();
    routes.sort_unstable();
    insta::assert_snapshot!(routes.join("\n"), @r"
    DELETE /deployments/{sessionId} -> integrations/${ApiHandlerIntegration}
    GET /analyze/{sessionId} -> integrations/${StatusAnalyzerIntegration}
    GET /deployments -> integrations/${ApiHandlerIntegration}
    GET /status/{sessionId} -> integrations/${ApiHandlerIntegration}
    POST /analyze -> integrations/${StatusAnalyzerIntegration}
    POST /deploy -> integrations/${ApiHandlerIntegration}
    POST /deployments/{sessionId}/cancel -> integrations/${ApiHandlerIntegration}
    POST /fix -> integrations/${ApiHandlerIntegration}
    POST /sanity-test -> integrations/${ApiHandlerIntegration}
    POST /sdlc-deploy -> integrations/${ApiHandlerIntegration}
    ");
}

#[test]
fn functions_are_as_the_design_says() {
    let mut table = String::new();
    for function in FUNCTIONS {
        let properties = properties(function.logical_id);
        assert_eq!(properties["Runtime"], "provided.al2023");
        assert_eq!(properties["Architectures"], json!(["arm64"]));
        assert_eq!(properties["TracingConfig"], json!({"Mode": "Active"}));
        assert_eq!(properties["Code"]["S3Key"], json!({"Ref": function.code_key_parameter}));
        assert_eq!(properties["FunctionName"], json!({"Fn::Sub": format!("${{AWS::StackName}}-{}", function.package)}));
        let variables = properties["Environment"]["Variables"].as_object().unwrap();
        assert!(!variables.contains_key("AWS_REGION"), "Lambda refuses it");
        let names: Vec<_> = variables.keys().map(String::as_str).collect();
        table += &format!(
            "{}: {} s, {} MiB, /tmp {}: {}\n",
            function.package,
            properties["Timeout"],
            properties["MemorySize"],
            properties["EphemeralStorage"]["Size"],
            names.join(" ")
        );
    }
    insta::assert_snapshot!(table, @r"
    api-handler: 30 s, 256 MiB, /tmp null: DEPLOYMENTS_TABLE ARTIFACTS_BUCKET CLONE_DETECT_QUEUE_URL DEPLOY_QUEUE_URL MONITOR_QUEUE_URL FIXER_QUEUE_URL SANITY_TESTER_QUEUE_URL CLONE_DETECT_DLQ_URL DEPLOY_DLQ_URL MONITOR_DLQ_URL FIXER_DLQ_URL SANITY_TESTER_DLQ_URL SDLC_STATE_MACHINE_ARN API_BASE_URL ALLOWED_GIT_HOSTS
    deployer-clone-detect: 300 s, 1024 MiB, /tmp null: DEPLOYMENTS_TABLE ARTIFACTS_BUCKET NEXT_QUEUE_URL SANITY_TESTER_QUEUE_URL ALLOWED_GIT_HOSTS GIT_TOKEN_SECRET_ARN
    deployer-deploy: 600 s, 2048 MiB, /tmp 2048: DEPLOYMENTS_TABLE ARTIFACTS_BUCKET MONITOR_QUEUE_URL DEPLOY_QUEUE_URL AWS_ACCOUNT_ID CLOUDFORMATION_ROLE_ARN RESOURCE_PREFIX PERMISSIONS_BOUNDARY_ARN
    deployer-monitor: 900 s, 512 MiB, /tmp null: DEPLOYMENTS_TABLE MONITOR_QUEUE_URL
    fixer-lambda: 600 s, 2048 MiB, /tmp 2048: DEPLOYMENTS_TABLE ARTIFACTS_BUCKET MODEL_KEY_SECRET_ARN ALLOWED_GIT_HOSTS GIT_TOKEN_SECRET_ARN MODEL_BASE_URL MODEL_NAME MODEL_PRICE FIX_BUDGET_USD
    sanity-tester-lambda: 600 s, 2048 MiB, /tmp 2048: DEPLOYMENTS_TABLE ARTIFACTS_BUCKET MODEL_KEY_SECRET_ARN RESOURCE_PREFIX MODEL_BASE_URL MODEL_NAME MODEL_PRICE
    status-analyzer: 30 s, 512 MiB, /tmp null: DEPLOYMENTS_TABLE MODEL_KEY_SECRET_ARN MODEL_BASE_URL MODEL_NAME MODEL_PRICE
    ");
}

/// Every other function that called itself over and over would be a mistake, and Lambda ends it.
#[test]
fn only_what_waits_may_send_itself_messages_for_long() {
    for function in FUNCTIONS {
        let sends_itself = matches!(function.logical_id, "DeployerMonitor" | "DeployerDeploy");
        let expected = if sends_itself { json!("Allow") } else { Value::Null };
        assert_eq!(properties(function.logical_id)["RecursiveLoop"], expected, "{}", function.package);
    }
}

#[test]
fn a_message_is_hidden_for_as_long_as_its_function_may_take() {
    let mappings = all_of("AWS::Lambda::EventSourceMapping");
    assert_eq!(mappings.len(), 5);
    for (id, mapping) in mappings {
        let mapping = &mapping["Properties"];
        let target = |property: &str| properties(mapping[property]["Fn::GetAtt"][0].as_str().unwrap());
        assert_eq!(target("EventSourceArn")["VisibilityTimeout"], target("FunctionName")["Timeout"], "{id}");
        assert_eq!(mapping["BatchSize"], 1);
        assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    }
}

#[test]
fn logs_are_kept_for_a_week() {
    let groups = all_of("AWS::Logs::LogGroup");
    assert_eq!(groups.len(), 9, "seven functions, the API and the workflow");
    for (id, group) in groups {
        assert_eq!(group["Properties"]["RetentionInDays"], 7, "{id}");
    }
}

/// A password, a token or a key in a template can be read by everybody who can read the stack.
#[test]
fn secrets_have_no_value_in_the_template() {
    for (id, secret) in all_of("AWS::SecretsManager::Secret") {
        let properties: Vec<_> = secret["Properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(properties, ["Description"], "{id}");
    }
}

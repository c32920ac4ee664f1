//! What the engine does not enforce: the state machine's role and what event source mappings do with a function's
//! role. `SimulatePrincipalPolicy` says what AWS would.

use drydock_e2e::World;

const FUNCTIONS: [(&str, &str); 5] = [
    ("DeployerCloneDetect", "CloneDetectQueue"),
    ("DeployerDeploy", "DeployQueue"),
    ("DeployerMonitor", "MonitorQueue"),
    ("FixerLambda", "FixerQueue"),
    ("SanityTesterLambda", "SanityTesterQueue"),
];

/// What a mapping needs (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>).
const POLLING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

#[tokio::test]
async fn each_function_may_poll_its_own_queue_and_no_other() {
    let world = World::new().await;
    for (function, own) in FUNCTIONS {
        let role = world.function_role(function).await;
        for (_, queue) in FUNCTIONS {
            for action in POLLING {
                let allowed = world.may(&role, action, &world.queue_arn(queue).await).await;
                assert_eq!(allowed, queue == own, "{function}: {action} on {queue}");
            }
        }
    }
}

#[tokio::test]
async fn each_function_reads_and_writes_the_sessions_and_deletes_no_table() {
    let world = World::new().await;
    let table = world.table_arn().await;
    for (function, _) in FUNCTIONS {
        let role = world.function_role(function).await;
        for (action, expected) in
            [("dynamodb:GetItem", true), ("dynamodb:UpdateItem", true), ("dynamodb:DeleteTable", false)]
        {
            assert_eq!(world.may(&role, action, &table).await, expected, "{function}: {action}");
        }
    }
}

/// What the SDLC workflow feeds.
const FED: [&str; 3] = ["CloneDetectQueue", "SanityTesterQueue", "FixerQueue"];

#[tokio::test]
async fn the_workflow_feeds_three_queues_and_no_other() {
    let world = World::new().await;
    let role = world.state_machine_role().await;
    for (_, queue) in FUNCTIONS {
        let arn = world.queue_arn(queue).await;
        assert_eq!(world.may(&role, "sqs:SendMessage", &arn).await, FED.contains(&queue), "{queue}");
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"] {
            assert!(!world.may(&role, action, &arn).await, "{action} on {queue}");
        }
        let dead_letters = world.queue_arn(&queue.replace("Queue", "Dlq")).await;
        assert!(!world.may(&role, "sqs:SendMessage", &dead_letters).await, "dead letters of {queue}");
    }
    let elsewhere = world.queue_arn("FixerQueue").await + "-of-somebody-else";
    assert!(!world.may(&role, "sqs:SendMessage", &elsewhere).await);
}

#[tokio::test]
async fn the_workflow_reads_single_sessions_of_one_table() {
    let world = World::new().await;
    let role = world.state_machine_role().await;
    let table = world.table_arn().await;
    assert!(world.may(&role, "dynamodb:GetItem", &table).await);
    for other in [format!("{table}-2"), format!("{table}/index/StatusIndex")] {
        assert!(!world.may(&role, "dynamodb:GetItem", &other).await, "{other}");
    }
    for action in ["dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
    {
        assert!(!world.may(&role, action, &table).await, "{action}");
    }
}

#[tokio::test]
async fn the_workflow_invokes_the_analyzer_and_no_other_function() {
    let world = World::new().await;
    let role = world.state_machine_role().await;
    let workers = FUNCTIONS.map(|(function, _)| function);
    for function in workers.into_iter().chain(["ApiHandler", "StatusAnalyzer"]) {
        let arn = world.function_arn(function).await;
        let allowed = world.may(&role, "lambda:InvokeFunction", &arn).await;
        assert_eq!(allowed, function == "StatusAnalyzer", "{function}");
        assert!(!world.may(&role, "lambda:UpdateFunctionCode", &arn).await, "{function}");
    }
}

/// Lambda puts events aside in the analyzer's name, and takes none out.
#[tokio::test]
async fn lost_events_are_put_aside_by_the_analyzer_and_nobody_else() {
    let world = World::new().await;
    let queue = world.queue_arn("ExecutionsDlq").await;
    let workers = FUNCTIONS.map(|(function, _)| function);
    for function in workers.into_iter().chain(["ApiHandler", "StatusAnalyzer"]) {
        let role = world.function_role(function).await;
        let may = world.may(&role, "sqs:SendMessage", &queue).await;
        assert_eq!(may, function == "StatusAnalyzer", "{function}");
        for action in ["sqs:ReceiveMessage", "sqs:DeleteMessage"] {
            assert!(!world.may(&role, action, &queue).await, "{function}: {action}");
        }
    }
}

/// What it takes to hand over its log (<https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>) and its traces
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html>): these actions know no resources.
const TOLD: [&str; 12] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
];

#[tokio::test]
async fn the_workflow_hands_over_its_log_and_its_traces_and_reads_none() {
    let world = World::new().await;
    let role = world.state_machine_role().await;
    for action in TOLD {
        assert!(world.may(&role, action, "*").await, "{action}");
    }
    for action in [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:PutLogEvents",
        "logs:GetLogEvents",
        "logs:DeleteResourcePolicy",
        "xray:BatchGetTraces",
        "xray:GetTraceSummaries",
        "xray:PutEncryptionConfig",
    ] {
        assert!(!world.may(&role, action, "*").await, "{action}");
    }
}

#[tokio::test]
async fn the_workflow_touches_nothing_else() {
    let world = World::new().await;
    let role = world.state_machine_role().await;
    let machine = world.output("SdlcStateMachineArn");
    for action in ["iam:CreateRole", "iam:PassRole", "cloudformation:CreateStack", "s3:GetObject", "sts:AssumeRole"] {
        assert!(!world.may(&role, action, "*").await, "{action}");
    }
    for secret in ["GitTokenSecretArn", "ModelKeySecretArn"] {
        assert!(!world.may(&role, "secretsmanager:GetSecretValue", world.output(secret)).await, "{secret}");
    }
    for action in ["states:StartExecution", "states:UpdateStateMachine"] {
        assert!(!world.may(&role, action, machine).await, "{action}");
    }
    // EventBridge puts there what it could not deliver of executions; the machine itself has nothing to do with it.
    let lost_events = world.queue_arn("ExecutionsDlq").await;
    for action in ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"] {
        assert!(!world.may(&role, action, &lost_events).await, "{action}");
    }
}

#[tokio::test]
async fn a_repositorys_stack_may_do_everything_but_touch_drydock() {
    let world = World::new().await;
    let role = world.applications_role().await;
    let table = world.table_arn().await;
    for (action, resource) in [
        ("dynamodb:DeleteTable", table.clone()),
        ("dynamodb:PutItem", table),
        ("sqs:SendMessage", world.queue_arn("DeployQueue").await),
        ("secretsmanager:GetSecretValue", world.output("GitTokenSecretArn").to_owned()),
        ("states:StartExecution", world.output("SdlcStateMachineArn").to_owned()),
        ("s3:PutObject", format!("arn:aws:s3:::{}/sources/x.zip", world.output("ArtifactsBucket"))),
        ("apigateway:DELETE", format!("arn:aws:apigateway:us-east-1::/apis/{}/routes/x", world.output("ApiId"))),
        ("iam:PassRole", role.clone()),
        ("iam:CreatePolicyVersion", world.output("ApplicationsBoundaryArn").to_owned()),
    ] {
        assert!(!world.may(&role, action, &resource).await, "{action} on {resource}");
    }
    for action in
        ["dynamodb:CreateTable", "sqs:CreateQueue", "iam:CreateRole", "lambda:CreateFunction", "s3:CreateBucket"]
    {
        assert!(world.may(&role, action, "*").await, "{action}");
    }
    let package = format!("arn:aws:s3:::{}/packages/x.zip", world.output("ArtifactsBucket"));
    assert!(world.may(&role, "s3:GetObject", &package).await);
}

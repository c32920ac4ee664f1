//! Every action that deploying, operating and taking away need, and who asks for it: the caller, or CloudFormation for
//! whoever it acts as.

/// What the commands that deploy, go back and take away call by themselves.
pub const DEPLOY: [&str; 34] = [
    "cloudformation:CancelUpdateStack",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetStackPolicy",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
    "cloudformation:RollbackStack",
    "cloudformation:SetStackPolicy",
    "cloudformation:UpdateTerminationProtection",
    "lambda:ListFunctions",
    "s3:CreateBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetBucketTagging",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutObject",
];

/// Giving a role to whoever is to act as it: a function, a state machine, CloudFormation itself.
pub const PASS_ROLE: &str = "iam:PassRole";

/// What CloudFormation calls, by the type of resource that wants it: to make, change, tag and delete it. A creation that
/// fails is undone with the same rights, and without those it is stuck in `ROLLBACK_FAILED`.
///
/// As the handlers of the types say it: `aws cloudformation describe-type --type RESOURCE --type-name TYPE`.
pub const RESOURCES: [(&str, &[&str]); 22] = [
    ("AWS::ApiGatewayV2::Api", &["apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST"]),
    ("AWS::ApiGatewayV2::Authorizer", &["apigateway:DELETE", "apigateway:POST"]),
    ("AWS::ApiGatewayV2::Integration", &["apigateway:DELETE", "apigateway:POST"]),
    ("AWS::ApiGatewayV2::Route", &["apigateway:DELETE", "apigateway:POST"]),
    (
        "AWS::ApiGatewayV2::Stage",
        &[
            "apigateway:DELETE",
            "apigateway:POST",
            // Its access log.
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
    ),
    (
        "AWS::CloudWatch::Alarm",
        &[
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource",
        ],
    ),
    (
        "AWS::DynamoDB::Table",
        &[
            "dynamodb:CreateTable",
            "dynamodb:DeleteTable",
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:ListTagsOfResource",
            "dynamodb:TagResource",
            "dynamodb:UntagResource",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTable",
            "dynamodb:UpdateTimeToLive",
        ],
    ),
    (
        "AWS::Events::Rule",
        &[
            "events:DeleteRule",
            "events:DescribeRule",
            "events:ListTargetsByRule",
            "events:PutRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "events:TagResource",
            "events:UntagResource",
        ],
    ),
    (
        "AWS::IAM::ManagedPolicy",
        &[
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:GetPolicy",
            "iam:ListPolicyVersions",
        ],
    ),
    (
        "AWS::IAM::Role",
        &[
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ],
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        &[
            "lambda:CreateEventSourceMapping",
            "lambda:DeleteEventSourceMapping",
            "lambda:GetEventSourceMapping",
            "lambda:TagResource",
            "lambda:UpdateEventSourceMapping",
        ],
    ),
    (
        "AWS::Lambda::Function",
        &[
            PASS_ROLE,
            "lambda:CreateFunction",
            "lambda:DeleteFunction",
            "lambda:GetFunction",
            "lambda:GetFunctionRecursionConfig",
            "lambda:PutFunctionRecursionConfig",
            "lambda:TagResource",
            "lambda:UntagResource",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            // Its code.
            "s3:GetObject",
        ],
    ),
    ("AWS::Lambda::Permission", &["lambda:AddPermission", "lambda:GetPolicy", "lambda:RemovePermission"]),
    (
        "AWS::Logs::LogGroup",
        &[
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DescribeLogGroups",
            "logs:ListTagsForResource",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ],
    ),
    (
        "AWS::S3::Bucket",
        &[
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
    ),
    ("AWS::S3::BucketPolicy", &["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"]),
    ("AWS::SNS::Subscription", &["sns:Subscribe", "sns:Unsubscribe"]),
    (
        "AWS::SNS::Topic",
        &[
            "sns:CreateTopic",
            "sns:DeleteTopic",
            "sns:GetTopicAttributes",
            "sns:ListTagsForResource",
            "sns:SetTopicAttributes",
            "sns:TagResource",
            "sns:UntagResource",
        ],
    ),
    (
        "AWS::SQS::Queue",
        &[
            "sqs:CreateQueue",
            "sqs:DeleteQueue",
            "sqs:GetQueueAttributes",
            "sqs:ListQueueTags",
            "sqs:SetQueueAttributes",
            "sqs:TagQueue",
            "sqs:UntagQueue",
        ],
    ),
    ("AWS::SQS::QueuePolicy", &["sqs:SetQueueAttributes"]),
    (
        "AWS::SecretsManager::Secret",
        &[
            "secretsmanager:CreateSecret",
            "secretsmanager:DeleteSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:TagResource",
            "secretsmanager:UntagResource",
            "secretsmanager:UpdateSecret",
        ],
    ),
    (
        "AWS::StepFunctions::StateMachine",
        &[
            PASS_ROLE,
            "states:CreateStateMachine",
            "states:DeleteStateMachine",
            "states:DescribeStateMachine",
            "states:ListTagsForResource",
            "states:TagResource",
            "states:UntagResource",
            "states:UpdateStateMachine",
        ],
    ),
];

/// What the commands of an operator call.
pub const OPERATE: [&str; 19] = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "execute-api:Invoke",
    "lambda:GetFunctionConfiguration",
    "logs:FilterLogEvents",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ListMessageMoveTasks",
    "sqs:PurgeQueue",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "sqs:StartMessageMoveTask",
];

/// Actions that are allowed for everything or not at all, whoever is allowed them for single resources: AWS knows no
/// smaller resource for them. Stacks are also looked at without naming one, to find those that were deployed for users.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
pub const ACCOUNT_WIDE: [&str; 13] = [
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:DescribeStacks",
    "cloudwatch:GetMetricData",
    "lambda:CreateEventSourceMapping",
    "lambda:ListFunctions",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
];

/// What the caller asks for itself.
pub fn of_commands() -> Vec<&'static str> {
    sorted(DEPLOY.into_iter().chain(OPERATE))
}

/// What CloudFormation asks for.
pub fn of_cloudformation() -> Vec<&'static str> {
    sorted(RESOURCES.iter().flat_map(|(_, actions)| actions.iter().copied()))
}

/// All of it: without a service role CloudFormation acts as the caller.
pub fn all() -> Vec<&'static str> {
    sorted(of_commands().into_iter().chain(of_cloudformation()))
}

fn sorted(actions: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut actions: Vec<&str> = actions.collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_our_template_is_asked_for() {
        let template: serde_json::Value = serde_json::from_str(&infra::drydock::template().to_json()).unwrap();
        let resources = template["Resources"].as_object().unwrap();
        for kind in resources.values().filter_map(|resource| resource["Type"].as_str()) {
            assert!(RESOURCES.iter().any(|(known, _)| *known == kind), "{kind}");
        }
        for (known, actions) in RESOURCES {
            assert!(resources.values().any(|resource| resource["Type"] == known), "{known} is in the template no more");
            let deletes = |action: &&str| {
                let verb = action.split(':').nth(1).unwrap_or_default().to_lowercase();
                ["delete", "remove", "unsubscribe"].iter().any(|word| verb.starts_with(word))
            };
            // A queue's policy goes with the queue.
            assert!(actions.iter().any(deletes) || known == "AWS::SQS::QueuePolicy", "{known} cannot be deleted");
        }
    }

    #[test]
    fn actions_are_named_once() {
        for all in [all(), of_commands(), of_cloudformation()] {
            assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(all.iter().all(|action| action.split_once(':').is_some_and(|(service, name)| {
                service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                    && !name.is_empty()
            })));
        }
        assert!(ACCOUNT_WIDE.iter().all(|action| all().contains(action)), "asked for, and only then");
    }

    /// Explains a change set that was refused; without it the refusal itself is told.
    const COURTESY: &str = "cloudformation:DescribeEvents";

    #[test]
    fn every_call_of_the_stack_engine_is_asked_for() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/stack/src");
        let mut calls = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let text: String = std::fs::read_to_string(file.unwrap().path()).unwrap().split_whitespace().collect();
            let after =
                text.split("self.client.").skip(1).filter_map(|rest| rest.split_once("()")).map(|(call, _)| call);
            calls.extend(
                after.filter(|call| call.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).map(action),
            );
        }
        assert!(calls.len() > 15, "{calls:?}");
        for call in calls {
            assert!(DEPLOY.contains(&call.as_str()) || call == COURTESY, "{call}");
        }
    }

    /// `describe_stacks` is `cloudformation:DescribeStacks`.
    fn action(call: &str) -> String {
        let word = |word: &str| word[..1].to_uppercase() + &word[1..];
        format!("cloudformation:{}", call.split('_').map(word).collect::<String>())
    }
}

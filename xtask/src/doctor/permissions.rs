//! What the caller may do, asked of IAM's own simulator before anything is tried.

use super::aws::Caller;
use super::{Finding, own};
use crate::cloud::Aws;
use crate::cloud::error::Explain;
use crate::commands::stack_engine;
use aws_sdk_iam::Client;
use aws_sdk_iam::error::SdkError;
use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyError;
use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType};
use std::collections::BTreeSet;

/// Actions in one question; the simulator takes 100.
const BATCH: usize = 50;
/// How many are named in one line.
const NAMED: usize = 12;

/// What deploying, going back and taking away call by themselves.
const DEPLOY: [&str; 35] = [
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
    "iam:PassRole",
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

/// What CloudFormation calls for the caller, by the type of resource that wants it.
const RESOURCES: [(&str, &[&str]); 22] = [
    ("AWS::ApiGatewayV2::Api", &["apigateway:POST", "apigateway:GET", "apigateway:PATCH", "apigateway:DELETE"]),
    ("AWS::ApiGatewayV2::Authorizer", &["apigateway:POST"]),
    ("AWS::ApiGatewayV2::Integration", &["apigateway:POST"]),
    ("AWS::ApiGatewayV2::Route", &["apigateway:POST"]),
    ("AWS::ApiGatewayV2::Stage", &["apigateway:POST", "logs:CreateLogDelivery"]),
    ("AWS::CloudWatch::Alarm", &["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms"]),
    (
        "AWS::DynamoDB::Table",
        &[
            "dynamodb:CreateTable",
            "dynamodb:DescribeTable",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTimeToLive",
        ],
    ),
    ("AWS::Events::Rule", &["events:PutRule", "events:PutTargets", "events:DescribeRule"]),
    ("AWS::IAM::ManagedPolicy", &["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:GetPolicy"]),
    ("AWS::IAM::Role", &["iam:CreateRole", "iam:GetRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"]),
    ("AWS::Lambda::EventSourceMapping", &["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping"]),
    (
        "AWS::Lambda::Function",
        &[
            "lambda:CreateFunction",
            "lambda:GetFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ],
    ),
    ("AWS::Lambda::Permission", &["lambda:AddPermission"]),
    ("AWS::Logs::LogGroup", &["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DescribeLogGroups"]),
    ("AWS::S3::Bucket", &["s3:CreateBucket", "s3:PutLifecycleConfiguration"]),
    ("AWS::S3::BucketPolicy", &["s3:PutBucketPolicy"]),
    ("AWS::SNS::Subscription", &["sns:Subscribe"]),
    ("AWS::SNS::Topic", &["sns:CreateTopic"]),
    ("AWS::SQS::Queue", &["sqs:CreateQueue", "sqs:GetQueueAttributes"]),
    ("AWS::SQS::QueuePolicy", &["sqs:SetQueueAttributes"]),
    ("AWS::SecretsManager::Secret", &["secretsmanager:CreateSecret", "secretsmanager:DescribeSecret"]),
    (
        "AWS::StepFunctions::StateMachine",
        &["states:CreateStateMachine", "states:DescribeStateMachine", "states:UpdateStateMachine"],
    ),
];

/// What the commands of an operator call.
const OPERATE: [&str; 19] = [
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

/// Actions that AWS knows for everything only, whoever is allowed them for single resources.
const ACCOUNT_WIDE: [&str; 3] = ["cloudwatch:GetMetricData", "lambda:ListFunctions", "logs:CreateLogDelivery"];

/// Every action, once.
fn actions() -> Vec<&'static str> {
    let resources = RESOURCES.iter().flat_map(|(_, actions)| actions.iter().copied());
    let mut all: Vec<&str> = DEPLOY.into_iter().chain(resources).chain(OPERATE).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Asks for all of them, each for what the stack has of its service: whoever operates Drydock need not be allowed more.
pub async fn examine(aws: &Aws, caller: &Caller, stack: &str) -> Finding {
    let check = "permissions";
    let client = Client::new(aws.config());
    let Some(principal) = principal(&client, &caller.arn).await else {
        return Finding::warning(
            check,
            "the account's root user may do everything",
            "use a role or a user instead: nothing limits root, and it cannot be taken away",
        );
    };
    let all = actions();
    let arns = own::arns(aws, &stack_engine(aws), &caller.account, stack).await;
    match refused(&client, &principal, &all, &arns).await {
        Ok(refused) if refused.is_empty() => {
            Finding::good(check, format!("all of the {} actions that deploying and operating take", all.len()))
        }
        Ok(refused) => {
            let more = refused.len().saturating_sub(NAMED);
            let mut text = format!("{} of {} actions are refused: ", refused.len(), all.len());
            text += &refused[..refused.len() - more].join(", ");
            if more > 0 {
                text += &format!(" and {more} more (--json names all)");
            }
            let remedy = format!(
                "let the account's administrator allow them to {principal}, for stack {stack} and what it is made of; \
                 the rights to make resources can also lie with a CloudFormation service role"
            );
            let all = refused.into_iter().map(str::to_owned).collect();
            Finding { all, ..Finding::problem(check, text, remedy) }
        }
        Err(error) => Finding::unknown(
            check,
            format!("{error:#}"),
            "allow iam:SimulatePrincipalPolicy and iam:GetRole to find out; deploying does not need them",
        ),
    }
}

/// Whose policies are asked: the user, or the role behind a session. `None` for root.
async fn principal(client: &Client, arn: &str) -> Option<String> {
    if arn.ends_with(":root") {
        return None;
    }
    let Some(role) = role_of_session(arn) else { return Some(arn.to_owned()) };
    // A session does not say the path of its role.
    let found = client.get_role().role_name(role).send().await.ok().and_then(|answer| answer.role);
    let account = arn.split(':').nth(4).unwrap_or_default();
    Some(found.map_or_else(|| format!("arn:aws:iam::{account}:role/{role}"), |role| role.arn))
}

/// `arn:aws:sts::123456789012:assumed-role/NAME/session`
fn role_of_session(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/")?.1.split('/').next()
}

/// Which of the actions are allowed for none of these, or not for everything where there is nothing less. Which ARN an
/// action is about is IAM's business: one that is allowed for any of its service's is allowed.
async fn refused(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    arns: &[String],
) -> anyhow::Result<Vec<&'static str>> {
    let services: BTreeSet<&str> = actions.iter().filter_map(|action| action.split(':').next()).collect();
    let mut all = Vec::new();
    for service in services {
        let of_service = |text: &str, at: usize| text.split(':').nth(at) == Some(service);
        let of_service_all = actions.iter().copied().filter(|action| of_service(action, 0));
        let (wide, mut refused): (Vec<&str>, Vec<&str>) =
            of_service_all.partition(|action| ACCOUNT_WIDE.contains(action));
        for arn in arns.iter().filter(|arn| of_service(arn, 2)) {
            if !refused.is_empty() {
                refused = refused_for(client, principal, &refused, Some(arn)).await?;
            }
        }
        all.extend(refused);
        if !wide.is_empty() {
            all.extend(refused_for(client, principal, &wide, None).await?);
        }
    }
    all.sort_unstable();
    Ok(all)
}

/// Which of them are not allowed for one resource, or for everything.
async fn refused_for(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    arn: Option<&str>,
) -> anyhow::Result<Vec<&'static str>> {
    let mut refused = Vec::new();
    let mut batches: Vec<&[&'static str]> = actions.chunks(BATCH).collect();
    while let Some(batch) = batches.pop() {
        match verdicts(client, principal, batch, arn).await {
            Ok(verdicts) => refused.extend(batch.iter().filter(|action| {
                verdicts.iter().any(|verdict| {
                    verdict.eval_action_name == **action
                        && verdict.eval_decision != PolicyEvaluationDecisionType::Allowed
                })
            })),
            // The simulator takes only actions together that want the same said about the request.
            Err(error) if batch.len() > 1 && error.error_code() == Some("InvalidInput") => {
                batches.extend(batch.chunks(batch.len() / 2));
            }
            Err(error) => return Err(error.explain("IAM does not tell what is allowed")),
        }
    }
    Ok(refused)
}

async fn verdicts(
    client: &Client,
    principal: &str,
    actions: &[&'static str],
    arn: Option<&str>,
) -> Result<Vec<EvaluationResult>, SdkError<SimulatePrincipalPolicyError>> {
    let request = client.simulate_principal_policy().policy_source_arn(principal);
    let request = request.set_resource_arns(arn.map(|arn| vec![arn.to_owned()]));
    let request = request.set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()));
    request.into_paginator().items().send().collect().await
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
        for (known, _) in RESOURCES {
            assert!(resources.values().any(|resource| resource["Type"] == known), "{known} is in the template no more");
        }
    }

    #[test]
    fn actions_are_named_once() {
        let all = actions();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(all.iter().all(|action| action.split_once(':').is_some_and(|(service, name)| {
            service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && !name.is_empty()
        })));
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

    #[test]
    fn a_session_belongs_to_a_role() {
        assert_eq!(role_of_session("arn:aws:sts::123456789012:assumed-role/Admin/me"), Some("Admin"));
        assert_eq!(role_of_session("arn:aws:iam::123456789012:user/me"), None);
    }
}

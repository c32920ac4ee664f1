//! The ARNs of what the stack is made of, to ask what may be done with that and not with everything.

use super::aws::Caller;
use crate::cloud::Aws;
use crate::cloud::code_bucket;
use crate::cloud::stuck::ALL;
use drydock_stack::Engine;
use serde_json::Value;

/// One ARN or two of each kind that the stack has: those of the stack as it stands, and made up for what is not there
/// yet. The code bucket's are among them.
pub async fn arns(aws: &Aws, engine: &Engine, caller: &Caller, stack: &str) -> Vec<String> {
    let standing = engine.resources(stack, ALL).await.unwrap_or_default();
    let standing = standing.into_iter().filter_map(|it| Some((it.resource_type, it.physical_id?)));
    let all = standing.chain(made_up(stack));
    let mut kinds: Vec<String> = Vec::new();
    let place = Place { partition: caller.partition(), region: aws.region(), account: &caller.account, stack };
    let code = code_bucket::name(&caller.account, aws.region());
    let mut arns = vec![place.arn("cloudformation", &format!("stack/{stack}/0"))];
    arns.extend(place.bucket(&code));
    for (kind, physical) in all {
        if !kinds.contains(&kind) {
            arns.extend(place.of(&kind, &physical));
            kinds.push(kind);
        }
    }
    arns
}

/// What the template would make, by type, under names as CloudFormation makes them.
fn made_up(stack: &str) -> Vec<(String, String)> {
    let template: Value = serde_json::from_str(&infra::drydock::template().to_json()).unwrap_or_default();
    let resources = template["Resources"].as_object().cloned().unwrap_or_default();
    let named = |(id, resource): (String, Value)| {
        Some((resource["Type"].as_str()?.to_owned(), format!("{stack}-{id}-1A2B3C4D5E6F").to_lowercase()))
    };
    resources.into_iter().filter_map(named).collect()
}

struct Place<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    stack: &'a str,
}

impl Place<'_> {
    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    fn bucket(&self, name: &str) -> [String; 2] {
        ["", "/key"].map(|end| format!("arn:{}:s3:::{name}{end}", self.partition))
    }

    /// What a resource of that type is called in policies. `id` is what CloudFormation calls it: a name, an address or
    /// an ARN.
    fn of(&self, kind: &str, id: &str) -> Vec<String> {
        let Self { partition, region, account, stack } = self;
        let known = |made: String| if id.starts_with("arn:") { id.to_owned() } else { made };
        let name = id.rsplit('/').next().unwrap_or(id);
        match kind {
            "AWS::ApiGatewayV2::Api" => vec![
                format!("arn:{partition}:apigateway:{region}::/apis"),
                format!("arn:{partition}:apigateway:{region}::/apis/{name}/routes"),
                self.arn("execute-api", &format!("{name}/$default/GET/deployments")),
            ],
            "AWS::CloudWatch::Alarm" => vec![self.arn("cloudwatch", &format!("alarm:{name}"))],
            "AWS::DynamoDB::Table" => {
                ["", "/index/StatusIndex"].map(|end| self.arn("dynamodb", &format!("table/{name}{end}"))).into()
            }
            "AWS::Events::Rule" => vec![self.arn("events", &format!("rule/{name}"))],
            "AWS::IAM::ManagedPolicy" => vec![known(format!("arn:{partition}:iam::{account}:policy/{name}"))],
            "AWS::IAM::Role" => vec![format!("arn:{partition}:iam::{account}:role/{stack}/{name}")],
            "AWS::Lambda::EventSourceMapping" => vec![self.arn("lambda", &format!("event-source-mapping:{name}"))],
            "AWS::Lambda::Function" => vec![self.arn("lambda", &format!("function:{name}"))],
            "AWS::Logs::LogGroup" => {
                ["", ":*"].map(|end| self.arn("logs", &format!("log-group:/aws/lambda/{name}{end}"))).into()
            }
            "AWS::S3::Bucket" => self.bucket(name).into(),
            "AWS::SNS::Topic" => vec![known(self.arn("sns", name))],
            "AWS::SQS::Queue" => vec![self.arn("sqs", name)],
            "AWS::SecretsManager::Secret" => vec![known(self.arn("secretsmanager", &format!("secret:{name}")))],
            "AWS::StepFunctions::StateMachine" => vec![known(self.arn("states", &format!("stateMachine:{name}")))],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_called_as_policies_call_them() {
        let place = Place { partition: "aws", region: "eu-west-1", account: "1", stack: "demo" };
        let check = |kind: &str, id: &str, expected: &str| assert_eq!(place.of(kind, id)[0], expected);
        check(
            "AWS::SQS::Queue",
            "https://sqs.eu-west-1.amazonaws.com/1/demo-deploy",
            "arn:aws:sqs:eu-west-1:1:demo-deploy",
        );
        check("AWS::Lambda::Function", "demo-api-handler", "arn:aws:lambda:eu-west-1:1:function:demo-api-handler");
        check("AWS::IAM::Role", "demo-Role-1A", "arn:aws:iam::1:role/demo/demo-Role-1A");
        check("AWS::SNS::Topic", "arn:aws:sns:eu-west-1:1:demo-Alarms-1A", "arn:aws:sns:eu-west-1:1:demo-Alarms-1A");
        check("AWS::SNS::Topic", "demo-alarms-1a", "arn:aws:sns:eu-west-1:1:demo-alarms-1a");
        let logs = place.of("AWS::Logs::LogGroup", "/aws/lambda/demo-api-handler");
        assert_eq!(logs[1], "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/demo-api-handler:*");
    }

    #[test]
    fn everything_that_the_template_makes_by_a_name_is_asked_for() {
        let place = Place { partition: "aws-cn", region: "cn-north-1", account: "1", stack: "demo" };
        let all = made_up("demo");
        let arns = || all.iter().flat_map(|(kind, id)| place.of(kind, id));
        assert!(arns().all(|arn| arn.starts_with("arn:aws-cn:")), "as the caller's");
        let mut services: Vec<String> = arns().filter_map(|arn| arn.split(':').nth(2).map(str::to_owned)).collect();
        services.sort();
        services.dedup();
        let expected = [
            "apigateway",
            "cloudwatch",
            "dynamodb",
            "events",
            "execute-api",
            "iam",
            "lambda",
            "logs",
            "s3",
            "secretsmanager",
            "sns",
            "sqs",
            "states",
        ];
        assert_eq!(services, expected);
    }
}

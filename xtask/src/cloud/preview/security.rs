//! Who may do what: the part of a change that somebody must have seen before it happens.

use super::words::brief;
use serde_json::Value;

/// True for resources that say who may do what.
pub fn is_security_type(resource_type: &str) -> bool {
    resource_type.starts_with("AWS::IAM::")
        || resource_type.starts_with("AWS::EC2::SecurityGroup")
        || resource_type.starts_with("AWS::KMS::")
        || ["::BucketPolicy", "::QueuePolicy", "::QueueInlinePolicy", "::TopicPolicy", "::TopicInlinePolicy"]
            .iter()
            .any(|end| resource_type.ends_with(end))
        || ["::ResourcePolicy", "::Permission", "::LayerVersionPermission", "::Authorizer"]
            .iter()
            .any(|end| resource_type.ends_with(end))
}

/// Parts of any resource that say who gets in, and how well its data is kept.
const PROPERTIES: [&str; 16] = [
    "Role",
    "RoleArn",
    "ExecutionRoleArn",
    "PermissionsBoundary",
    "AuthorizationType",
    "AuthorizerId",
    "AuthType",
    "PublicAccessBlockConfiguration",
    "AccessControl",
    "BucketEncryption",
    "SSESpecification",
    "KmsMasterKeyId",
    "KmsKeyId",
    "VpcConfig",
    "CorsConfiguration",
    "PolicyDocument",
];

/// True if one of the names on the way to a property says who gets in.
pub fn is_security_path(path: &[String]) -> bool {
    path.iter().any(|segment| PROPERTIES.contains(&segment.as_str()))
}

/// What a resource allows, a line each: `Allow sqs:SendMessage on ${Queue.Arn}`.
pub fn permissions(resource_type: &str, properties: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match resource_type {
        "AWS::IAM::Role" => {
            for statement in statements(&properties["AssumeRolePolicyDocument"]) {
                let verb = if statement["Effect"] == "Deny" { "does not trust" } else { "trusts" };
                lines.push(format!("{verb} {}{}", principal(statement), conditions(statement)));
            }
            let inline = properties["Policies"].as_array().into_iter().flatten();
            lines.extend(inline.flat_map(|policy| statements(&policy["PolicyDocument"])).map(line));
            lines.extend(each(&properties["ManagedPolicyArns"]).map(|arn| format!("has policy {arn}")));
            lines.extend(each(&properties["PermissionsBoundary"]).map(|arn| format!("limited by {arn}")));
        }
        "AWS::Lambda::Permission" => {
            let from = each(&properties["SourceArn"]).map(|arn| format!(" for {arn}")).collect::<String>();
            let what = brief(&properties["Action"]);
            let (who, on) = (brief(&properties["Principal"]), brief(&properties["FunctionName"]));
            lines.push(format!("Allow {what} on {on} to {who}{from}"));
        }
        _ => lines.extend(statements(&properties["PolicyDocument"]).into_iter().map(line)),
    }
    lines
}

/// The lines of one that the other has not, the other way round, and neither twice.
pub fn changed(before: &[String], after: &[String]) -> (Vec<String>, Vec<String>) {
    let without = |these: &[String], those: &[String]| {
        these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
    };
    (without(before, after), without(after, before))
}

fn statements(document: &Value) -> Vec<&Value> {
    match &document["Statement"] {
        Value::Array(many) => many.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn line(statement: &Value) -> String {
    let effect = statement["Effect"].as_str().unwrap_or("Allow");
    let (verb, actions) = match &statement["NotAction"] {
        Value::Null => ("", &statement["Action"]),
        not => ("all but ", not),
    };
    let resources = match &statement["NotResource"] {
        Value::Null => list(&statement["Resource"]),
        not => format!("all but {}", list(not)),
    };
    let who = match principal(statement) {
        who if who.is_empty() => who,
        who => format!(" to {who}"),
    };
    format!("{effect} {verb}{} on {resources}{who}{}", list(actions), conditions(statement))
}

fn principal(statement: &Value) -> String {
    match &statement["Principal"] {
        Value::Null => String::new(),
        Value::Object(kinds) => kinds.values().map(list).collect::<Vec<_>>().join(", "),
        other => list(other),
    }
}

fn conditions(statement: &Value) -> String {
    let tests = statement["Condition"].as_object().into_iter().flatten();
    let said: Vec<String> = tests
        .flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, value)| format!("{key} {operator} {}", list(value)))
        })
        .collect();
    if said.is_empty() { String::new() } else { format!(" if {}", said.join(" and ")) }
}

fn list(value: &Value) -> String {
    each(value).collect::<Vec<_>>().join(", ")
}

fn each(value: &Value) -> impl Iterator<Item = String> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    items.iter().map(brief)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_role_says_whom_it_trusts_and_what_it_may() {
        let role = json!({
            "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}]},
            "Policies": [{"PolicyDocument": {"Statement": [
                {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:GetQueueUrl"], "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}},
                {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": ["*"]}
            ]}}],
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
        });
        assert_eq!(
            permissions("AWS::IAM::Role", &role),
            [
                "trusts lambda.amazonaws.com if aws:SourceAccount StringEquals ${AWS::AccountId}",
                "Allow sqs:SendMessage, sqs:GetQueueUrl on ${Queue.Arn}",
                "Deny all but s3:Get* on *",
                "has policy arn:aws:iam::aws:policy/ReadOnlyAccess",
            ]
        );
    }

    #[test]
    fn resources_say_whom_they_let_in() {
        let permission = json!({"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "Api"},
            "Principal": "apigateway.amazonaws.com", "SourceArn": {"Fn::Sub": "arn:x:${Api}/*"}});
        let said = "Allow lambda:InvokeFunction on ${Api} to apigateway.amazonaws.com for arn:x:${Api}/*";
        assert_eq!(permissions("AWS::Lambda::Permission", &permission), [said]);
        let policy = json!({"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}}});
        assert_eq!(permissions("AWS::S3::BucketPolicy", &policy), ["Allow s3:* on * to *"]);
        assert_eq!(permissions("AWS::SQS::Queue", &json!({})), [""; 0]);
    }

    #[test]
    fn what_says_who_gets_in_is_known() {
        for kind in ["AWS::IAM::Role", "AWS::Lambda::Permission", "AWS::S3::BucketPolicy", "AWS::KMS::Key"] {
            assert!(is_security_type(kind), "{kind}");
        }
        assert!(!is_security_type("AWS::SQS::Queue"));
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        assert!(is_security_path(&path("Properties.AuthorizationType")));
        assert!(!is_security_path(&path("Properties.MemorySize")));
    }
}

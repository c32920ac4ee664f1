//! What AWS would refuse a template for, found before AWS is asked: limits, and environment names that Lambda keeps for
//! itself. Pure, and quick enough for every deployment.
//!
//! Where a value is worked out only in the account (`Ref`, `Fn::GetAtt`), it counts for nothing, and neither does what a
//! condition may leave out: what is found is certain, and something near a limit may still be refused.

use crate::change_set::Template;
use drydock_contract::limits::MAX_TEMPLATE_BYTES;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Resources of a template.
/// See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
pub const MAX_RESOURCES: usize = 500;
/// Parameters, outputs and mappings of a template, each.
pub const MAX_SECTION: usize = 200;
/// Bytes of a function's environment, names and values.
/// See <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const MAX_ENVIRONMENT_BYTES: usize = 4096;
/// Characters of all inline policies of a role, without white space.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
pub const MAX_ROLE_POLICY_CHARACTERS: usize = 10_240;
/// Characters of a managed policy, without white space.
pub const MAX_MANAGED_POLICY_CHARACTERS: usize = 6144;

/// Variables that Lambda sets itself and nobody else may, and the names that its key pair had before.
/// See <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
const RESERVED: [&str; 19] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Something that AWS would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Where: a resource's name in the template, or `template`.
    pub place: String,
    /// What is wrong, with the numbers.
    pub problem: String,
}

impl Finding {
    fn new(place: &str, problem: String) -> Self {
        Self { place: place.to_owned(), problem }
    }
}

/// Everything that is wrong with a JSON template; empty if nothing is.
pub fn check(text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    if text.len() > MAX_TEMPLATE_BYTES {
        let problem = format!("{} bytes; CloudFormation takes at most {MAX_TEMPLATE_BYTES}", text.len());
        found.push(Finding::new("template", problem));
    }
    match serde_json::from_str(text) {
        Ok(template) => found.extend(check_parts(&template)),
        Err(error) => found.push(Finding::new("template", format!("is not JSON: {error}"))),
    }
    found
}

/// What is wrong with the parts of a template, whatever it is written in: here its functions are in their long form
/// (`Fn::Sub`). What macros make of it is not seen, but for AWS's own for serverless applications, which only adds to it.
pub fn check_parts(template: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let sections = [
        ("Resources", MAX_RESOURCES),
        ("Parameters", MAX_SECTION),
        ("Outputs", MAX_SECTION),
        ("Mappings", MAX_SECTION),
    ];
    for (section, most) in sections {
        let count = template[section].as_object().map_or(0, serde_json::Map::len);
        if count > most {
            let what = section.to_lowercase();
            found.push(Finding::new("template", format!("{count} {what}; CloudFormation takes at most {most}")));
        }
    }
    for (id, resource) in certain(template) {
        if matches!(resource["Type"].as_str(), Some("AWS::Lambda::Function" | "AWS::Serverless::Function")) {
            environment(id, &resource["Properties"]["Environment"]["Variables"], &mut found);
        }
    }
    policies(template, &mut found);
    found
}

/// The resources that are made under any condition.
fn certain(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    all.filter(|(_, resource)| resource["Condition"].is_null())
}

/// True if the template is too large for a request and goes through S3.
pub const fn needs_s3(text: &str) -> bool {
    text.len() > Template::MAX_BODY_BYTES
}

fn environment(id: &str, variables: &Value, found: &mut Vec<Finding>) {
    let certain: Vec<_> =
        variables.as_object().into_iter().flatten().filter(|(_, value)| !may_be_left_out(value)).collect();
    let bytes: usize = certain.iter().map(|(name, value)| name.len() + written(value).len()).sum();
    if bytes > MAX_ENVIRONMENT_BYTES {
        let problem = format!("its environment has {bytes} bytes; Lambda takes at most {MAX_ENVIRONMENT_BYTES}");
        found.push(Finding::new(id, problem));
    }
    for (name, _) in certain.iter().filter(|(name, _)| RESERVED.contains(&name.as_str())) {
        found.push(Finding::new(id, format!("sets {name}, which Lambda sets itself and refuses from anybody else")));
    }
}

/// Inline policies stand in the role or are resources that name it; together they count.
fn policies(template: &Value, found: &mut Vec<Finding>) {
    let mut inline: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, resource) in certain(template) {
        let properties = &resource["Properties"];
        let document = characters(&properties["PolicyDocument"]);
        match resource["Type"].as_str() {
            Some("AWS::IAM::Role") => {
                let own = properties["Policies"].as_array().into_iter().flatten();
                *inline.entry(id).or_default() +=
                    own.map(|policy| characters(&policy["PolicyDocument"])).sum::<usize>();
            }
            Some("AWS::IAM::Policy") => {
                for role in properties["Roles"].as_array().into_iter().flatten() {
                    *inline.entry(role["Ref"].as_str().unwrap_or_default()).or_default() += document;
                }
            }
            Some("AWS::IAM::RolePolicy") => {
                *inline.entry(properties["RoleName"]["Ref"].as_str().unwrap_or_default()).or_default() += document;
            }
            Some("AWS::IAM::ManagedPolicy") if document > MAX_MANAGED_POLICY_CHARACTERS => {
                let problem = format!(
                    "its document has {document} characters; IAM takes at most {MAX_MANAGED_POLICY_CHARACTERS}"
                );
                found.push(Finding::new(id, problem));
            }
            _ => {}
        }
    }
    for (role, count) in
        inline.into_iter().filter(|(role, count)| !role.is_empty() && *count > MAX_ROLE_POLICY_CHARACTERS)
    {
        let problem =
            format!("its inline policies have {count} characters; IAM takes at most {MAX_ROLE_POLICY_CHARACTERS}");
        found.push(Finding::new(role, problem));
    }
}

/// Characters of a policy as IAM counts them: without white space, with every value that is known.
fn characters(document: &Value) -> usize {
    match document {
        Value::Null => 0,
        Value::Object(map) if intrinsic(map).is_some() => 2 + dense(&written(document)),
        // Braces, and for each entry a quoted key, a colon and a comma.
        Value::Object(map) => {
            1 + map.len().max(1) + map.iter().map(|(key, it)| key.len() + 3 + characters(it)).sum::<usize>()
        }
        Value::Array(items) => 1 + items.len().max(1) + items.iter().map(characters).sum::<usize>(),
        Value::String(text) => 2 + dense(text),
        other => other.to_string().len(),
    }
}

/// Characters that are no white space.
fn dense(text: &str) -> usize {
    text.chars().filter(|it| !it.is_whitespace()).count()
}

/// What is certain to stand in a value: literal text, and the literal parts of a substitution.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => match intrinsic(map) {
            Some(("Fn::Sub", Value::String(text))) => without_placeholders(text),
            Some(("Fn::Sub", Value::Array(parts))) => {
                without_placeholders(parts.first().and_then(Value::as_str).unwrap_or_default())
            }
            Some(("Fn::Join", Value::Array(parts))) => {
                parts.get(1).and_then(Value::as_array).into_iter().flatten().map(written).collect()
            }
            // Either may be chosen.
            Some(("Fn::If", Value::Array(parts))) => {
                parts.iter().skip(1).map(written).min_by_key(String::len).unwrap_or_default()
            }
            _ => String::new(),
        },
        Value::Null | Value::Array(_) => String::new(),
        other => other.to_string(),
    }
}

/// True for `AWS::NoValue`, and for a choice that it is one of.
fn may_be_left_out(value: &Value) -> bool {
    match value.as_object().and_then(intrinsic) {
        Some(("Ref", Value::String(name))) => name == "AWS::NoValue",
        Some(("Fn::If", Value::Array(parts))) => parts.iter().skip(1).any(may_be_left_out),
        _ => false,
    }
}

fn intrinsic(map: &serde_json::Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name.starts_with("Fn::") || name == "Ref").then_some((name.as_str(), argument))
}

/// `a-${B}-c` without `${B}`.
fn without_placeholders(text: &str) -> String {
    let mut parts = text.split("${");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(template: &Value) -> Vec<String> {
        let found = check(&template.to_string());
        found.into_iter().map(|finding| format!("{}: {}", finding.place, finding.problem)).collect()
    }

    fn function(variables: &Value) -> Value {
        let properties = json!({"Environment": {"Variables": variables}});
        json!({"Resources": {"Api": {"Type": "AWS::Lambda::Function", "Properties": properties}}})
    }

    fn role(actions: usize) -> Value {
        let actions: Vec<String> = (0..actions).map(|at| format!("service:Action{at:04}")).collect();
        let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions}]});
        json!({"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyName": "p", "PolicyDocument": document}]}})
    }

    #[test]
    fn five_hundred_resources_and_no_more() {
        let queues = |count: usize| {
            let queues = (0..count).map(|at| (format!("Queue{at}"), json!({"Type": "AWS::SQS::Queue"})));
            json!({"Resources": queues.collect::<serde_json::Map<_, _>>()})
        };
        assert_eq!(problems(&queues(500)), [""; 0]);
        assert_eq!(problems(&queues(501)), ["template: 501 resources; CloudFormation takes at most 500"]);
    }

    #[test]
    fn bodies_have_two_limits() {
        let of = |bytes: usize| json!({"Description": "x".repeat(bytes)}).to_string();
        assert!(!needs_s3(&of(51_000)) && needs_s3(&of(51_200)));
        assert_eq!(check(&of(900_000)), []);
        assert!(check(&of(1_000_000))[0].problem.starts_with("1000018 bytes"));
    }

    #[test]
    fn environments_have_four_kilobytes_of_what_is_known() {
        assert_eq!(problems(&function(&json!({"A": "x".repeat(4095)}))), [""; 0]);
        let large = ["Api: its environment has 4097 bytes; Lambda takes at most 4096"];
        assert_eq!(problems(&function(&json!({"A": "x".repeat(4096)}))), large);
        assert_eq!(problems(&function(&json!({"A": {"Fn::Sub": format!("{}${{Queue}}", "x".repeat(4096))}}))), large);
        assert_eq!(problems(&function(&json!({"A": {"Ref": "x".repeat(5000)}}))), [""; 0]);
        let choice = json!({"A": {"Fn::If": ["Large", "x".repeat(5000), ""]}});
        assert_eq!(problems(&function(&choice)), [""; 0]);
        let mut conditional = function(&json!({"A": "x".repeat(5000)}));
        conditional["Resources"]["Api"]["Condition"] = "Large".into();
        assert_eq!(problems(&conditional), [""; 0]);
    }

    #[test]
    fn lambda_keeps_names_for_itself() {
        let found = problems(&function(&json!({"AWS_REGION": "a", "AWS_ACCOUNT_ID": "b", "TZ": "UTC"})));
        assert_eq!(found, ["Api: sets AWS_REGION, which Lambda sets itself and refuses from anybody else"]);
        for name in RESERVED {
            assert_eq!(problems(&function(&json!({ name: "a" }))).len(), 1, "{name}");
        }
        let perhaps = json!({"Fn::If": ["Local", "x", {"Ref": "AWS::NoValue"}]});
        assert_eq!(problems(&function(&json!({"AWS_ACCESS_KEY_ID": perhaps}))), [""; 0]);
        // Runtimes set these too, and leave them to whoever wants them otherwise.
        for name in ["LD_LIBRARY_PATH", "PATH", "LANG", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS"] {
            assert_eq!(problems(&function(&json!({ name: "a" }))), [""; 0], "{name}");
        }
    }

    #[test]
    fn inline_policies_count_together() {
        let own = characters(&role(300)["Properties"]["Policies"][0]["PolicyDocument"]);
        let compact = role(300)["Properties"]["Policies"][0]["PolicyDocument"].to_string().len();
        assert_eq!(own, compact, "counted as IAM counts");
        assert_eq!(problems(&json!({"Resources": {"Role": role(450)}})), [""; 0]);
        let attached = json!({"Type": "AWS::IAM::Policy", "Properties":
            {"Roles": [{"Ref": "Role"}], "PolicyDocument": role(50)["Properties"]["Policies"][0]["PolicyDocument"]}});
        let found = problems(&json!({"Resources": {"Role": role(450), "More": attached}}));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("Role: its inline policies have 1") && found[0].ends_with("at most 10240"),
            "{found:?}"
        );
    }

    #[test]
    fn a_managed_policy_is_smaller() {
        let document = role(300)["Properties"]["Policies"][0]["PolicyDocument"].clone();
        let policy = json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}});
        assert_eq!(problems(&json!({"Resources": {"Limit": policy}})).len(), 1);
    }

    #[test]
    fn white_space_does_not_count() {
        let document = role(150)["Properties"]["Policies"][0]["PolicyDocument"].clone();
        let indented = serde_json::to_string_pretty(&document).unwrap().replace("  ", "        ");
        assert!(indented.len() > MAX_MANAGED_POLICY_CHARACTERS);
        for document in [json!(indented), json!({"Fn::Sub": indented})] {
            let policy = json!({"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}});
            assert_eq!(problems(&json!({"Resources": {"Limit": policy}})), [""; 0]);
        }
    }

    #[test]
    fn what_is_no_json_is_said() {
        assert!(check("Resources: {}")[0].problem.starts_with("is not JSON"));
    }
}

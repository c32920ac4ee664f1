//! Properties that the SAM transform knows. The validator's schemas are those of CloudFormation's own resources, so a
//! slip in the name of a SAM property passes it
//! (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html>).

use crate::Finding;
use serde_yaml::Value;

const FUNCTION: [&str; 47] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "CodeUri",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "DurableConfig",
    "Environment",
    "EphemeralStorage",
    "EventInvokeConfig",
    "Events",
    "FileSystemConfigs",
    "FunctionName",
    "FunctionScalingConfig",
    "FunctionUrlConfig",
    "Handler",
    "ImageConfig",
    "ImageUri",
    "InlineCode",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Role",
    "RolePath",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "Tags",
    "TenancyConfig",
    "Timeout",
    "Tracing",
    "VersionDescription",
];
const FUNCTION_MORE: [&str; 2] = ["VersionDeletionPolicy", "VpcConfig"];
const SIMPLE_TABLE: [&str; 6] = [
    "PointInTimeRecoverySpecification",
    "PrimaryKey",
    "ProvisionedThroughput",
    "SSESpecification",
    "TableName",
    "Tags",
];
const LAYER: [&str; 8] = [
    "CompatibleArchitectures",
    "CompatibleRuntimes",
    "ContentUri",
    "Description",
    "LayerName",
    "LicenseInfo",
    "PublishLambdaVersion",
    "RetentionPolicy",
];

/// Properties that no SAM resource of that type has.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    if !text.contains("AWS::Serverless::") {
        return Vec::new();
    }
    let Ok(template) = serde_yaml::from_str::<Value>(text) else { return Vec::new() };
    let resources = template.get("Resources").and_then(Value::as_mapping);
    let mut findings = Vec::new();
    for (name, resource) in resources.into_iter().flatten() {
        let known: Vec<&str> = match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::Serverless::Function") => FUNCTION.iter().chain(&FUNCTION_MORE).copied().collect(),
            Some("AWS::Serverless::SimpleTable") => SIMPLE_TABLE.to_vec(),
            Some("AWS::Serverless::LayerVersion") => LAYER.to_vec(),
            _ => continue,
        };
        let name = name.as_str().unwrap_or_default();
        let properties = resource.get("Properties").and_then(Value::as_mapping);
        for property in properties.into_iter().flatten().filter_map(|(property, _)| property.as_str()) {
            if !known.contains(&property) && !property.starts_with("Fn::") {
                let message = format!("`{property}` is no property of this SAM resource");
                let mut finding = Finding::error(file, None, "sam-property", message).at(format!("{name}.{property}"));
                finding.hint = alike(property, &known).map(|known| format!("did you mean {known}?"));
                findings.push(finding);
            }
        }
    }
    findings
}

/// The known name with the most letters in the same order.
fn alike<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |other: &str| {
        let (name, other) = (name.to_lowercase(), other.to_lowercase());
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (at, left) in name.bytes().enumerate() {
            let mut before = at;
            row[0] = at + 1;
            for (to, right) in other.bytes().enumerate() {
                let cost = if left == right { before } else { 1 + before.min(row[to]).min(row[to + 1]) };
                before = row[to + 1];
                row[to + 1] = cost;
            }
        }
        row[other.len()]
    };
    known
        .iter()
        .map(|known| (distance(known), *known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_the_name_is_told() {
        let template = |property: &str| {
            format!("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      {property}: 1\n")
        };
        assert_eq!(check("t.yaml", &template("Timeout")), []);
        assert_eq!(check("t.yaml", &template("VpcConfig")), []);
        let found = check("t.yaml", &template("Tiemout"));
        assert_eq!(
            found[0].to_string(),
            "t.yaml: sam-property `Tiemout` is no property of this SAM resource (F.Tiemout) — did you mean Timeout?"
        );
    }
}

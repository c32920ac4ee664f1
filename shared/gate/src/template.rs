//! CloudFormation and SAM templates, by AWS's own validator.

use crate::{Finding, Severity};
use cloudformation_validate::{
    CompositeEngine, CompositeEngineConfig, SchemaValidator, Severity as Level, ValidateConfig,
    validate_bytes_with_path,
};

/// The validator with every resource schema: about a second and 240 MB, so it is made once and when it is needed.
pub(crate) struct Engine {
    rules: CompositeEngine,
    schemas: SchemaValidator,
}

impl Engine {
    pub(crate) fn new() -> Result<Self, String> {
        let rules = CompositeEngine::new(CompositeEngineConfig::default()).map_err(|error| format!("{error:?}"))?;
        Ok(Self { rules, schemas: SchemaValidator::default() })
    }

    pub(crate) fn check(&self, file: &str, text: &str) -> Vec<Finding> {
        let checked = validate_bytes_with_path(
            &self.rules,
            &self.schemas,
            text.as_bytes(),
            ValidateConfig::default(),
            file.to_owned(),
        );
        let report = match checked {
            Ok(report) => report,
            Err(error) => return vec![Finding::error(file, None, "template", format!("{error:?}"))],
        };
        let generated = Generated::of(text);
        report
            .diagnostics
            .into_iter()
            .filter(|found| found.severity >= Level::Warn && !generated.explains(&found.rule_id, &found.message))
            .map(|found| {
                let resource = found.resource_logical_id().unwrap_or_default().to_owned();
                let property = found.property_path.unwrap_or_default();
                let place = if resource.is_empty() || property.is_empty() || property.starts_with("Resources/") {
                    format!("{resource}{property}")
                } else {
                    format!("{resource}.{property}")
                };
                Finding {
                    file: file.to_owned(),
                    line: found.location.as_ref().map(|span| span.start_line),
                    rule: found.rule_id,
                    message: without_positions(&found.message),
                    hint: found.suggested_fix,
                    severity: if found.severity >= Level::Error { Severity::Error } else { Severity::Advice },
                    place,
                }
            })
            .collect()
    }
}

/// Syntax errors name the byte and the line once more, which move.
fn without_positions(message: &str) -> String {
    message.split(" at byte ").next().unwrap_or(message).to_owned()
}

/// Rules about references to what is not there.
const REFERENCE_RULES: [&str; 3] = ["F1020", "F6101", "F1010"];

/// Names that the SAM transform will have made by the time anybody resolves them: `HelloFunctionUrl`,
/// `HelloFunctionRole`, … (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>).
/// The validator does not know all of them.
struct Generated(Vec<String>);

/// How those names end.
const SUFFIXES: [&str; 9] =
    ["Role", "Url", "Stage", "Permission", "Permissions", "EventInvokeConfig", "DeploymentGroup", "LogGroup", "live"];

impl Generated {
    fn of(text: &str) -> Self {
        if !text.contains("AWS::Serverless::") {
            return Self(Vec::new());
        }
        let template: serde_yaml::Value = serde_yaml::from_str(text).unwrap_or_default();
        let resources = template.get("Resources").and_then(serde_yaml::Value::as_mapping);
        let is_sam = |resource: &serde_yaml::Value| {
            resource
                .get("Type")
                .and_then(serde_yaml::Value::as_str)
                .is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
        };
        let names = resources.into_iter().flatten().filter(|(_, resource)| is_sam(resource));
        Self(names.filter_map(|(name, _)| name.as_str().map(str::to_owned)).collect())
    }

    fn explains(&self, rule: &str, message: &str) -> bool {
        if self.0.is_empty() || !REFERENCE_RULES.contains(&rule) {
            return false;
        }
        let named = message.split('\'').nth(1).unwrap_or_default();
        let resource = named.split('.').next().unwrap_or_default();
        let rest = self.0.iter().filter_map(|made_from| resource.strip_prefix(made_from.as_str()));
        rest.into_iter().any(|rest| SUFFIXES.iter().any(|suffix| !rest.is_empty() && rest.ends_with(suffix)))
    }
}

//! CloudFormation and SAM templates, told from other YAML and JSON by what they say.

use super::{Text, yaml};
use crate::candidate::{Candidate, Owned, evidence};
use crate::folders;
use drydock_contract::detection::IacType;
use drydock_tree::Tree;
use serde_yaml::Value;

const EXTENSIONS: [&str; 6] = ["yaml", "yml", "json", "template", "cfn", "cform"];

/// In the order in which the SAM CLI looks for its template, then how people name theirs.
const FIRST_NAMES: [&str; 4] = ["template.yaml", "template.yml", "template.json", "template.template"];
const USUAL_STEMS: [&str; 12] = [
    "cloudformation",
    "cfn",
    "stack",
    "main",
    "sam",
    "sam-template",
    "template",
    "infrastructure",
    "infra",
    "root",
    "master",
    "cloudformation-template",
];

/// References that are followed: CloudFormation takes 500 resources in a template.
const MAX_OWNED: usize = 1000;

const SERVERLESS_TRANSFORM: &str = "AWS::Serverless-2016-10-31";

pub(crate) fn read(file: &Text<'_>, tree: &Tree) -> Option<Candidate> {
    let extension = file.name().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
    if !EXTENSIONS.contains(&extension.as_str()) || !may_be_template(file.text) {
        return None;
    }
    let template = match yaml::parse(file.text) {
        Ok(value) => Template::of(&value)?,
        Err(error) => Template::of_broken(file.text, &error)?,
    };
    let iac_type = if template.is_sam { IacType::Sam } else { IacType::CloudFormation };
    let mut candidate = Candidate::new(iac_type, file.folder(), file.path, file.standing, template.reason);
    candidate.rank = rank(file, tree);
    candidate.synthesized = template.synthesized;
    candidate.owns = template.owns.iter().filter_map(|owned| resolved(file.folder(), owned)).take(MAX_OWNED).collect();
    let settings = folders::join(file.folder(), "samconfig.toml");
    if tree.get(&settings).is_some() {
        candidate.evidence.push(evidence(&settings, "settings of the SAM CLI"));
    }
    Some(candidate)
}

/// A look before the parser: most YAML and JSON of a repository is something else.
fn may_be_template(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion") || text.contains("Resources") && text.contains("::")
}

struct Template {
    is_sam: bool,
    reason: String,
    /// Paths as they stand in the template.
    owns: Vec<Owned>,
    synthesized: bool,
}

impl Template {
    fn of(value: &Value) -> Option<Self> {
        let has_version = value.get("AWSTemplateFormatVersion").is_some();
        let resources = value.get("Resources").and_then(Value::as_mapping);
        let types: Vec<&str> = resources
            .into_iter()
            .flat_map(|resources| resources.values())
            .filter_map(|resource| resource.get("Type").and_then(Value::as_str))
            .filter(|kind| is_resource_type(kind))
            .collect();
        if types.is_empty() && !has_version {
            return None;
        }
        let transformed = value.get("Transform").is_some_and(names_serverless);
        let serverless = types.iter().find(|kind| kind.starts_with("AWS::Serverless::"));
        let counted = match types.len() {
            0 => "no resources".to_owned(),
            1 => format!("one resource, {}", types[0]),
            count => format!("{count} resources such as {}", types[0]),
        };
        let reason = match (transformed, serverless) {
            (true, _) => format!("has the transform {SERVERLESS_TRANSFORM} and {counted}"),
            (false, Some(kind)) => format!("has {kind}, but not the transform {SERVERLESS_TRANSFORM}"),
            (false, None) if has_version => format!("has AWSTemplateFormatVersion and {counted}"),
            (false, None) => format!("has Resources with {counted}"),
        };
        Some(Self {
            is_sam: transformed || serverless.is_some(),
            reason,
            owns: references(value),
            synthesized: resources.is_some_and(|resources| {
                resources.contains_key("CDKMetadata")
                    || resources.values().any(|resource| resource["Metadata"].get("aws:cdk:path").is_some())
            }),
        })
    }

    /// A template with a syntax error is still the template that was meant; what is wrong with it is told when it is
    /// deployed.
    fn of_broken(text: &str, error: &str) -> Option<Self> {
        let has_line = |starts: &[&str]| text.lines().any(|line| starts.iter().any(|start| line.starts_with(start)));
        let resources = has_line(&["Resources:", "\"Resources\":"])
            || text.trim_start().starts_with('{') && text.contains("\"Resources\"");
        let typed = text.contains("AWSTemplateFormatVersion")
            || text.contains("Type: AWS::")
            || text.contains("Type: \"AWS::")
            || text.contains("Type: 'AWS::")
            || text.contains("\"AWS::");
        if !resources || !typed {
            return None;
        }
        let is_sam = text.contains(SERVERLESS_TRANSFORM);
        let format = if is_sam { "SAM" } else { "CloudFormation" };
        let error: String = error.lines().next().unwrap_or_default().chars().take(200).collect();
        let reason = format!("is written as a {format} template, but cannot be read: {error}");
        Some(Self { is_sam, reason, owns: Vec::new(), synthesized: false })
    }
}

/// `AWS::S3::Bucket`, `Custom::Thing`, `Owner::Service::Thing`
fn is_resource_type(kind: &str) -> bool {
    kind.starts_with("AWS::")
        || kind.starts_with("Custom::")
        || kind.split("::").filter(|part| !part.is_empty()).count() >= 3
}

fn names_serverless(transform: &Value) -> bool {
    match transform {
        Value::String(name) => name.starts_with("AWS::Serverless-"),
        Value::Sequence(names) => names.iter().any(names_serverless),
        Value::Mapping(_) => transform.get("Name").is_some_and(names_serverless),
        _ => false,
    }
}

/// What the template refers to on the machine that packages it.
fn references(template: &Value) -> Vec<Owned> {
    let mut owned = Vec::new();
    let resources = template.get("Resources").and_then(Value::as_mapping);
    for resource in resources.into_iter().flat_map(|resources| resources.values()) {
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let Some(properties) = resource.get("Properties") else { continue };
        let property = |name: &str| properties.get(name).and_then(yaml::text).map(str::to_owned);
        match kind {
            "AWS::CloudFormation::Stack" | "AWS::CloudFormation::StackSet" => {
                owned.extend(property("TemplateURL").map(Owned::Part));
            }
            "AWS::Serverless::Application" => owned.extend(property("Location").map(Owned::Part)),
            _ => {}
        }
        for name in ["CodeUri", "ContentUri", "Code", "Content"] {
            owned.extend(property(name).map(Owned::Code));
        }
    }
    let globals = template.get("Globals").and_then(|globals| globals.get("Function"));
    owned.extend(
        globals
            .and_then(|function| function.get("CodeUri"))
            .and_then(yaml::text)
            .map(|uri| Owned::Code(uri.to_owned())),
    );
    owned
}

fn resolved(folder: &str, owned: &Owned) -> Option<Owned> {
    let local = |path: &str| !path.contains("://") && !path.contains("${") && !path.starts_with("arn:");
    match owned {
        Owned::Code(path) if local(path) => folders::resolve(folder, path).map(Owned::Code),
        Owned::Part(path) if local(path) => folders::resolve(folder, path).map(Owned::Part),
        // `https://${Bucket}.s3.amazonaws.com/${Prefix}templates/vpc.yaml`: what stands last is a path of ours.
        Owned::Part(url) => {
            let last = url.rsplit_once('}').map_or(url.as_str(), |(_, last)| last);
            let path =
                last.split_once("://").map_or(last, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
            let path = path.split_once(".amazonaws.com/").map_or(path, |(_, path)| path).trim_start_matches('/');
            (!path.is_empty()).then(|| Owned::PartEnding(path.to_owned()))
        }
        _ => None,
    }
}

fn rank(file: &Text<'_>, tree: &Tree) -> u32 {
    let name = file.name().to_ascii_lowercase();
    let settings = tree.text(&folders::join(file.folder(), "samconfig.toml")).unwrap_or_default();
    let named_in_settings = settings.lines().any(|line| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        matches!(key.trim(), "template_file" | "template")
            && value.trim().trim_matches(['"', '\'']).trim_start_matches("./") == file.name()
    });
    if named_in_settings {
        return 0;
    }
    if let Some(at) = FIRST_NAMES.iter().position(|first| *first == name) {
        return 1 + u32::try_from(at).unwrap_or_default();
    }
    let stem = name.split('.').next().unwrap_or_default();
    if stem.starts_with("packaged") || stem == "output" || stem.ends_with("-packaged") {
        // What `sam package` and `aws cloudformation package` write.
        return 50;
    }
    if USUAL_STEMS.contains(&stem) { 10 } else { 20 }
}

//! What a template must be acknowledged to do
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html>).

use crate::document::{Content, Document, Node};
use crate::template::{Resource, resources};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A word that CloudFormation wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// It makes IAM resources.
    Iam,
    /// It names them.
    NamedIam,
    /// Macros or modules expand it, or it nests other templates.
    AutoExpand,
}

impl Capability {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "CAPABILITY_IAM",
            Self::NamedIam => "CAPABILITY_NAMED_IAM",
            Self::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        }
    }
}

/// The property that names an IAM resource.
const NAMES: [(&str, &str); 5] = [
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
];

const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// Macros of AWS that bring no IAM resources of their own.
const HARMLESS: [&str; 3] = ["AWS::LanguageExtensions", "AWS::Include", "AWS::CodeDeployBlueGreen"];

/// True if all that is written stays: nothing but the macro for serverless applications expands it, which only adds.
pub(crate) fn is_as_written(transforms: &[String]) -> bool {
    transforms.iter().all(|transform| transform == SERVERLESS)
}

/// What this template needs, without those that it nests.
pub(crate) fn needed(document: &Document<'_>, transforms: &[String]) -> BTreeSet<Capability> {
    let mut needed = BTreeSet::new();
    for transform in transforms {
        needed.insert(Capability::AutoExpand);
        if transform == SERVERLESS {
            needed.insert(Capability::Iam);
        } else if !HARMLESS.contains(&transform.as_str()) {
            // Nobody can see what a macro writes.
            needed.insert(Capability::NamedIam);
        }
    }
    for resource in resources(document) {
        if resource.kind.ends_with("::MODULE") {
            // A fragment of a template that stands in the registry: nobody can see what it brings.
            needed.extend([Capability::NamedIam, Capability::AutoExpand]);
        }
        needed.extend(of_resource(document, &resource));
    }
    needed
}

fn of_resource(document: &Document<'_>, resource: &Resource<'_>) -> Option<Capability> {
    if !resource.kind.starts_with("AWS::IAM::") {
        return None;
    }
    let named = NAMES.iter().any(|(kind, property)| {
        *kind == resource.kind && document.at(resource.body, &["Properties", property]).is_some()
    });
    Some(if named { Capability::NamedIam } else { Capability::Iam })
}

/// Names of all transforms, those of the whole template first.
pub(crate) fn transforms(document: &Document<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    let of = |node: &Rc<Node>| {
        let node = document.resolve(node);
        node.text().or_else(|| document.text_at(node, &["Name"])).map(str::to_owned)
    };
    if let Some(whole) = document.get(&document.root, "Transform") {
        match &document.resolve(whole).content {
            Content::Sequence(items) => items.iter().filter_map(of).for_each(|name| add(&name)),
            _ => of(whole).iter().for_each(|name| add(name)),
        }
    }
    document.each_node(&mut |node| {
        if node.tag.as_deref() == Some("Transform")
            && let Some(name) = document.text_at(node, &["Name"])
        {
            add(name);
        }
        if let Content::Mapping { entries, .. } = &node.content {
            for (_, value) in entries.iter().filter(|(key, _)| key.text() == Some("Fn::Transform")) {
                match &document.resolve(value).content {
                    Content::Sequence(items) => items.iter().filter_map(of).for_each(|name| add(&name)),
                    _ => of(value).iter().for_each(|name| add(name)),
                }
            }
        }
    });
    names
}

/// One word for both IAM capabilities: the stronger contains the weaker.
pub(crate) fn as_list(needed: &BTreeSet<Capability>) -> Vec<Capability> {
    needed
        .iter()
        .copied()
        .filter(|capability| *capability != Capability::Iam || !needed.contains(&Capability::NamedIam))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_needs_what_it_does() {
        let check = |text: &str, expected: &[&str]| {
            let document = Document::parse(text).unwrap();
            let needed = needed(&document, &transforms(&document));
            let words: Vec<&str> = as_list(&needed).into_iter().map(Capability::as_str).collect();
            assert_eq!(words, expected, "{text}");
        };
        check("Resources: {Q: {Type: AWS::SQS::Queue}}", &[]);
        check("Resources: {R: {Type: AWS::IAM::Role, Properties: {Path: /}}}", &["CAPABILITY_IAM"]);
        check("Resources: {P: {Type: AWS::IAM::Policy, Properties: {PolicyName: x}}}", &["CAPABILITY_IAM"]);
        check(
            "Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub '${A}-x'}}}",
            &["CAPABILITY_NAMED_IAM"],
        );
        check("Transform: AWS::Serverless-2016-10-31\nResources: {}", &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]);
        let module = "Resources: {B: {Type: My::S3::Bucket::MODULE}}";
        check(module, &["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
        check("Transform: [AWS::LanguageExtensions]\nResources: {}", &["CAPABILITY_AUTO_EXPAND"]);
        check("Transform: [Mine]\nResources: {}", &["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
        check("Resources: {A: !Transform {Name: Mine}}", &["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
        check("Resources: {A: {Fn::Transform: {Name: Mine}}}", &["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
        check("Resources: {'Fn::ForEach::X': [N, [a], {'R${N}': {Type: AWS::IAM::Role}}]}", &["CAPABILITY_IAM"]);
    }
}

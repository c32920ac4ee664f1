//! Routes in CloudFormation and SAM templates.

mod authorizer;
mod function;
mod gateway;
mod sam;

use super::found::Found;
use super::text::{self, Repository};
use crate::endpoint::OriginKind;
use serde_json::Value;
use std::collections::HashMap;

/// Extensions that templates have.
const EXTENSIONS: [&str; 5] = ["yaml", "yml", "json", "template", "cfn"];

/// Most templates that are read.
const MAX_TEMPLATES: usize = 50;

/// A template and where it is.
pub(super) struct Template<'a> {
    /// From the repository's root; what it names lies beside it.
    file: &'a str,
    /// Where each name stands.
    lines: HashMap<&'a str, usize>,
    value: Value,
    repository: &'a Repository<'a>,
    kind: OriginKind,
    /// True if the deployed stack has resources of these names.
    is_the_stacks: bool,
}

/// A resource of a template.
#[derive(Clone, Copy)]
struct Resource<'t> {
    id: &'t str,
    kind: &'t str,
    properties: &'t Value,
}

impl<'t> Resource<'t> {
    fn of(id: &'t str, resource: &'t Value) -> Self {
        Self {
            id,
            kind: resource.get("Type").and_then(Value::as_str).unwrap_or_default(),
            properties: resource.get("Properties").unwrap_or(&Value::Null),
        }
    }
}

pub(super) fn endpoints(repository: &Repository<'_>, notes: &mut Vec<String>) -> Vec<Found> {
    let mut templates = templates(repository);
    if let Some(text) = repository.deployed_template {
        let file = repository.entry.unwrap_or("template");
        templates.extend(Template::of(repository, file, text, OriginKind::DeployedStack));
    }
    templates.iter().flat_map(|template| template.endpoints(notes)).collect()
}

/// The template that was deployed, if that is known, else all of the project's.
fn templates<'a>(repository: &'a Repository<'a>) -> Vec<Template<'a>> {
    let read = |file: &'a str| Template::read(repository, file);
    if let Some(entry) = repository.entry
        && let Some(template) = read(entry)
    {
        let nested: Vec<_> = template.nested().into_iter().filter_map(|path| repository.own_path(&path)).collect();
        return std::iter::once(template).chain(nested.into_iter().filter_map(read)).collect();
    }
    if repository.deployed_template.is_some() && repository.entry.is_some() {
        // The project is no template, and what it became is known.
        return Vec::new();
    }
    repository.files(&EXTENSIONS).filter_map(read).take(MAX_TEMPLATES).collect()
}

impl<'a> Template<'a> {
    fn read(repository: &'a Repository<'a>, file: &'a str) -> Option<Self> {
        Self::of(repository, file, repository.text(file)?, OriginKind::Template)
    }

    fn of(repository: &'a Repository<'a>, file: &'a str, text: &'a str, kind: OriginKind) -> Option<Self> {
        if !text.contains("Resources") || !text.contains("AWS::") {
            return None;
        }
        let value = text::parse(text)?;
        let names = &repository.deployed_names;
        let is_the_stacks = value.get("Resources")?.as_object()?.keys().any(|name| names.contains(name.as_str()));
        Some(Self { file, lines: text::lines_of_keys(text), value, repository, kind, is_the_stacks })
    }

    fn endpoints(&self, notes: &mut Vec<String>) -> Vec<Found> {
        let mut found = [sam::endpoints(self, notes), gateway::endpoints(self, notes)].concat();
        authorizer::place_tokens(self, &mut found, notes);
        found
    }

    fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.value.get("Resources").and_then(Value::as_object).into_iter().flatten();
        resources.map(|(id, resource)| Resource::of(id, resource)).filter(|resource| self.is_deployed(resource.id))
    }

    /// False for what a condition left out: the template is the stack's, and the stack has no such resource. SAM's own
    /// names for its APIs stay.
    fn is_deployed(&self, id: &str) -> bool {
        !self.is_the_stacks || self.repository.deployed_names.contains(id)
    }

    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = Resource<'_>> {
        self.resources().filter(move |resource| resource.kind == kind)
    }

    fn resource(&self, id: &str) -> Option<Resource<'_>> {
        let (id, resource) = self.value.get("Resources")?.as_object()?.get_key_value(id)?;
        Some(Resource::of(id, resource))
    }

    /// Where a resource, or a part of it, stands.
    fn origin(&self, id: &str, what: &str) -> crate::endpoint::Origin {
        let what = if what.is_empty() { format!("Resources.{id}") } else { format!("Resources.{id}.{what}") };
        if self.kind == OriginKind::DeployedStack {
            return crate::endpoint::Origin { kind: self.kind, place: format!("the deployed template: {what}") };
        }
        text::origin(self.kind, self.file, self.lines.get(id).copied(), &what)
    }

    /// Templates in this repository that stand in this one.
    fn nested(&self) -> Vec<String> {
        let part = |resource: Resource<'_>| {
            let name = match resource.kind {
                "AWS::CloudFormation::Stack" => "TemplateURL",
                "AWS::Serverless::Application" => "Location",
                _ => return None,
            };
            resource.properties.get(name)?.as_str().map(|path| text::join(text::folder(self.file), path))
        };
        self.resources().filter_map(part).take(MAX_TEMPLATES).collect()
    }
}

/// The resource that a value refers to: `Ref`, `Fn::GetAtt`, or the first `${Name}` of a `Fn::Sub`.
fn referred(value: &Value) -> Option<&str> {
    if let Some(name) = value.get("Ref").and_then(Value::as_str) {
        return Some(name);
    }
    match value.get("Fn::GetAtt") {
        Some(Value::Array(parts)) => return parts.first()?.as_str(),
        Some(Value::String(text)) => return text.split('.').next(),
        _ => {}
    }
    let text = match value.get("Fn::Sub") {
        Some(Value::Array(parts)) => parts.first()?.as_str()?,
        Some(Value::String(text)) => text,
        _ => return None,
    };
    let names = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    names.map(|name| name.split('.').next().unwrap_or(name)).find(|name| !name.starts_with("AWS::"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::evidence::text::tests::in_repository;
    use crate::evidence::{Deployed, Inputs};
    use crate::plan::Auth;
    use drydock_tree::{File, Tree};

    /// What the files give: API, method, path, auth, file.
    pub(in crate::evidence) fn routes(files: &[(&str, &str)]) -> Vec<String> {
        let shown = |found: Found| {
            let auth = match found.auth {
                None | Some(Auth::None) => String::new(),
                Some(auth) => format!(" {auth:?}"),
            };
            let file = found.file.map_or_else(String::new, |file| format!(" in {file}"));
            format!("{:?} {:?} {}{auth}{file}", found.api, found.verb, found.path)
        };
        in_repository(files, |repository| endpoints(repository, &mut Vec::new())).into_iter().map(shown).collect()
    }

    #[test]
    fn references_are_followed_in_every_form() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(referred(&text::parse(text).unwrap()), expected);
        check("!Ref A", Some("A"));
        check("!GetAtt A.Arn", Some("A"));
        check("!Sub 'arn:${AWS::Partition}:x/${A.Arn}/invocations'", Some("A"));
        check("text", None);
    }

    #[test]
    fn the_deployed_template_is_the_one_that_is_read() {
        let one = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n        A: {Type: Api, Properties: {Path: /a, Method: get}}\n";
        let two = one.replace("/a", "/b");
        assert_eq!(routes(&[("a.yaml", one), ("b.yaml", &two)]).len(), 2);
    }

    #[test]
    fn what_a_condition_left_out_has_no_routes() {
        let template = "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Events: {A: {Type: Api, Properties: {Path: /a, Method: get}}}}}\n  G: {Type: AWS::Serverless::Function, Condition: IsProd, Properties: {Events: {A: {Type: Api, Properties: {Path: /b, Method: get}}}}}\n";
        let tree: Tree = [("t.yaml".to_owned(), File::new(template))].into_iter().collect();
        let deployed = Deployed::default();
        let resources = serde_json::from_value(serde_json::json!({"resources": [
            {"logicalId": "F", "physicalId": "f", "type": "AWS::Lambda::Function", "status": "CREATE_COMPLETE"}]}))
        .unwrap();
        let inputs = Inputs { resources: Some(&resources), ..Inputs::new(&tree, &deployed) };
        let found = endpoints(&Repository::new(&inputs), &mut Vec::new());
        assert_eq!(found.iter().map(|found| found.path.as_str()).collect::<Vec<_>>(), ["/a"]);
    }
}

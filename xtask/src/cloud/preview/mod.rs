//! A change set as people read it: property by property with old and new values, what is replaced or removed, and apart
//! from the rest what changes in who may do what.
//!
//! CloudFormation tells which properties change, and in most regions the values. Where it does not tell them, they come
//! from the two templates.

mod differ;
mod resolve;
mod security;
mod text;
mod words;

pub use resolve::Resolver;
pub use text::{Paint, render, summary, who_may_do_what};
pub use words::brief;

use drydock_stack::{Change, ChangeAction, ChangeSet, PropertyChange, Replacement};
use serde::Serialize;
use serde_json::{Value, json};

/// A change set as people read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The stack's name.
    pub stack: String,
    /// True if there is no stack yet.
    pub creates: bool,
    /// Template parameters that get another value.
    pub parameters: Vec<Detail>,
    /// Resources, those that lose something last.
    pub resources: Vec<Resource>,
}

/// What happens to a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// What is done.
    pub kind: Kind,
    /// The resource's name in the template.
    pub logical_id: String,
    /// Its name in the account; absent for a new one.
    pub physical_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// True if who may do what changes.
    pub security: bool,
    /// True if the stack loses data: a table, a bucket, a secret is replaced by an empty one, or leaves it.
    pub loses_data: bool,
    /// True if what it loses stays in the account, where no stack knows of it any more.
    pub data_stays: bool,
    /// What it will allow.
    pub allows: Vec<String>,
    /// What it will allow no more.
    pub no_longer_allows: Vec<String>,
    /// What changes in it.
    pub details: Vec<Detail>,
}

/// What is done with a resource, from the harmless to the final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Refers to what changes, and stays as it is.
    Follow,
    /// Created.
    Add,
    /// Taken into the stack as it is.
    Import,
    /// Changed.
    Change,
    /// Known only when the change set is executed.
    Depends,
    /// Whether it is replaced is known only when the change set is executed.
    MayReplace,
    /// Leaves the stack and stays in the account.
    LetGo,
    /// A new one takes its place.
    Replace,
    /// Deleted.
    Remove,
}

/// What changes at one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Such as `Environment.Variables.MODE`.
    pub path: String,
    /// What stands there; null if nothing does or it is not told.
    pub before: Value,
    /// What is to stand there; null if nothing is or it is not told.
    pub after: Value,
    /// Whether this alone makes for a replacement.
    pub replacement: Replacement,
    /// The parameter, resource or attribute whose change causes it.
    pub caused_by: Option<String>,
    /// False if the value is known only when the change set is executed.
    pub certain: bool,
    /// True if it says who may do what.
    pub security: bool,
}

/// The template that stands and the one that is to come, with their parameters.
#[derive(Debug)]
pub struct Templates {
    /// What stands; absent for a new stack, or if it cannot be read.
    pub before: Option<Resolver>,
    /// What is to come.
    pub after: Resolver,
}

/// The types whose replacement or removal loses what cannot be made again.
pub const HOLDS_DATA: [&str; 3] = ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"];

impl Preview {
    /// From a change set.
    pub fn new(change_set: &ChangeSet, templates: &Templates) -> Self {
        let changes = change_set.changes.iter().map(|change| resource(change, templates));
        let mut resources: Vec<Resource> = changes.collect();
        settle(&mut resources);
        resources.sort_by(|a, b| (a.kind, &a.logical_id).cmp(&(b.kind, &b.logical_id)));
        Self {
            stack: change_set.stack_name.clone(),
            creates: change_set.creates,
            parameters: parameters(templates),
            resources,
        }
    }

    /// The resources whose data the stack loses. Nothing is deleted where the template says to retain the old resource,
    /// but whatever reads the data through the stack finds none.
    pub fn losses(&self) -> Vec<&Resource> {
        self.resources.iter().filter(|resource| resource.loses_data).collect()
    }

    /// The resources whose data the stack may lose: that is known only when the change set is executed.
    pub fn at_risk(&self) -> Vec<&Resource> {
        self.resources.iter().filter(|resource| resource.is_at_risk()).collect()
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let mut object = json!({"stack": self.stack, "creates": self.creates, "summary": summary(&self.resources)});
        object["parameters"] = json!(self.parameters);
        object["resources"] = json!(self.resources);
        object
    }
}

impl Resource {
    fn is_at_risk(&self) -> bool {
        self.kind == Kind::MayReplace && HOLDS_DATA.contains(&self.resource_type.as_str())
    }
}

fn parameters(templates: &Templates) -> Vec<Detail> {
    let Some(before) = &templates.before else { return Vec::new() };
    let changed = templates.after.parameter_names().filter_map(|name| {
        let (old, new) = (before.parameter(name), templates.after.parameter(name));
        (old != new).then(|| Detail {
            path: name.to_owned(),
            before: json!(old),
            after: json!(new),
            replacement: Replacement::No,
            caused_by: None,
            certain: true,
            security: false,
        })
    });
    changed.collect()
}

fn resource(change: &Change, templates: &Templates) -> Resource {
    let kind = kind(change);
    let of = |side: Option<&Resolver>| {
        side.map(|side| side.of_resource(&change.logical_id, &["Properties".to_owned()])).unwrap_or_default()
    };
    let (before, after) = (of(templates.before.as_ref()), of(Some(&templates.after)));
    let allowed = |properties: &Value| security::permissions(&change.resource_type, properties);
    let (no_longer_allows, allows) = match kind {
        Kind::Add | Kind::Import => (Vec::new(), allowed(&after)),
        Kind::Remove | Kind::LetGo => (allowed(&before), Vec::new()),
        _ => security::changed(&allowed(&before), &allowed(&after)),
    };
    let told_as_permissions = !(allows.is_empty() && no_longer_allows.is_empty());
    let details: Vec<Detail> = if matches!(kind, Kind::Add | Kind::Import | Kind::Remove | Kind::LetGo) {
        Vec::new()
    } else {
        let all = change.properties.iter().flat_map(|property| details(change, property, templates));
        all.filter(|detail| !(told_as_permissions && is_told_as_permissions(&detail.path))).collect()
    };
    let is_security = security::is_security_type(&change.resource_type);
    let goes = matches!(kind, Kind::Replace | Kind::Remove | Kind::LetGo);
    let loses_data = goes && HOLDS_DATA.contains(&change.resource_type.as_str());
    Resource {
        kind,
        logical_id: change.logical_id.clone(),
        physical_id: change.physical_id.clone(),
        resource_type: change.resource_type.clone(),
        security: is_security || details.iter().any(|detail| detail.security),
        loses_data,
        data_stays: loses_data && !change.destroys(),
        allows,
        no_longer_allows,
        details,
    }
}

/// CloudFormation says of everything that refers to a changed resource that it may change, too. It does not if the
/// other stays in its place.
fn settle(resources: &mut [Resource]) {
    let own: Vec<Kind> = resources.iter().map(|resource| resource.kind).collect();
    for resource in resources.iter_mut().filter(|resource| only_follows(resource)) {
        resource.kind = Kind::Follow;
    }
    loop {
        let moving = |resource: &Resource| matches!(resource.kind, Kind::Replace | Kind::MayReplace);
        let moving: Vec<String> = resources.iter().filter(|it| moving(it)).map(|it| it.logical_id.clone()).collect();
        let stays = |resource: &Resource| !causes(resource).any(|cause| moving.iter().any(|id| id == cause));
        let wrong = resources.iter().position(|resource| resource.kind == Kind::Follow && !stays(resource));
        let Some(at) = wrong else { return };
        resources[at].kind = own[at];
    }
}

fn only_follows(resource: &Resource) -> bool {
    let changes = matches!(resource.kind, Kind::Change | Kind::Depends | Kind::MayReplace);
    let quiet = resource.allows.is_empty() && resource.no_longer_allows.is_empty();
    let refers = |detail: &Detail| !detail.certain && detail.caused_by.is_some();
    changes && quiet && !resource.details.is_empty() && resource.details.iter().all(refers)
}

/// The resources whose change makes this one change.
fn causes(resource: &Resource) -> impl Iterator<Item = &str> {
    let causes = resource.details.iter().filter_map(|detail| detail.caused_by.as_deref());
    causes.map(|cause| cause.split('.').next().unwrap_or(cause))
}

fn kind(change: &Change) -> Kind {
    match (change.action, change.replacement) {
        (ChangeAction::Add, _) => Kind::Add,
        (ChangeAction::Import, _) => Kind::Import,
        (ChangeAction::Modify, Replacement::Yes) => Kind::Replace,
        (ChangeAction::Modify, Replacement::Maybe) => Kind::MayReplace,
        (ChangeAction::Modify, Replacement::No) => Kind::Change,
        (ChangeAction::Remove, _) if change.destroys() => Kind::Remove,
        (ChangeAction::Remove, _) => Kind::LetGo,
        (ChangeAction::Dynamic, _) => Kind::Depends,
    }
}

/// Policies are told statement by statement.
fn is_told_as_permissions(path: &str) -> bool {
    ["PolicyDocument", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "PermissionsBoundary"]
        .iter()
        .any(|told| path.split('.').next() == Some(*told))
}

/// One changed property may differ at several places inside.
fn details(change: &Change, property: &PropertyChange, templates: &Templates) -> Vec<Detail> {
    let path = segments(&property.path);
    let of = |told: Option<&String>, side: Option<&Resolver>| match told {
        Some(told) => read(told),
        None => side.map(|side| side.of_resource(&change.logical_id, &path)).unwrap_or_default(),
    };
    let told = property.before.is_some() || property.after.is_some();
    // One side that is told says that the other is not there.
    let side = |resolver| if told { None } else { resolver };
    let before = of(property.before.as_ref(), side(templates.before.as_ref()));
    let after = of(property.after.as_ref(), side(Some(&templates.after)));
    let detail = |path: &[String], before: Value, after: Value| Detail {
        path: path.iter().skip_while(|segment| *segment == "Properties").cloned().collect::<Vec<_>>().join("."),
        before,
        after,
        replacement: property.replacement,
        caused_by: property.caused_by.clone(),
        certain: property.certain,
        security: security::is_security_path(path) || security::is_security_type(&change.resource_type),
    };
    let found = differ::differences(&before, &after);
    if found.is_empty() {
        // It follows from something else, and is known only when that has changed.
        let before = if before.is_object() || before.is_array() { Value::Null } else { before };
        return vec![Detail { certain: false, ..detail(&path, before, Value::Null) }];
    }
    found.into_iter().map(|it| detail(&[path.as_slice(), &it.path].concat(), it.before, it.after)).collect()
}

/// `/Properties/MemorySize` and `Properties.MemorySize` mean the same.
fn segments(path: &str) -> Vec<String> {
    let separator = if path.starts_with('/') { '/' } else { '.' };
    path.split(separator).filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

/// CloudFormation writes text as it is and the rest as JSON.
fn read(told: &str) -> Value {
    let structured = told.starts_with(['{', '[']);
    structured.then(|| serde_json::from_str(told).ok()).flatten().unwrap_or_else(|| json!(told))
}

#[cfg(test)]
mod tests;

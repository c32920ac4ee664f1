//! What a change set would do, as data.

use aws_sdk_cloudformation::types as sdk;
use serde::{Deserialize, Serialize};

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What is done.
    pub action: ChangeAction,
    /// The resource's name in the template.
    pub logical_id: String,
    /// The resource's name in the account; absent for a new one.
    pub physical_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// Whether a new resource takes the old one's place.
    pub replacement: Replacement,
    /// What is done with the old resource when it goes: `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete` and so on.
    pub policy: Option<String>,
    /// What changes in it.
    pub properties: Vec<PropertyChange>,
    /// For a nested stack: ARN of its own change set, when that was asked for.
    pub nested_change_set: Option<String>,
}

/// What is done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeAction {
    /// Created.
    Add,
    /// Changed.
    Modify,
    /// Deleted, or left alone outside the stack if its policy says so.
    Remove,
    /// Taken into the stack as it is.
    Import,
    /// Known only when the change set is executed.
    Dynamic,
}

/// Whether a resource is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replacement {
    /// It stays.
    No,
    /// It depends on what is known only when the change set is executed.
    Maybe,
    /// A new one is made and the old one goes.
    Yes,
}

/// One changed property, attribute or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyChange {
    /// `/Properties/MemorySize`, or `Properties.MemorySize` and the like where CloudFormation gives no path.
    pub path: String,
    /// The value that stands, as CloudFormation writes it (JSON for what is no text); absent if it is not told.
    pub before: Option<String>,
    /// The value to come.
    pub after: Option<String>,
    /// Whether this property alone makes for a replacement.
    pub replacement: Replacement,
    /// The parameter, resource or attribute whose change causes this one.
    pub caused_by: Option<String>,
    /// False if the value is known only when the change set is executed.
    pub certain: bool,
}

impl Change {
    /// True if the old resource is lost.
    pub fn destroys(&self) -> bool {
        let kept = self.policy.as_deref().is_some_and(|policy| policy.contains("Retain"));
        !kept && (self.action == ChangeAction::Remove || self.replacement == Replacement::Yes)
    }

    pub(crate) fn from_sdk(change: sdk::Change) -> Option<Self> {
        let change = change.resource_change?;
        Some(Self {
            action: match change.action.as_ref().map(sdk::ChangeAction::as_str) {
                Some("Add") => ChangeAction::Add,
                Some("Remove") => ChangeAction::Remove,
                Some("Import") => ChangeAction::Import,
                Some("Dynamic") => ChangeAction::Dynamic,
                _ => ChangeAction::Modify,
            },
            logical_id: change.logical_resource_id.unwrap_or_default(),
            physical_id: change.physical_resource_id.filter(|id| !id.is_empty()),
            resource_type: change.resource_type.unwrap_or_default(),
            replacement: replacement(change.replacement.as_ref().map(sdk::Replacement::as_str)),
            policy: change.policy_action.map(|policy| policy.as_str().to_owned()),
            properties: properties(change.details.unwrap_or_default()),
            nested_change_set: change.change_set_id,
        })
    }
}

fn replacement(word: Option<&str>) -> Replacement {
    match word {
        Some("True" | "Always") => Replacement::Yes,
        Some("Conditional" | "Conditionally") => Replacement::Maybe,
        _ => Replacement::No,
    }
}

/// CloudFormation tells a change twice where a parameter or another resource causes it: once with the cause, once as
/// a change of the template that may not change anything. Here it is one.
fn properties(details: Vec<sdk::ResourceChangeDetail>) -> Vec<PropertyChange> {
    let mut properties: Vec<PropertyChange> = Vec::new();
    for told in details.into_iter().filter_map(property_change) {
        let Some(known) = properties.iter_mut().find(|known| known.path == told.path) else {
            properties.push(told);
            continue;
        };
        known.replacement = known.replacement.max(told.replacement);
        known.certain |= told.certain;
        known.before = known.before.take().or(told.before);
        known.after = known.after.take().or(told.after);
        known.caused_by = known.caused_by.take().or(told.caused_by);
    }
    properties
}

fn property_change(detail: sdk::ResourceChangeDetail) -> Option<PropertyChange> {
    let target = detail.target?;
    let attribute = target.attribute.as_ref().map_or("Properties", |attribute| attribute.as_str());
    let named = || target.name.as_deref().map_or_else(|| attribute.to_owned(), |name| format!("{attribute}.{name}"));
    Some(PropertyChange {
        path: target.path.clone().unwrap_or_else(named),
        replacement: replacement(target.requires_recreation.as_ref().map(sdk::RequiresRecreation::as_str)),
        before: target.before_value,
        after: target.after_value,
        caused_by: detail.causing_entity,
        certain: detail.evaluation.as_ref().is_none_or(|it| it.as_str() == "Static"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_is_told_twice_is_one() {
        let target = |after: Option<&str>| {
            let target = sdk::ResourceTargetDefinition::builder().attribute(sdk::ResourceAttribute::Properties);
            target
                .name("MemorySize")
                .set_after_value(after.map(str::to_owned))
                .requires_recreation("Never".into())
                .build()
        };
        let by_parameter = sdk::ResourceChangeDetail::builder().target(target(None)).evaluation("Static".into());
        let by_template = sdk::ResourceChangeDetail::builder().target(target(Some("256"))).evaluation("Dynamic".into());
        let found = properties(vec![by_parameter.causing_entity("Memory").build(), by_template.build()]);
        let expected = PropertyChange {
            path: "Properties.MemorySize".into(),
            before: None,
            after: Some("256".into()),
            replacement: Replacement::No,
            caused_by: Some("Memory".into()),
            certain: true,
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn what_is_kept_on_purpose_is_not_destroyed() {
        let change = |action, replacement, policy: Option<&str>| Change {
            action,
            logical_id: "Table".into(),
            physical_id: None,
            resource_type: "AWS::DynamoDB::Table".into(),
            replacement,
            policy: policy.map(str::to_owned),
            properties: Vec::new(),
            nested_change_set: None,
        };
        assert!(change(ChangeAction::Remove, Replacement::No, Some("Delete")).destroys());
        assert!(!change(ChangeAction::Remove, Replacement::No, Some("Retain")).destroys());
        assert!(change(ChangeAction::Modify, Replacement::Yes, None).destroys());
        assert!(!change(ChangeAction::Modify, Replacement::Yes, Some("ReplaceAndRetain")).destroys());
        assert!(!change(ChangeAction::Modify, Replacement::Maybe, None).destroys());
        assert!(!change(ChangeAction::Add, Replacement::No, None).destroys());
    }
}

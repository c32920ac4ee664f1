//! Which stack or function is meant, and what it consists of.

use super::Account;
use drydock_contract::Session;
use drydock_contract::session::{DeployedResource, DeployedResources, Target};
use serde_json::Value;

/// Most resources that are listed, those of nested stacks among them.
const MOST_RESOURCES: usize = 500;

/// Most nested stacks that are looked into.
const MOST_NESTED: usize = 10;

/// What a session is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// A stack's name.
    pub stack: Option<String>,
    /// A function's name.
    pub function: Option<String>,
}

impl Named {
    /// What the session itself deployed, else what its request names.
    pub fn of(session: &Session) -> Self {
        match &session.target {
            Some(Target::Stack { name, .. }) => Self { stack: Some(name.clone()), function: None },
            Some(Target::Function { name }) => Self { stack: None, function: Some(name.clone()) },
            None => Self::read(session.request.stack_details.as_ref()),
        }
    }

    /// Reads a client's description: any spelling of `stackName`, `stackId`, `functionName` or `functionArn`.
    fn read(details: Option<&Value>) -> Self {
        let find = |names: &[&str]| {
            details?.as_object()?.iter().find_map(|(name, value)| {
                let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
                names.contains(&plain.to_ascii_lowercase().as_str()).then_some(())?;
                value.as_str().filter(|text| !text.is_empty())
            })
        };
        let stack = find(&["stackname"]).or_else(|| find(&["stackid", "stackarn"]).map(stack_name));
        let function = find(&["functionname"]).or_else(|| find(&["functionarn"]).map(function_name));
        Self { stack: stack.map(str::to_owned), function: function.map(str::to_owned) }
    }

    /// True if it is one of Drydock's own making. The role may look at nothing else, and nobody else's API is asked in
    /// the role's name.
    pub fn is_own(&self, prefix: &str) -> bool {
        [&self.stack, &self.function].into_iter().flatten().any(|name| name.starts_with(prefix))
    }
}

/// The name in `arn:aws:cloudformation:region:account:stack/NAME/uuid`.
fn stack_name(arn: &str) -> &str {
    arn.split(":stack/").last().and_then(|rest| rest.split('/').next()).unwrap_or(arn)
}

/// The name in `arn:aws:lambda:region:account:function:NAME[:alias]`.
fn function_name(arn: &str) -> &str {
    arn.split(":function:").last().and_then(|rest| rest.split(':').next()).unwrap_or(arn)
}

impl Account {
    /// What stands in the account under the name; `None` if it is not one of Drydock's.
    ///
    /// # Errors
    /// Why nobody knows, as a note. What was left out of much is a note of `notes`.
    pub(super) async fn resources(
        &self,
        named: &Named,
        notes: &mut Vec<String>,
    ) -> Result<Option<DeployedResources>, String> {
        let is_own = |name: &&String| name.starts_with(&self.prefix);
        if let Some(stack) = named.stack.as_ref().filter(is_own) {
            return self.stack(stack, notes).await.map(Some);
        }
        if let Some(function) = named.function.as_ref().filter(is_own) {
            let function_name = Some(function.clone());
            return Ok(Some(DeployedResources { function_name, ..DeployedResources::default() }));
        }
        match named.stack.as_ref().or(named.function.as_ref()) {
            Some(name) => Err(format!(
                "{name} was not looked at: only what Drydock has deployed (named {}…) may be.",
                self.prefix
            )),
            None => Ok(None),
        }
    }

    async fn stack(&self, name: &str, notes: &mut Vec<String>) -> Result<DeployedResources, String> {
        let unread = |error: &dyn std::fmt::Display| format!("The stack {name} could not be read: {error}.");
        let info = self.stacks.describe(name).await.map_err(|error| unread(&error))?;
        let info = info.ok_or_else(|| format!("There is no stack {name}."))?;
        let mut resources: Vec<DeployedResource> = Vec::new();
        let mut waiting = vec![name.to_owned()];
        let mut nested = 0;
        while let Some(stack) = waiting.pop() {
            let found = self.stacks.resources(&stack, MOST_RESOURCES).await.map_err(|error| unread(&error))?;
            for one in found {
                let physical_id = one.physical_id.unwrap_or_default();
                if one.resource_type == "AWS::CloudFormation::Stack" && !physical_id.is_empty() {
                    nested += 1;
                    if nested <= MOST_NESTED {
                        waiting.push(stack_name(&physical_id).to_owned());
                    }
                }
                resources.push(DeployedResource {
                    logical_id: one.logical_id,
                    physical_id,
                    resource_type: one.resource_type,
                    status: one.status.to_string(),
                });
            }
        }
        if nested > MOST_NESTED {
            notes.push(format!("Of {nested} nested stacks {MOST_NESTED} were looked into."));
        }
        if resources.len() >= MOST_RESOURCES {
            notes.push(format!("Of the resources the first {MOST_RESOURCES} were looked at."));
            resources.truncate(MOST_RESOURCES);
        }
        Ok(DeployedResources {
            stack_name: Some(name.to_owned()),
            stack_id: Some(info.id),
            outputs: info.outputs,
            resources,
            ..DeployedResources::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stack_is_found_in_any_spelling() {
        let check = |details: Value, stack: Option<&str>, function: Option<&str>| {
            let named = Named::read(Some(&details));
            assert_eq!((named.stack.as_deref(), named.function.as_deref()), (stack, function), "{details}");
        };
        check(json!({"stackName": "s"}), Some("s"), None);
        check(json!({"StackName": "s", "apiUrl": "https://x"}), Some("s"), None);
        check(json!({"stack_name": "s"}), Some("s"), None);
        check(json!({"stackId": "arn:aws:cloudformation:r:1:stack/s/u"}), Some("s"), None);
        check(json!({"functionArn": "arn:aws:lambda:r:1:function:f:live"}), None, Some("f"));
        check(json!({"apiUrl": "https://x"}), None, None);
        check(json!("the stack s"), None, None);
    }

    #[test]
    fn only_what_drydock_made_is_its_own() {
        let own = |stack: &str| Named { stack: Some(stack.to_owned()), function: None }.is_own("drydock-app-");
        assert!(own("drydock-app-x"));
        assert!(!own("drydock") && !own("production"));
    }
}

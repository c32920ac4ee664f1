//! What stands: stacks, their outputs and resources; and taking a stack away.

use crate::engine::Engine;
use crate::error::StackError;
use crate::status::{ResourceStatus, StackStatus};
use aws_sdk_cloudformation::types::{Stack, StackResourceSummary, TemplateStage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A stack as `DescribeStacks` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackInfo {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub status: StackStatus,
    /// Why, in CloudFormation's words.
    pub status_reason: Option<String>,
    /// RFC 3339.
    pub created_at: Option<String>,
    /// RFC 3339; absent if it was never updated.
    pub updated_at: Option<String>,
    /// Outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Parameters by name; those marked `NoEcho` are masked by CloudFormation.
    pub parameters: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// ARN of the change set that made its current state.
    pub change_set_id: Option<String>,
    /// The service role of its last operation.
    pub role_arn: Option<String>,
    /// True if it cannot be deleted before that is switched off.
    pub termination_protection: bool,
    /// ARN of the stack that it is nested in; absent if it stands by itself.
    pub parent_id: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account, once it has one.
    pub physical_id: Option<String>,
    /// Such as `AWS::Lambda::Function`.
    pub resource_type: String,
    /// Where it stands.
    pub status: ResourceStatus,
    /// Why, in the service's words.
    pub reason: Option<String>,
}

/// How a stack is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// The token that its events will carry.
    pub token: Option<String>,
    /// Logical ids of resources to keep; only allowed for a stack in `DELETE_FAILED`.
    pub retain: Vec<String>,
    /// ARN of the service role that CloudFormation takes on; without it, the one of the stack's last operation, which may
    /// be gone.
    pub role_arn: Option<String>,
}

impl Engine {
    /// The stack of that name or ARN; `None` if there is none. A deleted stack is found by its ARN only, as
    /// `DELETE_COMPLETE`.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn describe(&self, stack: &str) -> Result<Option<StackInfo>, StackError> {
        match self.client.describe_stacks().stack_name(stack).send().await.map_err(StackError::from_sdk) {
            Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next().map(stack_info)),
            Err(StackError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The outputs of a stack, by name.
    ///
    /// # Errors
    /// [`StackError::NotFound`], or whatever keeps CloudFormation from answering.
    pub async fn outputs(&self, stack: &str) -> Result<BTreeMap<String, String>, StackError> {
        let found = self.describe(stack).await?;
        found.map(|info| info.outputs).ok_or_else(|| StackError::NotFound(format!("there is no stack {stack}")))
    }

    /// Every stack whose name begins with that, nested ones among them, but for those that are deleted.
    ///
    /// # Errors
    /// Whatever keeps CloudFormation from answering.
    pub async fn stacks_named(&self, prefix: &str) -> Result<Vec<StackInfo>, StackError> {
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.describe_stacks().set_next_token(next);
            let page = request.send().await.map_err(StackError::from_sdk)?;
            let stacks = page.stacks.unwrap_or_default().into_iter().map(stack_info);
            found.extend(stacks.filter(|it| it.name.starts_with(prefix) && it.status != StackStatus::DeleteComplete));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// The template of a stack as it was sent, before any transform.
    ///
    /// # Errors
    /// [`StackError::NotFound`], or whatever keeps CloudFormation from answering.
    pub async fn template(&self, stack: &str) -> Result<String, StackError> {
        let request = self.client.get_template().stack_name(stack).template_stage(TemplateStage::Original);
        Ok(request.send().await.map_err(StackError::from_sdk)?.template_body.unwrap_or_default())
    }

    /// The first `limit` resources of a stack, in the order that CloudFormation gives them.
    ///
    /// # Errors
    /// [`StackError::NotFound`], or whatever keeps CloudFormation from answering.
    pub async fn resources(&self, stack: &str, limit: usize) -> Result<Vec<StackResource>, StackError> {
        let mut resources = Vec::new();
        let mut token = None;
        loop {
            let request = self.client.list_stack_resources().stack_name(stack).set_next_token(token);
            let page = request.send().await.map_err(StackError::from_sdk)?;
            resources.extend(page.stack_resource_summaries.unwrap_or_default().into_iter().map(stack_resource));
            token = page.next_token;
            if token.is_none() || resources.len() >= limit {
                resources.truncate(limit);
                return Ok(resources);
            }
        }
    }

    /// Begins to delete a stack. One that is not there is no error. An empty shell in `REVIEW_IN_PROGRESS` is gone at
    /// once.
    ///
    /// # Errors
    /// Whatever CloudFormation refuses it for.
    pub async fn delete_stack(&self, stack: &str, how: &Deletion) -> Result<(), StackError> {
        let Deletion { token, retain, role_arn } = how.clone();
        let request = self.client.delete_stack().stack_name(stack).set_client_request_token(token);
        let request = request.set_retain_resources((!retain.is_empty()).then_some(retain)).set_role_arn(role_arn);
        match request.send().await.map_err(StackError::from_sdk) {
            Ok(_) | Err(StackError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// RFC 3339 with milliseconds; an impossible time gives an empty text.
pub(crate) fn rfc3339(time: &aws_sdk_cloudformation::primitives::DateTime) -> String {
    let millis = time.to_millis().ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    millis.map(|timestamp| format!("{timestamp:.3}")).unwrap_or_default()
}

fn stack_info(stack: Stack) -> StackInfo {
    let pairs = |key: Option<String>, value: Option<String>| Some((key?, value.unwrap_or_default()));
    let outputs = stack.outputs.unwrap_or_default();
    let parameters = stack.parameters.unwrap_or_default();
    StackInfo {
        id: stack.stack_id.unwrap_or_default(),
        name: stack.stack_name.unwrap_or_default(),
        status: StackStatus::parse(stack.stack_status.as_ref().map_or("", |status| status.as_str())),
        status_reason: stack.stack_status_reason.filter(|reason| !reason.is_empty()),
        created_at: stack.creation_time.as_ref().map(rfc3339),
        updated_at: stack.last_updated_time.as_ref().map(rfc3339),
        outputs: outputs.into_iter().filter_map(|output| pairs(output.output_key, output.output_value)).collect(),
        parameters: parameters.into_iter().filter_map(|it| pairs(it.parameter_key, it.parameter_value)).collect(),
        tags: stack.tags.unwrap_or_default().into_iter().filter_map(|tag| pairs(tag.key, tag.value)).collect(),
        change_set_id: stack.change_set_id,
        role_arn: stack.role_arn,
        termination_protection: stack.enable_termination_protection.unwrap_or_default(),
        parent_id: stack.parent_id.filter(|id| !id.is_empty()),
    }
}

fn stack_resource(resource: StackResourceSummary) -> StackResource {
    StackResource {
        logical_id: resource.logical_resource_id.unwrap_or_default(),
        physical_id: resource.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: resource.resource_type.unwrap_or_default(),
        status: ResourceStatus::parse(resource.resource_status.as_ref().map_or("", |status| status.as_str())),
        reason: resource.resource_status_reason.filter(|reason| !reason.is_empty()),
    }
}

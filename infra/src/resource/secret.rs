//! `AWS::SecretsManager::Secret`
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html>

use super::RoleHandle;
use crate::expression::LogicalId;
use crate::policy::Statement;
use crate::{Expression, Resource};
use serde::Serialize;

/// A secret without a value: an operator puts one in later, so that it is in no template and in no event.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Secret {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
}

impl<'s> Resource<'s> for Secret {
    const TYPE: &'static str = "AWS::SecretsManager::Secret";
    type Handle = SecretHandle<'s>;

    fn handle(&self, id: LogicalId<'s>) -> SecretHandle<'s> {
        SecretHandle { id }
    }
}

/// A secret of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretHandle<'s> {
    id: LogicalId<'s>,
}

impl<'s> SecretHandle<'s> {
    /// Its ARN.
    pub fn arn(&self) -> Expression<'s> {
        Expression::attribute(&self.id, "Id")
    }

    /// Lets the role read the value.
    pub fn grant_read(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["secretsmanager:GetSecretValue"], [self.arn()]));
    }
}

//! `AWS::DynamoDB::Table`
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>

use super::{Removal, RoleHandle};
use crate::expression::LogicalId;
use crate::policy::Statement;
use crate::{Expression, Resource, sub};
use serde::Serialize;

/// A table that is paid by request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// Always `PAY_PER_REQUEST`.
    pub billing_mode: &'static str,
    /// The attributes that keys use.
    pub attribute_definitions: Vec<Attribute>,
    /// The table's own key.
    pub key_schema: Vec<KeyElement>,
    /// Other ways to find items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub global_secondary_indexes: Vec<GlobalSecondaryIndex>,
    /// Which attribute says when an item expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_live_specification: Option<TimeToLive>,
    /// Whether any second of the last 35 days can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_in_time_recovery_specification: Option<PointInTimeRecovery>,
    /// How it is encrypted; without it, with a key that DynamoDB owns.
    #[serde(rename = "SSESpecification", skip_serializing_if = "Option::is_none")]
    pub sse_specification: Option<SseSpecification>,
    /// What becomes of the items.
    #[serde(skip)]
    pub removal: Removal,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            billing_mode: "PAY_PER_REQUEST",
            attribute_definitions: Vec::new(),
            key_schema: Vec::new(),
            global_secondary_indexes: Vec::new(),
            time_to_live_specification: None,
            point_in_time_recovery_specification: None,
            sse_specification: None,
            removal: Removal::WITH_THE_STACK,
        }
    }
}

/// An attribute that a key uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    attribute_name: &'static str,
    attribute_type: AttributeType,
}

impl Attribute {
    /// An attribute of text.
    pub const fn text(name: &'static str) -> Self {
        Self { attribute_name: name, attribute_type: AttributeType::S }
    }
}

/// What an attribute of a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AttributeType {
    /// Text.
    S,
    /// A number.
    N,
}

/// One attribute of a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyElement {
    attribute_name: &'static str,
    key_type: KeyType,
}

impl KeyElement {
    /// A key of an attribute that places items and one that sorts them.
    pub fn pair(hash: &'static str, range: &'static str) -> Vec<Self> {
        vec![
            Self { attribute_name: hash, key_type: KeyType::Hash },
            Self { attribute_name: range, key_type: KeyType::Range },
        ]
    }
}

/// Places or sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyType {
    /// Places items.
    Hash,
    /// Sorts them.
    Range,
}

/// Another way to find items. Items without the key's attributes are not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GlobalSecondaryIndex {
    /// Its name.
    pub index_name: &'static str,
    /// Its key.
    pub key_schema: Vec<KeyElement>,
    /// What is in it.
    pub projection: Projection,
}

/// What of an item is in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "ProjectionType", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Projection {
    /// Everything.
    All,
    /// Only keys.
    KeysOnly,
}

/// Items expire.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimeToLive {
    /// The attribute with the time, in seconds since 1970.
    pub attribute_name: &'static str,
    /// On.
    pub enabled: bool,
}

/// Any second of the last 35 days can be restored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PointInTimeRecovery {
    /// On.
    pub point_in_time_recovery_enabled: bool,
}

/// Encryption with a key in KMS.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SseSpecification {
    /// On: the account's own `aws/dynamodb` key instead of one that DynamoDB owns.
    #[serde(rename = "SSEEnabled")]
    pub sse_enabled: bool,
}

impl<'s> Resource<'s> for Table {
    const TYPE: &'static str = "AWS::DynamoDB::Table";
    type Handle = TableHandle<'s>;

    fn handle(&self, id: LogicalId<'s>) -> TableHandle<'s> {
        TableHandle { id }
    }

    fn removal(&self) -> Option<Removal> {
        Some(self.removal)
    }
}

/// A table of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct TableHandle<'s> {
    id: LogicalId<'s>,
}

impl<'s> TableHandle<'s> {
    /// Its name.
    pub fn name(&self) -> Expression<'s> {
        Expression::reference(&self.id)
    }

    /// Its ARN.
    pub fn arn(&self) -> Expression<'s> {
        Expression::attribute(&self.id, "Arn")
    }

    /// The ARNs of its indexes.
    pub fn indexes(&self) -> Expression<'s> {
        sub![self.arn(), "/index/*"]
    }

    /// Lets the role get items and query the table and its indexes.
    pub fn grant_read(&self, role: &RoleHandle<'s>) {
        role.grant(Statement::allow(&["dynamodb:GetItem", "dynamodb:Query"], [self.arn(), self.indexes()]));
    }

    /// Lets the role get, put and update items and query the table and its indexes; transactions are made of these.
    /// Not scan, not delete.
    pub fn grant_read_write(&self, role: &RoleHandle<'s>) {
        let actions = &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"];
        role.grant(Statement::allow(actions, [self.arn(), self.indexes()]));
    }
}

//! Tables. <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html>
//!
//! Items are in DynamoDB's own JSON, in which every value says its type: `{"id": {"S": "a"}}`.

use super::Integration;
use crate::Dynamic;
use crate::data::Template;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What stands for names that an expression may not contain: `{"#status": "status"}`.
pub type Names = IndexMap<String, String>;

/// Reads an item; it is `Item` of the result, which is missing if there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GetItem {
    /// Name or ARN.
    pub table_name: Dynamic<String>,
    /// The item's whole key.
    pub key: Template,
    /// Whether every write that has been answered is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistent_read: Option<bool>,
    /// Which attributes are read; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection_expression: Option<String>,
    /// Names in that expression.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub expression_attribute_names: Names,
}

/// Writes a whole item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutItem {
    /// Name or ARN.
    pub table_name: Dynamic<String>,
    /// The item.
    pub item: Template,
    /// What must be true of the item that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// Names in that expression.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub expression_attribute_names: Names,
    /// Values in that expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<Template>,
}

/// Changes an item, or makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UpdateItem {
    /// Name or ARN.
    pub table_name: Dynamic<String>,
    /// The item's whole key.
    pub key: Template,
    /// What is changed.
    pub update_expression: String,
    /// What must be true of the item that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// Names in these expressions.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub expression_attribute_names: Names,
    /// Values in these expressions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<Template>,
    /// What of the item is answered: `NONE`, `ALL_OLD`, `UPDATED_OLD`, `ALL_NEW` or `UPDATED_NEW`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_values: Option<String>,
}

/// Deletes an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeleteItem {
    /// Name or ARN.
    pub table_name: Dynamic<String>,
    /// The item's whole key.
    pub key: Template,
    /// What must be true of the item that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_expression: Option<String>,
    /// Names in that expression.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub expression_attribute_names: Names,
    /// Values in that expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_attribute_values: Option<Template>,
}

impl Default for GetItem {
    fn default() -> Self {
        Self {
            table_name: "".into(),
            key: Template::Null,
            consistent_read: None,
            projection_expression: None,
            expression_attribute_names: Names::new(),
        }
    }
}

impl Integration for GetItem {
    const CALL: &'static str = "dynamodb:getItem";
}

impl Integration for PutItem {
    const CALL: &'static str = "dynamodb:putItem";
}

impl Integration for UpdateItem {
    const CALL: &'static str = "dynamodb:updateItem";
}

impl Integration for DeleteItem {
    const CALL: &'static str = "dynamodb:deleteItem";
}

//! What an operator can choose when deploying.

use crate::expression::LogicalId;
use crate::{Expression, Test};
use serde::Serialize;
use serde_json::Value;

/// A parameter of the template.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// What may be given.
    #[serde(rename = "Type")]
    pub parameter_type: ParameterType,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// What it is if nothing is given; without one, something must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// A regular expression for the whole value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_pattern: Option<&'static str>,
    /// What to say about a value that does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint_description: Option<&'static str>,
    /// For numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<u32>,
    /// For numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<u32>,
}

/// What a parameter may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum ParameterType {
    /// Text.
    #[default]
    String,
    /// A number.
    Number,
    /// Texts with commas between them.
    CommaDelimitedList,
}

/// A parameter of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterHandle<'s> {
    id: LogicalId<'s>,
}

impl<'s> ParameterHandle<'s> {
    pub(crate) fn new(id: LogicalId<'s>) -> Self {
        Self { id }
    }

    /// What was given.
    pub fn value(&self) -> Expression<'s> {
        Expression::reference(&self.id)
    }

    /// True if it is the text `constant`.
    pub fn equals(&self, constant: &str) -> Test<'s> {
        Test::equals(&self.value(), &constant.into())
    }
}

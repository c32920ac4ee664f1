//! What is there only under a condition.

use crate::expression::{Brand, LogicalId};
use crate::{Expression, pseudo};
use serde_json::{Value, json};
use std::marker::PhantomData;

/// Something that is true or false when the stack is created.
#[derive(Clone, Debug, PartialEq)]
pub struct Test<'s> {
    rendered: Value,
    stack: Brand<'s>,
}

impl<'s> Test<'s> {
    fn new(rendered: Value) -> Self {
        Self { rendered, stack: PhantomData }
    }

    pub(crate) fn equals(left: &Expression<'s>, right: &Expression<'s>) -> Self {
        Self::new(json!({ "Fn::Equals": [left, right] }))
    }

    /// True if this is false.
    pub fn negated(self) -> Self {
        Self::new(json!({ "Fn::Not": [self.rendered] }))
    }

    /// True if this or the other is true.
    pub fn or(self, other: &Self) -> Self {
        Self::new(json!({ "Fn::Or": [self.rendered, other.rendered] }))
    }

    pub(crate) fn into_value(self) -> Value {
        self.rendered
    }
}

/// A condition of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionHandle<'s> {
    id: LogicalId<'s>,
}

impl<'s> ConditionHandle<'s> {
    pub(crate) fn new(id: LogicalId<'s>) -> Self {
        Self { id }
    }

    pub(crate) fn id(&self) -> &LogicalId<'s> {
        &self.id
    }

    /// `Fn::If`
    pub fn choose(&self, then: impl Into<Expression<'s>>, otherwise: impl Into<Expression<'s>>) -> Expression<'s> {
        Expression::choice(&self.id, then.into(), otherwise.into())
    }

    /// The value if the condition holds, and no property at all if not.
    pub fn then(&self, value: impl Into<Expression<'s>>) -> Expression<'s> {
        self.choose(value, pseudo::no_value())
    }
}

/// The handle of a resource that may not be there. It is reachable only in ways that keep the condition, so a
/// reference to what is not there cannot be built.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional<'s, H> {
    pub(crate) condition: ConditionHandle<'s>,
    pub(crate) handle: H,
}

impl<'s, H> Conditional<'s, H> {
    /// A value of the resource if it is there, and no property at all if not.
    pub fn value(&self, of: impl FnOnce(&H) -> Expression<'s>) -> Expression<'s> {
        self.condition.then(of(&self.handle))
    }

    /// A value of the resource if it is there, else another.
    pub fn value_or(
        &self,
        of: impl FnOnce(&H) -> Expression<'s>,
        otherwise: impl Into<Expression<'s>>,
    ) -> Expression<'s> {
        self.condition.choose(of(&self.handle), otherwise)
    }
}

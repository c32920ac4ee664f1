//! What a stack tells those who ask.

use crate::Expression;
use serde::Serialize;

/// An output of the template.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output<'s> {
    pub description: &'static str,
    pub value: Expression<'s>,
}

//! Several things at once.

use crate::data::{Assign, Template, present};
use crate::machine::States;
use crate::{Catch, Dynamic, QueryLanguage, Retry, Selection, Transition};
use serde::{Deserialize, Serialize};

/// Runs all branches at once and goes on when all have ended, with the list of their outputs.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parallel {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONPath: the branches' input.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: the branches' input.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
    /// At least one.
    pub branches: Vec<Branch>,
    /// JSONPath: what the outputs are made into.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_selector: Option<Template>,
    /// JSONPath: where in the input that is put.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_path: Option<Selection>,
    /// JSONPath: what of that goes on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// JSONata: the next state's input; without it, the list of outputs.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
    /// Tried in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retry>,
    /// Tried in order, once no retrier is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catch>,
    /// Where to go.
    #[serde(flatten, skip_deserializing)]
    pub transition: Transition,
}

/// One of the things that a [`Parallel`] does: a machine of its own, whose states go nowhere else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Branch {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Its first state.
    pub start_at: String,
    /// All its states by name.
    pub states: States,
}

//! The states that move data and time but do no work: Pass, Wait, Succeed, Fail.

use crate::data::{Assign, Template, present};
use crate::{Dynamic, QueryLanguage, Selection, Transition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Passes its input on, or what `output` makes of it.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Pass {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONPath: what the input is made into.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONPath: a constant instead of the input.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// JSONPath: where in the input the result is put.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_path: Option<Selection>,
    /// JSONPath: what of that goes on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// JSONata: the next state's input; without it, this one's.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
    /// Where to go.
    #[serde(flatten, skip_deserializing)]
    pub transition: Transition,
}

/// Waits, then goes on with its input.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Wait {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// How long or until when.
    #[serde(flatten, skip_deserializing)]
    pub wait_for: WaitFor,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONPath: what of that goes on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// JSONata: the next state's input; without it, this one's.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
    /// Where to go.
    #[serde(flatten, skip_deserializing)]
    pub transition: Transition,
}

/// How long a [`Wait`] lasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum WaitFor {
    /// That many seconds.
    Seconds(Dynamic<u32>),
    /// Until an RFC 3339 time.
    Timestamp(Dynamic<String>),
    /// JSONPath: as many seconds as stand there in the input.
    SecondsPath(String),
    /// JSONPath: until the time that stands there in the input.
    TimestampPath(String),
}

impl Default for WaitFor {
    fn default() -> Self {
        Self::Seconds(Dynamic::Constant(0))
    }
}

impl WaitFor {
    /// Takes the one of four fields that is there out of a state's fields.
    pub(crate) fn take(fields: &mut Map<String, Value>) -> Result<Self, String> {
        let mut forms = ["Seconds", "Timestamp", "SecondsPath", "TimestampPath"]
            .into_iter()
            .filter_map(|name| Some((name, fields.remove(name)?)))
            .collect::<Vec<_>>();
        let Some((form, value)) = forms.pop() else { return Err("nothing to wait for".to_owned()) };
        if let Some((other, _)) = forms.first() {
            return Err(format!("waits for `{other}` and for `{form}`"));
        }
        let read = match form {
            "Seconds" => serde_json::from_value(value).map(Self::Seconds),
            "Timestamp" => serde_json::from_value(value).map(Self::Timestamp),
            "SecondsPath" => serde_json::from_value(value).map(Self::SecondsPath),
            _ => serde_json::from_value(value).map(Self::TimestampPath),
        };
        read.map_err(|error| format!("{form}: {error}"))
    }
}

/// Ends the execution, the branch or the item well.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-succeed.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Succeed {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONPath: what of that is the output.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// JSONata: the execution's output; without it, this state's input.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
}

/// Ends the execution with an error.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Fail {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// For programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Dynamic<String>>,
    /// JSONPath: where the error stands in the input, or an intrinsic function that gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_path: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Dynamic<String>>,
    /// JSONPath: where the cause stands in the input, or an intrinsic function that gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause_path: Option<String>,
}

//! What states do with data: selections of the older query language, and fields in which `null` is a value.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// JSON that may hold expressions: in JSONata every text between `{%` and `%}`, in JSONPath every field whose name
/// ends with `.$`.
pub type Template = Value;

/// Variables and what is assigned to each.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>
pub type Assign = Map<String, Template>;

/// `InputPath`, `ResultPath` and `OutputPath` of JSONPath states.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// What stands at that path.
    Path(String),
    /// `null`: an empty object as input or output; a result that is dropped.
    Nothing,
}

impl Selection {
    /// What stands at `path`, which begins with `$`.
    pub fn path(path: impl Into<String>) -> Self {
        Self::Path(path.into())
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Path(path) => serializer.serialize_str(path),
            Self::Nothing => serializer.serialize_none(),
        }
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map_or(Self::Nothing, Self::Path))
    }
}

/// For optional fields in which `null` means something: only a field that is not there is `None`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

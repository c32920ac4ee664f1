//! Values that are known now or computed when the machine runs.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A constant, or a JSONata expression over `$states` that is evaluated when the state runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dynamic<T = Value> {
    /// Written as it is.
    Constant(T),
    /// JSONata, without the `{% %}` around it.
    Expression(String),
}

impl<T> Dynamic<T> {
    /// JSONata, without the `{% %}` around it: `Dynamic::expression("$states.input.name")`.
    pub fn expression(jsonata: impl Into<String>) -> Self {
        Self::Expression(jsonata.into())
    }
}

impl From<&str> for Dynamic<String> {
    fn from(text: &str) -> Self {
        Self::Constant(text.to_owned())
    }
}

impl From<u32> for Dynamic<u32> {
    fn from(number: u32) -> Self {
        Self::Constant(number)
    }
}

impl<T: Serialize> Serialize for Dynamic<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => value.serialize(serializer),
            Self::Expression(jsonata) => serializer.serialize_str(&format!("{{% {jsonata} %}}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_stand_between_percent_signs() {
        let check = |value: Dynamic<u32>, expected: &str| {
            assert_eq!(serde_json::to_string(&value).unwrap(), expected);
        };
        check(Dynamic::from(10), "10");
        check(Dynamic::expression("$states.input.seconds * 2"), r#""{% $states.input.seconds * 2 %}""#);
    }
}

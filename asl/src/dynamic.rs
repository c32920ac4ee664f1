//! Values that are known now or computed when the machine runs.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
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

impl From<Value> for Dynamic<Value> {
    fn from(value: Value) -> Self {
        Self::Constant(value)
    }
}

/// What stands between `{%` and `%}`; `None` if the text is no expression.
pub(crate) fn jsonata(text: &str) -> Option<&str> {
    Some(text.strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

impl<T: Serialize> Serialize for Dynamic<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => value.serialize(serializer),
            Self::Expression(jsonata) => serializer.serialize_str(&format!("{{% {jsonata} %}}")),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Dynamic<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value.as_str().and_then(jsonata) {
            Some(expression) => Ok(Self::expression(expression)),
            None => serde_json::from_value(value).map(Self::Constant).map_err(D::Error::custom),
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
            assert_eq!(serde_json::from_str::<Dynamic<u32>>(expected).unwrap(), value);
        };
        check(Dynamic::from(10), "10");
        check(Dynamic::expression("$states.input.seconds * 2"), r#""{% $states.input.seconds * 2 %}""#);
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        assert!(serde_json::from_str::<Dynamic<u32>>(r#""ten""#).is_err());
        assert!(serde_json::from_str::<Dynamic<bool>>("1").is_err());
    }
}

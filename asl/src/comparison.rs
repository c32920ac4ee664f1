//! The comparisons that JSONPath choices are made of.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#amazon-states-language-choice-state-rules>

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

/// True or false about something in the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// All of them hold.
    And(Vec<Comparison>),
    /// One of them holds.
    Or(Vec<Comparison>),
    /// It does not hold.
    Not(Box<Comparison>),
    /// What stands at `variable` is as `operator` says.
    Variable {
        /// A path that begins with `$`.
        variable: String,
        /// How it is looked at.
        operator: Operator,
    },
}

/// How something is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// `StringEquals`, `StringLessThan`, … and the same with `Path`.
    String(Order, Operand<String>),
    /// `StringMatches`: a text in which `*` stands for anything.
    StringMatches(String),
    /// `NumericEquals`, …
    Numeric(Order, Operand<Number>),
    /// `TimestampEquals`, … of RFC 3339 times.
    Timestamp(Order, Operand<String>),
    /// `BooleanEquals`
    Boolean(Operand<bool>),
    /// `IsNull`, `IsPresent`, … and whether that is to be so.
    Is(Kind, bool),
}

/// What something is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand<T> {
    /// A constant.
    Value(T),
    /// What stands there in the input.
    Path(String),
}

/// The order of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The same.
    Equals,
    /// Less.
    LessThan,
    /// Greater.
    GreaterThan,
    /// Less or the same.
    LessThanEquals,
    /// Greater or the same.
    GreaterThanEquals,
}

/// What something can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// There at all.
    Present,
    /// A number.
    Numeric,
    /// A text.
    String,
    /// True or false.
    Boolean,
    /// A text that is an RFC 3339 time.
    Timestamp,
}

const ORDERS: [(Order, &str); 5] = [
    (Order::Equals, "Equals"),
    (Order::LessThan, "LessThan"),
    (Order::GreaterThan, "GreaterThan"),
    (Order::LessThanEquals, "LessThanEquals"),
    (Order::GreaterThanEquals, "GreaterThanEquals"),
];

const KINDS: [(Kind, &str); 6] = [
    (Kind::Null, "IsNull"),
    (Kind::Present, "IsPresent"),
    (Kind::Numeric, "IsNumeric"),
    (Kind::String, "IsString"),
    (Kind::Boolean, "IsBoolean"),
    (Kind::Timestamp, "IsTimestamp"),
];

fn word<T: PartialEq>(table: &[(T, &'static str)], wanted: &T) -> &'static str {
    table.iter().find(|(known, _)| known == wanted).map_or("", |(_, word)| word)
}

fn meaning<T: Copy>(table: &[(T, &'static str)], wanted: &str) -> Option<T> {
    table.iter().find(|(_, word)| *word == wanted).map(|(known, _)| *known)
}

impl Comparison {
    /// What stands at `variable` is as `operator` says.
    pub fn of(variable: impl Into<String>, operator: Operator) -> Self {
        Self::Variable { variable: variable.into(), operator }
    }

    /// Every path that it looks at.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::paths).collect(),
            Self::Not(one) => one.paths(),
            Self::Variable { variable, operator } => {
                let mut paths = vec![variable.as_str()];
                paths.extend(operator.path());
                paths
            }
        }
    }

    pub(crate) fn read(mut fields: Map<String, Value>) -> Result<Self, String> {
        let variable = fields.remove("Variable");
        let mut fields = fields.into_iter();
        let (Some((name, value)), None) = (fields.next(), fields.next()) else {
            return Err("a rule has exactly one comparison".to_owned());
        };
        let read = |error: serde_json::Error| format!("{name}: {error}");
        match (name.as_str(), variable) {
            ("And", None) => serde_json::from_value(value).map(Self::And).map_err(read),
            ("Or", None) => serde_json::from_value(value).map(Self::Or).map_err(read),
            ("Not", None) => serde_json::from_value(value).map(Self::Not).map_err(read),
            (_, Some(Value::String(variable))) => {
                Operator::read(&name, &value).map(|operator| Self::Variable { variable, operator })
            }
            (name, _) => Err(format!("{name} without a `Variable`")),
        }
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::And(all) => map.serialize_entry("And", all)?,
            Self::Or(all) => map.serialize_entry("Or", all)?,
            Self::Not(one) => map.serialize_entry("Not", one)?,
            Self::Variable { variable, operator } => {
                map.serialize_entry("Variable", variable)?;
                let (name, value) = operator.field();
                map.serialize_entry(&name, &value)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Comparison {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Map::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Operator {
    /// The field that says it.
    fn field(&self) -> (String, Value) {
        fn ordered<T: Clone + Into<Value>>(of: &str, order: Order, operand: &Operand<T>) -> (String, Value) {
            let order = word(&ORDERS, &order);
            match operand {
                Operand::Value(value) => (format!("{of}{order}"), value.clone().into()),
                Operand::Path(path) => (format!("{of}{order}Path"), path.clone().into()),
            }
        }
        match self {
            Self::String(order, operand) => ordered("String", *order, operand),
            Self::StringMatches(pattern) => ("StringMatches".to_owned(), pattern.clone().into()),
            Self::Numeric(order, operand) => ordered("Numeric", *order, operand),
            Self::Timestamp(order, operand) => ordered("Timestamp", *order, operand),
            Self::Boolean(operand) => ordered("Boolean", Order::Equals, operand),
            Self::Is(kind, so) => (word(&KINDS, kind).to_owned(), (*so).into()),
        }
    }

    fn read(name: &str, value: &Value) -> Result<Self, String> {
        let wrong = || format!("{name} of the wrong type: {value}");
        if name == "StringMatches" {
            return value.as_str().map(|pattern| Self::StringMatches(pattern.to_owned())).ok_or_else(wrong);
        }
        if let Some(kind) = meaning(&KINDS, name) {
            return value.as_bool().map(|so| Self::Is(kind, so)).ok_or_else(wrong);
        }
        let (order, path) = name.strip_suffix("Path").map_or((name, false), |order| (order, true));
        let text = || value.as_str().map(ToOwned::to_owned).ok_or_else(wrong);
        let after = |of: &str| order.strip_prefix(of).and_then(|order| meaning(&ORDERS, order));
        if let Some(order) = after("String") {
            return Ok(Self::String(order, if path { Operand::Path(text()?) } else { Operand::Value(text()?) }));
        }
        if let Some(order) = after("Timestamp") {
            return Ok(Self::Timestamp(order, if path { Operand::Path(text()?) } else { Operand::Value(text()?) }));
        }
        if let Some(order) = after("Numeric") {
            let number = || value.as_number().cloned().ok_or_else(wrong);
            return Ok(Self::Numeric(order, if path { Operand::Path(text()?) } else { Operand::Value(number()?) }));
        }
        if after("Boolean") == Some(Order::Equals) {
            let boolean = || value.as_bool().ok_or_else(wrong);
            return Ok(Self::Boolean(if path { Operand::Path(text()?) } else { Operand::Value(boolean()?) }));
        }
        Err(format!("{name} is no comparison"))
    }

    fn path(&self) -> Option<&str> {
        match self {
            Self::String(_, Operand::Path(path))
            | Self::Timestamp(_, Operand::Path(path))
            | Self::Numeric(_, Operand::Path(path))
            | Self::Boolean(Operand::Path(path)) => Some(path),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(definition: &str) {
        let comparison: Comparison =
            serde_json::from_str(definition).unwrap_or_else(|error| panic!("{definition}: {error}"));
        assert_eq!(serde_json::to_string(&comparison).unwrap(), definition);
    }

    #[test]
    fn every_operator_reads_and_writes_the_same() {
        for order in ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"] {
            check(&format!(r#"{{"Variable":"$.x","String{order}":"a"}}"#));
            check(&format!(r#"{{"Variable":"$.x","Numeric{order}":1.5}}"#));
            check(&format!(r#"{{"Variable":"$.x","Timestamp{order}":"2016-08-18T17:33:00Z"}}"#));
            for of in ["String", "Numeric", "Timestamp"] {
                check(&format!(r#"{{"Variable":"$.x","{of}{order}Path":"$.y"}}"#));
            }
        }
        check(r#"{"Variable":"$.x","StringMatches":"log-*.txt"}"#);
        check(r#"{"Variable":"$.x","BooleanEquals":true}"#);
        check(r#"{"Variable":"$.x","BooleanEqualsPath":"$.y"}"#);
        for kind in ["Null", "Present", "Numeric", "String", "Boolean", "Timestamp"] {
            check(&format!(r#"{{"Variable":"$.x","Is{kind}":false}}"#));
        }
        check(r#"{"And":[{"Not":{"Variable":"$.x","IsNull":true}},{"Or":[{"Variable":"$.x","NumericEquals":0}]}]}"#);
    }

    #[test]
    fn what_is_no_comparison_is_refused() {
        for (definition, expected) in [
            ("{}", "exactly one comparison"),
            (r#"{"Variable":"$.x","IsNull":true,"IsString":true}"#, "exactly one comparison"),
            (r#"{"Variable":"$.x","StringResembles":"a"}"#, "StringResembles is no comparison"),
            (r#"{"Variable":"$.x","BooleanLessThan":true}"#, "BooleanLessThan is no comparison"),
            (r#"{"Variable":"$.x","NumericEquals":"1"}"#, "NumericEquals of the wrong type"),
            (r#"{"StringEquals":"1"}"#, "without a `Variable`"),
        ] {
            let error = serde_json::from_str::<Comparison>(definition).unwrap_err().to_string();
            assert!(error.contains(expected), "{definition}: {error}");
        }
    }

    #[test]
    fn all_paths_are_known() {
        let inner = Comparison::of("$.a", Operator::Boolean(Operand::Path("$.b".to_owned())));
        let all = Comparison::And(vec![
            Comparison::Not(Box::new(inner)),
            Comparison::of("$.c", Operator::Is(Kind::Null, true)),
        ]);
        assert_eq!(all.paths(), ["$.a", "$.b", "$.c"]);
    }
}

//! YAML as JSON: CloudFormation's short tags become their long forms, keys become texts. An alias stands for what its
//! anchor names, as often as somebody writes it: how much a text may become is counted while it is read.

use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// What a value counts besides its text, in bytes.
const VALUE: usize = 4;

/// Reads a text that becomes at most `most` bytes, aliases in full.
pub(super) fn parse(text: &str, most: usize) -> Option<Value> {
    let left = Cell::new(most);
    Reader { left: &left }.deserialize(serde_yaml::Deserializer::from_str(text)).ok()
}

#[derive(Clone, Copy)]
struct Reader<'l> {
    left: &'l Cell<usize>,
}

impl Reader<'_> {
    fn take<E: de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(VALUE + bytes);
        self.left.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or_else(|| E::custom("the text becomes too large"))
    }

    fn value<E: de::Error>(self, value: Value) -> Result<Value, E> {
        self.take(0).map(|()| value)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        self.value(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.value(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.value(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        self.value(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.take(value.len()).map(|()| value.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.value(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let mut map = Map::new();
        while let Some(key) = members.next_key_seed(self)? {
            let value = members.next_value_seed(self)?;
            let name = match key {
                Value::String(text) => text,
                Value::Number(_) | Value::Bool(_) => key.to_string(),
                _ => continue,
            };
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let (tag, contents): (String, _) = tagged.variant()?;
        let tag = tag.trim_start_matches('!');
        let value = contents.newtype_variant_seed(self)?;
        let (name, value) = match (tag, &value) {
            ("Ref" | "Condition", _) => (tag.to_owned(), value),
            ("GetAtt", Value::String(text)) => ("Fn::GetAtt".to_owned(), text.split('.').map(Value::from).collect()),
            _ => (format!("Fn::{tag}"), value),
        };
        Ok(Value::Object(Map::from_iter([(name, value)])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = "a: [1, -2, 1.5, true, ~, .nan, 'x', *b]\n200: !Ref X\ntrue: !GetAtt F.Arn\n[1]: lost\n";
        let text = format!("base: &b {{c: !Sub 'x${{Y}}'}}\n{text}s: !Join ['', [!Ref A, !If [B, 1, 2]]]\n");
        assert_eq!(
            parse(&text, 1000),
            Some(json!({
                "base": {"c": {"Fn::Sub": "x${Y}"}},
                "a": [1, -2, 1.5, true, null, null, "x", {"c": {"Fn::Sub": "x${Y}"}}],
                "200": {"Ref": "X"},
                "true": {"Fn::GetAtt": ["F", "Arn"]},
                "s": {"Fn::Join": ["", [{"Ref": "A"}, {"Fn::If": ["B", 1, 2]}]]},
            }))
        );
        assert_eq!(parse("a: [", 1000), None);
    }

    #[test]
    fn what_becomes_too_large_is_not_read() {
        let long = format!("a: &a '{}'\nb: [{}]\n", "x".repeat(1000), "*a,".repeat(10_000));
        assert_eq!(parse(&long, 1024 * 1024), None);
        let levels: String = (1..30).map(|at| format!("a{at}: &a{at} [*a{0}, *a{0}]\n", at - 1)).collect();
        assert_eq!(parse(&format!("a0: &a0 x\n{levels}"), 1024 * 1024), None);
        assert!(parse(&format!("a: &a x\nb: [{}]\n", "*a,".repeat(1000)), 1024 * 1024).is_some());
    }
}

//! A template's values as far as they are known before a deployment: parameters, conditions and what follows from them.
//!
//! What is known only in the account (`Fn::GetAtt`, most `Ref`s) stays as it is written.

use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Stands for the value of a parameter that must not be shown.
pub const MASK: &str = "****";

/// A template with the values of its parameters.
#[derive(Debug)]
pub struct Resolver {
    template: Value,
    parameters: BTreeMap<String, String>,
    known: RefCell<BTreeMap<String, Option<bool>>>,
}

impl Resolver {
    /// `parameters` are those that are set; the others take their default. `pseudo` holds `AWS::Region` and the like.
    pub fn new(template: Value, set: &BTreeMap<String, String>, pseudo: &BTreeMap<String, String>) -> Self {
        let mut parameters = pseudo.clone();
        for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
            let value = match (set.get(name), &parameter["Default"]) {
                _ if is_secret(parameter) => MASK.to_owned(),
                (Some(value), _) => value.clone(),
                (None, Value::String(text)) => text.clone(),
                (None, Value::Null) => continue,
                (None, other) => other.to_string(),
            };
            parameters.insert(name.clone(), value);
        }
        Self { template, parameters, known: RefCell::default() }
    }

    /// The value of a parameter, masked if the template says so.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The names of the template's parameters.
    pub fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.template["Parameters"].as_object().into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Something of a resource, such as `["Properties", "MemorySize"]`, as far as it is known; null if it is not there.
    pub fn of_resource(&self, logical_id: &str, path: &[String]) -> Value {
        let resource = self.resolve(&self.template["Resources"][logical_id]);
        path.iter().fold(resource, |value, segment| match segment.parse::<usize>() {
            Ok(index) if value.is_array() => value[index].clone(),
            _ => value[segment.as_str()].clone(),
        })
    }

    /// A value with everything in its place that is known.
    pub fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Object(map) if map.len() == 1 => {
                let (name, argument) = map.iter().next().expect("it has one entry");
                self.intrinsic(name, argument).unwrap_or_else(|| self.object(map))
            }
            Value::Object(map) => self.object(map),
            Value::Array(items) => {
                items.iter().map(|item| self.resolve(item)).filter(|item| !item.is_null()).collect::<Vec<_>>().into()
            }
            other => other.clone(),
        }
    }

    fn object(&self, map: &Map<String, Value>) -> Value {
        let entries = map.iter().map(|(key, value)| (key.clone(), self.resolve(value)));
        Value::Object(entries.filter(|(_, value)| !value.is_null()).collect())
    }

    fn intrinsic(&self, name: &str, argument: &Value) -> Option<Value> {
        match (name, argument) {
            ("Ref", Value::String(name)) if name == "AWS::NoValue" => Some(Value::Null),
            ("Ref", Value::String(name)) => self.parameters.get(name).map(|value| json!(value)),
            ("Fn::If", Value::Array(parts)) => {
                let [Value::String(condition), yes, no] = parts.as_slice() else { return None };
                self.condition(condition).map(|holds| self.resolve(if holds { yes } else { no }))
            }
            ("Fn::Sub", Value::String(text)) => Some(self.substitute(text, &Map::new())),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), Value::Object(own)] => Some(self.substitute(text, own)),
                _ => None,
            },
            ("Fn::Join", Value::Array(parts)) => {
                let [Value::String(between), list] = parts.as_slice() else { return None };
                let list = self.resolve(list);
                let texts: Option<Vec<&str>> = list.as_array()?.iter().map(Value::as_str).collect();
                texts.map(|texts| json!(texts.join(between)))
            }
            _ => None,
        }
    }

    fn substitute(&self, text: &str, own: &Map<String, Value>) -> Value {
        let mut out = String::new();
        let mut rest = text;
        let mut open = false;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, next)) = after.split_once('}') else { break };
            out.push_str(before);
            let value = own.get(name).map(|value| self.resolve(value));
            match (value.as_ref().and_then(Value::as_str), self.parameters.get(name)) {
                (Some(value), _) => out.push_str(value),
                (None, Some(known)) if value.is_none() => out.push_str(known),
                _ => {
                    open = true;
                    out.push_str(&value.as_ref().map_or_else(|| format!("${{{name}}}"), super::words::brief));
                }
            }
            rest = next;
        }
        out.push_str(rest);
        if open { json!({ "Fn::Sub": out }) } else { json!(out) }
    }

    /// Whether a condition holds; `None` if that is known only in the account.
    pub fn condition(&self, name: &str) -> Option<bool> {
        if let Some(known) = self.known.borrow().get(name) {
            return *known;
        }
        // A condition that refers to itself is not known.
        self.known.borrow_mut().insert(name.to_owned(), None);
        let found = self.test(&self.template["Conditions"][name]);
        self.known.borrow_mut().insert(name.to_owned(), found);
        found
    }

    fn test(&self, condition: &Value) -> Option<bool> {
        let (name, argument) = condition.as_object()?.iter().next()?;
        let parts = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match name.as_str() {
            "Condition" => self.condition(argument.as_str()?),
            "Fn::Equals" => {
                let (left, right) = (self.resolve(parts.first()?), self.resolve(parts.get(1)?));
                let known = |value: &Value| !value.is_object();
                (known(&left) && known(&right)).then(|| left == right)
            }
            "Fn::Not" => self.test(parts.first()?).map(|holds| !holds),
            "Fn::And" => parts.iter().try_fold(true, |all, part| Some(all & self.test(part)?)),
            "Fn::Or" => parts.iter().try_fold(false, |any, part| Some(any | self.test(part)?)),
            _ => None,
        }
    }
}

fn is_secret(parameter: &Value) -> bool {
    parameter["NoEcho"] == json!(true) || parameter["NoEcho"] == "true"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver() -> Resolver {
        let template = json!({
            "Parameters": {
                "Size": {"Type": "Number", "Default": 256},
                "Mail": {"Type": "String", "Default": ""},
                "Key": {"Type": "String", "NoEcho": true}
            },
            "Conditions": {
                "HasMail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Mail"}, ""]}]},
                "Both": {"Fn::And": [{"Condition": "HasMail"}, {"Fn::Equals": [{"Ref": "Size"}, "512"]}]},
                "Open": {"Fn::Equals": [{"Fn::GetAtt": ["Queue", "Arn"]}, "x"]},
                "Circle": {"Condition": "Circle"}
            },
            "Resources": {"Api": {"Properties": {
                "MemorySize": {"Ref": "Size"},
                "Name": {"Fn::Sub": "${AWS::StackName}-api"},
                "Url": {"Fn::Sub": "https://${Queue}/${Size}"},
                "Environment": {"Fn::If": ["HasMail", {"Variables": {"MAIL": {"Ref": "Mail"}, "KEY": {"Ref": "Key"}}}, {"Ref": "AWS::NoValue"}]},
                "List": ["a", {"Fn::If": ["Open", "b", "c"]}]
            }}}
        });
        let set = BTreeMap::from([("Mail".to_owned(), "a@b".to_owned()), ("Key".to_owned(), "secret".to_owned())]);
        Resolver::new(template, &set, &BTreeMap::from([("AWS::StackName".to_owned(), "demo".to_owned())]))
    }

    #[test]
    fn what_is_known_is_put_in_its_place() {
        let resolver = resolver();
        let check = |path: &str, expected: Value| {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(resolver.of_resource("Api", &path), expected, "{path:?}");
        };
        check("Properties.MemorySize", json!("256"));
        check("Properties.Name", json!("demo-api"));
        check("Properties.Url", json!({"Fn::Sub": "https://${Queue}/256"}));
        check("Properties.Environment.Variables.MAIL", json!("a@b"));
        check("Properties.Environment", json!({"Variables": {"MAIL": "a@b", "KEY": "****"}}));
        check("Properties.List", json!(["a", {"Fn::If": ["Open", "b", "c"]}]));
        check("Properties.List.0", json!("a"));
        check("Properties.Missing.Deeper", Value::Null);
    }

    #[test]
    fn conditions_hold_do_not_or_are_not_known() {
        let resolver = resolver();
        let found = ["HasMail", "Both", "Open", "Circle", "Missing"].map(|name| resolver.condition(name));
        assert_eq!(found, [Some(true), Some(false), None, None, None]);
    }
}

//! IAM policies.

use crate::{ConditionHandle, Expression, pseudo};
use indexmap::IndexMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A policy of a role, a bucket or a queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument<'s> {
    version: PolicyVersion,
    /// What is allowed and what is denied.
    #[serde(serialize_with = "those_under_their_conditions")]
    pub statement: Vec<Statement<'s>>,
}

impl<'s> PolicyDocument<'s> {
    /// A policy of these statements.
    pub fn of(statement: impl Into<Vec<Statement<'s>>>) -> Self {
        Self { version: PolicyVersion::V2012, statement: statement.into() }
    }
}

/// The policy language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
enum PolicyVersion {
    #[default]
    #[serde(rename = "2012-10-17")]
    V2012,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement<'s> {
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Principal>,
    #[serde(serialize_with = "one_or_many")]
    action: Vec<&'static str>,
    #[serde(serialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    resource: Vec<Expression<'s>>,
    #[serde(serialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    not_resource: Vec<Expression<'s>>,
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    condition: Conditions<'s>,
    /// The condition of the stack without which there is no such rule.
    #[serde(skip)]
    under: Option<ConditionHandle<'s>>,
}

/// Allowed or denied; a denial wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Effect {
    Allow,
    Deny,
}

/// To whom a rule of a resource applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Everybody, signed in or not.
    Anyone,
    /// An AWS service, such as `lambda.amazonaws.com`.
    Service(&'static str),
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Anyone => serializer.serialize_str("*"),
            Self::Service(name) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("Service", name)?;
                map.end()
            }
        }
    }
}

/// When a rule applies: `{operator: {key: value}}`, all of it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Conditions<'s> {
    all: IndexMap<&'static str, IndexMap<&'static str, Expression<'s>>>,
    /// The condition of the stack without which the rule applies always.
    under: Option<ConditionHandle<'s>>,
}

impl Conditions<'_> {
    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Serialize for Conditions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.under {
            None => self.all.serialize(serializer),
            Some(condition) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("Fn::If", &(condition.id().as_str(), &self.all, pseudo::no_value()))?;
                map.end()
            }
        }
    }
}

impl<'s> Statement<'s> {
    fn new(effect: Effect, action: &[&'static str], resource: impl IntoIterator<Item = Expression<'s>>) -> Self {
        Self {
            effect,
            principal: None,
            action: action.to_vec(),
            resource: resource.into_iter().collect(),
            not_resource: Vec::new(),
            condition: Conditions::default(),
            under: None,
        }
    }

    /// Allows the actions on the resources.
    pub fn allow(action: &[&'static str], resource: impl IntoIterator<Item = Expression<'s>>) -> Self {
        Self::new(Effect::Allow, action, resource)
    }

    /// Denies the actions on the resources, whatever else allows them.
    pub fn deny(action: &[&'static str], resource: impl IntoIterator<Item = Expression<'s>>) -> Self {
        Self::new(Effect::Deny, action, resource)
    }

    /// Denies the actions on everything but the resources, whatever else allows them.
    pub fn deny_elsewhere(action: &[&'static str], resource: impl IntoIterator<Item = Expression<'s>>) -> Self {
        Self { not_resource: resource.into_iter().collect(), ..Self::new(Effect::Deny, action, []) }
    }

    /// In a policy of a resource: to whom it applies.
    pub fn to(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// Only if: `.when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")`.
    pub fn when(mut self, operator: &'static str, key: &'static str, value: impl Into<Expression<'s>>) -> Self {
        self.condition.all.entry(operator).or_default().insert(key, value.into());
        self
    }

    /// Only if the request does not come over TLS. Loopback is no such request: AWS never sees one, and an emulator
    /// on the same machine sees nothing else.
    pub fn without_tls(self) -> Self {
        self.when("Bool", "aws:SecureTransport", "false").when("NotIpAddress", "aws:SourceIp", "127.0.0.0/8")
    }

    /// Only if the request comes from the same machine: never on AWS, so the rule is for emulators alone.
    pub fn on_loopback(self) -> Self {
        self.when("IpAddress", "aws:SourceIp", "127.0.0.0/8")
    }

    /// Makes the rule itself hang on a condition of the stack: if it is false, there is none.
    pub fn only_if(mut self, condition: &ConditionHandle<'s>) -> Self {
        self.under = Some(condition.clone());
        self
    }

    /// Makes what [`Self::when`] demands hang on a condition of the stack: if it is false, nothing is demanded.
    pub fn demanded_if(mut self, condition: &ConditionHandle<'s>) -> Self {
        self.condition.under = Some(condition.clone());
        self
    }
}

/// Statements that hang on a condition of the stack stand in its `Fn::If`.
fn those_under_their_conditions<S: Serializer>(statements: &[Statement<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(statements.iter().map(|statement| {
        let rendered = serde_json::json!(statement);
        match &statement.under {
            Some(condition) => serde_json::json!({"Fn::If": [condition.id().as_str(), rendered, pseudo::no_value()]}),
            None => rendered,
        }
    }))
}

/// IAM takes one value without a list, which is shorter.
fn one_or_many<T: Serialize, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    match values {
        [one] => one.serialize(serializer),
        many => many.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parameter, Stack};
    use serde_json::{Value, json};

    fn check(statement: &Statement<'_>, expected: &Value) {
        assert_eq!(serde_json::to_value(statement).unwrap(), *expected);
    }

    #[test]
    fn one_value_needs_no_list() {
        check(
            &Statement::allow(&["s3:GetObject"], ["a".into()]),
            &json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a"}),
        );
        check(
            &Statement::deny(&["s3:Get*", "s3:Put*"], ["a".into(), "b".into()]).to(Principal::Anyone),
            &json!({"Effect": "Deny", "Principal": "*", "Action": ["s3:Get*", "s3:Put*"], "Resource": ["a", "b"]}),
        );
        check(
            &Statement::allow(&["sts:AssumeRole"], []).to(Principal::Service("lambda.amazonaws.com")),
            &json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}),
        );
    }

    #[test]
    fn conditions_are_grouped_by_operator() {
        let statement = Statement::allow(&["a:B"], ["c".into()]).when("StringEquals", "x", "1");
        check(
            &statement.when("Bool", "z", "true").when("StringEquals", "y", "2"),
            &json!({
                "Effect": "Allow", "Action": "a:B", "Resource": "c",
                "Condition": {"StringEquals": {"x": "1", "y": "2"}, "Bool": {"z": "true"}}
            }),
        );
    }

    #[test]
    fn a_rule_can_hang_on_the_stack_and_be_about_everything_else() {
        Stack::build("", |stack| {
            let test = stack.parameter("Strict", &Parameter::default()).equals("yes");
            let strict = stack.condition("IsStrict", test);
            let rule = Statement::deny_elsewhere(&["a:B"], ["c".into()]).only_if(&strict);
            let expected = json!({"Effect": "Deny", "Action": "a:B", "NotResource": "c"});
            assert_eq!(
                serde_json::to_value(PolicyDocument::of([rule])).unwrap()["Statement"],
                json!([{"Fn::If": ["IsStrict", expected, {"Ref": "AWS::NoValue"}]}])
            );
        });
    }

    #[test]
    fn what_is_demanded_can_hang_on_the_stack() {
        Stack::build("", |stack| {
            let test = stack.parameter("Strict", &Parameter::default()).equals("yes");
            let strict = stack.condition("IsStrict", test);
            check(
                &Statement::allow(&["a:B"], ["c".into()]).when("Bool", "z", "true").demanded_if(&strict),
                &json!({
                    "Effect": "Allow", "Action": "a:B", "Resource": "c",
                    "Condition": {"Fn::If": ["IsStrict", {"Bool": {"z": "true"}}, {"Ref": "AWS::NoValue"}]}
                }),
            );
        });
    }
}

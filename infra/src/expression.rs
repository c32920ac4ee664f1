//! Values of properties: constants, and what CloudFormation computes when it creates the stack.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::marker::PhantomData;

/// Ties a value to the stack that it was made in. The lifetime is invariant: none can stand for another.
pub(crate) type Brand<'s> = PhantomData<fn(&'s ()) -> &'s ()>;

/// The name of something that was added to the stack `'s`. Only a stack makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicalId<'s> {
    name: String,
    stack: Brand<'s>,
}

impl LogicalId<'_> {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), stack: PhantomData }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }
}

/// A value that a property can have. Constants come by `From`, references only from handles.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression<'s> {
    node: Node,
    stack: Brand<'s>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Constant(Value),
    Ref(String),
    GetAtt(String, &'static str),
    /// `Fn::Sub`: the pieces one after the other.
    Sub(Vec<Node>),
    Join(String, Vec<Node>),
    Select(usize, Box<Node>),
    Split(String, Box<Node>),
    If(String, Box<Node>, Box<Node>),
    List(Vec<Node>),
}

impl<'s> Expression<'s> {
    fn new(node: Node) -> Self {
        Self { node, stack: PhantomData }
    }

    pub(crate) fn reference(id: &LogicalId<'s>) -> Self {
        Self::new(Node::Ref(id.name.clone()))
    }

    /// A parameter that CloudFormation itself provides.
    pub(crate) fn pseudo(name: &'static str) -> Self {
        Self::new(Node::Ref(name.to_owned()))
    }

    pub(crate) fn attribute(id: &LogicalId<'s>, attribute: &'static str) -> Self {
        Self::new(Node::GetAtt(id.name.clone(), attribute))
    }

    pub(crate) fn choice(condition: &LogicalId<'s>, then: Self, otherwise: Self) -> Self {
        Self::new(Node::If(condition.name.clone(), Box::new(then.node), Box::new(otherwise.node)))
    }

    /// The pieces one after the other, as one `Fn::Sub`. See also [`sub!`](crate::sub).
    pub fn concat(pieces: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for piece in pieces {
            match piece.node {
                Node::Sub(inner) => flat.extend(inner),
                node => flat.push(node),
            }
        }
        match flat.len() {
            1 => Self::new(flat.remove(0)),
            _ => Self::new(Node::Sub(flat)),
        }
    }

    /// A list of values.
    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Node::List(values.into_iter().map(|value| value.node).collect()))
    }

    /// `Fn::Join`: the values with `separator` between them.
    pub fn join(separator: &str, values: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Node::Join(separator.to_owned(), values.into_iter().map(|value| value.node).collect()))
    }

    /// `Fn::Split`: a list of what stands between the separators.
    pub fn split(self, separator: &str) -> Self {
        Self::new(Node::Split(separator.to_owned(), Box::new(self.node)))
    }

    /// `Fn::Select`: one value of a list, counted from 0.
    pub fn select(self, index: usize) -> Self {
        Self::new(Node::Select(index, Box::new(self.node)))
    }
}

impl From<&str> for Expression<'_> {
    fn from(text: &str) -> Self {
        Self::new(Node::Constant(Value::from(text)))
    }
}

impl From<String> for Expression<'_> {
    fn from(text: String) -> Self {
        Self::new(Node::Constant(Value::from(text)))
    }
}

impl From<u32> for Expression<'_> {
    fn from(number: u32) -> Self {
        Self::new(Node::Constant(Value::from(number)))
    }
}

impl From<bool> for Expression<'_> {
    fn from(flag: bool) -> Self {
        Self::new(Node::Constant(Value::from(flag)))
    }
}

impl<'s> From<&Expression<'s>> for Expression<'s> {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl Serialize for Expression<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.node.render().serialize(serializer)
    }
}

impl Node {
    fn render(&self) -> Value {
        let all = |nodes: &[Self]| Value::from(nodes.iter().map(Self::render).collect::<Vec<_>>());
        match self {
            Self::Constant(value) => value.clone(),
            Self::Ref(id) => json!({ "Ref": id }),
            Self::GetAtt(id, attribute) => json!({ "Fn::GetAtt": [id, attribute] }),
            Self::Sub(pieces) => render_sub(pieces),
            Self::Join(separator, values) => json!({ "Fn::Join": [separator, all(values)] }),
            Self::Select(index, list) => json!({ "Fn::Select": [index, list.render()] }),
            Self::Split(separator, text) => json!({ "Fn::Split": [separator, text.render()] }),
            Self::If(condition, then, otherwise) => json!({ "Fn::If": [condition, then.render(), otherwise.render()] }),
            Self::List(values) => all(values),
        }
    }
}

/// References stand in the text itself; whatever else is computed gets a variable of its own.
fn render_sub(pieces: &[Node]) -> Value {
    let mut text = String::new();
    let mut variables = Map::new();
    for piece in pieces {
        match piece {
            Node::Constant(Value::String(constant)) => text.push_str(&constant.replace("${", "${!")),
            Node::Constant(constant) => text.push_str(&constant.to_string()),
            Node::Ref(id) => text.push_str(&format!("${{{id}}}")),
            Node::GetAtt(id, attribute) => text.push_str(&format!("${{{id}.{attribute}}}")),
            computed => {
                let variable = format!("Value{}", variables.len() + 1);
                text.push_str(&format!("${{{variable}}}"));
                variables.insert(variable, computed.render());
            }
        }
    }
    let plain = pieces.iter().all(|piece| matches!(piece, Node::Constant(_)));
    match (plain, variables.is_empty()) {
        (true, _) => Value::from(text.replace("${!", "${")),
        (false, true) => json!({ "Fn::Sub": text }),
        (false, false) => json!({ "Fn::Sub": [text, variables] }),
    }
}

/// Text made of constants and references: `sub!["arn:", pseudo::partition(), ":s3:::", bucket.name()]`.
#[macro_export]
macro_rules! sub {
    [$($piece:expr),+ $(,)?] => { $crate::Expression::concat([$($crate::Expression::from($piece)),+]) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo;

    fn check(value: &Expression<'_>, expected: &Value) {
        assert_eq!(serde_json::to_value(value).unwrap(), *expected);
    }

    fn arn<'s>() -> Expression<'s> {
        Expression::attribute(&LogicalId::new("Queue"), "Arn")
    }

    #[test]
    fn references_stand_in_the_text() {
        check(&sub!["arn:", pseudo::partition(), ":x"], &json!({"Fn::Sub": "arn:${AWS::Partition}:x"}));
        check(&sub![arn(), "/*"], &json!({"Fn::Sub": "${Queue.Arn}/*"}));
        check(&sub!["a", sub!["b", arn()]], &json!({"Fn::Sub": "ab${Queue.Arn}"}));
    }

    #[test]
    fn constants_stay_constants_and_are_escaped_beside_references() {
        check(&sub!["a", "b${c}"], &json!("ab${c}"));
        check(&sub!["${c}", arn()], &json!({"Fn::Sub": "${!c}${Queue.Arn}"}));
        check(&sub![arn()], &json!({"Fn::GetAtt": ["Queue", "Arn"]}));
    }

    #[test]
    fn what_is_computed_gets_a_variable() {
        check(
            &sub!["x-", arn().split("/").select(1)],
            &json!({"Fn::Sub": ["x-${Value1}", {"Value1": {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::GetAtt": ["Queue", "Arn"]}]}]}}]}),
        );
    }

    #[test]
    fn lists_are_joined() {
        check(
            &Expression::join(",", [arn(), "b".into()]),
            &json!({"Fn::Join": [",", [{"Fn::GetAtt": ["Queue", "Arn"]}, "b"]]}),
        );
        check(&Expression::list([1.into(), true.into()]), &json!([1, true]));
    }
}

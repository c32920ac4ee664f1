//! Putting a template together.

use crate::expression::{Brand, LogicalId};
use crate::output::Output;
use crate::{ConditionHandle, Conditional, Expression, Parameter, ParameterHandle, Resource, Template, Test};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::marker::PhantomData;

/// A stack that is being put together. Resources are written in the order in which they are added.
///
/// Every logical id is given once; a second use of one is a mistake in the program and panics.
pub struct Stack<'s> {
    parameters: IndexMap<String, Value>,
    rules: IndexMap<String, Value>,
    conditions: IndexMap<String, Value>,
    resources: IndexMap<String, Entry<'s>>,
    outputs: IndexMap<String, Value>,
    stack: Brand<'s>,
}

/// A resource whose properties are rendered last, when all grants are known.
struct Entry<'s> {
    resource_type: &'static str,
    condition: Option<String>,
    render: Box<dyn Fn() -> Map<String, Value> + 's>,
}

impl<'s> Stack<'s> {
    /// Runs `define` on an empty stack and gives the template. Handles live only as long as `define` runs.
    pub fn build(description: &str, define: impl for<'a> FnOnce(&mut Stack<'a>)) -> Template {
        let mut stack = Stack {
            parameters: IndexMap::new(),
            rules: IndexMap::new(),
            conditions: IndexMap::new(),
            resources: IndexMap::new(),
            outputs: IndexMap::new(),
            stack: PhantomData,
        };
        define(&mut stack);
        stack.finish(description)
    }

    /// Adds a parameter.
    pub fn parameter(&mut self, id: &str, parameter: &Parameter) -> ParameterHandle<'s> {
        ParameterHandle::new(insert(&mut self.parameters, id, to_value(parameter)))
    }

    /// Adds a rule: whenever `when` is true, `assert` must be, or the stack is neither created nor changed. Both can
    /// only be about parameters.
    pub fn rule(&mut self, id: &str, when: Test<'s>, assert: Test<'s>, description: &'static str) {
        let assertion = json!({ "Assert": assert.into_value(), "AssertDescription": description });
        insert(&mut self.rules, id, json!({ "RuleCondition": when.into_value(), "Assertions": [assertion] }));
    }

    /// Adds a condition.
    pub fn condition(&mut self, id: &str, test: Test<'s>) -> ConditionHandle<'s> {
        ConditionHandle::new(insert(&mut self.conditions, id, test.into_value()))
    }

    /// Adds an output.
    pub fn output(&mut self, id: &str, description: &'static str, value: Expression<'s>) {
        insert(&mut self.outputs, id, to_value(&Output { description, value }));
    }

    /// Adds a resource.
    pub fn add<R: Resource<'s> + 's>(&mut self, id: &str, resource: R) -> R::Handle {
        self.insert(id, resource, None)
    }

    /// Adds a resource that is there only if the condition holds.
    pub fn add_if<R: Resource<'s> + 's>(
        &mut self,
        condition: &ConditionHandle<'s>,
        id: &str,
        resource: R,
    ) -> Conditional<'s, R::Handle> {
        let handle = self.insert(id, resource, Some(condition.id().as_str().to_owned()));
        Conditional { condition: condition.clone(), handle }
    }

    /// Adds a resource that is there only if another is, and may refer to it.
    pub fn add_with<H, R: Resource<'s> + 's>(
        &mut self,
        other: &Conditional<'s, H>,
        id: &str,
        resource: impl FnOnce(&H) -> R,
    ) -> Conditional<'s, R::Handle> {
        self.add_if(&other.condition, id, resource(&other.handle))
    }

    fn insert<R: Resource<'s> + 's>(&mut self, id: &str, resource: R, condition: Option<String>) -> R::Handle {
        let handle = |id| resource.handle(id);
        let result = handle(LogicalId::new(id));
        let render = move || {
            let mut rendered = Map::new();
            rendered.insert("Type".to_owned(), Value::from(R::TYPE));
            if let Some(removal) = resource.removal() {
                rendered.insert("DeletionPolicy".to_owned(), to_value(&removal.on_delete));
                rendered.insert("UpdateReplacePolicy".to_owned(), to_value(&removal.on_replace));
            }
            rendered.insert("Properties".to_owned(), to_value(&resource));
            rendered
        };
        insert(&mut self.resources, id, Entry { resource_type: R::TYPE, condition, render: Box::new(render) });
        result
    }

    fn finish(self, description: &str) -> Template {
        let resources = self.resources.into_iter().map(|(id, entry)| {
            let mut rendered = (entry.render)();
            debug_assert_eq!(rendered["Type"], entry.resource_type);
            if let Some(condition) = entry.condition {
                rendered.insert("Condition".to_owned(), Value::from(condition));
            }
            (id, Value::from(rendered))
        });
        let mut body = Map::new();
        body.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
        body.insert("Description".to_owned(), json!(description));
        let sections = [
            ("Parameters", self.parameters.into_iter().collect::<Map<_, _>>()),
            ("Rules", self.rules.into_iter().collect()),
            ("Conditions", self.conditions.into_iter().collect()),
            ("Resources", resources.collect()),
            ("Outputs", self.outputs.into_iter().collect()),
        ];
        for (name, section) in sections {
            if !section.is_empty() {
                body.insert(name.to_owned(), Value::from(section));
            }
        }
        Template::new(Value::from(body))
    }
}

/// # Panics
/// If the id is taken or is no logical id: both are mistakes in the program that any test finds.
fn insert<'s, V>(section: &mut IndexMap<String, V>, id: &str, value: V) -> LogicalId<'s> {
    assert!(!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "`{id}` is no logical id");
    let taken = section.insert(id.to_owned(), value);
    assert!(taken.is_none(), "the logical id `{id}` is used twice");
    LogicalId::new(id)
}

fn to_value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("properties are structs of texts, numbers and lists, which serialize")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Subscription, Table, Topic, TopicHandle};

    #[test]
    #[should_panic(expected = "`Table` is used twice")]
    fn a_logical_id_is_used_once() {
        Stack::build("", |stack| {
            stack.add("Table", Table::default());
            stack.add("Table", Table::default());
        });
    }

    #[test]
    #[should_panic(expected = "`my-table` is no logical id")]
    fn a_logical_id_has_only_letters_and_digits() {
        Stack::build("", |stack| {
            stack.add("my-table", Table::default());
        });
    }

    #[test]
    fn what_hangs_on_a_condition_is_reached_only_under_it() {
        let template = Stack::build("", |stack| {
            let mail = stack.parameter("Mail", &Parameter::default());
            let mailed = stack.condition("Mailed", mail.equals("").negated());
            let topic = stack.add_if(&mailed, "Topic", Topic {});
            stack.add_with(&topic, "Subscription", |topic| Subscription::email(topic, mail.value()));
            stack.output("Topic", "ARN", topic.value_or(TopicHandle::arn, "none"));
        });
        let body = template.as_value();
        assert_eq!(body["Conditions"]["Mailed"], json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "Mail"}, ""]}]}));
        for id in ["Topic", "Subscription"] {
            assert_eq!(body["Resources"][id]["Condition"], "Mailed");
        }
        assert_eq!(body["Outputs"]["Topic"]["Value"], json!({"Fn::If": ["Mailed", {"Ref": "Topic"}, "none"]}));
    }

    #[test]
    fn parameters_that_do_not_fit_together_are_refused() {
        let template = Stack::build("", |stack| {
            let one = stack.parameter("One", &Parameter::default());
            let two = stack.parameter("Two", &Parameter::default());
            stack.rule("Both", one.equals("").negated(), two.equals("").negated(), "Two is missing");
        });
        let given = |parameter: &str| json!({"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]});
        assert_eq!(
            template.as_value()["Rules"]["Both"],
            json!({
                "RuleCondition": given("One"),
                "Assertions": [{"Assert": given("Two"), "AssertDescription": "Two is missing"}]
            })
        );
    }

    #[test]
    fn resources_that_hold_data_say_what_becomes_of_it() {
        let template = Stack::build("", |stack| {
            stack.add("Table", Table::default());
        });
        let table = &template.as_value()["Resources"]["Table"];
        assert_eq!(table["DeletionPolicy"], "Delete");
        assert_eq!(table["UpdateReplacePolicy"], "Retain");
    }
}

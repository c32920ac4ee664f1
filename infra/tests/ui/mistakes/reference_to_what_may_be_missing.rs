//! A dangling reference: the topic is there only under a condition.

use infra::resource::Topic;
use infra::{Parameter, Stack};

fn main() {
    Stack::build("one", |stack| {
        let test = stack.parameter("Mail", &Parameter::default()).equals("").negated();
        let mailed = stack.condition("Mailed", test);
        let topic = stack.add_if(&mailed, "Topic", Topic {});
        stack.output("Topic", "its ARN", topic.arn());
    });
}

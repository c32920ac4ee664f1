//! The same program without a mistake: were this not to compile, the others would prove nothing.

use drydock_contract::env::MonitorEnv;
use infra::resource::{
    EventSourceMapping, Function, LogGroup, Queue, Redrive, Retention, Role, S3Code, Table, Topic, TopicHandle,
};
use infra::units::minutes;
use infra::{Parameter, Stack};

fn main() {
    let template = Stack::build("sound", |stack| {
        let code = stack.parameter("Code", &Parameter::default()).value();
        let dead_letters = stack.add("DeadLetters", Queue::<30>::default());
        let queue = stack.add(
            "Queue",
            Queue::<{ minutes(10) }> { redrive_policy: Some(Redrive::to(&dead_letters, 3)), ..Default::default() },
        );
        let role = stack.add("Role", Role { service: "lambda.amazonaws.com", ..Default::default() });
        let logs =
            stack.add("Logs", LogGroup { log_group_name: "logs".into(), retention_in_days: Retention::OneWeek });
        let table = stack.add("Table", Table::default());
        let environment = MonitorEnv { deployments_table: table.name(), monitor_queue_url: queue.url() };
        let code = S3Code { bucket: code.clone(), key: code };
        let function = Function::<{ minutes(5) }>::rust("monitor".into(), code, &role, &logs, environment);
        let function = stack.add("Function", function);
        queue.grant_consume(&role);
        stack.add("Mapping", EventSourceMapping::new(&queue, &function, 10.into()));
        let mailed = stack.parameter("Mail", &Parameter::default()).equals("").negated();
        let mailed = stack.condition("Mailed", mailed);
        let topic = stack.add_if(&mailed, "Topic", Topic {});
        stack.output("Topic", "if there is one", topic.value_or(TopicHandle::arn, ""));
    });
    assert!(template.to_json().contains("ReportBatchItemFailures"));
}

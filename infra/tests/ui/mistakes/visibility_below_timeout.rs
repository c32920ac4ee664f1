//! A message would be given to a second invocation while the first still works on it.

use drydock_contract::env::MonitorEnv;
use infra::Stack;
use infra::resource::{EventSourceMapping, Function, LogGroup, Queue, Retention, Role, S3Code, Table};
use infra::units::minutes;

fn main() {
    Stack::build("one", |stack| {
        let queue = stack.add("Queue", Queue::<{ minutes(5) }>::default());
        let role = stack.add("Role", Role { service: "lambda.amazonaws.com", ..Default::default() });
        let logs =
            stack.add("Logs", LogGroup { log_group_name: "logs".into(), retention_in_days: Retention::OneWeek });
        let table = stack.add("Table", Table::default());
        let environment = MonitorEnv { deployments_table: table.name(), monitor_queue_url: queue.url() };
        let code = S3Code { bucket: "bucket".into(), key: "key".into() };
        let function = Function::<{ minutes(10) }>::rust("monitor".into(), code, &role, &logs, environment);
        let function = stack.add("Function", function);
        stack.add("Mapping", EventSourceMapping::new(&queue, &function, 10.into()));
    });
}

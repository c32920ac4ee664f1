//! A variable is set that the handler does not read.

use drydock_contract::env::MonitorEnv;
use infra::Stack;
use infra::resource::{Environment, Table};

fn main() {
    Stack::build("one", |stack| {
        let table = stack.add("Table", Table::default());
        let (deployments_table, monitor_queue_url) = (table.name(), table.name());
        let _ = Environment::from(MonitorEnv { deployments_table, monitor_queue_url, table: table.name() });
    });
}

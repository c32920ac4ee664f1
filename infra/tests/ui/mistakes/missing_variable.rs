//! A variable that the handler reads is not set.

use drydock_contract::env::MonitorEnv;
use infra::Stack;
use infra::resource::{Environment, Table};

fn main() {
    Stack::build("one", |stack| {
        let table = stack.add("Table", Table::default());
        let _ = Environment::from(MonitorEnv { deployments_table: table.name() });
    });
}

//! A variable is set that the handler does not read.

use drydock_contract::env::StatusAnalyzerEnv;
use infra::Stack;
use infra::resource::{Environment, Table};

fn main() {
    Stack::build("one", |stack| {
        let table = stack.add("Table", Table::default());
        let _ = Environment::from(StatusAnalyzerEnv { deployments_table: table.name(), table: table.name() });
    });
}

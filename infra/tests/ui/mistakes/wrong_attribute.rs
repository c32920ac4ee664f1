//! An attribute that the resource does not have: a table has no URL.

use infra::Stack;
use infra::resource::Table;

fn main() {
    Stack::build("one", |stack| {
        let table = stack.add("Table", Table::default());
        stack.output("Url", "its URL", table.url());
    });
}

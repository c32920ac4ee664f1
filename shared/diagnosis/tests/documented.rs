//! The documentation lists every class as it is.

use drydock_contract::api::Severity;
use drydock_diagnosis::Class;

const API: &str = include_str!("../../../docs/api.md");

fn table() -> String {
    let mut table = String::from("| `type` | Means | Severity | What helps |\n|---|---|---|---|\n");
    for class in Class::ALL.iter().filter(|class| !class.is_consequence()) {
        let severity = match class.severity() {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        };
        let (meaning, cure) = (class.meaning(), class.cure().as_str());
        table += &format!("| `{class}` | {meaning} | {severity} | {cure} |\n");
    }
    table
}

#[test]
fn the_table_of_classes_is_the_one_in_the_code() {
    let table = table();
    assert!(API.contains(&table), "docs/api.md must hold this table:\n\n{table}");
}

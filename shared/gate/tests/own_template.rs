//! The template of Drydock itself, as AWS's own validator sees it. `cargo xtask deploy` relies on it: a template that is
//! the one of the snapshot is not validated again.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use drydock_gate::{Finding, Gate, Severity};
use drydock_tree::{File, Tree};

fn errors(template: &str) -> Vec<Finding> {
    let mut tree = Tree::new();
    tree.insert("template.json", File::new(template)).unwrap();
    let mut found = Gate::new().survey(&tree, "").unwrap();
    found.retain(|finding| finding.severity == Severity::Error);
    found
}

#[test]
fn our_own_template_has_no_errors() {
    let template = infra::drydock::template().to_json_pretty();
    assert_eq!(errors(&template), []);
    let wrong = template.replace("\"MemorySize\"", "\"MemorySise\"");
    assert_ne!(errors(&wrong), [], "the validator sees a slip");
}

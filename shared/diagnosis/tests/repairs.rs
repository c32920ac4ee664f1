//! Every failure of the fixer's corpus is one that editing code repairs, and is known for what it is.

use drydock_diagnosis::{Class, find};
use std::path::Path;

/// The text of `failure: |` in a case.
fn failure(case: &str) -> String {
    let (_, rest) = case.split_once("failure: |\n").expect("a failure");
    let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with("  "));
    lines.map(|line| line.strip_prefix("  ").unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_the_fixer_can_repair_is_given_to_it() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixer-corpus");
    let mut cases: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for case in cases.iter().filter_map(|case| Some((case, std::fs::read_to_string(case.join("case.yaml")).ok()?))) {
        let text = failure(&case.1);
        let class = find(&text).map_or(Class::Unknown, |rule| rule.class);
        seen += 1;
        if !class.is_fixable_in_code() || class == Class::Unknown {
            wrong.push(format!("{}: {class}: {text}", case.0.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(seen >= 30, "{seen}");
}

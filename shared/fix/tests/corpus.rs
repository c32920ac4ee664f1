//! Every case of the corpus: its check tells right from wrong, and a good model's repair passes the whole loop.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod corpus_cases;
mod played;

use played::{GATE, budget, play};
use std::collections::BTreeSet;

#[test]
fn the_corpus_is_broad_enough() {
    let cases = corpus_cases::all();
    assert!(cases.len() >= 25, "{}", cases.len());
    let kinds: BTreeSet<&str> = cases.iter().map(|case| case.said.iac.as_str()).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["cdk", "cloudformation", "sam", "serverless", "simple-lambda", "terraform"]
    );
}

#[test]
fn a_broken_repository_is_not_taken_for_a_repaired_one() {
    for case in corpus_cases::all() {
        assert!(!case.said.solved.is_empty() || !case.said.holds.is_empty(), "{} checks nothing", case.name);
        // A change beside the point.
        let mut touched = case.tree.clone();
        touched.insert("NOTES.md", drydock_tree::File::new("touched\n")).unwrap();
        assert!(!case.judge(&GATE, &touched).is_empty(), "{}", case.name);
    }
}

#[tokio::test]
async fn the_named_repairs_pass_the_loop_and_the_check() {
    for case in corpus_cases::all() {
        let played = play(case.task(), case.good_model(), budget()).await;
        assert!(played.outcome.is_ok(), "{}: {:?}\n{:#?}", case.name, played.outcome, played.record.calls.last());
        assert_eq!(case.judge(&GATE, &played.files), [""; 0], "{}", case.name);
        let left = GATE.survey(&played.files, "").unwrap();
        let errors = left.iter().filter(|finding| finding.severity == drydock_gate::Severity::Error);
        assert_eq!(errors.map(ToString::to_string).collect::<Vec<_>>(), [""; 0], "{}", case.name);
    }
}

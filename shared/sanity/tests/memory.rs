//! What a run needs. An answer is forgotten once it is judged; what is reported of it is short.

mod local;

use drydock_sanity::run::{CheckName, Limits, StepResult, run};
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// Most of an answer that is read.
const MOST_READ: usize = 2 * 1024 * 1024;

/// What becomes of so many steps that are answered with this.
async fn run_against(steps: usize, filler: &str) -> Vec<StepResult> {
    let server = local::serve(filler).await;
    let plan = local::plan(steps, &local::guard(server));
    let limits = Limits { spacing: Duration::ZERO, ..Limits::default() };
    run(&plan, &local::sender(server), limits).await
}

/// As much of a list of these as is read.
fn list_of(element: &str) -> String {
    format!("[{}]", vec![element; (MOST_READ - 100) / (element.len() + 1)].join(","))
}

/// One test, for the memory is the whole program's.
#[tokio::test]
async fn a_run_stays_under_256_mb() {
    let compares = |result: &StepResult| {
        result.checks.iter().any(|check| check.name == CheckName::ResponseSchemaConformance && check.passed)
    };
    // As many steps as there may be, and answers that are as large as they may be: short values take the most.
    let text = format!("\"{}\"", "x".repeat(200_000));
    for (steps, filler) in [(200, text), (3, list_of("1")), (3, list_of(r#"{"id":1}"#))] {
        let results = run_against(steps, &filler).await;
        assert!(results.len() == steps && results.iter().all(compares), "{:.40}: {:#?}", filler, results[0].checks);
    }
    // What would take more as a value than a run may have.
    for hostile in [list_of("[1]"), list_of(&format!("{}{}", "[".repeat(120), "]".repeat(120)))] {
        let results = run_against(3, &hostile).await;
        assert!(!results.iter().any(compares), "{hostile:.40}");
    }
    let Some(peak) = local::peak() else { return };
    assert!(peak < 256 * MIB, "{} MB", peak / MIB);
}

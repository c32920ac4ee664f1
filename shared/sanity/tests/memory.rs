//! What a run needs. An answer is forgotten once it is judged; what is reported of it is short.

mod local;

use drydock_sanity::run::{Limits, Outcome, run};
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn two_hundred_steps_stay_under_256_mb() {
    let server = local::serve(200_000).await;
    let plan = local::plan(200, &local::guard(server));
    let limits = Limits { spacing: Duration::ZERO, ..Limits::default() };
    let results = run(&plan, &local::sender(server), limits).await;
    assert_eq!(results.len(), 200);
    assert!(results.iter().all(|result| result.outcome == Outcome::Passed), "{:#?}", results[0]);
    let Some(peak) = local::peak() else { return };
    assert!(peak < 256 * MIB, "{} MB", peak / MIB);
}

//! What the runner adds to a request, and what a run of 200 steps needs: `cargo xtask bench sanity`.

#![expect(clippy::print_stdout, reason = "a program for people")]

#[path = "../tests/local/mod.rs"]
mod local;

use drydock_sanity::run::{Limits, Outcome, run};
use serde_json::json;
use std::time::{Duration, Instant};

const STEPS: usize = 200;

/// Rounds; the best of each is shown, for the machine does other things meanwhile.
const ROUNDS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut rows = Vec::new();
    println!("{:>10} {:>14} {:>14} {:>14}", "answer", "bare request", "with runner", "added a step");
    for bytes in [200, 20_000, 500_000] {
        let server = local::serve(&format!("\"{}\"", "x".repeat(bytes))).await;
        let sender = local::sender(server);
        let plan = local::plan(STEPS, &local::guard(server));
        let limits = Limits { spacing: Duration::ZERO, ..Limits::default() };
        let (mut bare, mut whole) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            for step in 0..STEPS {
                let url = format!("http://{server}/lamps/{step}?expand=all");
                let answer = sender.client.get(url).send().await.expect("an answer");
                let _ = answer.bytes().await.expect("a body");
            }
            bare = bare.min(begun.elapsed());
            let begun = Instant::now();
            let results = run(&plan, &sender, limits).await;
            whole = whole.min(begun.elapsed());
            assert!(results.iter().all(|result| result.outcome == Outcome::Passed), "a step failed");
        }
        let each = |all: Duration| all.as_secs_f64() * 1e6 / 200.0;
        let (bare, whole) = (each(bare), each(whole));
        println!("{bytes:>8} B {bare:>11.0} µs {whole:>11.0} µs {:>11.0} µs", whole - bare);
        rows.push(json!({"answerBytes": bytes, "bareMicros": bare, "runnerMicros": whole}));
    }
    let peak = local::peak();
    if let Some(peak) = peak {
        println!("Most memory: {} MB", peak / 1024 / 1024);
    }
    if let Some(file) = std::env::args_os().nth(1) {
        let numbers = json!({"steps": STEPS, "rows": rows, "peakBytes": peak});
        std::fs::write(file, format!("{numbers:#}\n")).expect("a file that can be written");
    }
}

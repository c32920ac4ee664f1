//! The corpus against a real model: `cargo xtask bench fixer`, with `ANTHROPIC_API_KEY` in the environment.
//!
//! `MODEL_BASE_URL`, `MODEL_NAME` and `MODEL_PRICE` choose another model; arguments choose cases by parts of their
//! names.
#![expect(clippy::print_stdout, reason = "it prints a table")]

#[path = "../tests/corpus_cases/mod.rs"]
mod corpus_cases;

use corpus_cases::Case;
use drydock_aws::Roots;
use drydock_fix::{Budget, FixError, Record, Repair};
use drydock_gate::Gate;
use drydock_model::{ApiKey, Client, Settings};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// What one case may use.
const TURNS: u32 = 40;
const USD: f64 = 1.0;
const TIME: Duration = Duration::from_secs(300);

#[tokio::main]
async fn main() -> ExitCode {
    let client = match client() {
        Ok(client) => client,
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let gate = Gate::new();
    let (mut solved, mut all, mut usd) = (0, 0, 0.0);
    println!("{:<38} {:<8} {:>5} {:>9} {:>7} {:>8} {:>6}", "case", "solved", "turns", "in", "out", "USD", "s");
    for case in corpus_cases::all() {
        if !wanted.is_empty() && !wanted.iter().any(|part| case.name.contains(part.as_str())) {
            continue;
        }
        let (record, wrong) = run(&case, &client, &gate).await;
        let usage = record.usage;
        let input = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
        println!(
            "{:<38} {:<8} {:>5} {:>9} {:>7} {:>8.4} {:>6.1}",
            case.name,
            if wrong.is_none() { "yes" } else { "no" },
            record.turns,
            input,
            usage.output_tokens,
            record.cost_usd,
            record.seconds
        );
        if let Some(wrong) = &wrong {
            println!("    {wrong}");
        }
        solved += usize::from(wrong.is_none());
        all += 1;
        usd += record.cost_usd;
    }
    println!("{solved} of {all} solved by {} for {usd:.2} USD", client.settings().model);
    if solved == all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn client() -> Result<Client, String> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let settings = Settings::new(&variable("MODEL_BASE_URL"), &variable("MODEL_NAME"), &variable("MODEL_PRICE"))?;
    let http = drydock_aws::reqwest_client(Roots::Native).map_err(|error| error.to_string())?;
    Client::new(http, ApiKey::new(&variable("ANTHROPIC_API_KEY")), settings)
        .map_err(|error| format!("{error}: set ANTHROPIC_API_KEY to a key of Anthropic's API"))
}

/// What happened, and what is wrong with the repair.
async fn run(case: &Case, client: &Client, gate: &Gate) -> (Record, Option<String>) {
    let budget = Budget { turns: TURNS, usd: USD, until: Instant::now() + TIME };
    let mut repair = match Repair::begin(client, gate, case.task(), budget) {
        Ok(repair) => repair,
        Err(error) => return (Record::default(), Some(error.to_string())),
    };
    let ended: Result<(), FixError> = async {
        repair.plan().await?;
        repair.edit().await.map(|_| ())
    }
    .await;
    let record = repair.record(ended.as_ref().err());
    let wrong = match &ended {
        Err(error) => Some(error.to_string()),
        Ok(()) => {
            let wrong = case.judge(gate, repair.tree());
            (!wrong.is_empty()).then(|| wrong.join("; "))
        }
    };
    (record, wrong)
}

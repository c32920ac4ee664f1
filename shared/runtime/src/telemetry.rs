//! Structured log lines, as CloudWatch Logs Insights reads them.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The variable that says what is written, such as `info,drydock_store=debug`.
const CHOICE: &str = "RUST_LOG";

/// Writes one JSON object a line to stdout. `RUST_LOG` chooses what; `info` and above by default.
pub fn init() {
    // By target and level; filters by span and field would bring an engine of regular expressions to every handler.
    let chosen = std::env::var(CHOICE).ok().and_then(|choice| choice.parse::<Targets>().ok());
    let filter = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false);
    tracing_subscriber::registry().with(lines).with(filter).init();
}

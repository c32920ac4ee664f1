//! Structured log lines, as CloudWatch Logs Insights reads them.

use tracing_subscriber::EnvFilter;

/// Writes one JSON object a line to stdout. `RUST_LOG` chooses what; `info` and above by default.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_ansi(false)
        .init();
}

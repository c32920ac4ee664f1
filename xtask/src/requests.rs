//! `--verbose`: every request to AWS as it ends, with what it took.

use crate::printer::{Printer, elapsed};
use std::time::Instant;
use tracing::span::{Attributes, Id};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Tells them from now on, if details are wanted.
pub fn tell(printer: Printer) {
    if printer.is_verbose() {
        // Somebody else's subscriber tells them then.
        let _ = tracing_subscriber::registry().with(Requests { printer }).try_init();
    }
}

struct Requests {
    printer: Printer,
}

/// The SDK has one span for each call, named `Service.Operation`.
fn is_request(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("aws_sdk_") && metadata.name().contains('.')
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Requests {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        is_request(metadata)
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Instant::now());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let took = span.extensions().get::<Instant>().map(Instant::elapsed).unwrap_or_default();
        self.printer.detail(format_args!("            {} in {}", span.name(), elapsed(took)));
    }
}

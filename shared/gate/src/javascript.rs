//! JavaScript and TypeScript syntax, by oxc.

use crate::Finding;
use crate::lines::line_at;
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

/// Errors beyond these follow from the first ones.
const MAX_FINDINGS: usize = 5;

/// What Node.js or the TypeScript compiler would refuse to read.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    let Ok(kind) = SourceType::from_path(file) else { return Vec::new() };
    // Nothing in a `.js` says whether it is a module; it is wrong only if it is neither.
    let readings = match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => vec![SourceType::mjs(), SourceType::cjs()],
        _ => vec![kind],
    };
    let mut errors = Vec::new();
    for reading in readings {
        errors = parse(file, text, reading);
        if errors.is_empty() {
            break;
        }
    }
    errors
}

fn parse(file: &str, text: &str, kind: SourceType) -> Vec<Finding> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, kind).parse();
    parsed
        .diagnostics
        .iter()
        .take(MAX_FINDINGS)
        .map(|error| {
            let line = error
                .labels
                .first()
                .and_then(|label| line_at(text, usize::try_from(label.offset()).unwrap_or(usize::MAX)));
            Finding::error(file, line, "javascript-syntax", error.message.to_string())
        })
        .collect()
}

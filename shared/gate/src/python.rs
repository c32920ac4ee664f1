//! Python syntax, by the parser of Ruff.

use crate::Finding;
use crate::lines::line_at;
use rustpython_ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

/// Errors beyond these follow from the first ones.
const MAX_FINDINGS: usize = 5;

/// What Python would refuse to import.
pub(crate) fn check(file: &str, text: &str) -> Vec<Finding> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    parsed
        .errors()
        .iter()
        .take(MAX_FINDINGS)
        .map(|error| {
            let line = line_at(text, error.location.start().to_usize());
            Finding::error(file, line, "python-syntax", error.error.to_string())
        })
        .collect()
}

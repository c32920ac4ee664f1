//! The largest that each handler may be. A zip is loaded at every cold start, and grows unnoticed: a dependency here, a
//! feature there. So a build that ships fails when one grows past what `handlers/budgets.toml` allows.

use super::Built;
use super::target::Target;
use crate::printer::size;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Where it stands, from the workspace's root.
pub const FILE: &str = "handlers/budgets.toml";

/// What one handler may take, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The program.
    pub binary: u64,
    /// Its zip.
    pub zip: u64,
}

/// Checks what was built for a target against the file. Every handler must have a budget.
///
/// # Errors
/// Names every handler that is too large, by how much, and where its budget stands.
pub fn check(root: &Path, target: Target, built: &[Built]) -> Result<()> {
    let text = std::fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    let sizes: Vec<_> =
        built.iter().map(|built| (built.function.package, built.program_bytes, built.package.size)).collect();
    compare(&text, percent(target), &sizes)
}

/// What a program may have of its budget. Where another linker than Rust's own makes it, the tables for unwinding stay in.
const fn percent(target: Target) -> u64 {
    match target {
        Target::Arm64Musl | Target::Host => 100,
        Target::Arm64Gnu => 120,
    }
}

fn compare(text: &str, percent: u64, sizes: &[(&str, u64, u64)]) -> Result<()> {
    let budgets: BTreeMap<String, Budget> = toml::from_str(text).with_context(|| format!("{FILE} cannot be used"))?;
    let mut over = Vec::new();
    for (function, binary, zip) in sizes {
        let Some(budget) = budgets.get(*function) else {
            bail!("{FILE} has no budget for {function}; add one: [{function}] with binary and zip in bytes");
        };
        for (what, found, budget) in [("binary", *binary, budget.binary), ("zip", *zip, budget.zip)] {
            let allowed = budget * percent / 100;
            if found > allowed {
                let more = size(found - allowed);
                over.push(format!(
                    "the {what} of {function} has {} and may have {}: {more} too much",
                    size(found),
                    size(allowed)
                ));
            }
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nFind what it brings with `cargo tree --package NAME --edges normal`, or allow it in {FILE}",
        over.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use infra::drydock::FUNCTIONS;

    const TEXT: &str = "[a]\nbinary = 2_000_000\nzip = 1_000_000\n";

    fn check(text: &str, sizes: &[(&str, u64, u64)], expected: &str) {
        match compare(text, 100, sizes) {
            Ok(()) => assert_eq!(expected, ""),
            Err(error) => assert!(!expected.is_empty() && format!("{error:#}").contains(expected), "{error:#}"),
        }
    }

    #[test]
    fn what_grows_past_its_budget_is_named() {
        check(TEXT, &[("a", 2_000_000, 1_000_000)], "");
        check(TEXT, &[("a", 2_000_001, 1)], "the binary of a has");
        check(TEXT, &[("a", 1, 3_000_000)], "the zip of a has");
        check(TEXT, &[("b", 1, 1)], "no budget for b");
        check("[a]\nbinary = 1\n", &[("a", 1, 1)], "missing field `zip`");
        check("[a]\nbinary = 1\nzip = 1\nzipp = 1\n", &[("a", 1, 1)], "unknown field `zipp`");
    }

    #[test]
    fn a_program_that_keeps_its_tables_may_have_a_little_more() {
        let compare = |binary, zip| compare(TEXT, percent(Target::Arm64Gnu), &[("a", binary, zip)]);
        assert!(compare(2_400_000, 1_200_000).is_ok());
        assert!(compare(2_400_001, 1).is_err() && compare(1, 1_200_001).is_err());
    }

    #[test]
    fn every_handler_has_one() {
        let text = std::fs::read_to_string(Path::new("..").join(FILE)).unwrap();
        let sizes: Vec<_> = FUNCTIONS.iter().map(|function| (function.package, 0, 0)).collect();
        check(&text, &sizes, "");
    }
}

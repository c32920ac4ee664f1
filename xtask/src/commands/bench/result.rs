//! What benchmarks give: times with their spread, and a file for programs.

use crate::commands::Context;
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// Of at least one time.
    pub(super) fn of(times: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        let even = times.len().is_multiple_of(2);
        let median = if even { f64::midpoint(times[middle - 1], times[middle]) } else { times[middle] };
        Self { median, min: times[0], max: times[times.len() - 1] }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ({:.1}–{:.1}) ms", self.median, self.min, self.max)
    }
}

/// `target/bench/<name>.json`, in a folder that is there.
pub(super) fn file(context: &Context, name: &str) -> Result<PathBuf> {
    let folder = context.workspace.target().join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder.join(name).with_extension("json"))
}

/// Writes `target/bench/<name>.json`.
pub(super) fn write(context: &Context, name: &str, rows: &impl Serialize) -> Result<PathBuf> {
    let file = file(context, name)?;
    let text = serde_json::to_string_pretty(rows).context("cannot write the result as JSON")?;
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let check = |times: &[u64], expected: (f64, f64, f64)| {
            let spread = Spread::of(times.iter().map(|time| Duration::from_millis(*time)));
            assert_eq!((spread.median, spread.min, spread.max), expected, "{times:?}");
        };
        check(&[5], (5.0, 5.0, 5.0));
        check(&[9, 1, 2], (2.0, 1.0, 9.0));
        check(&[4, 1, 2, 9], (3.0, 1.0, 9.0));
    }
}

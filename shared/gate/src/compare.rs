//! What a change made better and worse.

use crate::{Finding, Severity};
use std::collections::BTreeMap;

/// The findings of before and after, set against each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What was not there before.
    pub new: Vec<Finding>,
    /// What is no longer there.
    pub solved: Vec<Finding>,
}

impl Comparison {
    /// Sets them against each other. A finding that was there once and is there twice is new once.
    pub(crate) fn of(before: &[Finding], after: &[Finding]) -> Self {
        Self { new: beyond(after, before), solved: beyond(before, after) }
    }

    /// The new findings that keep the change from being pushed.
    pub fn blocking(&self) -> impl Iterator<Item = &Finding> {
        self.new.iter().filter(|finding| finding.severity == Severity::Error)
    }
}

fn beyond(these: &[Finding], those: &[Finding]) -> Vec<Finding> {
    let mut left: BTreeMap<_, usize> = BTreeMap::new();
    for finding in those {
        *left.entry(finding.key()).or_default() += 1;
    }
    these
        .iter()
        .filter(|finding| match left.get_mut(&finding.key()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_findings_do_not_count_wherever_they_have_gone() {
        let finding = |line, message: &str| Finding::error("a.yaml", Some(line), "R", message).at("X");
        let before = [finding(1, "old"), finding(2, "twice"), finding(9, "solved")];
        let after = [finding(5, "old"), finding(6, "twice"), finding(7, "twice"), finding(8, "new")];
        let comparison = Comparison::of(&before, &after);
        assert_eq!(comparison.new, [finding(7, "twice"), finding(8, "new")]);
        assert_eq!(comparison.solved, [finding(9, "solved")]);
    }

    #[test]
    fn lists_of_what_is_allowed_may_grow() {
        let finding = |list: &str| Finding::error("a.yaml", None, "F1020", format!("'X' is not one of [{list}]"));
        assert_eq!(Comparison::of(&[finding("'A'")], &[finding("'A', 'B'")]), Comparison::default());
    }
}

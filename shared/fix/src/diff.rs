//! What a change is, for people.

use crate::secrets::mask;
use drydock_tree::Tree;
use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Path inside the repository.
    pub path: String,
    /// Lines that are new.
    pub added: usize,
    /// Lines that are gone.
    pub removed: usize,
    /// True if the file is new.
    pub created: bool,
}

/// All changed files, and the change as a unified diff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSummary {
    /// In the order of their paths.
    pub files: Vec<FileChange>,
    /// Unified, with three lines of context, secrets masked, cut after 64 KiB.
    pub text: String,
}

/// Longest diff that is kept, in bytes.
const MAX_BYTES: usize = 64 * 1024;

impl DiffSummary {
    /// The difference between two trees. Files that are no text are named only.
    pub(crate) fn between(before: &Tree, after: &Tree) -> Self {
        let mut summary = Self::default();
        for path in changed(before, after) {
            let (old, new) = (before.text(path).unwrap_or_default(), after.text(path).unwrap_or_default());
            let diff = TextDiff::from_lines(old, new);
            let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
            summary.files.push(FileChange {
                path: path.to_owned(),
                added: count(ChangeTag::Insert),
                removed: count(ChangeTag::Delete),
                created: before.get(path).is_none(),
            });
            let from = if before.get(path).is_none() { "/dev/null".to_owned() } else { format!("a/{path}") };
            summary.text += &diff.unified_diff().context_radius(3).header(&from, &format!("b/{path}")).to_string();
        }
        summary.text = mask(&summary.text).into_owned();
        if summary.text.len() > MAX_BYTES {
            summary.text.truncate(summary.text.floor_char_boundary(MAX_BYTES));
            summary.text += "\n[cut]\n";
        }
        summary
    }

    /// Lines added and removed, together.
    pub fn lines(&self) -> usize {
        self.files.iter().map(|file| file.added + file.removed).sum()
    }
}

/// Paths whose content differs.
pub(crate) fn changed<'t>(before: &'t Tree, after: &'t Tree) -> BTreeSet<&'t str> {
    before
        .paths()
        .chain(after.paths())
        .filter(|path| before.get(path).map(|file| &file.data) != after.get(path).map(|file| &file.data))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_tree::File;

    #[test]
    fn a_change_is_counted_and_shown() {
        let before: Tree =
            [("a.txt".to_owned(), File::new("1\n2\n3\n")), ("b".to_owned(), File::new("x"))].into_iter().collect();
        let mut after = before.clone();
        after.insert("a.txt", File::new("1\ntwo\n3\n")).unwrap();
        after.insert("c.txt", File::new("key AKIAIOSFODNN7ABCDEFG\n")).unwrap();
        let diff = DiffSummary::between(&before, &after);
        assert_eq!(diff.lines(), 3);
        assert_eq!(
            diff.files.iter().map(|file| (file.path.as_str(), file.created)).collect::<Vec<_>>(),
            [("a.txt", false), ("c.txt", true)]
        );
        assert!(diff.text.contains("--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n"), "{}", diff.text);
        assert!(diff.text.contains("--- /dev/null") && !diff.text.contains("AKIA"));
    }
}

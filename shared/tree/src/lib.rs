//! A repository's files in memory, and the archive they travel in.
//!
//! Everything that comes out of a repository passes through [`Tree`]: its paths are safe by construction
//! (relative, UTF-8, no `..`, no `.git`), so whoever reads one need not check again.

mod archive;
mod disk;
mod path;

pub use archive::{ArchiveError, Limits};
pub use disk::DiskError;
pub use path::UnsafePath;

use std::collections::BTreeMap;
use std::sync::Arc;

/// One regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bytes.
    pub data: Vec<u8>,
    /// True if Git has it with mode 100755.
    pub executable: bool,
}

impl File {
    /// A file that is not executable.
    pub fn new(data: impl Into<Vec<u8>>) -> Self {
        Self { data: data.into(), executable: false }
    }
}

/// Files by path, in the order of their paths. Folders exist only through the files in them. A copy shares the files
/// that it does not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, Arc<File>>,
}

impl Tree {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file in, replacing one of the same path.
    ///
    /// # Errors
    /// If the path is absolute, leaves the tree, names `.git` or is no plain relative path.
    pub fn insert(&mut self, path: &str, file: File) -> Result<(), UnsafePath> {
        path::check(path)?;
        self.files.insert(path.to_owned(), Arc::new(file));
        Ok(())
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<File> {
        self.files.remove(path).map(Arc::unwrap_or_clone)
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path).map(Arc::as_ref)
    }

    /// The file at `path` if it is UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(&self.get(path)?.data).ok()
    }

    /// True if any file lies below `folder` (`.` or the empty string for the whole tree).
    pub fn has_folder(&self, folder: &str) -> bool {
        self.below(folder).next().is_some()
    }

    /// Paths and files in the order of paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file.as_ref()))
    }

    /// Paths in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files below `folder` with their paths relative to it (`.` or the empty string for the whole tree).
    pub fn below<'tree>(&'tree self, folder: &str) -> impl Iterator<Item = (&'tree str, &'tree File)> {
        self.shared_below(folder).map(|(path, file)| (path, file.as_ref()))
    }

    fn shared_below<'tree>(&'tree self, folder: &str) -> impl Iterator<Item = (&'tree str, &'tree Arc<File>)> {
        let prefix = match folder.trim_matches('/') {
            "" | "." => String::new(),
            folder => format!("{folder}/"),
        };
        self.files
            .range(prefix.clone()..)
            .take_while({
                let prefix = prefix.clone();
                move |(path, _)| path.starts_with(&prefix)
            })
            .map(move |(path, file)| (&path[prefix.len()..], file))
    }

    /// A tree of the files below `folder`.
    #[must_use]
    pub fn under(&self, folder: &str) -> Self {
        Self { files: self.shared_below(folder).map(|(path, file)| (path.to_owned(), Arc::clone(file))).collect() }
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The sum of their sizes.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.data.len() as u64).sum()
    }
}

impl FromIterator<(String, File)> for Tree {
    /// For files whose paths are known to be safe: those that are not are left out.
    fn from_iter<I: IntoIterator<Item = (String, File)>>(files: I) -> Self {
        let mut tree = Self::new();
        for (path, file) in files {
            // An unsafe path has no place in a tree; callers that must tell use `insert`.
            let _ = tree.insert(&path, file);
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        paths.iter().map(|path| ((*path).to_owned(), File::new(*path))).collect()
    }

    #[test]
    fn a_folder_is_what_lies_below_it_and_nothing_beside_it() {
        let tree = tree(&["a/x", "a/b/y", "a-b/z", "ab", "c"]);
        assert_eq!(tree.under("a").paths().collect::<Vec<_>>(), ["b/y", "x"]);
        assert_eq!(tree.under("a/").len(), 2);
        assert_eq!(tree.under(".").len(), 5);
        assert!(tree.has_folder("a/b"));
        assert!(!tree.has_folder("ab"));
    }
}

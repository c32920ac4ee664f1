//! Reading a folder of this machine, as `git` would see it.

use crate::{ArchiveError, File, Limits, Tree};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A file or folder could not be opened.
    #[error("cannot read {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is more than asked for.
    #[error(transparent)]
    Limit(#[from] ArchiveError),
}

impl Tree {
    /// Reads the regular files below `folder`. Links, `.git` and names that have no place in a tree are left out;
    /// ignore files are not consulted.
    ///
    /// # Errors
    /// If a file cannot be read or a limit is exceeded.
    pub fn from_disk(folder: &Path, limits: Limits) -> Result<Self, DiskError> {
        let mut tree = Self::new();
        let mut bytes = 0;
        let mut waiting = vec![(folder.to_owned(), String::new())];
        while let Some((folder, prefix)) = waiting.pop() {
            let io = |path: &Path| {
                let path = path.to_owned();
                move |source| DiskError::Io { path, source }
            };
            for entry in std::fs::read_dir(&folder).map_err(io(&folder))? {
                let entry = entry.map_err(io(&folder))?;
                let path = entry.path();
                let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
                let kind = entry.file_type().map_err(io(&path))?;
                let inside = format!("{prefix}{name}");
                if crate::path::check(&inside).is_err() {
                    continue;
                }
                if kind.is_dir() {
                    waiting.push((path, format!("{inside}/")));
                } else if kind.is_file() {
                    let metadata = entry.metadata().map_err(io(&path))?;
                    bytes += metadata.len();
                    if bytes > limits.bytes {
                        return Err(ArchiveError::TooManyBytes(limits.bytes).into());
                    }
                    if tree.len() == limits.files {
                        return Err(ArchiveError::TooManyFiles(limits.files).into());
                    }
                    let data = std::fs::read(&path).map_err(io(&path))?;
                    tree.files.insert(inside, Arc::new(File { data, executable: is_executable(&metadata) }));
                }
            }
        }
        Ok(tree)
    }
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_without_gits_own_files() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/b.txt", ".git/config", "c"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let tree = Tree::from_disk(folder.path(), Limits { files: 2, bytes: 2 }).unwrap();
        assert_eq!(tree.paths().collect::<Vec<_>>(), ["a/b.txt", "c"]);
        assert!(Tree::from_disk(folder.path(), Limits { files: 1, bytes: 2 }).is_err());
        assert!(Tree::from_disk(&folder.path().join("none"), Limits { files: 1, bytes: 2 }).is_err());
    }
}

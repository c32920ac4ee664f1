//! The archive (zip) that a tree travels in. The same files give the same bytes, whenever and wherever it is written.

use crate::{File, Tree, UnsafePath};
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// What may come out of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most files.
    pub files: usize,
    /// Most bytes of all files together, unpacked.
    pub bytes: u64,
}

/// The archive cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not a zip, or a damaged one.
    #[error("the archive cannot be read: {0}")]
    Damaged(String),
    /// It holds a path that no tree may hold.
    #[error("the archive holds an {0}")]
    Path(#[from] UnsafePath),
    /// More files than allowed.
    #[error("the archive holds more than {0} files")]
    TooManyFiles(usize),
    /// More bytes than allowed.
    #[error("the archive holds more than {0} bytes")]
    TooManyBytes(u64),
}

impl Tree {
    /// Packs all files, in the order of their paths, with fixed times; only the executable bit is kept of the mode.
    pub fn to_zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, file) in self.iter() {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(DateTime::default())
                .unix_permissions(if file.executable { 0o755 } else { 0o644 });
            zip.start_file(path, options).expect("a path of a tree is a name for a zip, and memory takes all");
            zip.write_all(&file.data).expect("memory takes all");
        }
        zip.finish().expect("memory takes all").into_inner()
    }

    /// Unpacks an archive. Sizes are counted while unpacking, whatever the archive says of itself.
    ///
    /// # Errors
    /// If it is damaged, holds unsafe paths or exceeds a limit.
    pub fn from_zip(bytes: &[u8], limits: Limits) -> Result<Self, ArchiveError> {
        let damaged = |error: zip::result::ZipError| ArchiveError::Damaged(error.to_string());
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if zip.len() > limits.files {
            return Err(ArchiveError::TooManyFiles(limits.files));
        }
        let mut tree = Self::new();
        let mut left = limits.bytes;
        for index in 0..zip.len() {
            let entry = zip.by_index(index).map_err(damaged)?;
            if entry.is_dir() {
                continue;
            }
            let path = entry.name().map_err(damaged)?.into_owned();
            let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
            let mut data = Vec::new();
            entry.take(left + 1).read_to_end(&mut data).map_err(|error| ArchiveError::Damaged(error.to_string()))?;
            left = left.checked_sub(data.len() as u64).ok_or(ArchiveError::TooManyBytes(limits.bytes))?;
            tree.insert(&path, File { data, executable })?;
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { files: 10, bytes: 1000 };

    fn tree() -> Tree {
        let mut tree = Tree::new();
        tree.insert("b/run.sh", File { data: b"#!/bin/sh\n".to_vec(), executable: true }).unwrap();
        tree.insert("a.txt", File::new("hello")).unwrap();
        tree
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        assert_eq!(Tree::from_zip(&tree().to_zip(), LIMITS).unwrap(), tree());
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let first = tree().to_zip();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(first, tree().to_zip());
    }

    #[test]
    fn limits_hold_whatever_the_archive_says() {
        let zip = tree().to_zip();
        let check = |limits: Limits, expected: &str| {
            let error = Tree::from_zip(&zip, limits).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(Limits { files: 1, ..LIMITS }, "more than 1 files");
        check(Limits { bytes: 14, ..LIMITS }, "more than 14 bytes");
        assert!(Tree::from_zip(&zip, Limits { files: 2, bytes: 15 }).is_ok());
        assert!(Tree::from_zip(b"PK", LIMITS).is_err());
    }

    #[test]
    fn a_path_that_climbs_out_is_refused() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("../evil", SimpleFileOptions::default()).unwrap();
        zip.write_all(b"x").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert!(matches!(Tree::from_zip(&bytes, LIMITS), Err(ArchiveError::Path(_))));
    }
}

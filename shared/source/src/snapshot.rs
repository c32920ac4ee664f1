//! A commit's files, read into memory: no file system is touched, so names, links and case can do no harm.

use crate::error::{Exceeded, SourceError};
use crate::fetch::Scratch;
use crate::text::printable;
use crate::{Deadline, Limits, MAX_REPORTED};
use drydock_contract::session::Skipped;
use drydock_tree::{File, Tree};
use gix::bstr::{BStr, BString, ByteSlice};
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};

/// What a commit holds, and what was left out.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) tree: Tree,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) skipped_count: u64,
    bytes: u64,
}

/// Folders in folders, at most. Deeper ones are made to hurt.
const MAX_DEPTH: usize = 64;

/// How a file begins that only points to its content (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>).
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// A pointer is no longer than that, by its specification.
const LFS_POINTER_BYTES: usize = 1024;

/// Walks the commit's tree folder by folder. gix could list it at once, but a few hundred bytes of trees that
/// contain each other ten times over list as billions of files: so every entry is counted before it is kept.
pub(crate) fn take(
    scratch: &Scratch,
    commit: ObjectId,
    limits: &Limits,
    deadline: &Deadline,
) -> Result<Snapshot, SourceError> {
    let repository = &scratch.repository;
    let root = repository
        .find_commit(commit)
        .and_then(|commit| Ok(commit.tree_id()?.detach()))
        .map_err(|error| broken(&error))?;
    let mut snapshot = Snapshot::default();
    let mut entries = 0;
    let mut waiting = vec![Folder { id: root, prefix: BString::default(), depth: 0 }];
    while let Some(folder) = waiting.pop() {
        deadline.check()?;
        let tree = repository.find_tree(folder.id).map_err(|error| broken(&error))?;
        for entry in tree.iter() {
            let entry = entry.map_err(|error| broken(&error))?;
            entries += 1;
            if entries > limits.entries {
                return Err(SourceError::Limit(Exceeded::Entries(limits.entries)));
            }
            let path = folder.join(entry.filename());
            let kind = entry.mode().kind();
            if let Some(reason) = refused_name(entry.filename()).or_else(|| refused_kind(kind)) {
                snapshot.skip(path.as_ref(), reason);
            } else if kind != EntryKind::Tree {
                deadline.check()?;
                let executable = kind == EntryKind::BlobExecutable;
                snapshot.file(repository, path.as_ref(), entry.object_id(), executable, limits)?;
            } else if folder.depth == MAX_DEPTH {
                snapshot.skip(path.as_ref(), "deeper than 64 folders");
            } else {
                waiting.push(Folder { id: entry.object_id(), prefix: path, depth: folder.depth + 1 });
            }
        }
    }
    Ok(snapshot)
}

struct Folder {
    id: ObjectId,
    prefix: BString,
    depth: usize,
}

impl Folder {
    fn join(&self, name: &BStr) -> BString {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            [self.prefix.as_bytes(), b"/", name.as_bytes()].concat().into()
        }
    }
}

/// Names that climb out, pose as `.git` on some file system, or cannot be written down.
fn refused_name(name: &BStr) -> Option<&'static str> {
    // Names that only Windows refuses, such as `aux.ts`, harm no Lambda function.
    let rules =
        gix::validate::path::component::Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
    if gix::validate::path::component(name, None, rules).is_err() {
        Some("unsafe name")
    } else if name.to_str().is_err() {
        Some("name is not UTF-8")
    } else {
        None
    }
}

fn refused_kind(kind: EntryKind) -> Option<&'static str> {
    match kind {
        EntryKind::Link => Some("symbolic link"),
        EntryKind::Commit => Some("submodule"),
        EntryKind::Tree | EntryKind::Blob | EntryKind::BlobExecutable => None,
    }
}

impl Snapshot {
    fn skip(&mut self, path: &BStr, reason: &str) {
        self.skipped_count += 1;
        if self.skipped.len() < MAX_REPORTED {
            self.skipped.push(Skipped { path: printable(&path.to_str_lossy(), 300), reason: reason.to_owned() });
        }
    }

    fn file(
        &mut self,
        repository: &Repository,
        path: &BStr,
        id: ObjectId,
        executable: bool,
        limits: &Limits,
    ) -> Result<(), SourceError> {
        let size = repository.find_header(id).map_err(|error| broken(&error))?.size();
        if size > limits.file_bytes {
            self.skip(path, &format!("larger than {} MiB", limits.file_bytes / 1_048_576));
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > limits.tree_bytes {
            return Err(SourceError::Limit(Exceeded::TreeBytes(limits.tree_bytes)));
        }
        let data = repository.find_object(id).map_err(|error| broken(&error))?.detach().data;
        if data.len() < LFS_POINTER_BYTES && data.starts_with(LFS_POINTER) {
            self.skip(path, "Git LFS pointer: its content is not in the repository");
            return Ok(());
        }
        let Ok(text) = path.to_str() else {
            self.skip(path, "name is not UTF-8");
            return Ok(());
        };
        if let Err(unsafe_path) = self.tree.insert(text, File { data, executable }) {
            self.skip(path, &format!("unsafe name: {}", unsafe_path.reason));
        }
        Ok(())
    }
}

fn broken(error: &gix::Error) -> SourceError {
    let reasons: Vec<String> = error.iter_errors().map(ToString::to_string).collect();
    SourceError::Protocol { reason: printable(&reasons.join(": "), 300) }
}

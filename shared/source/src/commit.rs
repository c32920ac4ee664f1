//! A commit on top of a fetched one, with nothing but what differs: its pack is what a server lacks.

use crate::CommitId;
use crate::fetch::Scratch;
use crate::pack;
use crate::text::printable;
use drydock_tree::File;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::objs::tree::{Entry, EntryKind};
use gix::objs::{Kind, Tree, WriteTo};
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::fmt;

/// A commit as it was fetched, with its folders and files, in a place of its own until this is dropped.
pub struct Base {
    pub(crate) scratch: Scratch,
    pub(crate) commit: ObjectId,
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base").field("commit", &self.commit).finish_non_exhaustive()
    }
}

/// What a commit says of itself, and what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its message; the first line is the title.
    pub message: String,
    /// Who made it.
    pub author_name: String,
    /// And where they are written to.
    pub author_email: String,
    /// Seconds since 1970. The same seconds, message and edits on the same base give the same commit.
    pub seconds: i64,
    /// New files and new contents by path; `None` deletes.
    pub edits: BTreeMap<String, Option<File>>,
}

/// A commit that is ready to be pushed.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Its id.
    pub commit: CommitId,
    /// Objects in the pack.
    pub objects: usize,
    pub(crate) pack: Vec<u8>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commit, objects, pack } = self;
        write!(f, "Prepared({commit:?}, {objects} objects, {} bytes)", pack.len())
    }
}

/// The commit cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The path leads through a file, or to a folder, a link or a submodule.
    #[error("`{0}` is not a regular file of the repository, and none can be put there")]
    Occupied(String),
    /// Everything is as it was.
    #[error("the commit would change nothing")]
    NoChange,
    /// The fetched objects cannot be read.
    #[error("the repository cannot be read: {0}")]
    Broken(String),
}

fn broken(error: &dyn fmt::Display) -> CommitError {
    CommitError::Broken(printable(&error.to_string(), 300))
}

impl Base {
    /// Makes the commit in memory. Links, submodules and whatever else the snapshot left out stay as they are.
    ///
    /// # Errors
    /// If a path is occupied or nothing changes.
    pub fn commit(&self, proposal: &Proposal) -> Result<Prepared, CommitError> {
        let repository = &self.scratch.repository;
        let base = repository
            .find_commit(self.commit)
            .and_then(|commit| Ok(commit.tree_id()?.detach()))
            .map_err(|error| broken(&error))?;
        let mut objects = Objects { repository, new: Vec::new() };
        let edits: Vec<(&str, Option<&File>)> =
            proposal.edits.iter().map(|(path, file)| (path.as_str(), file.as_ref())).collect();
        let tree = match objects.folder(Some(base), "", &edits)? {
            Some(tree) => tree,
            None => objects.add(Kind::Tree, Vec::new())?,
        };
        if tree == base {
            return Err(CommitError::NoChange);
        }
        let commit = objects.add(Kind::Commit, self.commit_object(tree, proposal))?;
        // A server unpacks the commit first, so that a broken one costs it nothing.
        objects.new.reverse();
        Ok(Prepared {
            commit: CommitId(commit.to_string()),
            objects: objects.new.len(),
            pack: pack::of(&objects.new).map_err(|error| broken(&error))?,
        })
    }

    fn commit_object(&self, tree: ObjectId, proposal: &Proposal) -> Vec<u8> {
        // Angle brackets and line breaks would end the fields that they stand in.
        let field =
            |text: &str| -> String { text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect() };
        let author =
            format!("{} <{}> {} +0000", field(&proposal.author_name), field(&proposal.author_email), proposal.seconds);
        let message = proposal.message.replace('\0', "");
        let parent = self.commit;
        format!("tree {tree}\nparent {parent}\nauthor {author}\ncommitter {author}\n\n{}\n", message.trim())
            .into_bytes()
    }
}

/// The objects that the base does not have, children before parents.
struct Objects<'base> {
    repository: &'base Repository,
    new: Vec<pack::Object>,
}

impl Objects<'_> {
    fn add(&mut self, kind: Kind, data: Vec<u8>) -> Result<ObjectId, CommitError> {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, &data).map_err(|error| broken(&error))?;
        if !self.new.iter().any(|object| object.id == id) {
            self.new.push(pack::Object { id, kind, data });
        }
        Ok(id)
    }

    /// Applies edits, whose paths are relative to the folder, and returns its new tree: `None` if nothing is left.
    fn folder(
        &mut self,
        old: Option<ObjectId>,
        prefix: &str,
        edits: &[(&str, Option<&File>)],
    ) -> Result<Option<ObjectId>, CommitError> {
        let mut tree = match old {
            Some(id) => self.read(id)?,
            None => Tree::empty(),
        };
        let mut folders: BTreeMap<&str, Vec<(&str, Option<&File>)>> = BTreeMap::new();
        for (path, file) in edits {
            match path.split_once('/') {
                Some((folder, rest)) => folders.entry(folder).or_default().push((rest, *file)),
                None => self.file(&mut tree, prefix, path, *file)?,
            }
        }
        for (name, edits) in folders {
            let path = format!("{prefix}{name}/");
            let before = take(&mut tree, name.into(), |kind| kind == EntryKind::Tree)
                .map_err(|()| CommitError::Occupied(format!("{prefix}{name}")))?;
            if let Some(id) = self.folder(before.map(|entry| entry.oid), &path, &edits)? {
                tree.entries.push(Entry { mode: EntryKind::Tree.into(), filename: name.into(), oid: id });
            }
        }
        if tree.entries.is_empty() {
            return Ok(None);
        }
        tree.entries.sort();
        let mut data = Vec::new();
        tree.write_to(&mut data).map_err(|error| broken(&error))?;
        self.add(Kind::Tree, data).map(Some)
    }

    fn file(&mut self, tree: &mut Tree, prefix: &str, name: &str, file: Option<&File>) -> Result<(), CommitError> {
        let is_file = |kind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable);
        take(tree, name.into(), is_file).map_err(|()| CommitError::Occupied(format!("{prefix}{name}")))?;
        if let Some(file) = file {
            let kind = if file.executable { EntryKind::BlobExecutable } else { EntryKind::Blob };
            let oid = self.add(Kind::Blob, file.data.clone())?;
            tree.entries.push(Entry { mode: kind.into(), filename: BString::from(name), oid });
        }
        Ok(())
    }

    fn read(&self, id: ObjectId) -> Result<Tree, CommitError> {
        let tree = self.repository.find_tree(id).map_err(|error| broken(&error))?;
        let decoded = tree.decode().map_err(|error| broken(&error))?;
        Ok(Tree::from(decoded))
    }
}

/// Takes the entry of that name out, if it is of an allowed kind.
fn take(tree: &mut Tree, name: &BStr, allowed: impl Fn(EntryKind) -> bool) -> Result<Option<Entry>, ()> {
    let named = |entry: &Entry| entry.filename.as_bytes() == name.as_bytes();
    if tree.entries.iter().any(|entry| named(entry) && !allowed(entry.mode.kind())) {
        return Err(());
    }
    Ok(tree.entries.iter().position(named).map(|at| tree.entries.remove(at)))
}

//! The repository's files: the archive of the round that is tested, else the branch as it stands now.

use crate::failure;
use crate::journal::Journal;
use drydock_contract::Session;
use drydock_runtime::WorkError;
use drydock_source::{Limits, Remote};
use drydock_tree::Tree;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// What the evidence is read from: text. Files that are no text of that size are left out.
pub(crate) const LIMITS: Limits = Limits {
    wire_bytes: 192 * MIB,
    objects: 100_000,
    object_bytes: 100 * MIB,
    entries: 50_000,
    tree_bytes: 128 * MIB,
    file_bytes: 2 * MIB,
    time: Duration::from_secs(90),
};

/// What may come out of an archive; the stage that wrote it has stricter limits.
const ARCHIVE: drydock_tree::Limits = drydock_tree::Limits { files: 200_000, bytes: 700 * MIB };

/// Files and, if they were fetched, the commit that they are of.
pub(crate) async fn read(session: &Session, remote: &Remote, journal: Journal<'_>) -> Result<Tree, WorkError> {
    let tree = match &session.source {
        Some(source) => {
            let archive = journal.find(&source.archive_key).await?.ok_or_else(|| {
                let message = "the archive of the repository has been removed from the bucket";
                failure::failed("source-gone", message, "Request it again.")
            })?;
            Tree::from_zip(&archive, ARCHIVE)
                .map_err(|error| failure::failed("source-damaged", &error.to_string(), "Request it again."))?
        }
        None => {
            let fetched = drydock_source::fetch(remote, &session.branch, &LIMITS).await;
            let fetched = fetched.map_err(|error| failure::of_source(&error))?;
            journal.say(&format!("commit {}: {} files", fetched.commit, fetched.tree.len())).await?;
            fetched.tree
        }
    };
    let root = session.project_root.as_deref().unwrap_or_default();
    if !root.is_empty() && !tree.has_folder(root) {
        let message = format!("the repository has no folder {root}");
        return Err(failure::failed("root-missing", &message, "Check customRootFolder.").into());
    }
    Ok(tree)
}

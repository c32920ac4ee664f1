//! The repository's files, as the first stage has put them into the bucket.

use crate::failure;
use crate::journal::Journal;
use drydock_contract::Session;
use drydock_runtime::WorkError;
use drydock_tree::{Limits, Tree};

/// What may come out of an archive; the stage that wrote it has stricter limits.
const LIMITS: Limits = Limits { files: 200_000, bytes: 700 * 1024 * 1024 };

/// The files of the commit that is tested.
pub(crate) async fn read(session: &Session, journal: Journal<'_>) -> Result<Tree, WorkError> {
    let again = "Request it again.";
    let gone = || failure::failed("source-gone", "the archive of the repository is not in the bucket any more", again);
    let source = session.source.as_ref().ok_or_else(gone)?;
    let archive = journal.find(&source.archive_key).await?.ok_or_else(gone)?;
    let tree = Tree::from_zip(&archive, LIMITS)
        .map_err(|error| failure::failed("source-damaged", &error.to_string(), again))?;
    let root = session.project_root.as_deref().unwrap_or_default();
    if !root.is_empty() && !tree.has_folder(root) {
        let message = format!("the repository has no folder {root}");
        return Err(failure::failed("root-missing", &message, "Check customRootFolder.").into());
    }
    Ok(tree)
}

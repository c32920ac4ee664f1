//! How much of a repository is taken in.

use std::time::Duration;

/// Each limit ends the fetch when it is exceeded, but for [`Limits::file_bytes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes received from the server, in all answers together.
    pub wire_bytes: u64,
    /// Objects in the pack: commits, folders and files.
    pub objects: usize,
    /// Bytes of one object unpacked, whatever becomes of it: what one thread may have to hold.
    pub object_bytes: u64,
    /// Files and folders of the tree.
    pub entries: usize,
    /// Bytes of all files together.
    pub tree_bytes: u64,
    /// Bytes of one file; a larger one is skipped and reported.
    pub file_bytes: u64,
    /// From the first request to the last file.
    pub time: Duration,
}

const MIB: u64 = 1024 * 1024;

impl Default for Limits {
    /// What fits a function with 1024 MB of memory, 512 MB of disk and five minutes, with the archive of the tree
    /// in memory beside it. GitHub takes no file above 100 MiB, so one large file alone never ends a fetch there.
    fn default() -> Self {
        Self {
            wire_bytes: 192 * MIB,
            objects: 200_000,
            object_bytes: 100 * MIB,
            entries: 50_000,
            tree_bytes: 256 * MIB,
            file_bytes: 50 * MIB,
            time: Duration::from_secs(120),
        }
    }
}

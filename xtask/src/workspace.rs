//! Where things are in this checkout.

use std::path::{Path, PathBuf};

/// The checkout that this command line was built from.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
    program: Option<PathBuf>,
}

impl Workspace {
    /// The checkout. Cargo says where it is when it runs us; a binary run by hand knows where it was built.
    pub fn find() -> Self {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .filter(|folder| folder.ends_with("xtask"))
            .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf);
        // Asked now, because a later build may put another file in its place.
        Self { root, program: std::env::current_exe().ok() }
    }

    /// Another checkout.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf(), program: None }
    }

    /// This very program, for tests that run it.
    pub fn program(&self) -> Option<&Path> {
        self.program.as_deref()
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where builds for AWS go, whatever target folder the user has set for other builds.
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// What the embedded engine keeps: its virtual environment, logs and state.
    pub fn local(&self) -> PathBuf {
        self.target().join("local")
    }
}

//! The folders of a running engine: its log and temporary files, and the state that may outlive it.

use anyhow::{Context, Result, bail};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// File beside the kept state with the engine's port.
const PORT: &str = "port";

/// More engines than anybody runs at a time.
const MOST: u32 = 64;

/// `target/local/engine-<n>`, held for as long as this lives. The first that is free is taken, so one engine at a
/// time always has the same folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    state: Option<PathBuf>,
    _locks: Vec<File>,
}

impl Folder {
    /// Takes a folder under `parent`, and the kept state there if it is wanted. Only one engine at a time has that.
    ///
    /// # Errors
    /// If a folder cannot be made, or another engine has the state.
    pub fn take(parent: &Path, keep_state: bool) -> Result<Self> {
        let (state, state_lock) = if keep_state {
            let state = parent.join("state");
            let Some(lock) = try_lock(&state)? else {
                bail!("another engine is running and keeps the state; stop it, or leave --keep-state out")
            };
            (Some(state), Some(lock))
        } else {
            (None, None)
        };
        for number in 1..=MOST {
            let path = parent.join(format!("engine-{number}"));
            if let Some(lock) = try_lock(&path)? {
                let folder = Self { path, state, _locks: std::iter::once(lock).chain(state_lock).collect() };
                folder.clean()?;
                return Ok(folder);
            }
        }
        bail!("{MOST} engines are running under {}", parent.display())
    }

    /// Nothing of an earlier engine's code may be run by this one.
    fn clean(&self) -> Result<()> {
        let temporary = self.temporary();
        match std::fs::remove_dir_all(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", temporary.display()));
            }
            _ => {}
        }
        std::fs::create_dir_all(&temporary).with_context(|| format!("cannot create {}", temporary.display()))
    }

    /// What the engine and the functions write to their outputs.
    pub fn log(&self) -> PathBuf {
        self.path.join("engine.log")
    }

    /// Unpacked functions.
    pub fn temporary(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// The port of the engine that kept the state: addresses in what is kept have it in them.
    pub fn port(&self) -> Option<u16> {
        std::fs::read_to_string(self.state()?.join(PORT)).ok()?.trim().parse().ok()
    }

    /// Notes the port beside the state, if that is kept.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn remember_port(&self, port: u16) -> Result<()> {
        let Some(path) = self.state().map(|state| state.join(PORT)) else { return Ok(()) };
        std::fs::write(&path, port.to_string()).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Where the engine keeps what it has for the next time, if it is to.
    pub fn state(&self) -> Option<&Path> {
        self.state.as_deref()
    }
}

/// Makes a folder and takes it; `None` if somebody has it.
fn try_lock(folder: &Path) -> Result<Option<File>> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join("lock");
    let lock = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_running_engine_has_its_own() {
        let parent = tempfile::tempdir().unwrap();
        let first = Folder::take(parent.path(), false).unwrap();
        let second = Folder::take(parent.path(), false).unwrap();
        assert_ne!(first.log(), second.log());
        let log = first.log();
        drop(first);
        assert_eq!(Folder::take(parent.path(), false).unwrap().log(), log);
    }

    #[test]
    fn one_engine_at_a_time_keeps_the_state() {
        let parent = tempfile::tempdir().unwrap();
        let without = Folder::take(parent.path(), false).unwrap();
        let with = Folder::take(parent.path(), true).unwrap();
        assert_eq!((without.state(), with.state()), (None, Some(parent.path().join("state").as_path())));
        assert_eq!(with.port(), None);
        with.remember_port(4566).unwrap();
        assert_eq!(with.port(), Some(4566));
        let error = Folder::take(parent.path(), true).unwrap_err().to_string();
        assert!(error.contains("leave --keep-state out"), "{error}");
    }

    #[test]
    fn code_of_an_earlier_engine_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::take(parent.path(), false).unwrap();
        let code = folder.temporary().join("code");
        std::fs::write(&code, "").unwrap();
        drop(folder);
        let _again = Folder::take(parent.path(), false).unwrap();
        assert!(!code.exists());
    }
}

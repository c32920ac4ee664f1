//! The folder of one running engine: its log, its temporary files and, if it is kept, its state.

use anyhow::{Context, Result, bail};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// More engines than anybody runs at a time.
const MOST: u32 = 64;

/// `target/local/engine-<n>`, held for as long as this lives. The first that is free is taken, so one engine at a
/// time always has the same folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes a folder under `parent`. With `first` it must be the first one, where the kept state is.
    ///
    /// # Errors
    /// If it cannot be made, or the first is wanted and an engine runs in it.
    pub fn take(parent: &Path, first: bool) -> Result<Self> {
        for number in 1..=MOST {
            let path = parent.join(format!("engine-{number}"));
            std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
            let lock_path = path.join("lock");
            let lock = File::create(&lock_path).with_context(|| format!("cannot create {}", lock_path.display()))?;
            match lock.try_lock() {
                Ok(()) => {
                    let folder = Self { path, _lock: lock };
                    folder.clean()?;
                    return Ok(folder);
                }
                Err(TryLockError::WouldBlock) if first => {
                    bail!("another engine is running and keeps the state; stop it, or leave --keep-state out")
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", lock_path.display()));
                }
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

    /// What `--keep-state` keeps.
    pub fn state(&self) -> PathBuf {
        self.path.join("state")
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
        assert!(Folder::take(parent.path(), true).is_err());
        let log = first.log();
        drop(first);
        assert_eq!(Folder::take(parent.path(), true).unwrap().log(), log);
    }

    #[test]
    fn code_of_an_earlier_engine_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::take(parent.path(), false).unwrap();
        let (code, state) = (folder.temporary().join("code"), folder.state());
        std::fs::write(&code, "").unwrap();
        std::fs::create_dir(&state).unwrap();
        drop(folder);
        let _again = Folder::take(parent.path(), false).unwrap();
        assert!(!code.exists() && state.exists());
    }
}

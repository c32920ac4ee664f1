//! A virtual environment with exactly the versions that were tested, made once under `target/local`.

use crate::printer::{Printer, elapsed};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::process::Command;

/// What the engine needs.
const ENGINE: &str = include_str!("../../engine/requirements.txt");
/// What the tests need on top of it.
const TEST: &str = include_str!("../../engine/requirements-test.txt");
/// What the sanity tester is compared with; nothing else is in its environment.
const SCHEMATHESIS: &str = include_str!("../../engine/requirements-schemathesis.txt");
/// The oldest Python that the pinned versions run on.
const OLDEST: (u32, u32) = (3, 11);
/// Holds the hash of what was installed.
const STAMP: &str = "drydock-requirements";

/// What an environment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The engine alone.
    Engine,
    /// The template's validator.
    Validator,
    /// The test tool that the sanity tester is compared with.
    Schemathesis,
}

impl Purpose {
    const fn folder(self) -> &'static str {
        match self {
            Self::Engine => "venv",
            Self::Validator => "venv-validator",
            Self::Schemathesis => "venv-schemathesis",
        }
    }

    fn requirements(self) -> String {
        match self {
            Self::Engine => ENGINE.to_owned(),
            Self::Validator => format!("{ENGINE}{TEST}"),
            Self::Schemathesis => SCHEMATHESIS.to_owned(),
        }
    }
}

/// An environment that is ready.
#[derive(Clone, Debug)]
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// Makes the environment in `parent`, unless the one that is there is the right one.
    ///
    /// # Errors
    /// If Python is missing or too old, or the packages cannot be installed.
    pub async fn ensure(printer: &Printer, parent: &Path, purpose: Purpose) -> Result<Self> {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        let venv = Self { folder: parent.join(purpose.folder()) };
        let requirements = purpose.requirements();
        let wanted = hex::encode(Sha256::digest(&requirements));
        // Two commands may start at the same time; the second waits and finds the first one's work.
        let lock_path = parent.join(format!("{}.lock", purpose.folder()));
        let lock = File::create(&lock_path).with_context(|| format!("cannot create {}", lock_path.display()))?;
        tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
            .await
            .context("waiting for another installation was cut off")?
            .map(|lock| venv.install(printer, requirements, wanted, lock))
            .with_context(|| format!("cannot lock {}", lock_path.display()))?
            .await
    }

    async fn install(self, printer: &Printer, requirements: String, wanted: String, _lock: File) -> Result<Self> {
        if std::fs::read_to_string(self.folder.join(STAMP)).is_ok_and(|stamp| stamp == wanted) {
            return Ok(self);
        }
        let start = Instant::now();
        check_python().await?;
        printer.step("Installing", format_args!("Python packages into {} (once)", self.folder.display()));
        // A half-made environment of an interrupted run would stay broken.
        match std::fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", self.folder.display()));
            }
            _ => {}
        }
        let made = run(Command::new("python3").args(["-m", "venv"]).arg(&self.folder)).await?;
        if let Err(output) = made {
            bail!(
                "python3 cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv\n\n{output}"
            );
        }
        let list = self.folder.join("requirements.txt");
        std::fs::write(&list, requirements).with_context(|| format!("cannot write {}", list.display()))?;
        let installed = run(Command::new(self.program("python"))
            .args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet", "--no-deps", "-r"])
            .arg(&list))
        .await?;
        if let Err(output) = installed {
            bail!(
                "pip cannot install the packages; check that this machine reaches a package index \
                 (PIP_INDEX_URL and PIP_PROXY name others), then run the same command again\n\n{output}"
            );
        }
        let stamp = self.folder.join(STAMP);
        std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
        printer.step("Installed", format_args!("in {}", elapsed(start.elapsed())));
        Ok(self)
    }

    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}

async fn check_python() -> Result<()> {
    let script = "import sys; print(sys.version_info[0], sys.version_info[1])";
    let output = match Command::new("python3").args(["-c", script]).output().await {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "python3 is not installed; the embedded engine needs Python {}.{} or newer\n  \
             on Debian and Ubuntu: apt-get install python3 python3-venv\n  on macOS: brew install python3",
            OLDEST.0,
            OLDEST.1
        ),
        Err(error) => return Err(error).context("cannot run python3"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    match version(&text) {
        Some(version) if version >= OLDEST => Ok(()),
        Some((major, minor)) => bail!(
            "python3 is {major}.{minor}; the embedded engine needs Python {}.{} or newer: put one first on the PATH",
            OLDEST.0,
            OLDEST.1
        ),
        None => bail!("python3 does not run: {}", String::from_utf8_lossy(&output.stderr).trim()),
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Runs a command; its own failure is an inner error with what it wrote.
async fn run(command: &mut Command) -> Result<Result<(), String>> {
    let program = command.as_std().get_program().to_os_string();
    let output = command
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    let text = [output.stdout, output.stderr].concat();
    Ok(Err(String::from_utf8_lossy(&text).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned_to_one_version() {
        for line in Purpose::Validator.requirements().lines().filter(|line| !line.starts_with('#')) {
            assert!(
                line.split_once("==").is_some_and(|(name, version)| !name.is_empty() && !version.is_empty()),
                "{line}"
            );
        }
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(version("3 11\n"), Some((3, 11)));
        assert_eq!(version(""), None);
        assert!(version("3 9\n").unwrap() < OLDEST);
        assert!(version("4 0\n").unwrap() > OLDEST);
    }
}

//! This machine: what builds the functions, and what the embedded engine needs.

use super::Finding;
use crate::build::target::{Target, Toolchain};
use crate::workspace::Workspace;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The oldest compiler that the workspace builds with; `Cargo.toml` says the same.
const OLDEST_RUST: (u32, u32) = (1, 95);
/// The oldest Python that the engine runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 11);

/// Everything that is looked at here.
pub async fn examine(workspace: &Workspace, target: Target, cargo: Option<&Path>) -> Vec<Finding> {
    let toolchain = Toolchain::new(cargo);
    let (rust, target, linker, git, python) =
        tokio::join!(rust(cargo), functions(&toolchain, target), linker(cargo, target), git(), python());
    [vec![rust, target], linker, vec![git, python, engine(workspace)]].concat()
}

/// A program's first line, or why there is none.
async fn first_line(program: impl AsRef<OsStr>, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).output().await.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    let line = text.lines().next().unwrap_or_default().to_owned();
    if output.status.success() { Ok(line) } else { Err(line) }
}

/// The compiler beside a cargo that was named, or the one that runs us.
fn rustc(cargo: Option<&Path>) -> PathBuf {
    let beside = cargo.map(|cargo| cargo.with_file_name("rustc")).filter(|rustc| rustc.is_file());
    beside.or_else(|| std::env::var_os("RUSTC").map(PathBuf::from)).unwrap_or_else(|| "rustc".into())
}

async fn rust(cargo: Option<&Path>) -> Finding {
    let check = "Rust";
    let update = "install or update it: https://rustup.rs, then `rustup update stable`";
    match first_line(rustc(cargo), &["--version"]).await {
        Ok(line) => match version(&line) {
            Some(version) if version >= OLDEST_RUST => Finding::good(check, line),
            _ => Finding::problem(check, format!("{line}; {}.{} is needed", OLDEST_RUST.0, OLDEST_RUST.1), update),
        },
        Err(error) => Finding::problem(check, format!("rustc does not run: {error}"), update),
    }
}

/// The first `major.minor` in a line.
fn version(line: &str) -> Option<(u32, u32)> {
    let word = line.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let mut parts = word.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

async fn functions(toolchain: &Toolchain, target: Target) -> Finding {
    let check = "target of the functions";
    match toolchain.check(target).await {
        Ok(()) => Finding::good(check, target.as_str()),
        Err(error) => {
            let text = error.to_string();
            let (what, remedy) = text.split_once('\n').unwrap_or((&text, "see the build's own message"));
            let what = what.trim_end_matches("; install it with");
            // A program that was told to leave a trace of its calls says nothing more that helps.
            let told = remedy.trim().lines().map(str::trim).take_while(|line| !line.is_empty());
            Finding::problem(check, what, told.collect::<Vec<_>>().join("; "))
        }
    }
}

/// The linker that comes with Rust, if the target is linked with it.
async fn linker(cargo: Option<&Path>, target: Target) -> Vec<Finding> {
    if target.linker() != Some("rust-lld") {
        return Vec::new();
    }
    let check = "linker of the functions";
    let Ok(sysroot) = first_line(rustc(cargo), &["--print", "sysroot"]).await else { return Vec::new() };
    let rustlib = Path::new(&sysroot).join("lib/rustlib");
    let hosts = std::fs::read_dir(&rustlib).into_iter().flatten().flatten();
    let found = hosts.map(|host| host.path().join("bin/rust-lld")).find(|program| program.is_file());
    let found = found.map(|program| program.display().to_string());
    vec![match found {
        Some(program) => Finding::good(check, program),
        None => Finding::problem(
            check,
            format!("no rust-lld in {}", rustlib.display()),
            "use a toolchain of rustup's (https://rustup.rs); some distributions package it as `rust-lld` or `lld`",
        ),
    }]
}

async fn git() -> Finding {
    let remedy = "for `demo`, `local` and the tests: install it (`apt-get install git`, `brew install git`)";
    match first_line("git", &["--version"]).await {
        Ok(line) => Finding::good("git", line),
        Err(_) => Finding::warning("git", "is not installed", remedy),
    }
}

async fn python() -> Finding {
    let check = "Python of the engine";
    let remedy = format!(
        "for `demo`, `local` and the tests: install Python {}.{} or newer with its venv package \
         (`apt-get install python3 python3-venv`, `brew install python3`)",
        OLDEST_PYTHON.0, OLDEST_PYTHON.1
    );
    let script = "import sys, venv, ensurepip; print(sys.version.split()[0])";
    match first_line("python3", &["-c", script]).await {
        Ok(line) if version(&line).is_some_and(|version| version >= OLDEST_PYTHON) => {
            Finding::good(check, format!("Python {line}"))
        }
        Ok(line) => Finding::warning(check, format!("Python {line} is too old"), remedy),
        Err(_) => Finding::warning(check, "python3, or its venv package, is not installed", remedy),
    }
}

fn engine(workspace: &Workspace) -> Finding {
    let check = "embedded engine";
    if workspace.local().join("venv/bin/ministack").is_file() {
        Finding::good(check, "installed in target/local")
    } else {
        Finding::good(check, "will be installed in target/local by the first `demo`, `local` or `test`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("rustc 1.95.0 (59807616e 2026-04-14)"), Some((1, 95)));
        assert_eq!(version("3.11.2"), Some((3, 11)));
        assert_eq!(version("rustc"), None);
    }

    #[test]
    fn the_oldest_compiler_is_that_of_the_workspace() {
        let cargo = include_str!("../../../Cargo.toml");
        assert!(cargo.contains(&format!("rust-version = \"{}.{}\"", OLDEST_RUST.0, OLDEST_RUST.1)));
    }

    #[tokio::test]
    async fn a_program_that_is_missing_or_fails_says_why() {
        assert!(first_line("no-such-program-at-all", &[]).await.is_err());
        assert_eq!(first_line("sh", &["-c", "echo bad >&2; exit 1"]).await, Err("bad".to_owned()));
        assert_eq!(first_line("sh", &["-c", "echo good; echo more"]).await, Ok("good".to_owned()));
    }

    #[tokio::test]
    async fn a_compiler_without_the_target_is_told_how_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let cargo = program("cargo", "");
        program("rustc", "case $1 in --version) echo rustc 1.80.0;; *) dirname $0;; esac");
        let old = rust(Some(&cargo)).await;
        assert_eq!((old.grade, old.text.as_str()), (super::super::Grade::Problem, "rustc 1.80.0; 1.95 is needed"));
        let missing = functions(&Toolchain::new(Some(&cargo)), Target::Arm64Musl).await;
        assert_eq!(missing.text, "this toolchain has no standard library for aarch64-unknown-linux-musl");
        let remedy = missing.remedy.unwrap();
        assert!(remedy.starts_with("rustup target add aarch64-unknown-linux-musl"), "{remedy}");
        let linker = linker(Some(&cargo), Target::Arm64Musl).await;
        assert!(linker[0].text.starts_with("no rust-lld in "), "{linker:?}");
    }
}

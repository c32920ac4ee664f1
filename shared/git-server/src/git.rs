//! The `git` of this machine, shielded from the configuration of the person who runs it.

use crate::GitServerError;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who makes every commit, and when: the same folder gives the same commit on every machine.
const IDENTITY: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "Drydock"),
    ("GIT_AUTHOR_EMAIL", "drydock@example.invalid"),
    ("GIT_AUTHOR_DATE", "1700000000 +0000"),
    ("GIT_COMMITTER_NAME", "Drydock"),
    ("GIT_COMMITTER_EMAIL", "drydock@example.invalid"),
    ("GIT_COMMITTER_DATE", "1700000000 +0000"),
];

/// The only variables that any git process gets from us, besides what its task needs.
pub fn shielded_environment() -> Vec<(&'static str, std::ffi::OsString)> {
    vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", "/nonexistent".into()),
        ("LC_ALL", "C".into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
    ]
}

/// Where `git http-backend` lies.
pub fn http_backend() -> Result<PathBuf, GitServerError> {
    let output = Command::new("git").arg("--exec-path").output().map_err(GitServerError::GitMissing)?;
    let backend = Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("git-http-backend");
    if backend.is_file() { Ok(backend) } else { Err(GitServerError::NoHttpBackend(backend)) }
}

/// Runs git and gives back what it wrote, without the line break at the end.
pub fn run<A: AsRef<OsStr>>(
    arguments: &[A],
    variables: &[(&str, &OsStr)],
    input: &mut dyn io::Read,
) -> Result<String, GitServerError> {
    let shown = || arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
    let mut child = Command::new("git")
        .args(arguments)
        .env_clear()
        .envs(shielded_environment())
        .envs(IDENTITY)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(GitServerError::GitMissing)?;
    let mut stdin = child.stdin.take().expect("stdin was asked for");
    // A git that stops reading closes the pipe; what it wrote on stderr tells why, not the broken pipe.
    let fed = io::copy(input, &mut stdin).and_then(|_| stdin.flush());
    drop(stdin);
    let output = child.wait_with_output().map_err(GitServerError::io(format!("wait for `git {}`", shown())))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(GitServerError::Git { command: shown(), stderr });
    }
    fed.map_err(GitServerError::io(format!("write to `git {}`", shown())))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

//! The same sources give the same zips, whatever the folder: everything is built a second time from a copy of the
//! checkout in another place, with target folders of its own, and compared.

use super::{BuildOptions, Built, build};
use crate::printer::Printer;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;
use tokio::process::Command;

/// Builds again in `folder`, which must not exist, and compares with `first`.
///
/// # Errors
/// If it does not build there, or a zip differs.
pub async fn compare(
    printer: &Printer,
    workspace: &Workspace,
    options: &BuildOptions,
    first: &[Built],
    folder: &Path,
) -> Result<()> {
    copy(workspace.root(), folder).await?;
    printer.step("Copied", format_args!("the checkout to {}", folder.display()));
    let second = build(printer, &Workspace::at(folder), options).await?;
    let differing: Vec<&str> = first
        .iter()
        .zip(&second)
        .filter(|(first, second)| first.package.sha256 != second.package.sha256)
        .map(|(first, _)| first.function.package)
        .collect();
    if !differing.is_empty() {
        bail!("built in two folders, these zips differ: {}", differing.join(", "));
    }
    printer.step("Compared", format_args!("{} zips from two folders: identical", first.len()));
    Ok(())
}

/// Copies what Git tracks, as it stands now.
async fn copy(root: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        bail!("{} exists; name a folder that does not", folder.display());
    }
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output().await;
    let listed = listed.context("cannot run git, which knows the checkout's files")?;
    if !listed.status.success() {
        bail!("git cannot list the files of {}: {}", root.display(), String::from_utf8_lossy(&listed.stderr).trim());
    }
    let names = String::from_utf8(listed.stdout).context("a file's name is not UTF-8")?;
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root.join(name), folder.join(name));
        let Some(parent) = to.parent() else { continue };
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_git_tracks_is_copied_as_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(from.join("a b")).unwrap();
        let git = |arguments: &'static [&'static str]| Command::new("git").args(arguments).current_dir(&from).output();
        assert!(git(&["init", "--quiet"]).await.unwrap().status.success());
        std::fs::write(from.join("a b/tracked"), "old").unwrap();
        std::fs::write(from.join("untracked"), "").unwrap();
        assert!(git(&["add", "a b/tracked"]).await.unwrap().status.success());
        std::fs::write(from.join("a b/tracked"), "new").unwrap();
        copy(&from, &to).await.unwrap();
        assert_eq!(std::fs::read_to_string(to.join("a b/tracked")).unwrap(), "new");
        assert!(!to.join("untracked").exists());
        assert!(copy(&from, &to).await.unwrap_err().to_string().contains("exists"));
    }
}
